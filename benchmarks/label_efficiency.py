"""How many labels trees need to match a pretrained model that had 100 or 300, on measured properties.

    python benchmarks/label_efficiency.py --output runs/efficiency --record docs/results/label_efficiency.json

Stopped, it goes on where it stood when given again. `docs/studies.md` says how the number is made.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

import pandas as pd
from measured import chosen, facts, open_task, test_strings

from matprior.cli.learning_curve import whole_numbers
from matprior.data.files import write_atomically
from matprior.data.folder import local_folder
from matprior.evaluation.contestants import checkpoint_and_strategy
from matprior.evaluation.label_efficiency import (
    COUNTS,
    LADDER,
    TREES,
    efficiency_records,
    label_efficiency,
    matches,
    median_factor,
)
from matprior.evaluation.records import append_records
from matprior.evaluation.seen import pretraining_formulas, seen_counts
from matprior.reports.study_figures import efficiency_figure, match_rows


def main(arguments: list[str] | None = None) -> None:
    """Fill the cells, then write table, picture and records."""
    options = _parser().parse_args(arguments)
    command = shlex.join(["python", "benchmarks/label_efficiency.py", *(arguments or sys.argv[1:])])
    training = {"training": {"epochs": options.epochs}} if options.epochs else {}
    tasks = {name: open_task(name, None, training, options.rows) for name in chosen(options.tasks)}
    file = options.output / "cells.csv"
    parts = []
    for name, task in tasks.items():
        print(f"{name}: {len(task.train):,} rows to learn from, {len(task.test):,} tested", flush=True)
        parts.append(
            label_efficiency(
                task, options.model, whole_numbers(options.counts, "--counts") or COUNTS,
                ladder(options.ladder), options.baselines.split(","),
                whole_numbers(options.seeds, "--seeds") or (0,), file, tell, options.jobs,
            )
        )  # fmt: skip
    cells = pd.concat(parts, ignore_index=True)
    formulas = None
    if options.count_seen:
        checkpoint = checkpoint_and_strategy(options.model)[0] or options.model
        formulas = pretraining_formulas(checkpoint, local_folder(None) or Path())
    seen = seen_counts(formulas, {name: test_strings(task) for name, task in tasks.items()})
    found = matches(cells)
    with write_atomically(options.output / "matches.csv") as draft:
        found.to_csv(draft, index=False)
    with write_atomically(options.output / "label-efficiency.svg") as draft:
        draft.write_text(efficiency_figure(found).standalone(), encoding="utf-8")
    if options.record is not None:
        told = {name: facts(name, task, None, seen[name]) for name, task in tasks.items()}
        append_records(options.record, efficiency_records(cells, told, command))
    head, rows = match_rows(found)
    for row in [head, *rows]:
        print("  ".join(f"{cell:>14}" for cell in row))
    for n in sorted(set(found["n"])):
        factor, bound = median_factor(found, n)
        print(f"{n} labels: median factor {'more than ' if bound else ''}{factor:.1f}")
    for name, count in seen.items():
        if count is not None:
            print(f"{name}: {count:,} of {len(tasks[name].test):,} test formulas were in pretraining")


def ladder(text: str | None) -> list[int | None]:
    """`"100,300,all"` as `[100, 300, None]`."""
    if text is None:
        return list(LADDER)
    return [None if part.strip() == "all" else int(part) for part in text.split(",")]


def tell(done: int, total: int, note: str) -> None:
    """One line per cell: the study may run for hours."""
    if note:
        print(f"  {done + 1} of {total}: {note}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", type=Path, required=True, help="folder for cells, table and picture")
    parser.add_argument("--record", type=Path, default=None, help="results file (JSON) to add to")
    parser.add_argument("--model", default="matbert-small-strict", help="checkpoint, or checkpoint:strategy")
    parser.add_argument("--tasks", default="all", help="comma-separated, or all")
    parser.add_argument("--counts", default=None, help="labels of the networks; 100,300 when left out")
    parser.add_argument("--ladder", default=None, help="labels of the trees; 100,300,1000,3000,all")
    parser.add_argument("--baselines", default=",".join(TREES))
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--epochs", type=int, default=None, help="of the networks, for a quick try")
    parser.add_argument("--rows", type=int, default=None, help="read only so many rows, for a quick try")
    parser.add_argument("--jobs", type=int, default=-1, help="processes of the trees")
    parser.add_argument(
        "--no-count-seen", dest="count_seen", action="store_false",
        help="do not read the pretraining corpus again to count test formulas in it",
    )  # fmt: skip
    return parser


if __name__ == "__main__":
    main()
