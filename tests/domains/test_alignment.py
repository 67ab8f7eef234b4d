"""The terms of the loss: which way they push, and that nothing of them stays behind.

What these tests cannot catch: whether an alignment helps. benchmarks/domains.py measures that.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from safetensors import safe_open

from matprior.domains.aligning import Riders, aligned, row_keys
from matprior.domains.alignment import ALIGNMENTS, Adversarial, Side, alignment_of, ramp, reverse
from matprior.strategies.company import HELPER
from matprior.tokens import encode_many


@pytest.fixture
def sides():
    torch.manual_seed(0)
    source, target = torch.randn(12, 6), torch.randn(10, 6) + 1.5
    return source, target


def term(alignment, source, target, progress=1.0, seed=0):
    torch.manual_seed(seed)
    helper = alignment.helper(source.shape[1])
    return alignment.term(Side(source, source[:, :1]), Side(target, target[:, :1]), progress, helper)


def test_the_gradient_of_the_domain_loss_is_reversed_by_finite_differences():
    """The encoder must move so that the domain head fails: minus the true slope, times weight and ramp."""
    torch.manual_seed(0)
    alignment = Adversarial(weight=0.7)
    vectors = torch.randn(5, 4, dtype=torch.float64)
    target = torch.randn(3, 4, dtype=torch.float64)
    helper = alignment.helper(4).double()
    progress, step = 0.2, 1e-6

    def loss(source):
        return alignment.term(Side(source, source), Side(target, target), progress, helper)

    moving = vectors.clone().requires_grad_(True)
    loss(moving).backward()
    slope = torch.zeros_like(vectors)
    for place in np.ndindex(*vectors.shape):
        up, down = vectors.clone(), vectors.clone()
        up[place] += step
        down[place] -= step
        slope[place] = (loss(up) - loss(down)) / (2 * step)
    assert slope.abs().max() > 1e-3
    assert_allclose(moving.grad.numpy(), -0.7 * ramp(progress) * slope.detach().numpy(), atol=1e-7)


def test_the_domain_head_itself_learns_along_the_true_slope(sides):
    alignment = Adversarial(weight=0.7)
    helper = alignment.helper(6)
    source, target = sides
    own = [Side(one, one) for one in (source, target)]
    before = alignment.term(*own, 1.0, helper)
    before.backward()
    with torch.no_grad():
        for parameter in helper.parameters():
            parameter -= 0.05 * parameter.grad
    assert alignment.term(*own, 1.0, helper) < before


def test_the_reversal_rises_from_nothing_to_one():
    assert ramp(0.0) == 0.0
    assert [ramp(p) < ramp(p + 0.1) for p in np.arange(0, 1, 0.1)] == [True] * 10
    assert 0.9999 < ramp(1.0) < 1


def test_a_reversal_of_strength_zero_adds_nothing_to_the_gradient_to_the_last_bit(sides):
    source, target = sides
    layer = torch.nn.Linear(6, 6)
    gradients = []
    for with_term in (False, True):
        layer.zero_grad()
        loss = layer(source).square().mean()
        if with_term:
            loss = loss + term(Adversarial(weight=0.0), layer(source), layer(target))
        loss.backward()
        gradients.append([parameter.grad.clone() for parameter in layer.parameters()])
    assert all(torch.equal(one, other) for one, other in zip(*gradients, strict=True))
    assert torch.equal(reverse(source, 0.0), source)


@pytest.mark.parametrize("name", [name for name in ALIGNMENTS if name != "adversarial"])
def test_a_discrepancy_is_smaller_between_like_sides_and_following_it_brings_them_together(name, sides):
    source, target = sides
    far = 2.5 * target @ torch.diag(torch.tensor([1.0, 3.0, 0.1, 1.0, 1.0, 2.0])) + 2
    alignment = alignment_of(name, weight=1.0)
    moving = far.clone().requires_grad_(True)
    before = term(alignment, source, moving)
    assert term(alignment, source, source) < before
    before.backward()
    with torch.no_grad():
        step = 0.2 * moving.grad / moving.grad.norm() * moving.norm() * 0.1
        after = term(alignment, source, moving - step)
    assert after < before


@pytest.mark.parametrize("name", ALIGNMENTS)
def test_shrinking_all_vectors_gains_nothing(name, sides):
    source, target = sides
    alignment = alignment_of(name)
    whole, small = term(alignment, source, target), term(alignment, source / 10, target / 10)
    assert_allclose(whole.item(), small.item(), rtol=2e-2)


def test_the_conditional_term_forgives_a_difference_that_the_answers_explain(sides):
    """Two sides with other shares of low and high rows: each class lies where it lay."""
    low, high = torch.zeros(20, 3), torch.full((20, 3), 4.0)
    torch.manual_seed(1)
    source = torch.cat((low, high[:4])) + 0.1 * torch.randn(24, 3)
    target = torch.cat((low[:4], high)) + 0.1 * torch.randn(24, 3)
    swapped = [Side(source, source[:, :1]), Side(target, 4 - target[:, :1])]
    right = [Side(source, source[:, :1]), Side(target, target[:, :1])]
    conditional = alignment_of("conditional", weight=1.0)
    assert conditional.term(*right, 1.0, None) < conditional.term(*swapped, 1.0, None)


@pytest.mark.parametrize("name", ALIGNMENTS)
@pytest.mark.parametrize("inner", ["full", "partial", "lora"])
def test_every_alignment_trains_with_every_fine_tuning_and_leaves_a_plain_model(
    name, inner, regressor, oxides, numbers, intermetallics, tmp_path
):
    target = encode_many(intermetallics)
    strategy = aligned(inner, alignment_of(name, weight=1.0), target)
    plain = regressor(strategy=inner).fit(oxides, numbers)
    fitted = regressor(strategy=strategy).fit(oxides, numbers)
    assert not np.array_equal(plain.predict(intermetallics), fitted.predict(intermetallics))
    assert not hasattr(fitted.model_, HELPER)
    fitted.save(tmp_path)
    with safe_open(tmp_path / "model.safetensors", "np") as stored:
        kept = set(stored.keys())
    plain.save(tmp_path / "plain")
    with safe_open(tmp_path / "plain" / "model.safetensors", "np") as stored:
        assert kept == set(stored.keys())


def test_a_weight_of_zero_is_no_adaptation_to_the_last_bit(regressor, oxides, numbers, intermetallics):
    target = encode_many(intermetallics)
    plain = regressor().fit(oxides, numbers)
    for name in ALIGNMENTS:
        fitted = regressor(strategy=aligned("full", alignment_of(name, weight=0.0), target)).fit(
            oxides, numbers
        )
        for one, other in zip(plain.model_.parameters(), fitted.model_.parameters(), strict=True):
            assert torch.equal(one, other)


def test_the_same_seed_gives_the_same_adapted_model(regressor, oxides, numbers, intermetallics):
    target = encode_many(intermetallics)
    answers = [
        regressor(strategy=aligned("full", Adversarial(1.0), target)).fit(oxides, numbers).predict(oxides)
        for _ in range(2)
    ]
    assert np.array_equal(*answers)


def test_the_domain_head_learns_with_the_optimiser_of_the_training(fresh_model, oxides, intermetallics):
    """Without it in the optimiser the encoder would be pushed by a head that knows nothing."""
    from matprior.strategies import Labelled, TuningOptions
    from matprior.strategies.tuning import FineTuning

    riders = Riders(encode_many(intermetallics), Adversarial(0.0))
    weights = []
    whole = riders.term

    def noted(seen):
        weights.append(riders.helper[0][1].weight.detach().clone())
        return whole(seen)

    riders.term = noted
    data = Labelled(
        encode_many(oxides), np.zeros((180, 1), np.float32), None, None, "squared", company=riders
    )
    FineTuning.fit(_Plain(), fresh_model, data, TuningOptions(epochs=1, batch_size=32), 0)
    assert len(weights) == 6
    assert not torch.equal(weights[0], weights[-1])


def test_labelled_rows_of_the_target_stand_on_neither_side(oxides, intermetallics):
    seen = []

    class Counting(Adversarial):
        def term(self, source, target, progress, helper):
            seen.append((len(source.vectors), len(target.vectors)))
            return super().term(source, target, progress, helper)

    from matprior.strategies.company import Seen

    rows = encode_many([*oxides[:6], *intermetallics[:2]])
    riders = Riders(encode_many(intermetallics), Counting())
    riders.board(rows)
    riders.helper = riders.new_helper(4)
    vectors = torch.randn(8 + 5, 4)
    riders.term(Seen(vectors, vectors[:, :1], 8, 0.5, np.arange(5), np.arange(8)))
    assert seen == [(6, 5)]


def test_each_of_several_sources_is_pulled_by_itself_with_a_head_of_its_own(oxides, intermetallics):
    seen = []

    class Noted(Adversarial):
        def term(self, source, target, progress, helper):
            value = super().term(source, target, progress, helper)
            seen.append((len(source.vectors), helper, value))
            return value

    from matprior.strategies.company import Seen

    halides = ["NaCl", "KCl", "LiF"]
    sources = [encode_many(oxides[:5]), encode_many([*halides, oxides[0]])]
    riders = Riders(encode_many(intermetallics), Noted(), sources=sources)
    rows = encode_many([*oxides[:5], *halides, intermetallics[0]])
    riders.board(rows)
    riders.helper = riders.new_helper(4)
    vectors = torch.randn(9 + 5, 4)
    term = riders.term(Seen(vectors, vectors[:, :1], 9, 0.5, np.arange(5), np.arange(9)))
    # The oxide of both sources counts for the first, the labelled row of the target for none.
    assert [n for n, _, _ in seen] == [5, 3]
    assert seen[0][1] is not seen[1][1]
    assert float(term.detach()) == pytest.approx(np.mean([float(value.detach()) for _, _, value in seen]))


def test_two_names_for_one_source_change_the_training_and_one_name_does_not(
    regressor, oxides, numbers, intermetallics
):
    target = encode_many(intermetallics)
    halves = [encode_many(oxides[:90]), encode_many(oxides[90:])]
    plain, one, two = (
        regressor(strategy=aligned("full", Adversarial(1.0), target, sources=sources))
        .fit(oxides, numbers)
        .predict(intermetallics)
        for sources in ((), [encode_many(oxides)], halves)
    )
    assert np.array_equal(plain, one)
    assert not np.array_equal(plain, two)


def test_one_row_has_one_key_however_it_is_padded():
    short, long = encode_many(["NaCl"]), encode_many(["NaCl", "LiFePO4"])
    assert row_keys(short)[0] == row_keys(long)[0] != row_keys(encode_many(["NaCl2"]))[0]


def test_riders_are_padded_with_what_means_nothing(oxides):
    """A rider without a temperature has an unknown one, not 0."""
    from matprior.training.batches import Rows

    beside = replace(encode_many(oxides[:4]), extra=np.full((4, 1), 300.0))
    riders = Riders(encode_many(["LiFePO4", "NaAlSi3O8"]), Adversarial())
    batch = riders.collate(Rows(beside, np.zeros((4, 1))).__getitems__([0, 1, 2, 3]))
    assert batch["input_ids"].shape == (8, 6)
    assert batch["labels"].shape == (4, 1)
    assert torch.isnan(batch["extra"][4:]).all()
    assert (batch["extra"][:4] == 300).all()
    assert (batch["attention_mask"].sum(1)[:4] == 4).all()


def test_unknown_alignments_and_strengths_are_refused():
    with pytest.raises(ValueError, match="adversarial, coral"):
        alignment_of("dann")
    with pytest.raises(ValueError, match="0 is no adaptation"):
        alignment_of("coral", weight=-1.0)
    with pytest.raises(ValueError, match="no option 'lambda_'"):
        alignment_of("coral", lambda_=1.0)


def test_a_strategy_that_solves_its_head_cannot_carry_riders(regressor, oxides, numbers, intermetallics):
    strategy = aligned("extract", Adversarial(), encode_many(intermetallics))
    with pytest.raises(ValueError, match="full"):
        regressor(strategy=strategy).fit(oxides, numbers)


@pytest.fixture
def fresh_model(checkpoint):
    from matprior.models.matbert import MatBertForSequenceClassification

    return MatBertForSequenceClassification.from_pretrained(checkpoint, num_labels=1)


def _Plain():
    from matprior.strategies import strategy_of

    return strategy_of("full")
