"""Adaptation gives an ordinary model, never looks at target labels it should not, and steps aside."""

from __future__ import annotations

import numpy as np
import pytest

from matprior.domains.adapting import METHODS, NETWORKS, AdaptationOptions, adapt, try_all
from matprior.domains.alignment import ALIGNMENTS
from matprior.domains.choosing import Tried, choose, deep_embedded, disagreement, entropy, importance_weighted
from matprior.domains.rows import AdaptationRows
from matprior.estimators import AutoRegressor, load
from matprior.estimators.regressor import MaterialRegressor

QUICK = {"epochs": 2, "batch_size": 16}
FEW = AdaptationOptions(methods=("importance", "coral"), weights=(1.0,))


def test_all_methods_are_tried_and_an_ordinary_model_comes_back(
    regressor, oxides, numbers, intermetallics, tmp_path
):
    single = tuple(name for name in METHODS if name != "mixed")
    options = AdaptationOptions(single, weights=(1.0,))
    model = adapt(oxides, numbers, intermetallics, estimator=regressor(), options=options)
    assert type(model) is MaterialRegressor
    assert set(model.adaptation_.table["method"]) == set(single)
    assert len(model.adaptation_.table) == 3 + len(ALIGNMENTS)
    assert model.adaptation_.table["chosen"].sum() == 1
    assert model.strategy == "full"
    again = load(model.save(tmp_path / "model"))
    assert np.array_equal(again.predict(intermetallics), model.predict(intermetallics))


def test_staying_with_none_is_plain_training_on_the_source(regressor, oxides, numbers, intermetallics):
    """In another world nothing can be judged, so nothing is adapted; the reason says so."""
    model = adapt(oxides, numbers, intermetallics, estimator=regressor(), options=FEW)
    assert model.adaptation_.method == "none"
    assert model.adaptation_.reason.startswith("No adaptation: ")
    watched = AdaptationRows.of(oxides, numbers, intermetallics, None, regressor()).watched
    assert f"rest on {len(watched)} rows of the source: on the target they may be too narrow" in (
        model.adaptation_.bars
    )
    plain = regressor(training={"epochs": 2, "batch_size": 16, "keep": "last"})
    plain.fit(oxides, numbers, watched=watched)
    assert np.array_equal(plain.predict(intermetallics), model.predict(intermetallics))


def test_a_spent_strategy_is_gone_from_the_model(regressor, oxides, numbers, intermetallics):
    options = AdaptationOptions(methods=("coral",), weights=(1.0,), fall_back=False)
    model = adapt(oxides, numbers, intermetallics, estimator=regressor(), options=options)
    assert type(model) is MaterialRegressor
    assert model.strategy == "full"


MIX_ALONE = AdaptationOptions(methods=("mixed",), fall_back=False)


def test_mixed_is_auto_on_the_same_rows(regressor, oxides, numbers, tmp_path):
    target = ["Li5O3", "Na7O2", "K3O5", "MgO7", "Ca5O2", "Sr3O7"]
    rows = AdaptationRows.of(oxides, numbers, target, None, regressor())
    _, (both, tried) = try_all(rows, regressor(), MIX_ALONE)
    learned = np.setdiff1d(np.arange(len(oxides)), rows.watched)
    alone = AutoRegressor(model=regressor().model, training=QUICK)
    alone.fit([oxides[i] for i in learned], numbers[learned])
    assert np.array_equal(both.predict(target), alone.predict(target))
    assert {"network", "trees-statistics", "ridge-pretrained"} <= set(both.choice_["candidate"])
    assert set(both.watched_results_["string"]) == {oxides[i] for i in rows.watched}
    errors = np.abs(both.predict([oxides[i] for i in rows.watched]) - numbers[rows.watched]) / numbers.std()
    assert tried.errors == pytest.approx(errors)
    again = load(both.save(tmp_path / "model"))
    assert again.judged_by == "held-out rows"
    assert np.array_equal(again.predict(target), both.predict(target))
    bars = again.predict_interval(target)
    assert (bars["low"] < bars["high"]).all()


