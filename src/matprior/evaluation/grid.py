"""Models × strategies × label counts × splits × seeds, one cell after the other, each kept as it ends.

A cell is one model trained once and tested on one fold. Every finished cell is a file of its own, written
whole or not at all by the process that computed it, so that a study may be killed at any time and given
again: what is there is not computed anew, what is missing is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.data.files import write_atomically
from matprior.evaluation.baselines import BASELINES
from matprior.evaluation.benchmark import COLUMNS, evaluate
from matprior.evaluation.contestants import SCRATCH, checkpoint_and_strategy, contestants
from matprior.evaluation.label_counts import fingerprint
from matprior.evaluation.label_task import nested_order
from matprior.evaluation.questions import Question, folds_of, question_of
from matprior.evaluation.scores import LOG, Log, runs

if TYPE_CHECKING:
    from matprior.data.table import Table

CELLS = "cells"
"""Folder of the finished cells, inside the output."""
ALWAYS = ("dummy", "extratrees-magpie")
"""Baselines that are part of every comparison."""
ALL = "all"
"""Label count that stands for every training row of a fold."""
MADE = ["split", "labels", "n_train", "n_test", "n_shared", "seconds"]
"""Columns of results.csv behind those of Results: which cell a row comes from, and what it cost."""
_NUMBERS = ["std", "low", "high", "seconds"]


@dataclass(frozen=True)
class Cell:
    """One model trained once."""

    target: str
    model: str
    split: str
    fold: int | str
    labels: str
    """A number of training rows, or "all"."""
    seed: int
    train: NDArray = field(repr=False, compare=False)
    """Positions in the table."""
    test: NDArray = field(repr=False, compare=False)
    key: str
    """Hash of all that the outcome depends on; the name of its file."""

    @property
    def file(self) -> str:
        """Name of the file of the finished cell."""
        return f"{self.key}.csv"

    def __str__(self) -> str:
        return f"{self.model}, {self.labels} labels, {self.split}, fold {self.fold}, seed {self.seed}"


@dataclass
class Grid:
    """A study: a table, its cells, and the options of its networks."""

    table: Table
    cells: list[Cell]
    options: dict[str, Any]

    def todo(self, folder: str | Path) -> list[Cell]:
        """Cells that have no file yet."""
        return [cell for cell in self.cells if not (Path(folder) / CELLS / cell.file).is_file()]


def line_up(models: Iterable[str], strategies: Sequence[str] = ()) -> list[str]:
    """Contestants of a comparison: what was asked for, the baselines, and the twins without pretraining.

    Parameters
    ----------
    models : names as `contestants` takes them
    strategies : every network that names no strategy itself is tried with each of them

    Examples
    --------
    >>> line_up(["matbert-small"], ["full", "extract"])
    ['dummy', 'extratrees-magpie', 'scratch:full', 'scratch:extract', 'matbert-small:full', \
'matbert-small:extract']
    >>> line_up(["matbert-small"])
    ['dummy', 'extratrees-magpie', 'scratch', 'matbert-small']
    """
    asked: list[str] = []
    for name in models:
        if name in BASELINES or checkpoint_and_strategy(name)[1] or not strategies:
            asked.append(name)
        else:
            asked += [f"{name}:{strategy}" for strategy in strategies]
    networks = [name for name in asked if name not in BASELINES]
    used = dict.fromkeys(checkpoint_and_strategy(name)[1] for name in networks) or {None: None}
    twins = [f"{SCRATCH}:{strategy}" if strategy else SCRATCH for strategy in used]
    return list(dict.fromkeys([*ALWAYS, *twins, *asked]))


def plan(
    table: Table,
    models: Sequence[str],
    splits: Mapping[str, Any],
    labels: Sequence[int | None] = (None,),
    seeds: Sequence[int] = (0,),
    options: Mapping[str, Any] | None = None,
) -> Grid:
    """Every cell of a study, in an order in which a part of it can be compared already.

    Parameters
    ----------
    table : as `read_table` gives it
    models : from `line_up`
    splits : name -> splitter
    labels : numbers of training rows; None is all of a fold. Fewer are drawn by the seed, and those of a
        smaller number are among those of a larger one
    seeds : of the models, and of the draws
    options : further arguments of the networks

    Raises
    ------
    ValueError
        A model that does not exist, no seeds, or a label count that no fold can give.
    """
    options = dict(options or {})
    kind = table.task.kind or "regression"
    contestants(models, kind, table.task.notation or "composition", options=options)
    if not len(seeds):
        raise ValueError("No seeds to compare with; expected at least one, such as seeds=[0].")
    weights = {model: fingerprint(model) for model in models}
    cells = []
    for target in table.task.targets:
        question = question_of(table, target)
        given = _digest(list(question.strings), question.values.tolist(), kind, sorted(options.items()))
        folds = [(name, *one) for name, split in splits.items() for one in folds_of(split, table)]
        for seed, (split, fold, train, test), count in product(map(int, seeds), folds, labels):
            chosen = _drawn(question, train, count, seed, f"fold {fold} of the split {split!r}")
            told = (split, str(fold), ALL if count is None else str(count), seed)
            for model in models:
                key = _digest(given, target, model, weights[model], told, chosen.tolist(), test.tolist())
                cells.append(Cell(target, model, split, fold, told[2], seed, chosen, test, key))
    return Grid(table, cells, options)


def _drawn(question: Question, train: NDArray, count: int | None, seed: int, where: str) -> NDArray:
    """Positions of the training rows of a cell: all with a label, or so many of them."""
    known = train[question.known[train]]
    if count is None:
        return known
    if not 2 <= count <= len(known):
        raise ValueError(
            f"{count} labels were asked for; {where} has {len(known)} training rows with a label. Ask for "
            "fewer, or for 'all'."
        )
    classes = None if question.kind == "regression" else question.values[known]
    return np.sort(known[nested_order(len(known), classes, seed)[:count]])


def _digest(*what: Any) -> str:
    return hashlib.sha256(repr(what).encode()).hexdigest()[:20]


def fill(grid: Grid, cell: Cell, folder: str | Path) -> str:
    """Train and test one cell and write its file; returns the error of a model that failed, else ""."""
    kind, notation = grid.table.task.kind or "regression", grid.table.task.notation or "composition"
    make = contestants([cell.model], kind, notation, 1, grid.options)
    table = _of_target(grid.table, cell.target)
    try:
        results = evaluate(table, make, [(cell.train, cell.test)], [cell.seed], n_jobs=1)
    except RuntimeError as error:  # how `evaluate` says that nothing came out
        return str(error)
    run = runs(results).iloc[0]
    frame = results.assign(fold=cell.fold, split=cell.split, labels=cell.labels)
    frame = frame.assign(**{name: run[name] for name in ("n_train", "n_test", "n_shared")})
    frame["seconds"] = round(float(run["seconds"]), 3)
    with write_atomically(Path(folder) / CELLS / cell.file) as draft:
        frame.to_csv(draft, index=False)
    return ""


def _of_target(table: Table, target: str) -> Table:
    return replace(
        table, task=replace(table.task, targets=[target], units={target: table.task.units.get(target, "")})
    )


def gather(grid: Grid, folder: str | Path) -> pd.DataFrame:
    """Results of all finished cells, with the columns `MADE`; its notes know units, seconds and sizes."""
    frames = [_read(Path(folder) / CELLS / cell.file) for cell in grid.cells if _there(folder, cell)]
    if not frames:
        raise ValueError(f"No cell of this study is finished in {folder}. Let it run until the first one is.")
    results = pd.concat(frames, ignore_index=True)
    results = results[[*COLUMNS, *(c for c in results.columns if c not in COLUMNS)]]
    names = ["model", "target", "fold", "seed", *MADE]
    lines = results.drop_duplicates(["model", "target", "fold", "seed", "split", "labels"])[names]
    results.attrs[LOG] = Log(
        runs=lines.assign(error="").to_dict("records"),
        histories=[],
        units={name: grid.table.task.units.get(name, "") for name in grid.table.task.targets},
    )
    return results


def _there(folder: str | Path, cell: Cell) -> bool:
    return (Path(folder) / CELLS / cell.file).is_file()


def _read(file: Path) -> pd.DataFrame:
    """One cell; NaN is sodium nitride in a column of strings, and an empty cell elsewhere."""
    frame = pd.read_csv(file, keep_default_na=False, dtype={"string": "str", "labels": "str", "split": "str"})
    for name in _NUMBERS:
        frame[name] = pd.to_numeric(frame[name], errors="coerce")
    return frame


def blocks(results: pd.DataFrame) -> list[tuple[str, str, str, pd.DataFrame]]:
    """Target, split, label count and rows of every part in which models can be compared fold by fold."""
    found = []
    for (target, split, labels), rows in results.groupby(["target", "split", "labels"], sort=False):
        part = rows.copy()
        log = results.attrs.get(LOG, {})
        own = [run for run in log.get("runs", []) if (run["split"], run["labels"]) == (split, labels)]
        part.attrs = {LOG: Log({**log, "runs": own})}
        found.append((str(target), str(split), str(labels), part))
    return found
