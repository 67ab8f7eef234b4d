"""Error bars keep their promise: about 90 % of new truths lie inside."""

from __future__ import annotations

import numpy as np
import pytest

from matprior.estimators.intervals import ENOUGH, Calibration

RANDOM_STATES = range(20)


def world(n: int, seed: int, hard: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Residuals and vectors; with `hard`, errors are ten times larger on the right than on the left."""
    random = np.random.default_rng(seed)
    vectors = random.uniform(0, 1, (n, 2)).astype(np.float32)
    width = 0.1 + 0.9 * (vectors[:, 0] > 0.5) if hard else np.ones(n)
    return random.normal(0, 1, n) * width, vectors


def coverage_of(n_watched: int, level: float, hard: bool = True) -> tuple[float, float]:
    """Share of 1,000 new truths inside, over 20 worlds, and the ratio of widths right to left."""
    inside, ratio = [], []
    for seed in RANDOM_STATES:
        residuals, vectors = world(n_watched, seed, hard)
        truth, places = world(1000, 100 + seed, hard)
        low, high = Calibration(residuals[:, None], vectors).interval(np.zeros(1000), places, 0, level)
        inside.append(((truth >= low) & (truth <= high)).mean())
        right = places[:, 0] > 0.5
        ratio.append((high - low)[right].mean() / (high - low)[~right].mean())
    return float(np.mean(inside)), float(np.mean(ratio))


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95])
@pytest.mark.parametrize("n_watched", [30, ENOUGH, 400])
def test_intervals_cover_what_they_promise(n_watched, level):
    covered, _ = coverage_of(n_watched, level)
    assert level - 0.03 < covered < level + 0.06


def test_with_enough_watched_rows_hard_strings_get_wide_intervals():
    assert coverage_of(ENOUGH - 1, 0.9)[1] == pytest.approx(1.0)
    assert coverage_of(400, 0.9)[1] > 2.0


@pytest.mark.parametrize("n_watched", [2, 3, 5, 8])
def test_too_few_rows_for_conformal_bounds_are_covered_by_students_t(n_watched):
    covered, _ = coverage_of(n_watched, 0.9, hard=False)
    assert covered > 0.85


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95, 0.99])
def test_bounds_are_finite_and_ordered_for_every_number_of_watched_rows(level):
    for n in (2, 3, 4, 9, 10, 18, 19, 20, 39, 98, 99, 100, 101):
        residuals, vectors = world(n, 0)
        calibration = Calibration(residuals[:, None], vectors)
        prediction = np.linspace(-5, 5, 7)
        low, high = calibration.interval(prediction, vectors[:1].repeat(7, 0), 0, level)
        assert np.isfinite(low).all(), n
        assert np.isfinite(high).all(), n
        assert (low < prediction).all(), n
        assert (prediction < high).all(), n
        assert np.isfinite(calibration.spread(vectors, 0)).all(), n


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_watched_rows_give_no_bounds(n):
    calibration = Calibration(np.full((n, 1), 0.5), np.zeros((n, 2)))
    low, high = calibration.interval(np.zeros(3), np.zeros((3, 2)), 0, 0.9)
    assert np.isnan(low).all()
    assert np.isnan(high).all()


def test_each_target_is_calibrated_on_its_own_known_rows():
    residuals = np.column_stack([np.full(40, 1.0), np.full(40, 50.0)])
    residuals[::2, 1] = np.nan
    calibration = Calibration(residuals, np.zeros((40, 2)))
    for target, expected in ((0, 1.0), (1, 50.0)):
        low, high = calibration.interval(np.zeros(1), np.zeros((1, 2)), target, 0.9)
        assert high[0] - low[0] == pytest.approx(2 * expected)
        assert calibration.spread(np.zeros((1, 2)), target)[0] == pytest.approx(expected)


@pytest.mark.parametrize("n_watched", [40, 400])
def test_the_spread_is_the_standard_deviation_of_the_errors(n_watched):
    residuals, vectors = world(n_watched, 3, hard=False)
    spread = Calibration(residuals[:, None], vectors).spread(vectors, 0)
    assert np.sqrt(np.mean(spread**2)) == pytest.approx(np.sqrt(np.mean(residuals**2)), rel=0.25)


def test_a_regressor_covers_nine_of_ten_new_rows(regressor):
    # 420 ternary formulas with noise that no model can tell; 140 are watched, 140 more are asked.
    random = np.random.default_rng(0)
    metals, anions = ["Li", "Na", "K", "Mg", "Ca", "Zn", "Fe", "Co", "Ni", "Al"], ["O", "S", "F", "Cl"]
    strings = [
        f"{a}{i}{b}{x}{j}"
        for a in metals
        for b in metals
        if a < b
        for x in anions
        for i in (1, 3)
        for j in (2, 5)
    ]
    strings = [strings[i] for i in random.permutation(len(strings))[:560]]
    y = np.array([3.0 * anions.index(next(x for x in ("Cl", "F", "S", "O") if x in s)) for s in strings])
    y += random.normal(0, 1, 560)
    estimator = regressor(strategy="extract", validation=0.33).fit(strings[:420], y[:420])
    assert len(estimator.watched_results_) >= ENOUGH
    told = estimator.predict_interval(strings[420:])
    inside = ((y[420:] >= told["low"]) & (y[420:] <= told["high"])).mean()
    assert 0.83 < inside < 0.97
    np.testing.assert_array_equal(told["prediction"], estimator.predict(strings[420:]))
    wider = estimator.predict_interval(strings[420:], 0.99)
    assert ((wider["high"] - wider["low"]) > (told["high"] - told["low"])).all()
