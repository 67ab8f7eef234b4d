"""Rows to watch that the caller names, and weights that stay."""

from __future__ import annotations

import numpy as np
import pytest


def test_named_rows_are_watched_and_not_learned(regressor, strings, values):
    watched = [3, 10, 11, 40]
    fitted = regressor().fit(strings, values, watched=watched)
    assert fitted.watched_results_["string"].tolist() == [strings[i] for i in watched]
    assert fitted.n_training_rows_ == 44
    changed = values.copy()
    changed[watched] = 1e6
    again = regressor(training={"epochs": 2, "keep": "last"}).fit(strings, changed, watched=watched)
    plain = regressor(training={"epochs": 2, "keep": "last"}).fit(strings, values, watched=watched)
    np.testing.assert_array_equal(again.predict(strings), plain.predict(strings))


def test_positions_count_rows_as_given(regressor, classifier, strings, values, families):
    gaps, labels = values.copy(), families.astype(object)
    gaps[:5], labels[:5] = np.nan, None
    for fitted in (
        regressor().fit(strings, gaps, watched=[2, 8, 20]),
        classifier().fit(strings, labels, watched=[2, 8, 20]),
    ):
        assert fitted.watched_results_["string"].tolist() == [strings[8], strings[20]]


@pytest.mark.parametrize(
    ("watched", "message"),
    [
        ([0.5], "must hold row positions"),
        ([True] * 48, "must hold row positions"),
        ([48], "names row 48; positions run from 0 to 47"),
        ([-1], "names row -1"),
        ([3, 3], "names a row twice"),
        ([], "names no row"),
        (range(47), "leaves 1 rows"),
    ],
)
def test_wrong_positions_are_refused(watched, message, regressor, strings, values):
    with pytest.raises(ValueError, match=message):
        regressor().fit(strings, values, watched=watched)


def test_the_last_weights_stay_when_asked(regressor, strings, values):
    def fit(**changes):
        options = {"epochs": 6, "batch_size": 8, "learning_rate": 0.3, "patience": 1, **changes}
        return regressor(training=options).fit(strings, values)

    best, last = fit(), fit(keep="last")
    assert last.history_["epoch"].max() == 6  # patience does not count
    assert best.history_["epoch"].max() < 6
    np.testing.assert_array_equal(last.predict(strings), fit(keep="last", patience=9).predict(strings))
    with pytest.raises(ValueError, match="keep is 'worst'; expected one of best, last"):
        fit(keep="worst")


def test_rows_of_no_weight_are_dropped_from_the_named_ones(regressor, classifier, strings, values, families):
    weights = np.ones(48)
    weights[:5] = 0
    for fitted in (
        regressor().fit(strings, values, sample_weight=weights, watched=[2, 8, 20]),
        classifier().fit(strings, families, sample_weight=weights, watched=[2, 8, 20]),
    ):
        assert fitted.watched_results_["string"].tolist() == [strings[8], strings[20]]
