"""Means over episodes with bootstrap intervals, and paired differences between two contestants.

A mean is that over tasks of the mean over a task's episodes, so a task with more episodes counts no more. Two
intervals are told: over episodes (these tasks, other support sets) and over tasks (other tasks like these),
which is the wider and the one to quote about new problems.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.evaluation.episode_values import VALUE_METRICS
from matprior.evaluation.episodes import METRICS, RESAMPLES

LEVEL = 0.95


def summary(results: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Mean of every contestant and metric with its intervals.

    Parameters
    ----------
    results : as `evaluate_episodes` or `evaluate_values` gives them

    Returns
    -------
    Columns contestant, metric, mean, low, high, low_tasks, high_tasks, n_episodes, n_tasks.
    """
    lines = []
    for name, rows in results.groupby("contestant", sort=False):
        for metric in (*METRICS, *VALUE_METRICS):
            if metric in rows and rows[metric].notna().any():
                lines.append({"contestant": name, "metric": metric} | _interval(rows, rows[metric], seed))
    return pd.DataFrame(lines)


def difference(
    results: pd.DataFrame, one: str, other: str, metric: str = "dAUPRC", seed: int = 0
) -> dict[str, Any]:
    """How much better `one` is than `other` on the same episodes, with intervals.

    Returns
    -------
    mean, low, high, low_tasks, high_tasks, n_episodes, n_tasks, and `better`: share of tasks where it is.
    """
    sides = []
    for name in (one, other):
        side = results[results["contestant"] == name]
        if side.empty:
            raise ValueError(
                f"There is no contestant {name!r}; expected one of {sorted(set(results['contestant']))}."
            )
        sides.append(side.set_index("episode"))
    gain = sides[0][metric] - sides[1][metric]
    tasks = gain.groupby(sides[0]["task"]).mean()
    told = _interval(sides[0], gain, seed)
    return {"one": one, "other": other, "metric": metric, **told, "better": float((tasks > 0).mean())}


def by_task(results: pd.DataFrame, metric: str = "dAUPRC") -> pd.DataFrame:
    """Mean of a metric, one row per task and one column per contestant."""
    table = results.pivot_table(index="task", columns="contestant", values=metric, sort=False)
    return table[list(dict.fromkeys(results["contestant"]))].sort_index()


def _interval(rows: pd.DataFrame, values: pd.Series, seed: int) -> dict[str, Any]:
    """Mean over tasks, and both intervals."""
    groups = [group.dropna().to_numpy(float) for _, group in values.groupby(rows["task"])]
    groups = [group for group in groups if len(group)]
    random = np.random.default_rng(seed)
    means = np.array([group.mean() for group in groups])
    drawn = np.stack([_resampled(group, random) for group in groups])
    low, high = _bounds(drawn.mean(0))
    low_tasks, high_tasks = _bounds(_resampled(means, random))
    return {
        "mean": float(means.mean()),
        "low": low,
        "high": high,
        "low_tasks": low_tasks,
        "high_tasks": high_tasks,
        "n_episodes": int(sum(map(len, groups))),
        "n_tasks": len(groups),
    }


def _resampled(values: NDArray, random: np.random.Generator) -> NDArray:
    """Means of `RESAMPLES` samples of the values, drawn with replacement."""
    return values[random.integers(len(values), size=(RESAMPLES, len(values)))].mean(1)


def _bounds(means: NDArray) -> tuple[float, float]:
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
