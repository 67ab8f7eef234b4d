"""Results of Matbench's tasks as the file that its leaderboard takes.

The format is that of `matbench` 0.6 (`MatbenchBenchmark.to_file`): one entry per task with every fold's
answers by row identifier, its scores, and a checksum over the whole. The package itself is not needed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from matprior.evaluation.metrics import METRICS, kind_of

FORMAT = "0.6"
BENCHMARK = "matbench_v0.1"
OF_NUMBERS = {"mae": "MAE", "rmse": "RMSE"}
OF_CLASSES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced_accuracy",
    "f1": "F1",
    "rocauc": "ROC-AUC",
}
"""Their name of a score -> ours."""
LEAST_TRUTH = 1e-5
"""Rows whose truth is nearer to zero have no part in the percentage error, as there."""


def submission(results: Mapping[str, pd.DataFrame], model: str, about: Mapping[str, Any]) -> dict[str, Any]:
    """One model's answers on all tasks, ready to be written as JSON.

    Parameters
    ----------
    results : name on the leaderboard, such as matbench_expt_gap -> Results of its five folds, with
        `row` counted from 1 in the published order; of several seeds the first is taken
    model : name in the Results
    about : free text about the model, shown on the leaderboard

    Raises
    ------
    ValueError
        The model has no answers for a task.

    Examples
    --------
    >>> rows = pd.DataFrame({"row": [2, 1], "fold": [0, 1], "seed": 0, "model": "dummy",
    ...                      "truth": [1.0, 2.0], "prediction": [1.5, 2.0], "label": [np.nan, np.nan]})
    >>> found = submission({"matbench_steels": rows}, "dummy", {})
    >>> found["tasks"]["matbench_steels"]["results"]["fold_0"]["data"]
    {'mb-steels-2': 1.5}
    """
    body = {
        "@module": "matbench.bench",
        "@class": "MatbenchBenchmark",
        "version": FORMAT,
        "benchmark_name": BENCHMARK,
        "user_metadata": dict(about),
        "tasks": _sorted({name: _task(name, frame, model) for name, frame in results.items()}),
        "datestamp": datetime.now(UTC).strftime("%Y.%m.%d %H:%M.%S"),
    }
    text = json.dumps(_sorted(body))
    return body | {"hash": hashlib.sha256(text.encode()).hexdigest()}


def _task(name: str, frame: pd.DataFrame, model: str) -> dict[str, Any]:
    own = frame[frame["model"] == model]
    if own.empty:
        known = ", ".join(sorted(set(frame["model"])))
        raise ValueError(f"{name} has no answers of {model!r}. Models there: {known}.")
    own = own[own["seed"] == own["seed"].min()].sort_values("row")
    prefix = "mb-" + name.removeprefix("matbench_").replace("_", "-")
    digits = len(str(len(own)))  # every row is tested once, so the table has as many rows
    folds = {}
    for fold, rows in own.groupby("fold"):
        names = [f"{prefix}-{int(row):0{digits}d}" for row in rows["row"]]
        answers = [float(value) for value in rows["prediction"]]
        folds[f"fold_{fold}"] = {
            "data": dict(zip(names, answers, strict=True)),
            "parameters": {},
            "scores": _scores(rows),
            "uncertainty": None,
        }
    return {
        "@module": "matbench.task",
        "@class": "MatbenchTask",
        "benchmark_name": BENCHMARK,
        "dataset_name": name,
        "results": folds,
    }


def _scores(rows: pd.DataFrame) -> dict[str, float]:
    if kind_of(rows) != "regression":
        return {theirs: METRICS[ours](rows) for theirs, ours in OF_CLASSES.items()}
    truth = rows["truth"].to_numpy(float)
    off, told = np.abs(truth - rows["prediction"].to_numpy(float)), np.abs(truth) > LEAST_TRUTH
    return {theirs: METRICS[ours](rows) for theirs, ours in OF_NUMBERS.items()} | {
        "mape": float((off[told] / np.abs(truth[told])).mean()),
        "max_error": float(off.max()),
    }


def _sorted(value: Any) -> Any:
    """Keys in order at every depth: the checksum is taken over this form."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return value
