"""Score models on the official folds of Matbench's composition tasks.

    python benchmarks/matbench.py --output runs/matbench --record docs/results/matbench.json

Every model on every task is recorded when it is done, with the command and every fold, and not computed
again. Hours on two cores; `--tasks` and `--models` choose a part.
"""

from __future__ import annotations

import sys

from official import score_tasks

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
    tasks = {name: ([target], "official_test_fold") for name, target in TASKS.items()}
    return score_tasks(__doc__.splitlines()[0], tasks, MODELS)


if __name__ == "__main__":
    sys.exit(main())
