"""scikit-learn's law, by hand: its own `check_estimator` can't feed strings."""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.validation import check_is_fitted

from matprior.estimators import MaterialClassifier, MaterialRegressor
from matprior.strategies import STRATEGIES
from matprior.training.loop import TrainingOptions

BOTH = [MaterialRegressor, MaterialClassifier]


@pytest.mark.parametrize("kind", BOTH)
def test_the_constructor_stores_what_it_gets_and_does_nothing_else(kind):
    strategy, training = STRATEGIES["extract"](), {"epochs": 3}
    given = {
        "model": "no such model", "strategy": strategy, "training": training,
        "validation": -1.0, "size": "?", "seed": "x", "notation": "?",
        "held_out": "?",
    }  # fmt: skip
    if kind is MaterialRegressor:
        given |= {"head": {"two_part": {}}, "loss": "?", "transform": "?", "bounds": (3, 1)}
    else:
        given |= {"class_weight": "?"}
    estimator = kind(**given)
    assert given.keys() == set(inspect.signature(kind).parameters)
    for name, value in given.items():
        assert getattr(estimator, name) is value
    assert set(vars(estimator)) == set(given)


@pytest.mark.parametrize("kind", BOTH)
def test_parameters_are_read_and_set_by_name(kind):
    estimator = kind().set_params(seed=7, strategy="extract")
    assert estimator.get_params()["seed"] == 7
    assert estimator.strategy == "extract"
    with pytest.raises(ValueError, match="sede"):
        estimator.set_params(sede=7)


@pytest.mark.parametrize("kind", BOTH)
def test_a_clone_has_equal_parameters_and_nothing_learned(kind, strings, values, checkpoint):
    options = TrainingOptions(epochs=1)
    estimator = kind(checkpoint, STRATEGIES["extract"](), options, seed=4)
    estimator.fit(strings, values > 600)
    copy = clone(estimator)
    assert copy.get_params() == estimator.get_params()
    assert not hasattr(copy, "model_")


@pytest.mark.parametrize("name", STRATEGIES)
def test_fitting_changes_no_parameter(name, regressor, strings, values):
    estimator = regressor(strategy=name)
    before = dict(estimator.get_params())
    assert estimator.fit(strings, values) is estimator
    assert estimator.get_params() == before


def test_cross_val_score_gives_one_score_per_fold(regressor, classifier, strings, values, families):
    # Shuffled: in blocks every fold would ask for salts of a family that it never saw.
    folds = KFold(3, shuffle=True, random_state=0)
    scores = cross_val_score(regressor(strategy="extract"), strings, values, cv=folds)
    assert scores.shape == (3,)
    assert (scores < 1).all()
    assert scores.mean() > 0.3  # R²: the property follows from the elements
    assert cross_val_score(classifier(strategy="extract"), strings, families, cv=3).shape == (3,)
    guess = cross_val_predict(regressor(strategy="extract"), np.array(strings), values, cv=3)
    assert guess.shape == (48,)


def test_grid_search_chooses_between_strategies(regressor, strings, values):
    search = GridSearchCV(
        regressor(), {"strategy": ["full", "extract", "partial"]}, cv=2, error_score="raise"
    )
    search.fit(strings, values)
    assert search.best_params_["strategy"] == "extract"  # two epochs can't reach a solved ridge
    assert search.predict(["NaI"]).shape == (1,)


def test_an_estimator_can_end_a_pipeline(regressor, strings, values):
    from sklearn.preprocessing import FunctionTransformer

    pipeline = make_pipeline(FunctionTransformer(lambda x: [s.replace("Hg2", "Hg") for s in x]), regressor())
    assert pipeline.set_params(materialregressor__strategy="extract").fit(strings, values).predict(
        ["NaI"]
    ).shape == (1,)


def test_kinds_are_told_apart():
    assert is_regressor(MaterialRegressor())
    assert is_classifier(MaterialClassifier())
    assert not is_classifier(MaterialRegressor())


