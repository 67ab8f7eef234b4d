"""Intervals hold what they promise; the threshold is the best one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matprior.estimators.threshold import best_threshold
from matprior.evaluation.uncertainty import Conformal


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.9, 0.95])
def test_coverage_of_new_rows_is_what_was_asked_for(coverage):
    rng = np.random.default_rng(0)
    shares = []
    for _ in range(60):
        spread = rng.uniform(0, 2, 400)  # a misleading spread costs width, not coverage
        errors = rng.standard_t(3, 400)
        learned = Conformal.learn(errors[:200], spread[:200])
        frame = learned.intervals(np.zeros(200), spread[200:], coverage)
        shares.append(((errors[200:] >= frame["low"]) & (errors[200:] <= frame["high"])).mean())
    assert np.mean(shares) == pytest.approx(coverage, abs=0.015)


def test_a_wider_spread_gives_a_wider_interval():
    rng = np.random.default_rng(1)
    spread = rng.uniform(0.1, 2, 300)
    frame = Conformal.learn(rng.normal(0, spread), spread).intervals(np.zeros(2), np.array([0.1, 2.0]), 0.9)
    width = (frame["high"] - frame["low"]).to_numpy()
    assert width[1] > 2 * width[0]
    assert frame["std"].iloc[1] > frame["std"].iloc[0]


def test_std_is_the_standard_deviation_of_normal_errors():
    rng = np.random.default_rng(2)
    frame = Conformal.learn(rng.normal(0, 3, 5000), np.zeros(5000)).intervals(np.zeros(1), np.zeros(1), 0.9)
    assert frame["std"].iloc[0] == pytest.approx(3, rel=0.05)


def test_too_few_rows_give_no_interval_instead_of_a_wrong_one():
    frame = Conformal.learn(np.ones(8), np.ones(8)).intervals(np.zeros(1), np.ones(1), 0.9)
    assert frame[["std", "low", "high"]].isna().all(axis=None)


def test_a_model_that_never_errs_has_a_narrow_interval_and_no_crash():
    frame = Conformal.learn(np.zeros(50), np.zeros(50)).intervals(np.zeros(1), np.zeros(1), 0.9)
    assert frame["low"].iloc[0] == frame["high"].iloc[0] == 0


@pytest.mark.parametrize("coverage", [0, 1, 90])
def test_a_coverage_that_is_no_share_is_refused(coverage):
    with pytest.raises(ValueError, match="between 0 and 1"):
        Conformal.learn(np.ones(30), np.ones(30)).factor(coverage)


def balanced(truth: np.ndarray, told: np.ndarray) -> float:
    return (told[truth == 1].mean() + (~told[truth == 0]).mean()) / 2


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 10)), min_size=2, max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_threshold_has_a_better_balanced_accuracy(pairs):
    truth, p = np.array([t for t, _ in pairs]), np.array([q / 10 for _, q in pairs])
    if truth.min() == truth.max():
        assert best_threshold(p, truth) == 0.5
        return
    best = max(balanced(truth, p >= cut) for cut in np.arange(-0.05, 1.1, 0.05))
    assert balanced(truth, p >= best_threshold(p, truth)) == pytest.approx(best)


def test_rare_positives_lower_the_threshold():
    rng = np.random.default_rng(0)
    truth = rng.binomial(1, 0.05, 2000)
    p = np.clip(0.05 + 0.1 * truth + rng.normal(0, 0.03, 2000), 0, 1)
    assert 0.05 < best_threshold(p, truth) < 0.2
