"""What a chemist waits for: `matprior fit` and `matprior predict` from the shell, start-up included.

python benchmarks/cold_start.py --record docs/results/foundation.json
python benchmarks/cold_start.py --data expt_gap --rows 300,4604 --record docs/results/foundation.json
"""

from __future__ import annotations

import argparse
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

TARGETS = {"inorganic_melting_point": "melting_point_K", "expt_gap": "band_gap_eV"}
"""Data set -> column to learn."""
USUAL = "usual"
"""In place of a strategy: the one that `fit` takes by itself."""


def seconds(*words: object) -> float:
    """Wall time of one command."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "matprior", *map(str, words)], check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Time both verbs a few times for each number of rows and write two records of each."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--data", default="inorganic_melting_point", choices=list(TARGETS))
    options.add_argument("--rows", default="50", help="comma-separated numbers of rows to fit on")
    options.add_argument("--strategy", default=USUAL, help="of fit; usual names none")
    options.add_argument("--model", default="matbert-small")
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--record", type=Path, default=None)
    chosen = options.parse_args()
    from matprior.data.catalog import load

    table = load(chosen.data)
    for n in map(int, chosen.rows.split(",")):
        with tempfile.TemporaryDirectory() as name:
            found = timed(table, n, Path(name), chosen)
        print(
            f"{n:,} rows, medians: "
            + ", ".join(f"{k} {statistics.median(v):.1f} s" for k, v in found.items())
        )
        if chosen.record is not None:
            write(chosen, n, found)


def timed(table: Any, n: int, scratch: Path, chosen: argparse.Namespace) -> dict[str, list[float]]:
    """Seconds of each repeat of both verbs."""
    table.sample(n, random_state=0).to_csv(scratch / "table.csv", index=False)
    table[["formula"]].sample(10, random_state=1).to_csv(scratch / "ten.csv", index=False)
    strategy = [] if chosen.strategy == USUAL else ["--strategy", chosen.strategy]
    fits, predictions = [], []
    for i in range(chosen.repeats):
        model = scratch / f"model{i}"
        words = ["--target", TARGETS[chosen.data], "--model", chosen.model, *strategy, "--output", model]
        fits.append(seconds("fit", scratch / "table.csv", *words))
        predictions.append(seconds("predict", model, scratch / "ten.csv", "--output", scratch / "p.csv"))
        print(f"fit {fits[-1]:.1f} s, predict {predictions[-1]:.1f} s", flush=True)
    return {f"fit on {n:,} rows": fits, "predict on 10 rows": predictions}


def write(chosen: argparse.Namespace, n: int, found: dict[str, list[float]]) -> None:
    """One record per verb."""
    from matprior.evaluation.records import append_records, versions

    append_records(
        chosen.record,
        [
            {
                "dataset": chosen.data,
                "split": "",
                "target": TARGETS[chosen.data],
                "model": chosen.model,
                "strategy": chosen.strategy,
                "checkpoint": chosen.model,
                "n_train": n,
                "metric": f"wall seconds from the shell, {what}",
                "unit": "s",
                "value": statistics.median(values),
                "std": statistics.stdev(values) if len(values) > 1 else None,
                "folds": values,
                "seeds": [0],
                "seconds": statistics.median(values),
                "peak_rss_mb": None,
                "command": shlex.join(["python", *sys.argv]),
                "data_sha256": None,
                "versions": versions(),
                "date": datetime.now(UTC).date().isoformat(),
            }
            for what, values in found.items()
        ],
    )


if __name__ == "__main__":
    main()
