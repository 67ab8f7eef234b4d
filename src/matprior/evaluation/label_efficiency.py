"""How many labels a strong simple baseline needs to match a pretrained model that had few.

The baseline is the better of several at every label count, chosen by the test error itself. That favours
the baseline, and is meant to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matprior.evaluation.baselines import BASELINES
from matprior.evaluation.contestants import SCRATCH, checkpoint_and_strategy
from matprior.evaluation.label_counts import Progress, fill_cells
from matprior.evaluation.label_task import LabelTask, fitting_counts
from matprior.evaluation.records import finite, versions

COUNTS = (100, 300)
"""Labels of the pretrained model."""
LADDER = (100, 300, 1000, 3000, None)
"""Labels of the baseline; None is all that there are."""
TREES = ("extratrees", "extratrees-magpie")
COLUMNS = [
    "dataset", "target", "metric", "unit", "n", "pretrained", "pretrained_std", "scratch", "baseline_same",
    "needed", "bound", "factor", "factor_low", "factor_high", "most",
]  # fmt: skip
"""Of a table of matches. `needed` labels of the baseline match the pretrained model with n; `bound` is
"more than" where the largest count did not reach it, "at most" where the smallest already does."""


def label_efficiency(
    task: LabelTask,
    pretrained: str = "matbert-small-strict",
    counts: Sequence[int] = COUNTS,
    ladder: Sequence[int | None] = LADDER,
    baselines: Sequence[str] = TREES,
    seeds: Sequence[int] = (0, 1, 2),
    file: str | Path | None = None,
    progress: Progress | None = None,
    n_jobs: int | None = -1,
) -> pd.DataFrame:
    """Cells of the study for one data set: the pretrained model and its twin, and the baselines' ladder.

    Parameters
    ----------
    task : from `label_task`
    pretrained : checkpoint, with `:strategy` if wanted; the twin without pretraining gets the same
    counts, ladder : labels of the networks, and of the baselines
    seeds : one draw of training rows each
    file, progress, n_jobs : as for `fill_cells`

    Returns
    -------
    Cells with the columns `label_counts.COLUMNS`; `matches` reads them.
    """
    strategy = checkpoint_and_strategy(pretrained)[1]
    twin = f"{SCRATCH}:{strategy}" if strategy else SCRATCH
    n_train = len(task.train)
    few, steps = fitting_counts(counts, n_train), fitting_counts(ladder, n_train)
    if not few or not steps:
        raise ValueError(f"{task.name} has {n_train} training rows, fewer than any count of {list(counts)}.")
    models = [pretrained, twin, *baselines]
    plan = [
        (model, n, seed) for seed in seeds for model in models for n in (steps if model in baselines else few)
    ]
    return fill_cells(task, models, plan, file, progress, n_jobs)


def matches(cells: pd.DataFrame) -> pd.DataFrame:
    """For every data set and label count, what the baselines need to match the pretrained model.

    Parameters
    ----------
    cells : of one or several data sets, from `label_efficiency`

    Returns
    -------
    Lines with the columns `COLUMNS`. Errors are means over draws; the range of `factor` is over draws taken
    one by one.
    """
    cells = cells[cells["error"].notna()].assign(role=lambda frame: frame["model"].map(role))
    lines = []
    for (dataset, target), part in cells.groupby(["dataset", "target"], sort=False):
        trees = part[part["role"] == "baseline"]
        mine, twin = part[part["role"] == "pretrained"], part[part["role"] == "scratch"]
        ladder = _best(trees)
        for n in sorted(set(mine["n"].astype(int))):
            own = mine[mine["n"] == n]
            needed, bound = labels_needed(ladder, float(own["error"].mean()))
            factors = [
                labels_needed(_best(trees[trees["draw"] == draw]), float(error))[0] / n
                for draw, error in zip(own["draw"].tolist(), own["error"].tolist(), strict=True)
                if (trees["draw"] == draw).any()
            ]
            lines.append(
                {
                    "dataset": dataset, "target": target, "n": n, "needed": needed, "bound": bound,
                    "metric": own["metric"].iloc[0], "unit": own["unit"].iloc[0],
                    "pretrained": own["error"].mean(), "pretrained_std": own["error"].std(),
                    "scratch": twin[twin["n"] == n]["error"].mean(), "baseline_same": ladder.get(n, np.nan),
                    "factor": needed / n, "factor_low": min(factors, default=np.nan),
                    "factor_high": max(factors, default=np.nan), "most": ladder.index.max(),
                }
            )  # fmt: skip
    return pd.DataFrame(lines, columns=COLUMNS)


def role(model: str) -> str:
    """baseline, scratch or pretrained, from the name of a model."""
    if model in BASELINES:
        return "baseline"
    return "scratch" if checkpoint_and_strategy(model)[0] is None else "pretrained"


def _best(trees: pd.DataFrame) -> pd.Series:
    """Error of the better baseline by label count: means over draws first, then the smaller."""
    return trees.groupby(["n", "model"])["error"].mean().groupby("n").min()


def labels_needed(ladder: pd.Series, goal: float) -> tuple[float, str]:
    """Labels at which a curve first falls to a goal, linear in the logarithm of the count.

    Parameters
    ----------
    ladder : error by label count, in rising order of the count
    goal : error to reach

    Returns
    -------
    labels, and "" or what kind of bound they are

    Examples
    --------
    >>> ladder = pd.Series([0.8, 0.6, 0.4], index=[100, 300, 1000])
    >>> labels_needed(ladder, 0.6), labels_needed(ladder, 0.3), labels_needed(ladder, 0.9)
    ((300.0, ''), (1000.0, 'more than'), (100.0, 'at most'))
    """
    # A curve that rises by chance does not take back what it had reached.
    errors = np.minimum.accumulate(ladder.to_numpy(float))
    counts = ladder.index.to_numpy(float)
    reached = np.flatnonzero(errors <= goal)
    if not len(reached):
        return float(counts[-1]), "more than"
    place = int(reached[0])
    if place == 0:
        return float(counts[0]), "" if errors[0] == goal else "at most"
    share = (errors[place - 1] - goal) / (errors[place - 1] - errors[place])
    step = np.log(counts[place]) - np.log(counts[place - 1])
    return float(round(np.exp(np.log(counts[place - 1]) + share * step), 6)), ""


def median_factor(found: pd.DataFrame, n: int) -> tuple[float, bool]:
    """Median factor over data sets at one label count, and whether it is only a lower bound.

    It is one where a factor at or below the median is "more than": the truth could lift the median.
    """
    own = found[found["n"] == n]
    middle = float(own["factor"].median())
    open_ended = own[(own["bound"] == "more than") & (own["factor"] <= middle)]
    return middle, bool(len(open_ended))


def efficiency_records(
    cells: pd.DataFrame, facts: Mapping[str, Mapping[str, Any]], command: str = ""
) -> list[dict[str, Any]]:
    """Every mean error and every match as a record for `records.append_records`.

    Parameters
    ----------
    cells : from `label_efficiency`, of all data sets
    facts : data set -> entries of its records, such as split, data_sha256, n_test_seen
    command : that gives the numbers again
    """
    common = {"command": command, "versions": versions(), "date": datetime.now(UTC).date().isoformat()}
    found = []
    keys = ["dataset", "target", "model", "n", "metric", "unit"]
    for values, part in cells[cells["error"].notna()].groupby(keys, sort=False):
        own: dict[str, Any] = dict(zip(keys, values, strict=True))
        found.append(_of_model(own, part["draw"], cells) | {
            "metric": own["metric"], "unit": own["unit"], "value": finite(part["error"].mean()),
            "std": finite(part["error"].std()), "folds": [finite(error) for error in part["error"]],
            "seconds": finite(part["seconds"].mean()), "n_test": int(part["n_test"].iloc[0]),
            **common, **facts.get(own["dataset"], {}),
        })  # fmt: skip
    for line in matches(cells).to_dict("records"):
        mine = cells[(cells["dataset"] == line["dataset"]) & (cells["model"].map(role) == "pretrained")]
        own = {name: line[name] for name in ("dataset", "target", "n")}
        found.append(_of_model(own | {"model": mine["model"].iloc[0]}, mine["draw"], cells) | {
            "metric": "labels of trees", "unit": "", "value": finite(line["needed"]), "std": None,
            "bound": line["bound"], "ratio": finite(line["factor"]), "ratio_to": f"{line['n']} labels",
            "ratio_range": [finite(line["factor_low"]), finite(line["factor_high"])],
            **common, **facts.get(line["dataset"], {}),
        })  # fmt: skip
    return found


def _of_model(own: Mapping[str, Any], draws: pd.Series, cells: pd.DataFrame) -> dict[str, Any]:
    checkpoint, strategy = (None, "") if own["model"] in BASELINES else checkpoint_and_strategy(own["model"])
    weights = cells[cells["model"] == own["model"]]["weights"].iloc[0]
    return {
        "dataset": own["dataset"], "target": own["target"], "model": own["model"], "n_train": int(own["n"]),
        "strategy": strategy or ("" if own["model"] in BASELINES else "full"), "checkpoint": checkpoint,
        "weights": weights, "seeds": sorted({int(draw) for draw in draws}),
    }  # fmt: skip
