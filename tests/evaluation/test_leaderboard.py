"""The leaderboard's file: identifiers, scores and checksum as the benchmark's own package wants them."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pandas as pd
import pytest

from matprior.evaluation.leaderboard import submission
from matprior.evaluation.suites import SUITES, find_suite


@pytest.fixture
def numbers() -> pd.DataFrame:
    """Ten rows of a regression in two folds, by two models and two seeds."""
    parts = [
        pd.DataFrame(
            {
                "row": np.arange(1, 11),
                "fold": np.arange(10) % 2,
                "seed": seed,
                "model": model,
                "truth": np.arange(10.0),
                "prediction": np.arange(10.0) + off + seed,
                "label": np.nan,
                "low": np.nan,
                "high": np.nan,
            }
        )
        for model, off in (("good", 0.5), ("bad", 3.0))
        for seed in (0, 1)
    ]
    return pd.concat(parts)


def test_rows_are_named_in_the_published_order_and_width(numbers):
    folds = submission({"matbench_expt_gap": numbers}, "good", {})["tasks"]["matbench_expt_gap"]["results"]
    assert list(folds) == ["fold_0", "fold_1"]
    assert folds["fold_0"]["data"]["mb-expt-gap-01"] == 0.5
    assert sorted(folds["fold_0"]["data"] | folds["fold_1"]["data"]) == [
        f"mb-expt-gap-{i:02d}" for i in range(1, 11)
    ]


def test_the_first_seed_is_told_with_its_errors(numbers):
    fold = submission({"matbench_steels": numbers}, "bad", {})["tasks"]["matbench_steels"]["results"][
        "fold_1"
    ]
    assert fold["scores"]["mae"] == fold["scores"]["max_error"] == pytest.approx(3.0)
    assert fold["scores"]["mape"] == pytest.approx(np.mean([3 / x for x in (1, 3, 5, 7, 9)]))


def test_labels_and_probabilities_are_both_scored(numbers):
    own = numbers[numbers["model"] == "good"].assign(truth=lambda x: x["row"] % 3 == 0)
    own = own.assign(truth=own["truth"].astype(float), prediction=0.4, label=0)
    scores = submission({"matbench_glass": own}, "good", {})["tasks"]["matbench_glass"]["results"]["fold_0"][
        "scores"
    ]
    assert set(scores) == {"accuracy", "balanced_accuracy", "f1", "rocauc"}
    assert scores["balanced_accuracy"] == scores["rocauc"] == 0.5


def test_the_checksum_is_over_the_sorted_body(numbers):
    found = submission({"matbench_steels": numbers}, "good", {"b": 1, "a": {"d": 2, "c": 3}})
    body = json.loads(json.dumps({key: value for key, value in found.items() if key != "hash"}))
    assert found["hash"] == hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def test_a_model_without_answers_is_named(numbers):
    with pytest.raises(
        ValueError, match=r"matbench_steels has no answers of 'best'\. Models there: bad, good"
    ):
        submission({"matbench_steels": numbers}, "best", {})


@pytest.mark.parametrize("name", SUITES)
def test_every_task_of_a_suite_is_in_the_catalog_with_its_targets(name):
    from matprior.data.catalog import show

    for table, task in find_suite(name).tasks.items():
        known = show(table).targets
        assert known == ("*",) or set(task.targets) <= set(known), (table, known)


def test_a_misspelt_benchmark_names_the_nearest():
    with pytest.raises(ValueError, match=r"no benchmark 'matbenhc'.*Did you mean 'matbench'"):
        find_suite("matbenhc")
