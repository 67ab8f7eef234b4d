"""Scales to learn on: there and back again."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from matprior.models.links import KNOTS, LINKS, Log10, NormalScores, link_of, told_link

POSITIVE = st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=400)


@pytest.mark.parametrize("name", LINKS)
@settings(deadline=None, max_examples=30)
@given(POSITIVE)
def test_there_and_back_again_is_where_it_began(name, numbers):
    values = np.array(numbers)
    link = link_of(told_link(LINKS[name]().learn(values)))
    back = link.undo(torch.from_numpy(link.apply(values))).numpy()
    if name == "quantile" and len(np.unique(values)) > KNOTS:
        assert np.abs(np.searchsorted(np.sort(values), back) / len(values)).max() <= 1
    else:
        np.testing.assert_allclose(back, values, rtol=1e-6)


@pytest.mark.parametrize("name", LINKS)
@settings(deadline=None, max_examples=30)
@given(POSITIVE, st.lists(st.floats(-5, 5), min_size=2, max_size=20))
def test_the_way_back_keeps_the_order(name, numbers, scores):
    link = LINKS[name]().learn(np.array(numbers))
    back = link.undo(torch.tensor(sorted(scores), dtype=torch.float64))
    assert (back.diff() >= 0).all()


def test_half_of_the_rows_may_share_one_value():
    values = np.array([0.0] * 50 + list(np.linspace(1, 5, 50)))
    link = NormalScores().learn(values)
    assert link.apply(np.array([0.0]))[0] == pytest.approx(-0.6745, abs=1e-3)  # the middle of the lower half
    assert link.undo(torch.from_numpy(link.apply(values))).numpy() == pytest.approx(values)


def test_a_far_outlier_does_not_set_the_scale():
    values = np.array([*np.linspace(0, 1, 99), 1e6])
    assert np.abs(NormalScores().learn(values).apply(values)).max() < 3


def test_a_long_table_makes_a_short_curve():
    values = np.random.default_rng(0).normal(size=5000)
    link = NormalScores().learn(values)
    assert len(link.values) == len(link.scores) == KNOTS
    back = link.undo(torch.from_numpy(link.apply(values))).numpy()
    assert np.abs(back - values).max() < 1e-6


def test_answers_on_ranks_stay_within_the_training_rows():
    link = NormalScores().learn(np.array([1.0, 2.0, 5.0]))
    assert link.undo(torch.tensor([-9.0, 0.0, 9.0])).tolist() == [1.0, 2.0, 5.0]


def test_gaps_stay_gaps():
    for kind in LINKS.values():
        link = kind().learn(np.array([1.0, 2.0, 3.0]))
        assert np.isnan(link.apply(np.array([np.nan]))).all()
        assert link.undo(torch.tensor([float("nan"), 1.0])).isnan().tolist() == [True, False]


def test_powers_of_ten_stay_finite():
    assert Log10().undo(torch.tensor([1e9, -1e9])).isfinite().all()
