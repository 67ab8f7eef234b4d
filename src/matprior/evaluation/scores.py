"""From Results to scores: per fold, per model, and which model is best.

Works on Results alone, also on a `results.csv` read back. What Results cannot say (seconds, failures,
loss histories, units) rides along in `results.attrs["evaluation"]` where `evaluate` made them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from matprior.evaluation.metrics import Metric, find_metric, kind_of, metrics_for

LOG = "evaluation"
"""Key of the log in `results.attrs`."""


class Log(dict[str, Any]):
    """What happened during an evaluation: lists of plain records, so that it can be written as JSON.

    pandas deep-copies `attrs` with every slice of a table; a log is never changed, so it hands out itself.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> Log:
        return self


def runs(results: pd.DataFrame) -> pd.DataFrame:
    """One row per fit: model, target, fold, seed, seconds, n_train, n_test, n_shared, error.

    `n_shared` counts test rows whose string is also a training row; `error` is empty where all went well.
    """
    columns = ["model", "target", "fold", "seed", "seconds", "n_train", "n_test", "n_shared", "error"]
    return pd.DataFrame(results.attrs.get(LOG, {}).get("runs", []), columns=columns)


def failures(results: pd.DataFrame) -> list[str]:
    """A sentence per failed fit, for reports; empty if all went well."""
    failed = runs(results)
    failed = failed[failed["error"] != ""]
    return [
        f"{run.model} failed on fold {run.fold} of {run.target} (seed {run.seed}): {run.error}"
        for run in failed.itertuples()
    ]


def histories(results: pd.DataFrame) -> pd.DataFrame:
    """Loss histories of the models that keep one, with columns model, target, fold, seed in front."""
    return pd.DataFrame(results.attrs.get(LOG, {}).get("histories", []))


def fold_scores(results: pd.DataFrame, metrics: Sequence[str] | None = None) -> pd.DataFrame:
    """Every metric of every model on every fold and seed.

    Parameters
    ----------
    results : as `evaluate` gives them
    metrics : names in `METRICS`; None for all that fit the kind of task

    Returns
    -------
    columns target, model, fold, seed, metric, value, n_test
    """
    plain = results.copy(deep=False)
    plain.attrs = {}
    rows = []
    for (target, model, fold, seed), part in plain.groupby(["target", "model", "fold", "seed"], sort=False):
        for metric in _chosen(part, metrics):
            rows.append((target, model, fold, seed, metric.name, metric(part), len(part)))
    return pd.DataFrame(rows, columns=["target", "model", "fold", "seed", "metric", "value", "n_test"])


def _chosen(part: pd.DataFrame, metrics: Sequence[str] | None) -> list[Metric]:
    if metrics is None:
        return metrics_for(kind_of(part), has_interval="low" in part and bool(part["low"].notna().any()))
    kind = kind_of(part)
    found = [find_metric(name) for name in metrics]
    for metric in found:
        if kind not in metric.kinds:
            fitting = ", ".join(m.name for m in metrics_for(kind))
            raise ValueError(f"{metric.name} does not fit a {kind} task. Metrics that do: {fitting}.")
    return found


def scores(
    results: pd.DataFrame, metrics: Sequence[str] | None = None, units: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Score table: one row per model, target and metric.

    Parameters
    ----------
    results : as `evaluate` gives them, or a `results.csv` read back
    metrics : names in `METRICS`; None for all that fit the kind of task
    units : target -> unit; None takes what `evaluate` noted

    Returns
    -------
    columns model, metric, mean, std, n_folds, seconds, unit, target, better, n_failed. `mean` and `std`
    (with n - 1) are over folds after averaging the seeds of a fold; with a single fold `std` is over its
    seeds. `seconds` is the mean for one fit and its predictions. `n_failed` counts failed fits: the mean
    of a model that failed somewhere is over other rows than the rest, so do not compare it.

    Examples
    --------
    >>> rows = {"row": [1, 2], "target": "y", "fold": [0, 1], "seed": 0, "model": "dummy"}
    >>> table = pd.DataFrame({**rows, "truth": [1.0, 2.0], "prediction": [1.5, 3.0]})
    >>> scores(table, ["MAE"])[["model", "metric", "mean", "n_folds"]].values.tolist()
    [['dummy', 'MAE', 0.75, 2]]
    """
    log, log_runs = results.attrs.get(LOG, {}), runs(results)
    units = log.get("units", {}) if units is None else units
    rows = []
    values = fold_scores(results, metrics)
    for (target, model, name), part in values.groupby(["target", "model", "metric"], sort=False):
        metric, by_fold = find_metric(str(name)), part.groupby("fold")["value"].mean().dropna()
        over = by_fold if part["fold"].nunique() > 1 else part["value"].dropna()
        rows.append(
            {
                "model": model, "metric": name,
                "mean": by_fold.mean(), "std": over.std(ddof=1), "n_folds": len(by_fold),
                "unit": metric.unit(units.get(str(target), "")), "target": target, "better": metric.better,
            }
        )  # fmt: skip
    columns = ["model", "metric", "mean", "std", "n_folds", "seconds", "unit", "target", "better", "n_failed"]
    table = pd.DataFrame(rows, columns=[c for c in columns if c not in ("seconds", "n_failed")])
    table = pd.concat([table, _without_rows(log_runs, table)], ignore_index=True)
    fits = log_runs.assign(n_failed=log_runs["error"] != "").groupby(["target", "model"])
    cost = fits.agg(seconds=("seconds", "mean"), n_failed=("n_failed", "sum")).reset_index()
    table = table.merge(cost, on=["target", "model"], how="left")
    table["n_failed"] = table["n_failed"].fillna(0).astype(int)
    return table[columns]


def _without_rows(log_runs: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Rows of NaN for models that failed everywhere: a failure is a result, and must not vanish."""
    seen = set(zip(table["target"], table["model"], strict=True))
    asked = dict.fromkeys(zip(log_runs["target"], log_runs["model"], strict=True))
    rows = []
    for target, model in asked:
        if (target, model) not in seen:
            like = table[table["target"] == target].drop_duplicates("metric")
            rows.append(like.assign(model=model, mean=np.nan, std=np.nan, n_folds=0))
    return pd.concat(rows, ignore_index=True) if rows else table.iloc[:0]


def best_model(table: pd.DataFrame, metric: str, target: str | None = None) -> str:
    """Model with the best mean of a metric among those that did not fail on any fold.

    Parameters
    ----------
    table : as `scores` gives it
    metric : a name in `METRICS`
    target : needed if the table holds several
    """
    rule = find_metric(metric)
    rows = table[(table["metric"] == metric) & (table["mean"].notna())]
    rows = rows if target is None else rows[rows["target"] == target]
    if rows["target"].nunique() != 1:
        known = sorted(table["target"].unique())
        raise ValueError(f"{metric} of target {target!r} is not one target of the scores. Targets: {known}.")
    whole = rows[(rows["n_failed"] == 0) & (rows["n_folds"] == rows["n_folds"].max())]
    rows = whole if len(whole) else rows
    gains = rows["mean"].map(lambda value: rule.gain(value, 0.0))
    return str(rows["model"].to_numpy()[int(gains.to_numpy().argmax())])
