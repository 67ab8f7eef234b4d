"""PyTorch against ONNX against 8 bits: strings per second for each size of model and of batch, one thread.

    python benchmarks/export_speed.py --record docs/results/screening.json

Weights are random: time does not depend on them. Whole calls are timed, from strings to predictions.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from generated import fitted_model, write_pool, write_record

from matprior.screening import export
from matprior.screening.engines import open_model

ENGINES = ("torch", "onnx-fp32", "onnx-int8")


def main() -> None:
    """Time every cell and print the table."""
    chosen = _parser().parse_args()
    torch.set_num_threads(1)
    chosen.output.mkdir(parents=True, exist_ok=True)
    batches = [int(word) for word in chosen.batches.split(",")]
    strings = pd.read_csv(write_pool(chosen.output / "pool.csv", max(batches)), keep_default_na=False)[
        "formula"
    ]
    rows = []
    for size in chosen.sizes.split(","):
        model = fitted_model(chosen.output / size, 1, 200, model=None, size=size)
        folder = chosen.output / f"{size}-onnx"
        if not folder.exists():
            export(model, folder, int8=True)
        engines = {engine: open_model(folder, engine) for engine in ENGINES}
        for batch in batches:
            rates = rates_of(engines, list(strings[:batch]), chosen.seconds)
            rows.append({"size": size, "batch": batch, **rates})
            print(rows[-1], flush=True)
            for engine, rate in rates.items():
                write_record(
                    chosen.record, dataset="generated formulas", model=f"matbert {size}", strategy=engine,
                    split=f"batches of {batch:,}", metric="strings predicted per second, one thread",
                    unit="1/s", value=rate, ratio_to="torch", ratio=rate / rates["torch"], n_failed=0,
                    seconds=batch / rate, command=shlex.join(["python", *sys.argv]),
                )  # fmt: skip
    print(pd.DataFrame(rows).round(0).to_string(index=False))


def rates_of(engines: dict, strings: list[str], seconds: float) -> dict[str, float]:
    """Strings per second of each engine: the median call of those that fit into the time, in turn."""
    found: dict[str, list[float]] = {engine: [] for engine in engines}
    for model in engines.values():
        model.predict(strings)
    end = time.perf_counter() + seconds * len(engines)
    while time.perf_counter() < end or not all(found.values()):
        for engine, model in engines.items():  # in turn, so that a drift of the machine hits all
            start = time.perf_counter()
            model.predict(strings)
            found[engine].append(time.perf_counter() - start)
    return {engine: len(strings) / float(np.median(times)) for engine, times in found.items()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", default="tiny,small,base")
    parser.add_argument("--batches", default="1,16,64,256,1024,4096")
    parser.add_argument("--seconds", type=float, default=3.0, help="per engine and cell")
    parser.add_argument("--output", type=Path, default=Path("runs/export_speed"))
    parser.add_argument("--record", type=Path, default=None)
    return parser


if __name__ == "__main__":
    main()
