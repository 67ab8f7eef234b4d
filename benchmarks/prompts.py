"""Prompts against fine-tuning, a linear probe, a network from scratch and trees, on the same few rows.

    python benchmarks/prompts.py --output runs/prompts --record docs/results/prompts.json

Stopped, it goes on where it stood when given again; seeds come one after another, so that what is there is
always a whole study. Every network gets the steps of `BUDGET`, whatever it moves. `docs/prompts.md` says how
the numbers are made.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from measured import chosen, facts, open_task

from matprior.data.files import write_atomically
from matprior.estimators.choice import estimator_of
from matprior.evaluation.baselines import BASELINES
from matprior.evaluation.contestants import Factory, checkpoint_and_strategy, contestants
from matprior.evaluation.label_counts import fill_cells, fingerprint
from matprior.evaluation.label_task import LabelTask
from matprior.evaluation.records import append_records, finite, versions

TASKS = (
    "expt_gap", "expt_is_metal", "glass", "supercon", "formation_enthalpy", "melting_point", "hardness",
    "log_kvrh", "density",
)  # fmt: skip
FINISHED = "--finished"
COUNTS = (30, 100, 300, 1000)
BUDGET: dict[int, dict[str, Any]] = {
    30: {"batch_size": 8, "epochs": 25},
    100: {"batch_size": 16, "epochs": 20},
    300: {"batch_size": 32, "epochs": 12},
    1000: {"batch_size": 32, "epochs": 7},
}
"""Labels -> training of every network: 100 to 200 steps, a fifth to a half of the defaults of `fit`."""
STRATEGIES: dict[str, Any] = {
    "prompts-every": {"prompts": {"layers": 0}},
    "prompts-top": {"prompts": {"layers": 1}},
    "prompts-shallow": {"prompts": {"depth": "shallow", "length": 8}},
    "full": "full",
    "extract": "extract",
}
"""Last part of a contestant's name -> strategy."""
CONTESTANTS = (
    *(
        f"matbert-small-strict:{way}"
        for way in ("prompts-every", "prompts-top", "prompts-shallow", "full", "extract")
    ),
    "scratch:full",
    "extratrees",
    "dummy",
)
"""Deep prompts in every layer and in the top one, shallow ones, and rivals."""


def main(arguments: list[str] | None = None) -> None:
    """Fill the cells, then write the tables and the records."""
    options = _parser().parse_args(arguments)
    given = [word for word in (arguments or sys.argv[1:]) if word != FINISHED]
    command = shlex.join(["python", "benchmarks/prompts.py", *given])
    tasks = {name: open_task(name) for name in chosen(options.tasks)}
    file = options.output / "cells.csv"
    for seed in map(int, options.seeds.split(",")):
        for n in map(int, options.counts.split(",")):
            for task in tasks.values():
                if n <= len(task.train) and not options.finished:
                    fill(task, options.models.split(","), n, seed, file)
    cells = pd.read_csv(file, keep_default_na=False, na_values={"error": [""], "seconds": [""]})
    table = against(cells)
    with write_atomically(options.output / "against.csv") as draft:
        table.to_csv(draft, index=False)
    print(table.round(3).to_string(index=False))
    if options.record is not None:
        told = {name: facts(name, task, None, None) for name, task in tasks.items()}
        append_records(options.record, [*cell_records(cells, told, command), *sums(table, command)])


def fill(task: LabelTask, models: list[str], n: int, seed: int, file: Path) -> None:
    """The cells of one task, label count and seed."""
    makers = {name: maker(name, task, n) for name in models}
    fill_cells(task, makers, [(name, n, seed) for name in models], file, tell)


def maker(name: str, task: LabelTask, n: int) -> Factory:
    """Function of the seed that makes an unfitted contestant."""
    if name in BASELINES:
        return contestants([name], task.kind, n_jobs=1)[name]
    checkpoint, strategy = checkpoint_and_strategy(name)
    return lambda seed: estimator_of(
        task.kind, STRATEGIES[str(strategy)], model=checkpoint, seed=seed, training=BUDGET[n]
    )


def tell(done: int, total: int, note: str) -> None:
    """One line per cell."""
    if note:
        print(note, flush=True)


def against(cells: pd.DataFrame) -> pd.DataFrame:
    """For each label count and rival: how much larger its error is on average, and who wins how often.

    Returns
    -------
    n, model, rival, tasks, excess (mean over tasks of error / rival's error - 1, seeds averaged first), wins
    (tasks on which the model's error is the smaller)
    """
    wide = cells.pivot_table(index=["n", "dataset"], columns="model", values="error")
    lines = []
    for n, part in wide.groupby("n"):
        for model in (name for name in CONTESTANTS if name in part):
            for rival in (name for name in part if name != model):
                both = part[[model, rival]].dropna()
                share = both[model] / both[rival] - 1
                lines.append(
                    {
                        "n": n, "model": model, "rival": rival, "tasks": len(both),
                        "excess": share.mean(), "wins": int((share < 0).sum()),
                    }
                )  # fmt: skip
    return pd.DataFrame(lines)


def cell_records(cells: pd.DataFrame, told: dict[str, dict[str, Any]], command: str) -> list[dict[str, Any]]:
    """Mean errors over seeds as records."""
    found = []
    keys = ["dataset", "target", "model", "n", "metric", "unit"]
    for values, part in cells[cells["error"].notna()].groupby(keys, sort=False):
        own: dict[str, Any] = dict(zip(keys, values, strict=True))
        found.append({
            **_of(own["model"]), "dataset": own["dataset"], "target": own["target"], "n_train": int(own["n"]),
            "seeds": sorted({int(draw) for draw in part["draw"]}), "metric": own["metric"],
            "unit": own["unit"], "value": finite(part["error"].mean()), "std": finite(part["error"].std()),
            "folds": [finite(error) for error in part["error"]],
            "seconds": finite(part["seconds"].mean()), "n_test": int(part["n_test"].iloc[0]),
            "training": BUDGET[int(own["n"])], **_common(command), **told.get(own["dataset"], {}),
        })  # fmt: skip
    return found


def sums(table: pd.DataFrame, command: str) -> list[dict[str, Any]]:
    """The sentences that the study answers, as records."""
    return [
        {
            **_of(line["model"]), "dataset": f"{line['tasks']} tasks", "split": "as of each task",
            "n_train": int(line["n"]), "metric": f"mean excess error over {line['rival']}", "unit": "share",
            "value": finite(line["excess"]), "std": None, "ratio": finite(1 + line["excess"]),
            "ratio_to": line["rival"], "wins": int(line["wins"]), "tasks": int(line["tasks"]),
            **_common(command),
        }
        for line in table[table["model"].str.contains("prompts") & (table["tasks"] > 0)].to_dict("records")
    ]  # fmt: skip


def _of(model: str) -> dict[str, Any]:
    checkpoint, strategy = (None, "") if model in BASELINES else checkpoint_and_strategy(model)
    weights = fingerprint(model)
    return {"model": model, "strategy": strategy or "", "checkpoint": checkpoint, "weights": weights}


def _common(command: str) -> dict[str, Any]:
    return {"command": command, "versions": versions(), "date": datetime.now(UTC).date().isoformat()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", type=Path, required=True, help="folder for cells and tables")
    parser.add_argument("--record", type=Path, default=None, help="results file (JSON) to add to")
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--counts", default=",".join(map(str, COUNTS)))
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument(FINISHED, action="store_true", help="train nothing: tables of the cells there are")
    parser.add_argument("--models", default=",".join(CONTESTANTS))
    return parser


if __name__ == "__main__":
    main()
