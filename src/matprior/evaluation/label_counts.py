"""Models trained on few and on many labels: the same test rows, nested training rows, some draws.

Every (data set, model, number of labels, draw) is a cell, and every finished cell a line of a CSV, so
that a study of hours can be stopped and given again. Learning curves, label efficiency and ablations are
all made of these cells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matprior.data.files import sha256_of, write_atomically
from matprior.evaluation.baselines import BASELINES
from matprior.evaluation.benchmark import evaluate
from matprior.evaluation.contestants import Factory, checkpoint_and_strategy, contestants
from matprior.evaluation.label_task import ERRORS, LabelTask
from matprior.evaluation.metrics import METRICS
from matprior.evaluation.scores import fold_scores, runs
from matprior.models.zoo import find

COLUMNS = [
    "dataset", "target", "model", "n", "draw", "metric", "unit", "error", "n_test", "seconds", "problem",
    "weights", "given",
]  # fmt: skip
"""Of the cells. `error` is always the smaller the better; `problem` says why a cell has none; `weights` is a
short hash of the checkpoint, so that a checkpoint trained anew under an old name is not taken for it."""
KEY = ["dataset", "target", "model", "n", "draw"]
Progress = Callable[[int, int, str], None]


Plan = Sequence[tuple[str, int, int]]
"""Cells to fill: model, number of labels, draw."""


def fill_cells(
    task: LabelTask,
    models: Sequence[str] | Mapping[str, Factory],
    plan: Plan,
    file: str | Path | None = None,
    progress: Progress | None = None,
    n_jobs: int | None = -1,
) -> pd.DataFrame:
    """Train and test every cell of the plan that the file does not hold yet.

    Parameters
    ----------
    task : from `label_task`
    models : list of names (see `contestants`), or name -> function of the seed; the draw is the seed
    plan : cells to fill
    file : CSV of finished cells, also of other data sets; None to keep nothing
    progress : told cells done, cells in all, and which is at work
    n_jobs : processes of the baselines

    Returns
    -------
    The cells of the plan, with the columns `COLUMNS`. A model that fails gets a `problem` and no error, and
    is tried again the next time.
    """
    makers = contestants(models, task.kind, task.table.task.notation or "composition", n_jobs, task.options)
    weights = {name: fingerprint(name) if isinstance(models, Sequence) else "" for name in makers}
    lines = _read(file, task)
    wanted = [(task.name, task.target, model, int(n), int(draw)) for model, n, draw in plan]
    todo = [key for key in wanted if key not in lines or lines[key]["weights"] != weights[key[2]]]
    for done, key in enumerate(todo):
        _, _, model, n, draw = key
        if progress:
            progress(done, len(todo), f"{task.name}, {model}, {n} labels, draw {draw}")
        lines[key] = _cell(task, model, makers[model], n, draw) | {"weights": weights[model]}
        if file is not None:
            _write(Path(file), lines)
    if progress:
        progress(len(todo), len(todo), "")
    return pd.DataFrame([lines[key] for key in wanted], columns=COLUMNS)


def fingerprint(model: str) -> str:
    """Short hash of a checkpoint's weights; "" for a model without a checkpoint.

    Examples
    --------
    >>> fingerprint("extratrees"), len(fingerprint("matbert-small:extract"))
    ('', 12)
    """
    checkpoint = None if model in BASELINES else checkpoint_and_strategy(model)[0]
    if checkpoint is None:
        return ""
    weights = find(checkpoint) / "model.safetensors"
    return sha256_of(weights)[:12] if weights.exists() else ""


def _cell(task: LabelTask, model: str, make: Factory, n: int, draw: int) -> dict[str, Any]:
    line: dict[str, Any] = {
        "dataset": task.name, "target": task.target, "model": model, "n": n, "draw": draw,
        "metric": task.metric, "unit": task.unit, "error": np.nan, "n_test": len(task.test),
        "seconds": np.nan, "problem": "", "weights": "", "given": task.given,
    }  # fmt: skip
    try:
        results = evaluate(task.table, {model: make}, [(task.rows(n, draw), task.test)], [draw])
    except RuntimeError as error:  # how `evaluate` says that nothing came out
        return line | {"problem": str(error)}
    name = ERRORS[task.kind]
    value = float(fold_scores(results, [name])["value"].iloc[0])
    better = METRICS[name].better == "lower"
    seconds = float(runs(results)["seconds"].iloc[0])
    return line | {"error": value if better else 1 - value, "seconds": round(seconds, 3)}


def _read(file: str | Path | None, task: LabelTask) -> dict[tuple, dict[str, Any]]:
    """Finished cells by key; cells of this data set must have been made from the same rows."""
    if file is None or not Path(file).exists():
        return {}
    frame = pd.read_csv(file, keep_default_na=False, na_values={"error": [""], "seconds": [""]})
    if missing := [name for name in COLUMNS if name not in frame]:
        raise ValueError(f"{file} is no file of cells: it lacks {', '.join(missing)}. Choose another file.")
    own = frame[(frame["dataset"] == task.name) & (frame["target"] == task.target)]
    if (own["given"].astype(str) != task.given).any():
        raise ValueError(
            f"{file} holds results for {task.name} from other rows, test rows or options. Choose another "
            "output, or remove the file."
        )
    finished: list[dict[Any, Any]] = frame[frame["problem"] == ""].to_dict("records")
    return {tuple(line[name] for name in KEY): line for line in finished}


def _write(file: Path, lines: Mapping[tuple, Mapping[str, Any]]) -> None:
    with write_atomically(file) as draft:
        pd.DataFrame(list(lines.values()), columns=COLUMNS).to_csv(draft, index=False)