def test_of_rows_with_new_elements_networks_alone_are_mixed(
    regressor, oxides, numbers, intermetallics, tmp_path
):
    """Trees can say nothing of zinc without one row that holds it."""
    rows = AdaptationRows.of(oxides, numbers, intermetallics, None, regressor())
    model = adapt(oxides, numbers, intermetallics, estimator=regressor(), options=MIX_ALONE)
    assert list(model.adaptation_.table["method"]) == ["none", "mixed"]
    assert "Of networks alone, because 40 % of the target rows hold an element without" in (
        model.adaptation_.reason
    )
    last = {**QUICK, "keep": "last"}
    networks = [
        regressor(training=last, seed=seed).fit(oxides, numbers, watched=rows.watched)
        for seed in range(NETWORKS)
    ]
    mean = np.mean([one.predict(intermetallics) for one in networks], axis=0)
    assert model.predict(intermetallics) == pytest.approx(mean)
    again = load(model.save(tmp_path / "model"))
    assert np.array_equal(again.predict(intermetallics), model.predict(intermetallics))
    assert len(again.members_) == NETWORKS
    assert [one.strategy for one in again.members_] == ["full"] * NETWORKS
    bars = again.predict_interval(intermetallics)
    assert (bars["low"] < bars["high"]).all()


def test_a_mean_of_networks_need_show_no_gain_but_must_not_be_clearly_worse():
    base, ones = errors_of(0), np.ones(300)
    none, noise = Tried("none", 0.0, base, ones, 1.0), np.random.default_rng(1).normal(0, 0.5, 300)
    for factor, averaged, taken in ((1.01, True, "mixed"), (1.01, False, "none"), (1.5, True, "none")):
        other = Tried("mixed", 1.0, base * factor + noise - noise.mean(), ones, 1.0, averaged=averaged)
        assert choose([none, other], ones).method == taken


def test_mixed_counts_labels_of_the_target_as_the_network_does(regressor, oxides, numbers, intermetallics):
    labels = np.full(len(intermetallics), np.nan)
    labels[:36] = 3000.0
    taught = adapt(oxides, numbers, intermetallics, labels, estimator=regressor(), options=MIX_ALONE)
    assert taught.adaptation_.method == "mixed"
    assert taught.n_training_rows_ == len(oxides) + 24
    assert taught.predict(intermetallics[36:]).mean() > numbers.max()


def test_the_average_has_the_mean_of_the_weights_of_none_and_the_alignments(
    regressor, oxides, numbers, intermetallics
):
    options = AdaptationOptions(methods=("importance", "coral", "mmd", "average"), weights=(1.0,))
    rows = AdaptationRows.of(oxides, numbers, intermetallics, None, regressor())
    fitted = {one.method: model for model, one in try_all(rows, regressor(), options)}
    bias = {name: float(model.model_.classifier.bias.detach()[0]) for name, model in fitted.items()}
    mean = np.mean([bias[name] for name in ("none", "coral", "mmd")])
    assert bias["average"] == pytest.approx(mean, rel=1e-5)
    assert bias["average"] != pytest.approx(bias["importance"], rel=1e-5)
    assert fitted["average"].watched_results_["prediction"].notna().all()


def test_without_a_fall_back_a_candidate_is_taken_and_the_doubt_is_told(
    regressor, oxides, numbers, intermetallics
):
    options = AdaptationOptions(methods=("coral",), weights=(1.0,), fall_back=False)
    model = adapt(oxides, numbers, intermetallics, estimator=regressor(), options=options)
    assert model.adaptation_.method == "coral"
    assert "With one: No adaptation" in model.adaptation_.reason


def test_a_third_of_the_target_labels_judges_and_is_not_learned_from(
    regressor, oxides, numbers, intermetallics
):
    labels = np.full(len(intermetallics), np.nan)
    labels[:36] = 900 + 10.0 * np.arange(36)
    rows = AdaptationRows.of(oxides, numbers, intermetallics, labels, regressor())
    assert rows.labelled
    assert len(rows.watched) == 12
    assert {rows.strings[i] for i in rows.watched} <= set(intermetallics[:36])
    model = adapt(oxides, numbers, intermetallics, labels, estimator=regressor(), options=FEW)
    assert set(model.watched_results_["string"]) == {rows.strings[i] for i in rows.watched}
    assert model.n_training_rows_ == len(oxides) + 24
    assert "on 12 labelled target rows" in model.adaptation_.reason
    assert model.adaptation_.bars == "Error bars rest on 12 labelled rows of the target."


