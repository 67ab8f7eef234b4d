"""Numbers in the user's units, several at once, with gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from matprior.estimators import MaterialRegressor
from matprior.strategies import STRATEGIES


def test_predictions_come_in_the_units_of_the_targets(regressor, strings, values):
    guess = regressor(strategy="extract").fit(strings, values).predict(strings)
    assert abs(guess.mean() - values.mean()) < 0.1 * values.std()
    assert 0.7 * values.std() < guess.std() < 1.1 * values.std()


@pytest.mark.parametrize("name", STRATEGIES)
def test_another_unit_gives_the_same_predictions_in_that_unit(name, regressor, strings, values):
    plain = regressor(strategy=name).fit(strings, values).predict(strings)
    for scale, offset in ((1e-15, 0.0), (1e6, 0.0), (1.0, -273.15)):
        other = regressor(strategy=name).fit(strings, values * scale + offset).predict(strings)
        np.testing.assert_allclose((other - offset) / scale, plain, rtol=1e-3)


def test_several_targets_keep_their_columns_and_units(regressor, strings, values):
    frame = pd.DataFrame({"melting_K": values, "gap_eV": 10 - values / 100})
    estimator = regressor(strategy="extract").fit(strings, frame)
    guess = estimator.predict(strings)
    assert guess.shape == (48, 2)
    assert estimator.target_names_ == ["melting_K", "gap_eV"]
    assert spearmanr(guess[:, 0], values)[0] > 0.9
    assert spearmanr(guess[:, 1], -values)[0] > 0.9
    assert list(estimator.predict_interval(strings)) == [
        f"{name}_{column}" for name in frame for column in ("prediction", "std", "low", "high")
    ]


@pytest.mark.parametrize("name", STRATEGIES)
def test_gaps_in_several_targets_are_no_hindrance(name, regressor, strings, values):
    targets = np.stack([values, -values], 1)
    random = np.random.default_rng(0)
    targets[random.random(targets.shape) < 0.4] = np.nan
    estimator = regressor(strategy=name).fit(strings, targets)
    guess = estimator.predict(strings)
    assert np.isfinite(guess).all()
    assert guess[:, 0].mean() > 400
    assert guess[:, 1].mean() < -400
    rows = np.isfinite(targets).any(1).sum()
    assert estimator.n_training_rows_ + len(estimator.watched_results_) // 2 == rows


def test_a_row_without_any_target_teaches_nothing(regressor, strings, values):
    plain = regressor(strategy="extract").fit(strings, values).predict(strings)
    more = [*strings, "UO2", "PuO2"]
    with_gaps = regressor(strategy="extract").fit(more, [*values, np.nan, None])
    np.testing.assert_array_equal(with_gaps.predict(strings), plain)


def test_a_one_column_table_of_targets_gives_one_column_back(regressor, strings, values):
    estimator = regressor(strategy="extract").fit(strings, pd.DataFrame({"gap": values}))
    assert estimator.predict(strings[:3]).shape == (3, 1)
    assert list(estimator.predict_interval(strings[:3])) == ["prediction", "std", "low", "high"]


def test_the_name_of_a_series_is_the_name_of_the_target(regressor, strings, values):
    assert regressor(strategy="extract").fit(strings, pd.Series(values, name="Tc_K")).target_names_ == [
        "Tc_K"
    ]


def test_watched_rows_are_never_trained_on(regressor, strings, values):
    estimator = regressor().fit(strings, values)
    watched = estimator.watched_results_
    assert len(watched) == 10
    assert estimator.n_training_rows_ == 38
    poisoned = values.copy()
    poisoned[[strings.index(s) for s in watched["string"]]] += 1e6
    # One epoch and no choice between epochs: whatever the watched rows say, the weights are the same.
    one = regressor(training={"epochs": 1}).fit(strings, values).predict(strings)
    two = regressor(training={"epochs": 1}).fit(strings, poisoned).predict(strings)
    np.testing.assert_array_equal(one, two)


def test_the_history_has_a_loss_per_epoch_on_both_sides(regressor, strings, values):
    history = regressor(training={"epochs": 3, "batch_size": 16}).fit(strings, values).history_
    assert history["validation_loss"].notna().sum() == 3
    assert history["train_loss"].notna().sum() >= 3
    assert np.isfinite(history["validation_loss"].dropna()).all()


def test_from_scratch_needs_no_checkpoint(strings, values):
    estimator = MaterialRegressor(None, size="tiny", training={"epochs": 1}).fit(strings, values)
    assert np.isfinite(estimator.predict(["NaI"])).all()
    assert estimator.model_.config.hidden_size == 96


def test_the_pretrained_encoder_is_where_the_training_starts(checkpoint, regressor, strings, values):
    from matprior.models.matbert import MatBertForPreTraining

    fitted = regressor(strategy="extract").fit(strings, values)
    source = MatBertForPreTraining.from_pretrained(checkpoint).state_dict()
    for name, tensor in fitted.model_.matbert.state_dict().items():
        assert (tensor == source[f"matbert.{name}"]).all(), name


def test_a_fitted_model_passes_on_its_encoder_but_not_its_head(regressor, strings, values, tmp_path):
    # Transfer over a task in between: a head in units of 1e6 would be a start far from any other target.
    between = regressor(strategy="extract").fit(strings, values * 1e6)
    between.save(tmp_path)
    estimator = regressor(model=tmp_path, training={"epochs": 1}).fit(strings, values)
    head = estimator._new_model(1, "regression").classifier
    assert head.weight.abs().max() < 0.2
    assert (head.bias == 0).all()
    assert np.abs(estimator.predict(strings) - values.mean()).max() < 10 * values.std()


def test_spelling_order_and_multiples_of_a_formula_change_nothing(regressor, strings, values):
    estimator = regressor().fit(strings, values)
    one, *others = estimator.predict(["Ca(OH)2", "H2O2Ca", "Ca2H4O4", "Ca₁O₂H₂"])
    assert others == [one, one, one]


def test_five_rows_are_enough_and_give_an_honest_interval(regressor):
    estimator = regressor(strategy="extract").fit(["NaCl", "KCl", "LiF", "MgO", "CaO"], [1.0, 2, 3, 4, 5])
    assert np.isfinite(estimator.predict(["NaF"])).all()
    assert estimator.predict_interval(["NaF"])[["low", "high"]].isna().all(axis=None)  # one watched row


def test_a_constant_target_is_predicted_as_that_constant(regressor, strings):
    guess = regressor(strategy="extract").fit(strings, [273.15] * 48).predict(strings)
    np.testing.assert_allclose(guess, 273.15, atol=0.05)


def test_embeddings_have_one_vector_per_string(regressor, strings, values):
    assert regressor(strategy="extract").fit(strings, values).embed(strings).shape == (48, 32)
