"""What 8-bit weights cost: errors of PyTorch, ONNX and 8 bits on test rows of an official fold.

    python benchmarks/export_error.py --record docs/results/screening.json

A network learns the other folds of a task, is exported with `int8=True`, and the three engines answer the
rows of the first fold, which it has not seen.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import sys
import time
from pathlib import Path

from generated import write_record

from matprior.data import Task, read_table
from matprior.data.catalog import load
from matprior.estimators import MaterialClassifier, MaterialRegressor
from matprior.screening import export

FOLDS = "official_test_fold"
TASKS = {
    "expt_gap": (MaterialRegressor, "band_gap_eV", "mean absolute error", "eV"),
    "expt_is_metal": (MaterialClassifier, "is_metal", "mean error of the true class's probability", ""),
}
"""Name in the catalog -> estimator, column, what `export` measures, unit."""


def main() -> None:
    """Fit, export and print the errors of each task."""
    chosen = _parser().parse_args()
    chosen.output.mkdir(parents=True, exist_ok=True)
    for name in chosen.tasks.split(","):
        maker, target, metric, unit = TASKS[name]
        frame = load(name)
        tested = frame[FOLDS] == 0
        table = read_table(frame[~tested], Task(targets=target))
        model, exported = chosen.output / name, chosen.output / f"{name}-onnx"
        shutil.rmtree(exported, ignore_errors=True)
        start = time.perf_counter()
        maker(model=chosen.model).fit(table.strings, table.frame[target]).save(model)
        test = chosen.output / f"{name}_test.csv"
        frame[tested].to_csv(test, index=False)
        result = export(model, exported, int8=True, check=test, target=target)
        print(f"{name}: {result.errors}; 8 bits {result.loss:+.2%}; --engine onnx takes {result.default}")
        for engine, error in result.errors.items():
            write_record(
                chosen.record, dataset=name, split="official folds, first one", target=target,
                strategy=engine, model=chosen.model, checkpoint=chosen.model, metric=f"{metric}, exported",
                unit=unit, value=error, n_train=len(table.frame), n_failed=0,
                seconds=time.perf_counter() - start, ratio_to="torch", ratio=error / result.errors["torch"],
                command=shlex.join(["python", *sys.argv]),
            )  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--model", default="matbert-small-strict")
    parser.add_argument("--output", type=Path, default=Path("runs/export_error"))
    parser.add_argument("--record", type=Path, default=None)
    return parser


if __name__ == "__main__":
    main()
