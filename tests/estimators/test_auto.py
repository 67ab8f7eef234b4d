"""`auto` on small tables: what it promises of any mix, for numbers and for classes.

The networks here learn for two epochs from a checkpoint of random weights: how good they are is not seen.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from matprior.estimators import AutoClassifier, AutoRegressor, MaterialRegressor, load, tune
from matprior.estimators.choice import estimator_of
from matprior.estimators.stacking import Stack

QUICK = {"epochs": 2, "batch_size": 16}
TREES = ["trees-fractions", "ridge-pretrained"]
NEW = ["NaI", "Ca(OH)2", "Fe2O3", "LiF"]


# The LightGBM and the forests of this module are kept small: nothing here asks how good they are.
@pytest.fixture(scope="module", autouse=True)
def small_forests():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matprior.estimators.candidates.TREES", 20)
        patch.setattr("matprior.estimators.candidates.OUT_OF_FOLD_TREES", 10)
        patch.setattr("matprior.estimators.boosting.ROUNDS", 40)
        yield


@pytest.fixture(scope="module")
def mixed(checkpoint, salts):
    """A regressor with networks in the mix, whatever their error."""
    estimator = AutoRegressor(str(checkpoint), members=2, training=QUICK, candidates=["network"], n_jobs=1)
    return estimator.fit(*salts)


@pytest.fixture(scope="module")
def solved(checkpoint, salts):
    """A regressor of solved candidates of every kind of file."""
    names = [*TREES, "trees-pretrained", "gp-pretrained"]
    return AutoRegressor(str(checkpoint), members=3, candidates=names, n_jobs=1).fit(*salts)


@pytest.fixture(scope="module")
def sorted_by_anion(checkpoint, salts):
    """A classifier of oxides."""
    labels = np.array(["salt", "salt", "salt", "oxide"] * 12)
    estimator = AutoClassifier(str(checkpoint), members=3, candidates=[*TREES, "trees-pretrained"], n_jobs=1)
    return estimator.fit(salts[0], labels)


def test_the_mean_of_the_members_answers(mixed, strings):
    each = [member.predict(strings) for member in mixed.members_]
    assert len(each) == 2
    np.testing.assert_allclose(mixed.predict(strings), np.mean(each, axis=0))
    assert np.abs(each[0] - each[1]).max() > 0


def test_each_member_is_judged_by_the_fold_it_did_not_learn(mixed):
    assert mixed.training_["keep"] == "last"
    assert [member.n_training_rows_ for member in mixed.members_] == [48 - n for n in mixed.folds_]
    assert len(mixed.watched_results_) == 48
    epochs = mixed.history_["epoch"].round(2)
    assert epochs.max() == 2
    assert mixed.history_["validation_loss"].notna().any()


def test_error_bars_rest_on_rows_out_of_fold(solved):
    table = solved.watched_results_
    residuals = (table["truth"] - table["prediction"]).to_numpy()
    np.testing.assert_array_equal(solved.calibration_.residuals[:, 0], residuals)
    assert solved.coverage_["found"].between(0, 1).all()
    assert solved.coverage_["width"].is_monotonic_increasing
    frame = solved.predict_interval(NEW, 0.8)
    assert (frame["low"] < frame["prediction"]).all()
    assert (frame["prediction"] < frame["high"]).all()


def test_the_choice_tells_every_candidate_and_the_words_name_the_best(solved):
    table = solved.choice_.set_index("candidate")
    assert list(table.index) == [*TREES[:2], "gp-pretrained", "trees-pretrained"]
    assert table["weight"].sum() == pytest.approx(1)
    assert table["MAE"].idxmin() in solved.explain()


@pytest.mark.parametrize("which", ["mixed", "solved"])
def test_a_loaded_regressor_answers_bit_for_bit_the_same(which, request, strings, tmp_path):
    before = request.getfixturevalue(which)
    after = load(before.save(tmp_path / "m"))
    for asked in (NEW, strings):
        pd.testing.assert_frame_equal(
            after.predict_interval(asked), before.predict_interval(asked), check_exact=True
        )
        np.testing.assert_array_equal(after.in_domain(asked), before.in_domain(asked))
    assert after.explain() == before.explain()
    assert after.get_params() == before.get_params()


def test_a_mix_of_every_kind_of_learner_is_saved_whole(solved, strings, tmp_path):
    from matprior.estimators import candidates
    from matprior.estimators.features import Features

    features = Features(strings, solved.pretrained_)
    problem = candidates.Problem("regression", np.arange(48.0))
    names = [
        name
        for name, c in candidates.CANDIDATES.items()
        if not c.two_part and problem.notation in c.notations
    ]
    several = clone(solved).set_params(candidates=TREES).fit(strings, problem.answers)
    several.fitted_ = {
        name: candidates.fit(
            name, problem, np.arange(48), features[candidates.CANDIDATES[name].block], 0, 1, final=False
        )
        for name in names
    }
    several.stack_.weights = dict.fromkeys(names, 1 / len(names))
    after = load(several.save(tmp_path / "m"))
    np.testing.assert_array_equal(after.predict(NEW), several.predict(NEW))


def test_a_loaded_classifier_answers_bit_for_bit_the_same(sorted_by_anion, tmp_path):
    after = load(sorted_by_anion.save(tmp_path / "m"))
    np.testing.assert_array_equal(after.predict_proba(NEW), sorted_by_anion.predict_proba(NEW))
    assert after.predict_set(NEW) == sorted_by_anion.predict_set(NEW)
    assert after.predict(NEW).tolist() == sorted_by_anion.predict(NEW).tolist()
    with pytest.raises(ValueError, match="holds a AutoClassifier, not a AutoRegressor"):
        AutoRegressor.load(tmp_path / "m")


def test_a_changed_file_of_trees_is_refused(solved, agree, tmp_path):
    from skops import io

    solved.save(tmp_path / "m")
    io.dump({"trees-fractions.value": pytest.approx(1)}, tmp_path / "m" / "trees.skops")
    agree(tmp_path / "m")
    if solved.fitted_.keys() <= {"trees-pretrained"}:
        pytest.skip("the mix has no scikit-learn learner")
    with pytest.raises(ValueError, match=r"types that matprior never writes.*approx"):
        load(tmp_path / "m")


def test_probabilities_sum_to_one_and_sets_hold_the_truth(sorted_by_anion, strings):
    told = sorted_by_anion.predict_proba([*strings, *NEW])
    np.testing.assert_allclose(told.sum(1), 1)
    sets = sorted_by_anion.predict_set(strings, 0.9)
    truth = ["salt", "salt", "salt", "oxide"] * 12
    assert np.mean([label in chosen for label, chosen in zip(truth, sets, strict=True)]) > 0.85
    assert sorted_by_anion.predict(["K2O", "KCl"]).tolist() == ["oxide", "salt"]


def test_the_same_seed_gives_the_same_numbers(checkpoint, salts):
    def numbers(seed):
        names = ["trees-fractions", "network"]
        estimator = AutoRegressor(str(checkpoint), 2, training=QUICK, candidates=names, seed=seed, n_jobs=1)
        estimator.fit(*salts)
        return estimator.choice_["MAE"].to_numpy(), estimator.predict(NEW)

    for one, two in zip(numbers(1), numbers(1), strict=True):
        np.testing.assert_array_equal(one, two)
    assert (numbers(2)[0] != numbers(1)[0]).all()


@pytest.mark.parametrize("n", [8, 20])
def test_a_tiny_table_is_fitted(n, checkpoint, strings, values):
    estimator = AutoRegressor(str(checkpoint), training=QUICK, n_jobs=1).fit(strings[:n], values[:n])
    assert min(estimator.folds_) >= 4 or len(estimator.folds_) == 2
    assert np.isfinite(estimator.predict_interval(NEW).to_numpy()).all()
    assert "few rows" in estimator.explain()
    assert len(estimator.stack_.weights) <= 2


def test_a_constant_target_is_answered_with_the_constant(checkpoint, strings):
    names = ["trees-fractions", "ridge-pretrained", "trees-pretrained"]
    estimator = AutoRegressor(str(checkpoint), candidates=names, n_jobs=1).fit(strings, np.full(48, 3.5))
    np.testing.assert_allclose(estimator.predict(NEW), 3.5, atol=1e-6)
    assert np.isfinite(estimator.predict_interval(NEW).to_numpy()).all()


def test_without_pretraining_the_candidates_that_need_it_are_left_out(salts):
    estimator = AutoRegressor(None, 2, training=QUICK, size="tiny", n_jobs=1).fit(*salts)
    assert set(estimator.choice_["candidate"]) == {"trees-fractions", "trees-statistics", "network"}
    assert "ridge-pretrained, which needs a pretrained model" in estimator.explain()
    assert estimator.embed(NEW).shape == (4, 118)


def test_a_class_of_one_row_does_not_break_the_folds(checkpoint, strings):
    labels = ["a", "b"] * 23 + ["a", "c"]
    estimator = AutoClassifier(str(checkpoint), 3, candidates=TREES, n_jobs=1).fit(strings, labels)
    assert estimator.predict_proba(NEW).shape == (4, 3)
    np.testing.assert_allclose(estimator.predict_proba(NEW).sum(1), 1)


def test_rows_without_a_target_are_left_out(checkpoint, strings, values):
    gaps = np.array(values)
    gaps[::6] = np.nan
    estimator = AutoRegressor(str(checkpoint), 2, candidates=TREES, n_jobs=1).fit(strings, gaps)
    assert estimator.n_training_rows_ == 40
    assert set(estimator.watched_results_["string"]).isdisjoint(strings[::6])


def test_a_budget_that_is_used_up_leaves_the_dear_ones_out(checkpoint, salts):
    estimator = AutoRegressor(str(checkpoint), budget=1e-6, training=QUICK, n_jobs=1).fit(*salts)
    assert list(estimator.choice_["candidate"]) == ["trees-fractions"]
    assert "network, which did not fit into the budget" in estimator.explain()


def test_rows_that_a_budget_left_unanswered_are_not_counted(salts, monkeypatch):
    """Stands in for a clock that runs out: one fold of the network is lost after it was trained."""
    from matprior.estimators import auto

    def train(*arguments):
        tried = train_members(*arguments)
        tried.predictions[:20] = np.nan
        return tried

    train_members = auto.train_members
    monkeypatch.setattr(auto, "train_members", train)
    names = ["trees-fractions", "network"]
    targets = pd.Series(salts[1], name="gap_eV")
    estimator = AutoRegressor(None, 2, training=QUICK, size="tiny", candidates=names, n_jobs=1)
    told = estimator.fit(salts[0], targets).explain()
    assert "28 of 48 rows were answered by models not trained on them" in told
    assert " eV." in told
    assert len(estimator.watched_results_) == 28


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"members": 1}, "members is 1; a whole number from 2 on"),
        ({"budget": 0}, "budget is 0 minutes; expected more than 0"),
        ({"candidates": ["tree-fractions"]}, "no candidate 'tree-fractions'.*Did you mean 'trees-fractions'"),
        ({"candidates": []}, "candidates is empty"),
        ({"model": None, "candidates": ["gp-pretrained"]}, "'gp-pretrained' needs a pretrained model"),
        ({"training": {"epoch": 1}}, "Unknown training option 'epoch'"),
        ({"model": "matbert-smal"}, "no model 'matbert-smal'"),
    ],
)
def test_a_wrong_parameter_is_refused_before_anything_is_fitted(changes, message, checkpoint, salts):
    estimator = AutoRegressor(**{"model": str(checkpoint), "n_jobs": 1, **changes})
    with pytest.raises(ValueError, match=message):
        estimator.fit(*salts)


def test_wrong_rows_are_refused(checkpoint, strings, values):
    estimator = AutoRegressor(str(checkpoint), candidates=TREES, n_jobs=1)
    with pytest.raises(ValueError, match="one target at a time; 2 were given"):
        estimator.fit(strings, np.stack([values, values], 1))
    with pytest.raises(ValueError, match="48 strings but 47 targets"):
        estimator.fit(strings, values[1:])
    with pytest.raises(ValueError, match="All 10 rows are one composition, 'NaCl'"):
        estimator.fit(["NaCl"] * 10, np.arange(10.0))
    with pytest.raises(ValueError, match="All 48 rows are of one class"):
        AutoClassifier(str(checkpoint), n_jobs=1).fit(strings, ["a"] * 48)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        estimator.predict(NEW)


def test_an_element_that_no_training_row_has_is_outside(solved, strings):
    assert solved.in_domain(["UO2", "Fe2O3", strings[0]]).tolist() == [False, False, True]
    assert solved.in_domain(strings).all()
    fitted = MaterialRegressor(solved.model, strategy="extract").fit(strings, np.arange(48.0))
    assert fitted.in_domain(["UO2", "KCl"]).tolist()[0] is False


def test_the_constructor_does_nothing_and_a_clone_has_learned_nothing(solved):
    given = {
        "model": "none such", "members": -1, "budget": "x", "training": 3, "size": "?", "candidates": 7,
        "seed": "x", "n_jobs": None, "notation": "?", "held_out": "?",
    }  # fmt: skip
    assert AutoRegressor(**given).get_params() == given
    copy = clone(solved)
    assert copy.get_params() == solved.get_params()
    assert not hasattr(copy, "stack_")


def test_networks_trained_in_processes_of_their_own_are_the_same(mixed, salts):
    apart = clone(mixed).set_params(n_jobs=2).fit(*salts)
    np.testing.assert_allclose(apart.predict(NEW), mixed.predict(NEW), rtol=1e-3)


def test_a_fitted_model_can_be_the_start_of_another_mix(mixed, salts, tmp_path):
    folder = mixed.members_[0].save(tmp_path / "member")
    again = AutoRegressor(folder, 2, candidates=["ridge-pretrained"], n_jobs=1).fit(*salts)
    after = load(again.save(tmp_path / "m"))
    np.testing.assert_array_equal(after.predict(NEW), again.predict(NEW))


def test_what_only_single_networks_can_do_is_refused(strings, values, checkpoint):
    with pytest.raises(ValueError, match="'head' can't be used with strategy 'auto' yet"):
        estimator_of("regression", "auto", head="gaussian")
    with pytest.raises(ValueError, match="'bounds' can't be used with strategy 'extract' with head 'gp'"):
        estimator_of("regression", {"extract": {"head": "gp"}}, bounds="positive")
    with pytest.raises(ValueError, match=r"one label at a time; 2 were given.*MaterialClassifier"):
        AutoClassifier(None).fit(strings, np.zeros((48, 2)))
    with pytest.raises(ValueError, match="AutoRegressor compares several models itself"):
        tune(strings, values, 1, AutoRegressor(None))


@pytest.mark.parametrize(
    "file",
    ["trees.skops", "domain.safetensors", "calibration.safetensors", "pretrained/model.safetensors",
     "matprior.json"],
)  # fmt: skip
def test_a_damaged_file_of_a_mix_is_named(file, solved, tmp_path):
    path = solved.save(tmp_path / "m") / file
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(ValueError, match=rf"is damaged: {file}"):
        load(tmp_path / "m")


def test_damaged_boosted_trees_are_named(salts, tmp_path):
    fitted = AutoRegressor(None, members=2, candidates=["lightgbm-statistics"], n_jobs=1).fit(*salts)
    path = fitted.save(tmp_path / "m") / "boosted" / "lightgbm-statistics.value.txt"
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(ValueError, match=r"is damaged: boosted/lightgbm-statistics.value.txt"):
        load(tmp_path / "m")


class EdgeEverywhere:
    """A gate that takes every row for one at the edge."""

    def probability_of_edge(self, matrix: np.ndarray) -> np.ndarray:
        return np.ones(len(matrix))


def test_where_a_mix_sends_new_elements_to_the_edge_its_network_answers(mixed, strings):
    told_before = mixed.predict(["TiB2", strings[0]])
    stack, fitted = mixed.stack_, mixed.fitted_
    gate = "trees-statistics-two-part"
    mixed.stack_ = Stack({"network": 1.0}, -1e9, gates=[gate], threshold=0.5, midway=-1e8)
    mixed.fitted_ = {gate: EdgeEverywhere()}
    try:
        told = mixed.predict(["TiB2", strings[0]])
    finally:
        mixed.stack_, mixed.fitted_ = stack, fitted
    assert told.tolist() == [told_before[0], -1e9]
