"""Score models on the official folds of Matbench's composition tasks.

    python benchmarks/matbench.py --output runs/matbench --record docs/results/matbench.json

Every task is one `matprior evaluate` with the fold column of the table; each record holds that command,
and every fold. Hours on two cores; `--tasks` and `--models` choose a part, and records of other parts stay.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

TASKS = {
    "expt_gap": "band_gap_eV",
    "expt_is_metal": "is_metal",
    "glass": "is_glass_former",
    "steels_yield": "yield_strength_MPa",
}
"""Name in the catalog -> target column."""
MODELS = "dummy,extratrees,extratrees-magpie,scratch,matbert-small,matbert-small:auto"


def main() -> int:
    """Evaluate the chosen tasks one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, required=True, help="folder of the reports")
    parser.add_argument("--record", type=Path, help="results file (JSON) to add the scores to")
    parser.add_argument("--tasks", default=",".join(TASKS), help="comma-separated")
    parser.add_argument("--models", default=MODELS)
    parser.add_argument("--seeds", default="0")
    chosen = parser.parse_args()
    for name in chosen.tasks.split(","):
        if name not in TASKS:
            parser.error(f"--tasks: there is no task {name!r}; known: {', '.join(TASKS)}")
    for name in chosen.tasks.split(","):
        command = ["evaluate", name, "--target", TASKS[name], "--fold-column", "official_test_fold"]
        command += ["--models", chosen.models, "--seeds", chosen.seeds, "--output", str(chosen.output / name)]
        if chosen.record:
            command += ["--record", str(chosen.record)]
        subprocess.run([sys.executable, "-m", "matprior", *command], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
