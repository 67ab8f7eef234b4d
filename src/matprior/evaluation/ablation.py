"""Several starting points on several tasks and label counts, against one reference."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from matprior.evaluation.contestants import SCRATCH, checkpoint_and_strategy
from matprior.evaluation.label_counts import Progress, fill_cells
from matprior.evaluation.label_efficiency import role
from matprior.evaluation.label_task import LabelTask, fitting_counts
from matprior.evaluation.records import finite, versions

COLUMNS = [
    "model", "dataset", "target", "n", "metric", "unit", "error", "std", "draws", "gain", "won", "reference",
]  # fmt: skip
"""Of a gain table. `gain` is the share by which the error lies below the reference's, `won` the number of
draws in which it does."""


def ablation(
    tasks: Sequence[LabelTask],
    models: Sequence[str],
    counts: Sequence[int | None] = (100, 300, 1000, None),
    seeds: Sequence[int] = (0, 1, 2),
    file: str | Path | None = None,
    progress: Progress | None = None,
    n_jobs: int | None = -1,
) -> pd.DataFrame:
    """Fine-tune every model on every task with every label count and seed.

    Parameters
    ----------
    tasks : from `label_task`
    models : names or folders of checkpoints, `scratch`, baselines
    counts : numbers of labels; None is all
    seeds : one draw of training rows each
    file, progress, n_jobs : as for `fill_cells`

    Returns
    -------
    Cells with the columns `label_counts.COLUMNS`.
    """
    if not tasks or not models:
        raise ValueError(f"An ablation needs tasks and models; got {len(tasks)} and {len(models)}.")
    parts = []
    for task in tasks:
        steps = fitting_counts(counts, len(task.train))
        plan = [(model, n, seed) for seed in seeds for n in steps for model in models]
        parts.append(fill_cells(task, list(models), plan, file, progress, n_jobs))
    return pd.concat(parts, ignore_index=True)


def gains(cells: pd.DataFrame, reference: str = SCRATCH) -> pd.DataFrame:
    """Mean errors over draws and how far they lie below the reference's.

    Parameters
    ----------
    cells : from `ablation`
    reference : model that the others are measured by

    Returns
    -------
    Lines with the columns `COLUMNS`, models in the order of the cells.
    """
    known = cells[cells["error"].notna()]
    if reference not in set(known["model"]):
        raise ValueError(
            f"The reference {reference!r} has no finished cell. Models: {sorted(set(known['model']))}."
        )
    where = ["dataset", "target", "n", "draw"]
    base = known[known["model"] == reference].set_index(where)["error"].rename("base")
    joined = known.join(base, on=where)
    lines = []
    for (dataset, target, n, model), part in joined.groupby(["dataset", "target", "n", "model"], sort=False):
        paired = part[part["base"].notna()]
        mean = float(paired["base"].mean()) if len(paired) else float("nan")
        lines.append(
            {
                "model": model, "dataset": dataset, "target": target, "n": int(str(n)),
                "metric": part["metric"].iloc[0], "unit": part["unit"].iloc[0],
                "error": part["error"].mean(), "std": part["error"].std(), "draws": len(part),
                "gain": 1 - paired["error"].mean() / mean if mean > 0 else float("nan"),
                "won": int((paired["error"] < paired["base"]).sum()), "reference": model == reference,
            }
        )  # fmt: skip
    table = pd.DataFrame(lines, columns=COLUMNS)
    place = {model: i for i, model in enumerate(dict.fromkeys(cells["model"]))}
    order = table["model"].map(place)
    return table.iloc[order.argsort(kind="stable")].sort_values(
        ["dataset", "n"], key=_in_order(table), kind="stable", ignore_index=True
    )


def _in_order(table: pd.DataFrame) -> Any:
    """Sort key: data sets as they first came, counts as numbers."""
    place = {name: i for i, name in enumerate(dict.fromkeys(table["dataset"]))}
    return lambda column: column.map(place) if column.name == "dataset" else column


def ablation_summary(table: pd.DataFrame) -> pd.DataFrame:
    """Per model: median gain, share of cells (task, label count, seed) won against the reference.

    Examples
    --------
    >>> table = pd.DataFrame({"model": ["a", "a"], "gain": [0.2, 0.4], "won": [1, 3], "draws": [3, 3],
    ...                       "reference": False})
    >>> summary = ablation_summary(table)
    >>> summary["won"].round(3).tolist(), summary["gain"].round(3).tolist()
    ([0.667], [0.3])
    """
    own = table[~table["reference"]]
    groups = own.groupby("model", sort=False)
    summary = pd.DataFrame({"gain": groups["gain"].median(), "won": groups["won"].sum()})
    summary["won"] = summary["won"] / groups["draws"].sum()
    return summary.reset_index()


def ablation_records(
    cells: pd.DataFrame, facts: dict[str, dict[str, Any]], command: str = ""
) -> list[dict[str, Any]]:
    """Every mean error as a record for `records.append_records`.

    Parameters
    ----------
    cells : from `ablation`
    facts : data set -> entries of its records
    command : that gives the numbers again
    """
    common = {"command": command, "versions": versions(), "date": datetime.now(UTC).date().isoformat()}
    keys = ["dataset", "target", "model", "n", "metric", "unit", "weights"]
    found = []
    for values, part in cells[cells["error"].notna()].groupby(keys, sort=False):
        own: dict[str, Any] = dict(zip(keys, values, strict=True))
        network = role(own["model"]) != "baseline"
        checkpoint, strategy = checkpoint_and_strategy(own["model"]) if network else (None, "")
        found.append(
            {
                "dataset": own["dataset"], "target": own["target"], "model": own["model"],
                "strategy": strategy or ("full" if network else ""), "checkpoint": checkpoint,
                "weights": own["weights"], "n_train": int(own["n"]), "metric": own["metric"],
                "unit": own["unit"], "value": finite(part["error"].mean()),
                "std": finite(part["error"].std()),
                "folds": [finite(error) for error in part["error"]],
                "seeds": sorted({int(draw) for draw in part["draw"]}),
                "seconds": finite(part["seconds"].mean()), "n_test": int(part["n_test"].iloc[0]),
                **common, **facts.get(own["dataset"], {}),
            }
        )  # fmt: skip
    return found