def test_labels_of_the_target_pull_the_answers_there(regressor, oxides, numbers, intermetallics):
    labels = np.full(len(intermetallics), np.nan)
    labels[::3] = 3000.0
    start = regressor(training={"epochs": 6, "batch_size": 32})
    only = AdaptationOptions(methods=("none",))
    blind = adapt(oxides, numbers, intermetallics, estimator=start, options=only)
    taught = adapt(oxides, numbers, intermetallics, labels, estimator=start, options=only)
    unseen = [string for i, string in enumerate(intermetallics) if i % 3]
    assert taught.predict(unseen).mean() > blind.predict(unseen).mean() + 200


def test_classes_can_be_adapted_too(checkpoint, oxides, intermetallics):
    from matprior.estimators import MaterialClassifier

    kinds = np.array(["light" if i < 90 else "heavy" for i in range(len(oxides))])
    start = MaterialClassifier(model=str(checkpoint), training={"epochs": 2, "batch_size": 16})
    known = ["Li5O3", "Na7O2", "K3O5", "MgO7", "Ca5O2"]
    for options, target in ((FEW, intermetallics), (MIX_ALONE, intermetallics), (MIX_ALONE, known)):
        model = adapt(oxides, kinds, target, estimator=start, options=options)
        assert set(model.predict(target)) <= {"light", "heavy"}
    assert list(model.adaptation_.table["method"]) == ["none", "mixed"]
    assert model.predict_proba(target).sum(1) == pytest.approx(1.0)


def test_a_class_without_a_row_to_learn_from_leaves_mixed_out_and_says_so(checkpoint, oxides, intermetallics):
    from matprior.estimators import MaterialClassifier

    start = MaterialClassifier(model=str(checkpoint), training={"epochs": 1, "batch_size": 16})
    watched = AdaptationRows.of(oxides, np.zeros(len(oxides)), intermetallics, None, start).watched
    kinds = np.array(["a", "b"] * 90, dtype=object)
    kinds[watched[0]] = "rare"
    model = adapt(oxides, kinds, intermetallics, estimator=start, options=MIX_ALONE)
    assert list(model.adaptation_.table["method"]) == ["none"]
    assert "Not tried: mixed, because the class rare has no row to learn from" in model.adaptation_.reason


def errors_of(seed, n=300):
    return np.random.default_rng(seed).uniform(0.5, 1.5, n)


def test_a_real_gain_is_taken_and_a_gain_within_the_noise_is_not():
    base, ones = errors_of(0), np.ones(300)
    none = Tried("none", 0.0, base, ones, 1.0)
    half = Tried("mmd", 1.0, base * 0.8, ones, 1.0)
    noise = np.random.default_rng(1).normal(0, 0.5, 300)
    luck = Tried("coral", 0.1, base * 0.99 + noise - noise.mean(), ones, 1.0)
    assert choose([none, half], ones).method == "mmd"
    assert choose([none, luck], ones).method == "none"
    assert choose([none, luck, half], ones).method == "mmd"


def test_a_second_opinion_can_stop_a_gain():
    base, ones = errors_of(0), np.ones(300)
    none, unsure = Tried("none", 0.0, base, ones, 1.0), Tried("mmd", 1.0, base * 0.8, ones, 1.1)
    choice = choose([none, unsure], ones)
    assert choice.method == "none"
    assert "less sure" in choice.reason
    assert choose([none, unsure], ones, labelled=True).method == "mmd"


def test_mixed_needs_no_rows_like_the_target_but_must_not_be_clearly_worse_on_those_held_back():
    base, weights = errors_of(0), np.full(300, 1e-6)
    weights[:5] = 60.0
    none = Tried("none", 0.0, base, weights, 1.0)
    assert choose([none, Tried("mixed", 1.0, base * 0.9, weights, 2.0)], weights).method == "mixed"
    noise = np.random.default_rng(1).normal(0, 0.5, 300)
    for factor, taken in ((0.99, "mixed"), (1.01, "none")):
        close = Tried("mixed", 1.0, base * factor + noise - noise.mean(), weights, 1.0)
        close.errors[:5] = base[:5] * 1.001  # the five rows that weigh: a hair worse
        assert choose([none, close], weights).method == taken
    worse = choose([none, Tried("mixed", 1.0, base * 1.1, weights, 1.0)], weights)
    assert worse.method == "none"
    assert "errs more on the rows that were held back (10.0 %)" in worse.reason


