"""Tasks with published test rows, scored one after the other: what the benchmarks of data sets share."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

Task = tuple[Sequence[str], Sequence[str]]
"""Target columns, and the options of `matprior evaluate` that say how the test rows are found."""


def score_tasks(purpose: str, tasks: Mapping[str, Task], models: str) -> int:
    """Read the options of the command line and run `matprior evaluate` for each chosen task.

    Parameters
    ----------
    purpose : first line of the help
    tasks : name in the catalog -> task
    models : contestants where --models is left out
    """
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("--output", type=Path, required=True, help="folder of the reports")
    parser.add_argument("--record", type=Path, help="results file (JSON) to add the scores to")
    parser.add_argument("--tasks", default=",".join(tasks), help="comma-separated")
    parser.add_argument("--models", default=models)
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--set", action="append", default=[], help="training option, as of matprior evaluate")
    chosen = parser.parse_args()
    for name in chosen.tasks.split(","):
        if name not in tasks:
            parser.error(f"--tasks: there is no task {name!r}; known: {', '.join(tasks)}")
    for name in chosen.tasks.split(","):
        targets, split = tasks[name]
        command = ["evaluate", name, *(part for target in targets for part in ("--target", target)), *split]
        command += ["--models", chosen.models, "--seeds", chosen.seeds, "--output", str(chosen.output / name)]
        command += [part for setting in chosen.set for part in ("--set", setting)]
        if chosen.record:
            command += ["--record", str(chosen.record)]
        subprocess.run([sys.executable, "-m", "matprior", *command], check=True)
    return 0
