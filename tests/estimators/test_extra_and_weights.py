"""What comes beside the strings: temperatures, and how much each row counts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from matprior.estimators import load
from matprior.estimators.extra import balanced

TRAINED = {"epochs": 40, "batch_size": 16, "learning_rate": 3e-3, "head_learning_rate": 3e-3, "patience": 40}


@pytest.fixture
def kelvin() -> np.ndarray:
    """Temperatures, 200 to 1200 K, in no order."""
    return np.random.default_rng(0).permutation(np.linspace(200.0, 1200.0, 48))


def test_a_target_that_follows_temperature_is_learned_with_it_and_not_without(
    regressor, strings, kelvin, tmp_path
):
    targets = 3.0 + kelvin / 100
    extra = pd.DataFrame({"T_K": kelvin})
    fitted = regressor(training=TRAINED).fit(strings, targets, extra=extra)
    blind = regressor(training=TRAINED).fit(strings, targets)
    watched = fitted._watched(["NaCl"] * 48)
    rows = [strings[i] for i in watched]
    seen = np.abs(fitted.predict(rows, extra.iloc[watched]) - targets[watched]).mean()
    assert seen < 0.5 * np.abs(blind.predict(rows) - targets[watched]).mean()
    answers = fitted.predict(["NaCl"] * 2, extra=[[300.0], [1100.0]])
    assert answers[1] - answers[0] > 4
    after = load(fitted.save(tmp_path / "m"))
    np.testing.assert_array_equal(after.predict(strings, extra), fitted.predict(strings, extra))
    pd.testing.assert_frame_equal(
        after.predict_interval(strings, extra=extra), fitted.predict_interval(strings, extra=extra)
    )


def test_the_plain_folder_takes_the_numbers_as_they_were_measured(
    regressor, strings, values, kelvin, tmp_path
):
    extra = pd.DataFrame({"T_K": kelvin, "p_bar": kelvin[::-1] / 7})
    extra.iloc[::5, 1] = np.nan
    fitted = regressor().fit(strings, values, extra=extra)
    folder = fitted.save(tmp_path / "m")
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    assert model.config.extra_features["names"] == ["T_K", "p_bar"]
    batch = AutoTokenizer.from_pretrained(folder)(strings, padding=True, return_tensors="pt")
    with torch.no_grad():
        plain = model(**batch, extra=torch.from_numpy(extra.to_numpy())).logits[:, 0].numpy()
    np.testing.assert_allclose(plain, fitted.predict(strings, extra), rtol=1e-4)
    with pytest.raises(ValueError, match=r"2 numbers beside each string \(T_K, p_bar\), got none"):
        model(**batch)


def test_columns_are_found_by_name_and_their_means_come_from_training_rows(
    regressor, strings, values, kelvin
):
    extra = pd.DataFrame({"T_K": kelvin, "p": np.arange(48.0)})
    estimator = regressor()
    watched = estimator._watched(["NaCl"] * 48)
    odd = extra.copy()
    odd.loc[watched, "p"] = 1e6
    fitted = estimator.fit(strings, values, extra=odd)
    learn = np.setdiff1d(np.arange(48), watched)
    np.testing.assert_allclose(fitted.model_.config.extra_features["mean"][1], learn.mean())
    np.testing.assert_array_equal(
        fitted.predict(strings, extra[["p", "T_K"]]), fitted.predict(strings, extra)
    )
    assert np.isfinite(fitted.predict(["NaCl"], [[np.nan, np.nan]])).all()


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (None, r"fitted with the extra columns \['T_K'\]"),
        ([[1.0, 2.0]], "2 columns"),
        ([[1.0], [2.0]], r"shape \(2, 1\); expected \(1, columns\)"),
        (pd.DataFrame({"T": [1.0]}), r"lacks the column 'T_K'; it has \['T'\]"),
        (pd.DataFrame({"T_K": ["hot"]}), r"'T_K' holds no numbers, but 'hot'"),
        ([[np.inf]], "infinite in row 1"),
    ],
)
def test_bad_extra_columns_are_answered(extra, said, regressor, strings, values, kelvin):
    fitted = regressor(training={"epochs": 1}).fit(strings, values, extra=pd.Series(kelvin, name="T_K"))
    with pytest.raises(ValueError, match=said):
        fitted.predict(["NaCl"], extra)


def test_extra_columns_for_a_model_without_and_for_a_solver_are_refused(regressor, strings, values, kelvin):
    with pytest.raises(ValueError, match="fitted without"):
        regressor(strategy="extract").fit(strings, values).predict(["NaCl"], [[1.0]])
    with pytest.raises(ValueError, match="'extract' reads no extra columns"):
        regressor(strategy="extract").fit(strings, values, extra=kelvin)


def test_a_row_of_weight_zero_is_not_there(regressor, strings, values):
    weights = np.ones(48)
    weights[[5, 30]] = 0
    wild = values.copy()
    wild[[5, 30]] = 1e9
    kept = np.flatnonzero(weights)
    with_zeros = regressor().fit(strings, wild, sample_weight=weights)
    without = regressor().fit([strings[i] for i in kept], values[kept])
    np.testing.assert_array_equal(with_zeros.predict(strings), without.predict(strings))


@pytest.mark.parametrize("strategy", ["full", "extract"])
def test_rows_that_weigh_more_are_fitted_better(strategy, regressor, strings):
    # Two opposite laws for the same strings; the weights say which to believe.
    rows, law = [*strings, *strings], np.repeat([0.0, 10.0], 48)
    training = {"epochs": 5, "batch_size": 16, "learning_rate": 3e-3}
    for believed in (0, 1):
        weights = np.where(np.repeat([0, 1], 48) == believed, 9.0, 1.0)
        fitted = regressor(strategy=strategy, training=training, loss="squared")
        mean = fitted.fit(rows, law, sample_weight=weights).predict(strings).mean()
        assert abs(mean - 10 * believed) < 4


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (np.ones(47), r"shape \(47,\); expected \(48,\)"),
        (np.r_[np.ones(47), -1], "row 48 is -1"),
        (np.r_[np.nan, np.ones(47)], "row 1 is nan"),
    ],
)
def test_bad_weights_are_answered(weights, said, regressor, classifier, strings, values, families):
    for estimator, targets in ((regressor(), values), (classifier(), families)):
        with pytest.raises(ValueError, match=said):
            estimator.fit(strings, targets, sample_weight=weights)


def test_equal_weights_change_nothing(regressor, strings, values):
    one = regressor().fit(strings, values).predict(strings)
    np.testing.assert_array_equal(
        regressor().fit(strings, values, sample_weight=np.full(48, 3.0)).predict(strings), one
    )


def test_balanced_weights_give_every_class_the_same_sum():
    labels = np.array([[0, 1], [0, np.nan], [0, 0], [1, 0], [0, 0]], dtype=float)
    weights = balanced(labels)
    for column in range(2):
        sums = [weights[labels[:, column] == value, column].sum() for value in (0, 1)]
        assert sums[0] == pytest.approx(sums[1])


def test_a_balanced_classifier_gives_a_rare_class_more_probability(classifier, strings):
    labels = np.array([1 if s.startswith("Hg") else 0 for s in strings])
    training = {"epochs": 5, "batch_size": 16, "learning_rate": 3e-3}
    plain, fair = (
        classifier(class_weight=choice, training=training).fit(strings, labels).predict_proba(strings)[:, 1]
        for choice in (None, "balanced")
    )
    assert plain.mean() < fair.mean() - 0.05
    assert abs(fair.mean() - 0.5) < 0.05  # four of 48 rows, and yet as likely as the others
    with pytest.raises(ValueError, match="class_weight is 'fair'"):
        classifier(class_weight="fair").fit(strings, labels)


def test_where_a_string_lies_is_told_without_the_extra_columns(regressor, strings, values, kelvin, tmp_path):
    fitted = regressor().fit(strings, values, extra=kelvin)
    after = load(fitted.save(tmp_path / "m"))
    assert after.in_domain([*strings, "UO2"]).tolist()[-1] is False
    assert after.in_domain(strings).mean() > 0.9
    np.testing.assert_array_equal(after.embed(strings), fitted.embed(strings))
