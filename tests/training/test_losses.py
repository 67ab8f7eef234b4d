"""Losses look at what was measured and at nothing else."""

from __future__ import annotations

import pytest
import torch

from matprior.training.losses import (
    LOSSES,
    balanced_by_column,
    cross_entropy,
    masked_token_loss,
    smooth_l1,
    squared,
    standardise,
)

NAN = float("nan")
OVER_TARGETS = {"smooth_l1": smooth_l1, "squared": squared, "balanced": balanced_by_column}


def of_some_size(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0)).requires_grad_()


@pytest.mark.parametrize("name", ["smooth_l1", "squared"])
def test_unknown_targets_are_ignored(name):
    logits = of_some_size(3, 2)
    labels = torch.tensor([[1.0, NAN], [NAN, NAN], [3.0, -1.0]])
    loss = LOSSES[name](logits, labels)
    known = labels.isfinite()
    alone = LOSSES[name](logits[known][:, None], labels[known][:, None])
    assert loss.item() == pytest.approx(alone.item(), rel=1e-6)
    loss.backward()
    assert (logits.grad[~known] == 0).all()
    assert (logits.grad[known] != 0).all()


@pytest.mark.parametrize("name", OVER_TARGETS)
def test_a_batch_with_no_known_target_gives_zero_and_zero_gradient(name):
    logits = of_some_size(4, 3)
    loss = OVER_TARGETS[name](logits, torch.full((4, 3), NAN))
    loss.backward()
    assert loss.item() == 0.0
    assert torch.equal(logits.grad, torch.zeros(4, 3))


@pytest.mark.parametrize("name", OVER_TARGETS)
def test_an_infinite_target_counts_as_unknown(name):
    logits = of_some_size(2, 1)
    loss = OVER_TARGETS[name](logits, torch.tensor([[float("inf")], [1.0]]))
    loss.backward()
    assert loss.isfinite()
    assert logits.grad.isfinite().all()


def test_a_batch_with_no_known_class_gives_zero_and_zero_gradient():
    logits = of_some_size(4, 3)
    cross_entropy(logits, torch.full((4,), -100)).backward()
    assert torch.equal(logits.grad, torch.zeros(4, 3))


def test_an_unknown_class_is_ignored():
    logits = of_some_size(3, 4)
    some = cross_entropy(logits, torch.tensor([2, -100, 0]))
    assert some.item() == pytest.approx(cross_entropy(logits[[0, 2]], torch.tensor([2, 0])).item(), rel=1e-6)


def test_masked_token_loss_is_the_mean_over_asked_places():
    logits = of_some_size(2, 3, 10)
    labels = torch.tensor([[-100, 4, -100], [7, -100, 1]])
    by_hand = -torch.stack(
        [logits[i, j].log_softmax(-1)[labels[i, j]] for i, j in ((0, 1), (1, 0), (1, 2))]
    ).mean()
    assert masked_token_loss(logits, labels).item() == pytest.approx(by_hand.item(), rel=1e-6)


def test_masked_token_loss_of_nothing_asked_is_zero_without_a_nan_gradient():
    logits = of_some_size(2, 3, 10)
    loss = masked_token_loss(logits, torch.full((2, 3), -100))
    loss.backward()
    assert loss.item() == 0.0
    assert torch.equal(logits.grad, torch.zeros_like(logits))


def test_a_common_property_does_not_drown_a_rare_one():
    # 100 known values of the first column, 4 of the second, each with its own constant error.
    logits = torch.zeros(100, 2)
    labels = torch.full((100, 2), NAN)
    labels[:, 0], labels[:4, 1] = 1.5, 3.5  # Huber losses 1 and 3
    loss = balanced_by_column(logits, labels)
    assert loss.item() == pytest.approx((10 * 1 + 2 * 3) / 12, rel=1e-6)


def test_standardise_uses_known_values_alone():
    targets = torch.tensor([[1.0, NAN], [3.0, 10.0], [NAN, 30.0]], dtype=torch.float64)
    mean, scale = standardise(targets)
    assert mean.tolist() == [2.0, 20.0]
    assert scale.tolist() == [1.0, 10.0]


@pytest.mark.parametrize("value", [0.0, 0.1, 7.3e8])
def test_the_scale_of_a_constant_target_is_one(value):
    _, scale = standardise(torch.full((7, 1), value, dtype=torch.float64))
    assert scale.item() == 1.0


@pytest.mark.parametrize("unit", [1e-15, 1e-30, 1e12])
def test_the_scale_follows_the_unit_of_the_target(unit):
    # A diffusivity in m²/s is about 1e-15: taking it for a constant would teach nothing.
    targets = torch.tensor([[1.0], [2.0], [6.0]], dtype=torch.float64)
    _, scale = standardise(targets)
    _, other = standardise(targets * unit)
    assert other.item() == pytest.approx(scale.item() * unit, rel=1e-9, abs=0)


@pytest.mark.filterwarnings("ignore:Using a target size")  # torch warns before we refuse
@pytest.mark.parametrize("name", ["smooth_l1", "absolute", "squared", "gaussian"])
def test_labels_n_against_answers_n_1_are_refused_not_broadcast(name):
    logits = of_some_size(5, 2 if name == "gaussian" else 1)
    with pytest.raises(ValueError, match=r"shape \(5,\) made errors of shape \(5, 5\).*labels\[:, None\]"):
        LOSSES[name](logits, torch.zeros(5))
