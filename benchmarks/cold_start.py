"""What a chemist with 50 rows waits for: `matprior fit` and `matprior predict` from the shell.

python benchmarks/cold_start.py --record docs/results/foundation.json
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path


def seconds(*words: object) -> float:
    """Wall time of one command."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "matprior", *map(str, words)], check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Time both verbs a few times and write two records."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--record", type=Path, default=None)
    chosen = options.parse_args()
    from matprior.data.catalog import load

    table = load("inorganic_melting_point")
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        table.sample(50, random_state=0).to_csv(scratch / "fifty.csv", index=False)
        table[["formula"]].sample(10, random_state=1).to_csv(scratch / "ten.csv", index=False)
        fits, predictions = [], []
        for i in range(chosen.repeats):
            model = scratch / f"model{i}"
            fits.append(
                seconds(
                    "fit",
                    scratch / "fifty.csv",
                    "--target",
                    "melting_point_K",
                    "--strategy",
                    "full",
                    "--output",
                    model,
                )
            )
            predictions.append(seconds("predict", model, scratch / "ten.csv", "--output", scratch / "p.csv"))
            print(f"fit {fits[-1]:.1f} s, predict {predictions[-1]:.1f} s", flush=True)
    print(f"medians: fit {statistics.median(fits):.1f} s, predict {statistics.median(predictions):.1f} s")
    if chosen.record is not None:
        write(chosen.record, {"fit on 50 rows": fits, "predict on 10 rows": predictions})


def write(path: Path, found: dict[str, list[float]]) -> None:
    """One record per verb."""
    from matprior.evaluation.records import append_records, versions

    append_records(
        path,
        [
            {
                "dataset": "inorganic_melting_point",
                "split": "",
                "target": "melting_point_K",
                "model": "matbert-small",
                "strategy": "full",
                "checkpoint": "matbert-small",
                "n_train": 50,
                "metric": f"wall seconds from the shell, {what}",
                "unit": "s",
                "value": statistics.median(values),
                "std": statistics.stdev(values) if len(values) > 1 else None,
                "folds": values,
                "seeds": [0],
                "seconds": statistics.median(values),
                "peak_rss_mb": None,
                "command": "python benchmarks/cold_start.py --record docs/results/foundation.json",
                "data_sha256": None,
                "versions": versions(),
                "date": datetime.now(UTC).date().isoformat(),
            }
            for what, values in found.items()
        ],
    )


if __name__ == "__main__":
    main()
