"""Score models on molecules: DeepChem's scaffold split of MoleculeNet's tables, and TransPolymer's folds.

    python benchmarks/moleculenet.py --output runs/moleculenet --record docs/results/moleculenet.json

`matprior benchmark moleculenet` and `transpolymer` score the same tasks with a report per table; this
program adds parts of tasks and averages over spellings. Rows that the split marks for validation join the
training rows, of which every network watches some. Hours on two cores; `--tasks`, `--models`, `--seeds`,
`--rows` and `--folds` choose a part. Every model on every task is recorded when it is done, with the
command, and not computed again.

    --variants 1,5,10,20    scores networks also as averages over so many further spellings
"""

from __future__ import annotations

import sys

from official import Asked, score_tasks

from matprior.evaluation.suites import SUITES

TASKS: dict[str, Asked] = {
    name: (list(task.targets), task.fold_column)
    for suite in ("moleculenet", "transpolymer")
    for name, task in SUITES[suite].tasks.items()
}
"""Name in the catalog -> target columns, and the column of the folds (None: DeepChem's scaffold split)."""
MODELS = (
    "dummy,extratrees,extratrees-magpie,scratch,molbert-small,molbert-small:extract,molbert-small:auto-solved"
)


def main() -> int:
    """Evaluate the chosen tasks one after the other."""
    return score_tasks(__doc__.splitlines()[0], TASKS, MODELS)


if __name__ == "__main__":
    sys.exit(main())
