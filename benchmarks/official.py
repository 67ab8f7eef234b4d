"""Tasks with published test rows, scored cell by cell: what the benchmarks of data sets share.

A cell is one model on one task with all its seeds. Its scores are recorded as soon as it is done, and a cell
whose scores are recorded is not computed again: a stopped run is taken up where it was.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from spellings import per_number, spelling_contestants

from matprior.cli.evaluate import guard, make_split
from matprior.cli.options import find_data, strategy_choice, training_options
from matprior.data import Task, read_table
from matprior.data.files import write_atomically
from matprior.data.table import Table
from matprior.evaluation.baselines import BASELINES
from matprior.evaluation.benchmark import evaluate, failures, scores
from matprior.evaluation.contestants import contestants
from matprior.evaluation.questions import folds_of, question_of
from matprior.evaluation.records import Setting, append_records, records

Asked = tuple[Sequence[str], str | None]
"""Target columns, and the column of the folds; None for the scaffold split."""
SOLVED = ":auto-solved"
"""Ending of a contestant: `auto` among all candidates but networks, which take most of its time."""
Fold = tuple[np.ndarray, np.ndarray]


def score_tasks(purpose: str, tasks: Mapping[str, Asked], models: str) -> int:
    """Read the options of the command line and score every chosen model on every chosen task.

    Parameters
    ----------
    purpose : first line of the help
    tasks : name in the catalog -> task
    models : contestants where --models is left out
    """
    chosen = _options(purpose, tasks, models)
    for name in chosen.tasks.split(","):
        targets, column = tasks[name]
        if chosen.targets:
            targets = [one for one in targets if one in chosen.targets.split(",")] or targets
        path = find_data(name)
        # Published folds are scored row by row: merging duplicates would change the rows.
        table = read_table(path, Task(targets=list(targets)), merge_duplicates="keep")
        split = make_split(table, None, column, "scaffold")
        folds = _chosen_folds(table, split, chosen)
        words = f"column {column}" if column else "scaffold"
        if len(folds) < len(folds_of(split, table)):
            words += f", first {len(folds)} fold{'s' * (len(folds) > 1)}"
        command = shlex.join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]])
        setting = Setting(name, words, command, path, "full", tuple(chosen.set))
        names = chosen.models.split(",")
        guard(table, folds, [one.replace(SOLVED, ":auto") for one in names], name, None)
        for model in names:
            _cell(table, folds, model, setting, chosen)
    return 0


def _options(purpose: str, tasks: Mapping[str, Asked], models: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("--output", type=Path, required=True, help="folder of the predictions")
    parser.add_argument("--record", type=Path, required=True, help="results file (JSON) to add the scores to")
    parser.add_argument("--tasks", default=",".join(tasks), help="comma-separated")
    parser.add_argument("--targets", default="", help="only these columns, comma-separated")
    parser.add_argument("--models", default=models)
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--rows", type=int, help="training rows at most, drawn at random")
    parser.add_argument("--folds", type=int, help="only the first so many folds")
    parser.add_argument(
        "--variants",
        default="",
        help="also score networks that average over so many further spellings, as 1,5",
    )
    parser.add_argument("--jobs", type=int, default=-1, help="processes of trees and of auto")
    parser.add_argument("--set", action="append", default=[], help="training option, as of matprior evaluate")
    chosen = parser.parse_args()
    for name in chosen.tasks.split(","):
        if name not in tasks:
            parser.error(f"--tasks: there is no task {name!r}; known: {', '.join(tasks)}")
    return chosen


def _chosen_folds(table: Table, split: Any, chosen: argparse.Namespace) -> list[Fold]:
    """Training and test rows of the folds that are run; of many rows some, the same for all models."""
    found = [(train, test) for _, train, test in folds_of(split, table)][: chosen.folds]
    if chosen.rows is None:
        return found
    draw = np.random.default_rng(0)
    return [(np.sort(draw.permutation(train)[: chosen.rows]), test) for train, test in found]


def _cell(table: Table, folds: list[Fold], model: str, setting: Setting, chosen: argparse.Namespace) -> None:
    """Score one model, unless its scores are recorded."""
    seeds = [int(seed) for seed in chosen.seeds.split(",")]
    single = model not in BASELINES and ":auto" not in model
    numbers = [int(n) for n in chosen.variants.split(",") if n and single]
    where = f"{setting.dataset}, {model}"
    if _recorded(chosen.record, table, folds, model, seeds, setting, numbers):
        print(f"{where}: recorded", flush=True)
        return
    made = {model: _factory(table, model, chosen)}
    if numbers:
        made, told = spelling_contestants(model, made[model], numbers)
    results = evaluate(table, made, folds, seeds, n_jobs=chosen.jobs)
    found = records(results, setting)
    if numbers:
        found = per_number(found, model, told)
    append_records(chosen.record, found)
    with write_atomically(chosen.output / setting.dataset / f"{model.replace(':', '-')}.csv") as draft:
        results.to_csv(draft, index=False)
    print(where, *failures(results), scores(results)[["model", "target", "metric", "mean", "std", "seconds"]]
          .round(4).to_string(index=False), sep="\n", flush=True)  # fmt: skip


def _factory(table: Table, model: str, chosen: argparse.Namespace) -> Any:
    kind, notation = table.task.kind or "regression", table.task.notation
    options: dict[str, Any] = {"training": training_options(chosen.set)}
    named = model
    if model.endswith(SOLVED):
        named = model.replace(SOLVED, ":auto")
        options["strategy"] = strategy_choice("auto", ["strategy.candidates=solved"])
    return contestants([named], kind, notation, chosen.jobs, options)[named]


def _recorded(
    path: Path,
    table: Table,
    folds: list[Fold],
    model: str,
    seeds: list[int],
    setting: Setting,
    numbers: list[int],
) -> bool:
    """Whether every target of the cell, with every number of spellings, is in the results file."""
    held = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    done = {
        (one.get("target"), one.get("n_train"), one.get("variants", 0))
        for one in held
        if (one["dataset"], one["split"], one["model"]) == (setting.dataset, setting.split, model)
        and set(seeds) <= set(one["seeds"])
    }
    for target in table.task.targets:
        known = question_of(table, target).known
        size = round(float(np.mean([known[train].sum() for train, _ in folds])))
        if not {(target, size, n) for n in [0, *numbers]} <= done:
            return False
    return True
