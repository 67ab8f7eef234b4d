"""Score tables: means over folds, and who is best."""

from __future__ import annotations

import numpy as np
import pytest

from matprior.evaluation.scores import best_model, fold_scores, scores


def test_folds_count_equally_whatever_their_size(results_of):
    table = scores(results_of({"a": [[1.0], [0.0, 0.0, 0.0]]}), ["MAE"])
    assert table["mean"].item() == 0.5
    assert table["std"].item() == pytest.approx(np.std([1, 0], ddof=1))


def test_seeds_of_a_fold_are_averaged_before_the_spread_is_taken(results_of):
    results = results_of({"a": [[1.0], [2.0]]}, seeds=2)
    results.loc[(results["fold"] == 0) & (results["seed"] == 1), "prediction"] = 4.0  # error 3: mean 2
    table = scores(results, ["MAE"])
    assert table["mean"].item() == 2.0
    assert table["std"].item() == 0.0
    assert len(fold_scores(results, ["MAE"])) == 4


def test_metrics_of_intervals_are_left_out_where_there_are_none(results_of):
    assert set(scores(results_of({"a": [[1.0, 2.0]]}))["metric"]) == {"MAE", "RMSE", "R2"}


def test_a_metric_of_another_kind_is_refused(results_of):
    with pytest.raises(ValueError, match="ROC-AUC does not fit a regression task"):
        scores(results_of({"a": [[1.0]]}), ["ROC-AUC"])


def test_best_follows_the_direction_of_the_metric(results_of):
    table = scores(results_of({"a": [[1.0, -2.0]], "b": [[0.5, -0.5]]}))
    assert best_model(table, "MAE") == "b"


def test_a_model_that_failed_on_the_hard_fold_is_not_best(results_of):
    results = results_of({"brave": [[1.0], [5.0]], "coward": [[0.9], [5.0]]})
    results = results[~((results["model"] == "coward") & (results["fold"] == 1))]
    assert best_model(scores(results, ["MAE"]), "MAE") == "brave"


def test_best_of_two_targets_must_be_told_which(results_of):
    results = results_of({"a": [[1.0]], "b": [[2.0]]})
    results["target"] = ["gap", "density"]
    with pytest.raises(ValueError, match="Targets:"):
        best_model(scores(results, ["MAE"]), "MAE")
    assert best_model(scores(results, ["MAE"]), "MAE", "density") == "b"
