"""What eight tasks on one encoder cost beside one: size of the folder, seconds for 10,000 formulas.

    python benchmarks/prompt_costs.py --output runs/prompt-costs --record docs/results/prompts.json

Both sides are measured in one run, on one thread. How well the tasks answer is the business of
`benchmarks/prompts.py`: here each is trained for one epoch on as many labels as it would have.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from measured import open_task
from prompts import TASKS

from matprior.data.catalog import load
from matprior.estimators import MaterialTasks
from matprior.evaluation.label_counts import fingerprint
from matprior.evaluation.records import append_records, versions

CHECKPOINT = "matbert-small-strict"
REPEATS = 2


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, record."""
    options = _parser().parse_args(arguments)
    command = shlex.join(["python", "benchmarks/prompt_costs.py", *(arguments or sys.argv[1:])])
    torch.set_num_threads(1)
    formulas = list(dict.fromkeys(load("mp_e_form")["formula"].astype(str)))[: options.formulas]
    found = []
    for layers in map(int, options.layers.split(",")):
        model, single = build(layers, options.labels)
        sizes = [size(one.save(options.output / name)) for one, name in ((single, "one"), (model, "eight"))]
        first = model.names[0]
        seconds = [clock(model, formulas, task) for task in (first, None)]
        own = model.table()
        told = {"layers": layers, "parameters_per_task": int(own["parameters"].median()),
                "share_trainable": float(own["share"].median())}  # fmt: skip
        found += [
            line("folder_MB", "MB", sizes[1] / 1e6, sizes[0] / 1e6, "one single-task folder", command, told),
            line("seconds", "s", seconds[1], seconds[0], "one task of the same model", command,
                 {**told, "n_test": len(formulas)}),
        ]  # fmt: skip
        for one in found[-2:]:
            print(
                f"layers {layers}: {one['metric']} {one['value']:.2f}, {one['ratio']:.2f} × {one['ratio_to']}"
            )
    if options.record is not None:
        append_records(options.record, found)


def build(layers: int, labels: int) -> tuple[MaterialTasks, Any]:
    """A model of the first eight tasks, and one of them as an estimator of its own, as `fit` leaves it."""
    model, single = MaterialTasks(CHECKPOINT), None
    for name in TASKS[:8]:
        task = open_task(name)
        rows = task.rows(min(labels, len(task.train)), 0)
        strings, targets = task.table.strings.iloc[rows], task.table.frame[task.target].iloc[rows]
        model.add(
            name, strings.tolist(), targets.to_numpy(), task.kind, {"prompts": {"layers": layers}},
            training={"epochs": 1, "batch_size": 64},
        )  # fmt: skip
        if single is None:
            from matprior.estimators import MaterialRegressor

            single = MaterialRegressor(
                CHECKPOINT, {"prompts": {"layers": layers}}, {"epochs": 1, "batch_size": 64}
            ).fit(strings.tolist(), targets.to_numpy())
    return model, single


def size(folder: Path) -> int:
    """Bytes of a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def clock(model: MaterialTasks, formulas: list[str], task: str | None) -> float:
    """CPU seconds, the least of some runs: noise only adds."""
    found = []
    for _ in range(REPEATS):
        began = time.process_time()
        model.predict(formulas, task=task)
        found.append(time.process_time() - began)
    return float(np.min(found))


def line(
    metric: str, unit: str, value: float, other: float, peer: str, command: str, told: dict[str, Any]
) -> dict[str, Any]:
    """A record with its peer."""
    return {
        "dataset": "8 tasks", "split": "", "target": f"prompts in {told['layers'] or 'all'} layers",
        "model": f"{CHECKPOINT}:prompts", "strategy": "prompts", "checkpoint": CHECKPOINT,
        "weights": fingerprint(f"{CHECKPOINT}:prompts"), "n_train": None, "seeds": [0], "metric": metric,
        "unit": unit, "value": value, "std": None, "ratio": value / other, "ratio_to": peer, **told,
        "command": command, "versions": versions(), "date": datetime.now(UTC).date().isoformat(),
    }  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", type=Path, required=True, help="folder for the two models")
    parser.add_argument("--record", type=Path, default=None, help="results file (JSON) to add to")
    parser.add_argument("--layers", default="1,0", help="layers that prompts reach, one model each; 0 is all")
    parser.add_argument("--labels", type=int, default=1000)
    parser.add_argument("--formulas", type=int, default=10_000)
    return parser


if __name__ == "__main__":
    main()
