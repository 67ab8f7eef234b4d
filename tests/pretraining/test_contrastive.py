"""Two views of a formula: what may differ, what may not, and the loss that pulls them together."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from matprior.models.matbert import PretrainingOutput
from matprior.pretraining.draws import Draws
from matprior.pretraining.objectives import OBJECTIVES, Contrastive
from matprior.pretraining.substitutions import Substitutions
from matprior.pretraining.views import Perturbation
from matprior.tokens import ELEMENT_OFFSET, encode_many
from matprior.tokens.composition import Encoded
from matprior.training.batches import Rows
from matprior.training.losses import info_nce

STRINGS = ["NaCl", "KCl", "LiCl", "Fe2O3", "Al2O3", "LiFePO4", "NaFePO4", "CaTiO3", "BaTiO3", "SrZrO3", "He"]


@pytest.fixture(scope="module")
def many() -> Encoded:
    return encode_many(STRINGS * 300)


@pytest.fixture(scope="module")
def learned() -> Substitutions:
    return Substitutions.learn(encode_many(STRINGS))


def view(encoded: Encoded, learned: Substitutions, number: int = 0, **changes: float) -> Encoded:
    draws = Draws(np.arange(len(encoded)), encoded.ids.shape[1], 0, 0)
    nothing = {"substitute": 0.0, "amounts": 0.0, "drop": 0.0}
    return Perturbation(**{**nothing, **changes}).view(encoded, draws, number, learned)


def test_without_any_change_a_view_is_the_formula(many, learned):
    same = view(many, learned)
    np.testing.assert_array_equal(same.ids, many.ids)
    np.testing.assert_allclose(same.amounts, many.amounts, rtol=1e-6)
    np.testing.assert_array_equal(same.lengths, many.lengths)


def test_an_element_is_replaced_by_one_that_was_found_in_its_place(many, learned):
    other = view(many, learned, substitute=1.0)
    differs = other.ids != many.ids
    assert differs.sum(1).max() == 1
    assert 0.2 < differs.any(1).mean() < 1  # Cl, P, O have no substitute here
    old, new = many.ids[differs] - ELEMENT_OFFSET - 1, other.ids[differs] - ELEMENT_OFFSET - 1
    assert (learned.probability[old, new] > 0).all()


def test_a_substitute_that_the_formula_has_already_is_refused():
    strings = ["NaKCl2", "LiKCl2", "NaLiCl2"]
    encoded = encode_many(strings * 200)
    other = view(encoded, Substitutions.learn(encode_many(strings)), substitute=1.0)
    assert all(len(set(row[1:4].tolist())) == 3 for row in other.ids)


def test_amounts_change_a_little_and_still_add_up(many, learned):
    other = view(many, learned, amounts=0.1)
    np.testing.assert_allclose(other.amounts.sum(1), 1, rtol=1e-5)
    element = many.ids > ELEMENT_OFFSET
    ratio = other.amounts[element] / many.amounts[element]
    assert np.exp(-0.2) < ratio.min() < 0.95
    assert 1.05 < ratio.max() < np.exp(0.2)
    assert (other.amounts[~element] == 0).all()


@pytest.mark.parametrize("encoding", ["amounts", "repeat"])
def test_an_element_is_left_out_of_three_or_more_only(encoding, learned):
    encoded = encode_many(STRINGS * 100, encoding)
    other = view(encoded, learned, drop=1.0)
    before = np.array([len(set(row[row > ELEMENT_OFFSET].tolist())) for row in encoded.ids])
    after = np.array([len(set(row[row > ELEMENT_OFFSET].tolist())) for row in other.ids])
    np.testing.assert_array_equal(after, np.where(before >= 3, before - 1, before))
    np.testing.assert_array_equal((other.ids > 0).sum(1), other.lengths)
    # Nothing is left in the middle: [SEP] follows the last atom.
    assert (other.ids[np.arange(len(encoded)), other.lengths - 1] == 3).all()
    np.testing.assert_allclose(other.amounts.sum(1), 1, rtol=1e-5)


def batch_of(strings: list[str], epoch: int = 0) -> dict:
    rows = Rows(encode_many(strings))
    return rows.__getitems__([epoch * len(rows) + i for i in range(len(rows))])


def test_views_depend_on_seed_epoch_and_row_alone_and_leave_the_batch_as_it_is():
    objective = Contrastive(share=1.0)
    objective.learn(encode_many(STRINGS))
    whole = objective.corrupt(batch_of(STRINGS * 4), 0)
    views = whole["views"]["input_ids"]
    assert len(views) == 2 * len(STRINGS) * 4
    assert torch.equal(whole["input_ids"], batch_of(STRINGS * 4)["input_ids"])
    again = objective.corrupt(batch_of(STRINGS * 4), 0)["views"]
    assert all(torch.equal(again[name], whole["views"][name]) for name in again)
    assert not torch.equal(objective.corrupt(batch_of(STRINGS * 4, epoch=1), 0)["views"]["input_ids"], views)
    rows = Rows(encode_many(STRINGS * 4)).__getitems__([7, 3])
    first, second = objective.corrupt(rows, 0)["views"]["input_ids"].chunk(2)
    assert torch.equal(first[0], views[7, : first.shape[1]])
    assert torch.equal(second[1], views[len(STRINGS) * 4 + 3, : first.shape[1]])


def test_the_share_of_formulas_seen_twice_is_the_one_asked_for():
    objective = Contrastive(share=0.25)
    objective.learn(encode_many(STRINGS))
    n = len(objective.corrupt(batch_of(STRINGS * 200), 0)["views"]["input_ids"]) / 2
    assert abs(n / 2200 - 0.25) < 0.04


def test_the_loss_is_low_where_each_view_is_nearest_to_its_own():
    one = torch.eye(8)
    assert info_nce(one, 5 * one, 0.1) < 0.01
    assert info_nce(one, one.roll(1, 0), 0.1) > 5
    alike = torch.ones(8, 4)
    assert float(info_nce(alike, alike, 0.1)) == pytest.approx(np.log(8))
    alone = torch.randn(1, 4, requires_grad=True)
    info_nce(alone, alone, 0.1).backward()
    assert (alone.grad == 0).all()


def test_the_projections_are_paired_as_the_views_are_stacked():
    vectors = torch.eye(6)
    outputs = PretrainingOutput(projection=torch.cat((vectors, vectors)))
    assert Contrastive().loss(outputs, {}) < 0.01


def test_a_wrong_number_is_refused():
    with pytest.raises(ValueError, match="temperature 0"):
        Contrastive(temperature=0)
    with pytest.raises(ValueError, match=r"substitute is 2.*0 to 1"):
        Perturbation(substitute=2)


def test_views_come_before_atoms_are_hidden():
    assert next(iter(OBJECTIVES)) == "contrastive"
