"""`evaluate` keeps honest books: who was trained on what, what came out, what failed."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from matprior.data.split import ColumnFolds, GroupFolds, RandomFolds, TrainTestColumn
from matprior.data.table import read_table
from matprior.data.task import Task
from matprior.estimators import MaterialRegressor
from matprior.evaluation.baselines import BASELINES, Dummy, ExtraTrees, Ridge
from matprior.evaluation.benchmark import COLUMNS, evaluate, failures, histories, runs, scores

SMALL = {
    "dummy": lambda seed: Dummy(seed=seed),
    "extratrees": lambda seed: ExtraTrees(seed=seed, n_jobs=1, n_trees=20),
}


class Spy:
    """Remembers what it was shown, keeps a loss history, answers with the seed."""

    seen: list[tuple[set[str], set[str]]] = []  # noqa: RUF012 - shared on purpose, reset by the test

    def __init__(self, seed: int, fails_on: str | None = None, answer: float | None = None):
        self.seed, self.fails_on, self.answer = seed, fails_on, answer

    def fit(self, strings, targets):
        self.train = set(strings)
        assert np.isfinite(targets).all()
        if self.fails_on in self.train:
            raise FloatingPointError("the loss is NaN")
        self.history_ = pd.DataFrame({"epoch": [1, 2], "train_loss": [0.5, 0.25]})
        return self

    def predict(self, strings):
        Spy.seen.append((self.train, set(strings)))
        return np.full(len(strings), float(self.seed) if self.answer is None else self.answer)


def test_every_row_is_answered_once_per_model_and_seed(table, thirds):
    results = evaluate(table, SMALL, thirds, seeds=[0, 1])
    assert list(results.columns[: len(COLUMNS)]) == COLUMNS
    counts = results.groupby(["model", "seed", "row"]).size()
    assert (counts == 1).all()
    assert len(counts) == 2 * 2 * len(table)


def test_bars_of_a_larger_promise_hold_those_of_a_smaller_one(table, thirds):
    told = evaluate(table, ["extratrees"], thirds)
    ends = ["low95", "low", "low80", "low50", "prediction", "high50", "high80", "high", "high95"]
    assert (told[ends].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    assert (told["high95"] > told["low95"]).all()


def test_answers_stand_beside_the_truth_of_their_own_row(table, thirds):
    results = evaluate(table, SMALL, thirds)
    truth = dict(zip(table.row, table.frame["gap_eV"], strict=True))
    string = dict(zip(table.row, table.strings, strict=True))
    assert [truth[row] for row in results["row"]] == results["truth"].tolist()
    assert [string[row] for row in results["row"]] == results["string"].tolist()


def test_no_model_is_shown_a_test_row_in_training(table):
    Spy.seen = []
    evaluate(table, {"spy": Spy}, RandomFolds(n_splits=4))
    assert len(Spy.seen) == 4
    for train, test in Spy.seen:
        assert train.isdisjoint(test)
        assert len(train | test) == len(table)


def test_folds_are_the_same_for_all_models_and_seeds(table):
    results = evaluate(table, SMALL, GroupFolds(n_splits=3), seeds=[0, 5])
    assert (results.groupby("row")["fold"].nunique() == 1).all()


def test_folds_of_a_column_carry_its_values(table, frame):
    folds = frame["fold"].map({0: "a", 1: "b", 2: "c"})
    results = evaluate(table, {"dummy": SMALL["dummy"]}, ColumnFolds(folds.tolist()))
    assert dict(zip(results["row"], results["fold"], strict=True)) == dict(zip(table.row, folds, strict=True))


def test_a_train_test_column_is_one_fold(table, frame):
    split = TrainTestColumn(np.where(frame["fold"] == 2, "test", "train").tolist())
    results = evaluate(table, SMALL, split, seeds=[0, 1, 2])
    assert len(results) == 2 * 3 * 16
    main = scores(results, ["MAE"]).set_index("model")
    assert main.loc["extratrees", "n_folds"] == 1
    assert main.loc["extratrees", "std"] > 0  # over seeds, as there is one fold


def test_unknown_targets_are_neither_trained_on_nor_scored(table, thirds):
    frame = table.frame.copy()
    frame.loc[[0, 1, 2], "gap_eV"] = np.nan
    results = evaluate(replace(table, frame=frame), {"spy": Spy}, thirds)
    assert set(table.row[[0, 1, 2]]).isdisjoint(results["row"])
    assert runs(results)["n_train"].tolist() == [30, 30, 30]


def test_a_failure_on_one_fold_is_told_and_the_rest_counts(table, thirds):
    bad = str(table.strings.iloc[0])  # in training on folds 1 and 2
    fields = {"dummy": SMALL["dummy"], "shaky": lambda seed: Spy(seed, fails_on=bad)}
    results = evaluate(table, fields, thirds)
    assert set(results.loc[results["model"] == "shaky", "fold"]) == {0}
    assert len(failures(results)) == 2
    assert "shaky failed on fold 1 of gap_eV (seed 0): FloatingPointError: the loss is NaN" in failures(
        results
    )
    table_of_scores = scores(results, ["MAE"]).set_index("model")
    assert table_of_scores["n_failed"].to_dict() == {"dummy": 0, "shaky": 2}
    assert table_of_scores["n_folds"].to_dict() == {"dummy": 3, "shaky": 1}


def test_a_model_that_fails_everywhere_stays_in_the_scores(table, thirds):
    fields = {"dummy": SMALL["dummy"], "broken": lambda seed: Spy(seed, answer=np.inf)}
    results = evaluate(table, fields, thirds)
    broken = scores(results).set_index(["model", "metric"]).loc[("broken", "MAE")]
    assert np.isnan(broken["mean"])
    assert broken["n_failed"] == 3
    assert "no finite prediction for 16 of 16 test rows" in failures(results)[0]


def test_if_nothing_answers_the_error_says_why(table, thirds):
    with pytest.raises(RuntimeError, match="no finite prediction"):
        evaluate(table, {"broken": lambda seed: Spy(seed, answer=np.nan)}, thirds)


def test_ctrl_c_is_not_taken_for_a_failing_model(table, thirds):
    class Interrupted(Spy):
        def fit(self, strings, targets):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(table, {"slow": Interrupted}, thirds)


def test_loss_histories_are_collected_with_their_fold_and_seed(table, thirds):
    lines = histories(evaluate(table, {"spy": Spy}, thirds, seeds=[3, 4]))
    assert len(lines) == 3 * 2 * 2
    assert set(lines.columns) == {"model", "target", "fold", "seed", "epoch", "train_loss"}


def test_strings_on_both_sides_are_counted(frame, thirds):
    double = pd.concat([frame, frame[:1].assign(fold=1)], ignore_index=True)
    task = Task(strings="formula", targets=["gap_eV"], kind="regression")
    table = read_table(double, task, merge_duplicates="keep")
    results = evaluate(table, {"dummy": SMALL["dummy"]}, ColumnFolds(double["fold"].tolist()))
    assert runs(results)["n_shared"].tolist() == [1, 1, 0]


def test_overlapping_folds_are_refused(table):
    with pytest.raises(ValueError, match="both in training and in test"):
        evaluate(table, SMALL, [(np.arange(10), np.arange(9, 20))])


def test_binary_results_hold_probabilities_and_labels_by_the_threshold_of_the_training_rows(
    binary_table, thirds
):
    class Fixed(Ridge):
        def fit(self, strings, targets):
            super().fit(strings, targets)
            self.threshold_ = 0.9
            return self

    results = evaluate(binary_table, {"fixed": lambda seed: Fixed(kind="binary")}, thirds)
    assert set(results["truth"]) == {0, 1}
    assert results["prediction"].between(0, 1).all()
    assert (results["label"] == (results["prediction"] >= 0.9)).all()
    assert set(scores(results)["metric"]) == {"ROC-AUC", "balanced_accuracy", "accuracy", "F1", "ECE"}


@pytest.mark.parametrize("names", [("no", "yes"), (-1, 1)])
def test_the_later_class_is_class_one_whatever_the_classes_are_called(frame, thirds, names):
    named = frame.assign(is_wide=[names[value] for value in frame["is_wide"]])
    table = read_table(named, Task(strings="formula", targets=["is_wide"], kind="binary"))
    results = evaluate(table, {"ridge": lambda seed: Ridge(kind="binary")}, thirds)
    truth = dict(zip(table.row, frame["is_wide"], strict=True))
    assert [truth[row] for row in results["row"]] == results["truth"].tolist()
    assert scores(results, ["ROC-AUC"])["mean"].iloc[0] > 0.9


def test_a_class_that_training_lacks_has_probability_zero(family_table):
    families = family_table.frame["family"].to_numpy()
    test = families == "oxide"
    split = [(np.flatnonzero(~test), np.arange(len(test))[test])]
    results = evaluate(family_table, {"ridge": lambda seed: Ridge(kind="multiclass")}, split)
    assert (results["p_oxide"] == 0).all()
    assert np.allclose(results.filter(like="p_").sum(axis=1), 1)
    assert scores(results, ["accuracy"])["mean"].iloc[0] == 0


def test_multiclass_results_name_the_class(family_table, thirds):
    results = evaluate(family_table, {"ridge": lambda seed: Ridge(kind="multiclass")}, thirds)
    assert set(results["truth"]) == {"oxide", "chloride", "fluoride", "sulfide"}
    assert (results["label"] == results["truth"]).mean() > 0.9
    assert scores(results, ["ROC-AUC"])["mean"].iloc[0] > 0.95


def test_several_targets_are_scored_apart(frame, thirds):
    double = frame.assign(half_eV=frame["gap_eV"] / 2)
    table = read_table(double, Task(strings="formula", targets=["gap_eV", "half_eV"], kind="regression"))
    main = scores(evaluate(table, {"dummy": SMALL["dummy"]}, thirds), ["MAE"]).set_index("target")
    assert main.loc["gap_eV", "mean"] == pytest.approx(2 * main.loc["half_eV", "mean"])
    assert main.loc["gap_eV", "unit"] == "eV"


@pytest.mark.parametrize("which", ["table", "binary_table", "family_table"])
def test_results_read_back_from_csv_give_the_same_scores(which, request, thirds):
    table = request.getfixturevalue(which)
    fields = {
        "dummy": lambda seed: Dummy(kind=table.task.kind),
        "ridge": lambda seed: Ridge(kind=table.task.kind),
    }
    results = evaluate(table, fields, thirds)
    again = pd.read_csv(io.StringIO(results.to_csv(index=False)), keep_default_na=False, na_values=[""])
    columns = ["model", "metric", "mean", "std", "n_folds"]
    assert_frame_equal(scores(again)[columns], scores(results)[columns])


def test_the_log_survives_slicing_and_can_be_written_as_json(table, thirds):
    results = evaluate(table, {"spy": Spy}, thirds)
    part = results[results["fold"] == 0].copy()
    assert len(runs(part)) == 3
    assert json.loads(json.dumps(part.attrs["evaluation"], default=float))["units"] == {"gap_eV": "eV"}


def test_progress_is_told_before_every_fit_and_at_the_end(table, thirds):
    told = []
    evaluate(table, {"spy": Spy}, thirds, progress=lambda *args: told.append(args))
    assert [done for done, _, _ in told] == [0, 1, 2, 3]
    assert told[1] == (1, 3, "spy, gap_eV, fold 1, seed 0")


def test_every_baseline_runs_by_its_name(table):
    split = [(np.arange(16, 48), np.arange(16))]
    results = evaluate(table, list(BASELINES), split, n_jobs=1)
    assert set(results["model"]) == set(BASELINES)
    main = scores(results, ["MAE"]).set_index("model")["mean"]
    assert main["extratrees"] < main["dummy"]


@pytest.fixture
def heated(frame):
    """A table whose target is the temperature, told beside the formula, and missing in two rows."""
    hot = np.random.default_rng(0).uniform(300, 900, len(frame)).round(1)
    rows = frame[["formula"]].assign(T_K=hot, conductivity=hot / 100)
    rows.loc[rows.index[:2], "T_K"] = np.nan
    return rows


def test_columns_beside_the_strings_are_learned_from_and_asked_with(heated, thirds):
    task = Task(targets=["conductivity"], strings="formula", extra=["T_K"])
    with_it = read_table(heated, task)
    without = read_table(heated, replace(task, extra=[]))
    error = {}
    for name, table in (("with", with_it), ("without", without)):
        found = scores(evaluate(table, ["extratrees", "ridge"], thirds), ["MAE"])
        error[name] = found.set_index("model")["mean"]
    assert (error["with"] < 0.5 * error["without"]).all()


def test_a_network_reads_the_same_columns_in_an_evaluation_as_in_a_fit(heated, thirds):
    task = Task(targets=["conductivity"], strings="formula", extra=["T_K"])
    table, options = read_table(heated, task), {"training": {"epochs": 2}, "size": "tiny"}
    results = evaluate(table, ["scratch"], thirds, options=options)
    train, test = thirds[0]
    told = MaterialRegressor(model=None, seed=0, **options).fit(
        list(table.strings[train]), table.frame["conductivity"].to_numpy()[train],
        extra=table.frame[["T_K"]].iloc[train],
    ).predict(list(table.strings[test]), extra=table.frame[["T_K"]].iloc[test])  # fmt: skip
    own = results[results["row"].isin(np.asarray(table.row)[test])]
    assert np.allclose(own["prediction"], told)


def test_auto_says_that_it_reads_no_columns_before_anything_is_trained(heated, thirds):
    task = Task(targets=["conductivity"], strings="formula", extra=["T_K"])
    with pytest.raises(ValueError, match="'extra' can't be used with strategy 'auto'"):
        evaluate(read_table(heated, task), ["dummy", "scratch:auto"], thirds)