@pytest.mark.parametrize("name", STRATEGIES)
def test_two_fits_are_two_fresh_starts(name, regressor, strings, values):
    once = regressor(strategy=name).fit(strings, values).predict(strings)
    twice = regressor(strategy=name).fit(strings[:20], -values[:20]).fit(strings, values)
    np.testing.assert_array_equal(twice.predict(strings), once)
    assert len(twice.predict(strings)) == 48


def test_a_fit_with_fewer_targets_forgets_the_ones_before(regressor, strings, values):
    estimator = regressor(strategy="extract").fit(strings, np.stack([values, values], 1))
    assert estimator.predict(strings).shape == (48, 2)
    estimator.fit(strings, values)
    assert estimator.predict(strings).shape == (48,)
    assert estimator.target_names_ == ["target"]


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(regressor, strings, values):
    one, two, other = (regressor(seed=seed).fit(strings, values).predict(strings) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert np.abs(one - other).max() > 1e-6


def test_the_global_random_state_does_not_decide(regressor, strings, values):
    np.random.seed(1)  # noqa: NPY002
    one = regressor().fit(strings, values).predict(strings)
    np.random.seed(2)  # noqa: NPY002
    np.testing.assert_array_equal(regressor().fit(strings, values).predict(strings), one)


@pytest.mark.parametrize(
    "container",
    [
        list, tuple, np.array, lambda s: np.array(s, dtype=object), pd.Series,
        lambda s: pd.DataFrame({"f": s}), lambda s: np.array(s)[:, None],
        lambda s: pd.Series(s, index=range(100, 148)), lambda s: pd.Series(s, dtype="category"),
    ],
    ids=["list", "tuple", "array", "objects", "Series", "DataFrame", "column", "other index", "category"],
)  # fmt: skip
def test_strings_in_any_container_mean_the_same(container, regressor, strings, values):
    plain = regressor(strategy="extract").fit(strings, values)
    other = regressor(strategy="extract").fit(container(strings), values)
    np.testing.assert_array_equal(other.predict(container(strings)), plain.predict(strings))


@pytest.mark.parametrize(
    "container",
    [
        list, np.array, pd.Series, lambda y: pd.Series(y, index=range(48)[::-1]),
        lambda y: pd.Series(y, dtype="Float64"),
    ],
    ids=["list", "array", "Series", "other index", "nullable"],
)  # fmt: skip
def test_targets_in_any_container_mean_the_same(container, regressor, strings, values):
    plain = regressor(strategy="extract").fit(strings, values).predict(strings)
    np.testing.assert_array_equal(
        regressor(strategy="extract").fit(strings, container(values)).predict(strings), plain
    )


def test_the_inputs_are_not_modified(regressor, strings, values):
    given, targets, training = list(strings), np.stack([values, values], 1), {"epochs": 1}
    targets[4, 0] = np.nan
    before = targets.copy()
    regressor(training=training).fit(given, targets).predict(given)
    assert given == strings
    np.testing.assert_array_equal(targets, before)
    assert training == {"epochs": 1}


@pytest.mark.parametrize("kind", BOTH)
def test_asking_before_fitting_says_what_to_do(kind):
    estimator = kind()
    for ask in (
        lambda: estimator.predict(["NaCl"]),
        lambda: estimator.embed(["NaCl"]),
        lambda: estimator.save("x"),
    ):
        with pytest.raises(NotFittedError, match=r"not fitted yet.*fit\(strings, targets\) or load"):
            ask()
    with pytest.raises(NotFittedError):
        check_is_fitted(estimator)


def test_predicting_does_not_change_the_model(regressor, strings, values):
    estimator = regressor().fit(strings, values)
    first = estimator.predict(strings)
    estimator.predict_interval(strings)
    estimator.embed(strings)
    np.testing.assert_array_equal(estimator.predict(strings), first)
    np.testing.assert_allclose(estimator.predict(strings[::-1])[::-1], first, rtol=1e-5)