def test_rows_like_the_target_can_speak_against_mixed():
    base = errors_of(0)
    weights = np.where(np.arange(300) < 60, 5.0, 1e-3)
    errors = np.where(np.arange(300) < 60, 1.3, 0.7) * base
    choice = choose(
        [Tried("none", 0.0, base, weights, 1.0), Tried("mixed", 1.0, errors, weights, 1.0)], weights
    )
    assert choice.method == "none"
    assert "errs more on rows like the target" in choice.reason


def test_weights_that_rest_on_a_few_rows_judge_nothing():
    base, weights = errors_of(0), np.full(300, 1e-6)
    weights[:5] = 60.0
    tried = [Tried("none", 0.0, base, weights, 1.0), Tried("mmd", 1.0, base * 0.1, weights, 1.0)]
    choice = choose(tried, weights)
    assert choice.method == "none"
    assert "are worth 5," in choice.reason


def test_weighted_validation_estimates_the_error_on_the_target_and_dev_does_with_less_variance():
    """Source and target are normal laws one apart, the error grows with x: the truth is known."""
    plain, dev = [], []
    for seed in range(200):
        x = np.random.default_rng(seed).normal(size=300)
        errors, ratio = np.exp(0.3 * x), np.exp(x - 0.5)
        plain.append((ratio * errors).mean())
        dev.append(deep_embedded(errors, ratio))
    truth = np.exp(0.3 * 1 + 0.3**2 / 2)
    assert np.mean(plain) == pytest.approx(truth, rel=0.05)
    assert np.mean(dev) == pytest.approx(truth, rel=0.1)
    assert np.std(dev) < 0.5 * np.std(plain)
    assert importance_weighted(np.array([1.0, 3.0]), np.array([1.0, 0.0])) == 1.0


def test_answers_that_contradict_their_neighbours_are_doubtful():
    random = np.random.default_rng(0)
    source = random.normal(size=(200, 2))
    values, target = source[:, 0], random.normal(size=(50, 2))
    right, wrong = target[:, 0], -target[:, 0]
    assert disagreement(right, target, source, values) < 0.3 < disagreement(wrong, target, source, values)
    assert entropy(np.array([[0.9, 0.1]])) < entropy(np.array([[0.6, 0.4]]))


def test_sources_are_told_apart_by_their_origin(regressor, oxides, numbers, intermetallics):
    origin = ["first"] * 100 + ["second"] * 80
    rows = AdaptationRows.of(oxides, numbers, intermetallics, None, regressor(), origin)
    assert rows.sources == [oxides[:100], oxides[100:]]
    assert AdaptationRows.of(oxides, numbers, intermetallics, None, regressor(), ["one"] * 180).sources == []
    options = AdaptationOptions(methods=("adversarial",), weights=(1.0,), fall_back=False)
    one, two = (
        adapt(oxides, numbers, intermetallics, estimator=regressor(), options=options, origin=own)
        for own in (None, origin)
    )
    assert not np.array_equal(one.predict(intermetallics), two.predict(intermetallics))


def test_mistakes_are_named(regressor, oxides, numbers, intermetallics):
    with pytest.raises(ValueError, match="no method 'dann'"):
        AdaptationOptions(methods=("dann",))
    with pytest.raises(ValueError, match="above 0"):
        AdaptationOptions(weights=(0.0,))
    with pytest.raises(ValueError, match="one label per string"):
        adapt(oxides, numbers[:5], intermetallics, estimator=regressor())
    with pytest.raises(ValueError, match="at least 5"):
        adapt(oxides, numbers, intermetallics[:4], estimator=regressor())
    with pytest.raises(ValueError, match="origin of shape"):
        adapt(oxides, numbers, intermetallics, estimator=regressor(), origin=["a"])
    with pytest.raises(ValueError, match="target_values of shape"):
        adapt(oxides, numbers, intermetallics, [1.0], estimator=regressor())
