"""Classes and their probabilities."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from matprior.estimators.threshold import best_threshold
from matprior.strategies import STRATEGIES


@pytest.mark.parametrize("name", STRATEGIES)
def test_string_labels_come_back_as_strings(name, classifier, strings, families):
    estimator = classifier(strategy=name).fit(strings, families)
    assert estimator.classes_.tolist() == ["bromide", "chloride", "fluoride", "oxide"]
    assert set(estimator.predict(strings)) <= set(families)
    probability = estimator.predict_proba(strings)
    assert probability.shape == (48, 4)
    np.testing.assert_allclose(probability.sum(1), 1, rtol=1e-5)
    assert estimator.model_.config.id2label[3] == "oxide"


def test_what_is_easy_to_learn_is_learned(classifier, strings, families):
    assert classifier(strategy="extract").fit(strings, families).score(strings, families) > 0.9


@pytest.mark.parametrize("labels", [[0, 1], [1, 2], [False, True], ["no", "yes"], [0.0, 1.0]])
def test_labels_of_any_kind_come_back_as_they_were(labels, classifier, strings, families):
    given = [labels[int(family == "oxide")] for family in families]
    estimator = classifier(strategy="extract").fit(strings, given)
    assert estimator.classes_.tolist() == labels
    guess = estimator.predict(strings)
    assert set(guess.tolist()) <= set(labels)
    assert np.asarray(given).dtype.kind == guess.dtype.kind


@pytest.mark.parametrize("gap", [None, np.nan, pd.NA])
@pytest.mark.parametrize("kind", ["strings", "numbers"])
def test_an_unknown_class_is_no_class(gap, kind, classifier, strings, families):
    given = list(families) if kind == "strings" else [int(family == "oxide") for family in families]
    known = [label for row, label in enumerate(given) if row not in (3, 7)]
    given[3] = given[7] = gap
    estimator = classifier(strategy="extract").fit(strings, given)
    assert estimator.classes_.tolist() == sorted(set(known))
    assert estimator.n_training_rows_ + len(estimator.watched_results_) == 46


def test_two_classes_are_split_at_the_learned_threshold(classifier, strings, families):
    estimator = classifier(strategy="extract").fit(strings, families == "oxide")
    probability = estimator.predict_proba(strings)[:, 1]
    np.testing.assert_array_equal(estimator.predict(strings), probability >= estimator.threshold_)
    assert 0 < estimator.threshold_ < 1
    estimator.threshold_ = 0.0
    assert estimator.predict(strings).all()


def test_the_threshold_finds_the_rare_class_that_one_half_would_miss():
    probability = np.array([0.02, 0.03, 0.05, 0.04, 0.30, 0.35])
    truth = np.array([0, 0, 0, 0, 1, 1])
    threshold = best_threshold(probability, truth)
    assert ((probability >= threshold) == truth).all()
    assert threshold == pytest.approx((0.05 + 0.30) / 2)


@pytest.mark.parametrize("truth", [[0, 0, 0], [1, 1, 1]])
def test_the_threshold_of_one_class_alone_is_one_half(truth):
    assert best_threshold(np.array([0.1, 0.2, 0.9]), np.array(truth)) == 0.5


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_class_with_a_single_row_is_trained_on_and_keeps_its_column(name, classifier, strings, families):
    families = families.astype(object)
    families[10] = "rare"
    estimator = classifier(strategy=name).fit(strings, families)
    assert "rare" in estimator.classes_
    assert "rare" not in set(estimator.watched_results_["truth"])
    probability = estimator.predict_proba(strings)
    assert probability.shape == (48, 5)
    assert np.isfinite(probability).all()


def test_every_class_is_on_both_sides_where_it_can_be(classifier, strings):
    labels = np.array(["common"] * 42 + ["rare"] * 6)
    estimator = classifier(strategy="extract").fit(strings, labels)
    watched = estimator.watched_results_["truth"]
    assert 1 <= (watched == "rare").sum() <= 3


def test_the_same_seed_gives_the_same_probabilities(classifier, strings, families):
    one, two = (classifier(seed=5).fit(strings, families).predict_proba(strings) for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_from_scratch_works_for_classes_too(classifier, strings, families):
    estimator = classifier(model=None, size="tiny", training={"epochs": 1}).fit(strings, families)
    assert set(estimator.predict(strings)) <= set(families)
