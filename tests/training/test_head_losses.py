"""Losses of the heads: gradients that stay finite, the right optimum, and weights that mean what they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import softplus

from matprior.models.outputs import LEVELS, SMALLEST_SPREAD, QuantileHead
from matprior.training.losses import LOSSES, WATCHED

NAN = float("nan")
OUTPUTS = {"gaussian": 2, "quantile": len(LEVELS), "two_part": 2}
"""Outputs per target, where it is not one."""
OVER_TARGETS = [name for name in LOSSES if name != "cross_entropy"]


def case(name: str, n: int = 6, t: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    """Outputs that want a gradient, and labels with gaps in every second row."""
    random = torch.Generator().manual_seed(0)
    logits = torch.randn(n, OUTPUTS.get(name, 1) * t, generator=random).requires_grad_()
    labels = torch.randn(n, t, generator=random)
    if name == "binary":
        labels = (labels > 0).float()
    if name == "two_part":
        gate = (labels > 0).float()
        labels = torch.cat((labels.where(gate == 0, torch.tensor(NAN)), gate), dim=1)
    labels[::2] = NAN
    return logits, labels


@pytest.mark.parametrize("name", OVER_TARGETS)
def test_rows_without_a_label_have_a_gradient_of_zero_and_the_others_a_finite_one(name):
    logits, labels = case(name)
    LOSSES[name](logits, labels).backward()
    assert (logits.grad[::2] == 0).all()
    assert logits.grad.isfinite().all()
    assert (logits.grad[1::2] != 0).any(0).all()


@pytest.mark.parametrize("name", OVER_TARGETS)
def test_a_batch_without_any_label_gives_zero_and_no_gradient(name):
    logits, labels = case(name)
    loss = LOSSES[name](logits, torch.full_like(labels, NAN))
    loss.backward()
    assert loss.item() == 0
    assert (logits.grad == 0).all()


@pytest.mark.parametrize("name", OVER_TARGETS)
def test_outputs_far_away_have_finite_gradients(name):
    logits, labels = case(name)
    far = (logits.detach() * 1e3).requires_grad_()
    loss = LOSSES[name](far, labels)
    loss.backward()
    assert loss.isfinite()
    assert far.grad.isfinite().all()


@pytest.mark.parametrize("name", OVER_TARGETS)
def test_a_weight_of_two_counts_like_the_row_twice(name):
    logits, labels = (tensor.detach()[1::2] for tensor in case(name))
    weights = torch.tensor([[2.0], [1.0], [0.0]])
    twice = LOSSES[name](logits[[0, 0, 1]], labels[[0, 0, 1]])
    assert LOSSES[name](logits, labels, weights).item() == pytest.approx(twice.item(), rel=1e-5)


def test_a_weight_of_two_counts_like_the_row_twice_for_classes():
    logits, classes = torch.randn(3, 4, generator=torch.Generator().manual_seed(0)), torch.tensor([1, 3, 0])
    weights = torch.tensor([[2.0], [1.0], [0.0]])
    twice = LOSSES["cross_entropy"](logits[[0, 0, 1]], classes[[0, 0, 1]])
    told = LOSSES["cross_entropy"](logits, classes, weights)
    assert told.item() == pytest.approx(twice.item(), rel=1e-6)


def minimum(name: str, labels: torch.Tensor, n_outputs: int) -> torch.Tensor:
    """The outputs, equal for all rows, that suit the labels best."""
    logits = torch.zeros(1, n_outputs, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([logits], max_iter=300, line_search_fn="strong_wolfe")

    def close() -> torch.Tensor:
        optimiser.zero_grad()
        loss = WATCHED[name](logits.expand(len(labels), -1), labels)
        loss.backward()
        return loss

    for _ in range(5):
        optimiser.step(close)
    return logits.detach()[0]


def test_the_likelihoods_agree_on_mean_and_spread():
    labels = torch.randn(400, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 3 + 1
    found = minimum("gaussian", labels, 2)
    assert found[0].item() == pytest.approx(labels.mean().item(), abs=1e-3)
    spread = softplus(found[1]).item() + SMALLEST_SPREAD
    assert spread == pytest.approx(labels.std(correction=0).item(), rel=1e-3)
    at = found.clone().requires_grad_()
    LOSSES["gaussian"](at.expand(400, -1), labels).backward()
    assert at.grad.abs().max() < 1e-3  # the loss that is trained by rests where the likelihood does
    by_hand = 0.5 + math.log(spread)
    plain = WATCHED["gaussian"](found.expand(400, -1), labels).item()
    assert plain == pytest.approx(by_hand, rel=1e-4)


def test_the_pinball_loss_finds_the_quantiles():
    labels = torch.from_numpy(np.random.default_rng(0).gamma(2.0, size=(2001, 1)))
    logits = torch.zeros(1, len(LEVELS), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([logits], lr=0.02)
    for _ in range(600):
        optimiser.zero_grad()
        LOSSES["quantile"](logits.expand(len(labels), -1), labels).backward()
        optimiser.step()
    answers = QuantileHead(targets=["y"], scale=[1.0]).decode(logits.detach())[0]
    found = answers[[1, 2, 0, 3, 4]].numpy()
    np.testing.assert_allclose(found, np.quantile(labels.numpy(), LEVELS), atol=0.1)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.floats(-60, 60, width=32), min_size=2 * len(LEVELS), max_size=2 * len(LEVELS)),
    st.floats(1e-6, 1e6),
)
def test_quantiles_never_cross_whatever_the_network_says(outputs, scale):
    head = QuantileHead(targets=["a", "b"], scale=[scale, 1.0])
    answers = head.decode(torch.tensor([outputs])).numpy().reshape(len(LEVELS), 2)
    assert (np.diff(answers[[1, 2, 0, 3, 4]], axis=0) >= 0).all()


def test_the_gate_learns_the_share_and_the_number_only_the_rest():
    numbers = torch.tensor([[NAN], [NAN], [NAN], [2.0], [2.0]], dtype=torch.float64)
    gates = torch.tensor([[1.0], [1.0], [1.0], [0.0], [0.0]], dtype=torch.float64)
    number, gate = minimum("two_part", torch.cat((numbers, gates), dim=1), 2)
    assert number.item() == pytest.approx(2.0, abs=1e-3)
    assert gate.sigmoid().item() == pytest.approx(0.6, abs=1e-3)
