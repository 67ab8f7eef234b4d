"""What the benchmarks of screening share: a model, a pool of formulas that never ends, and records."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from matprior.data.files import write_atomically
from matprior.evaluation.records import append_records, versions
from matprior.notations.elements import SYMBOLS

HEAVIEST = 83
"""Elements up to bismuth: the others are in hardly any material that somebody would screen."""
SIZES = (1, 2, 3, 4, 5)
SHARES = (1, 15, 45, 30, 9)
"""Number of elements, and how often in a hundred, about as in tables of compounds."""


def write_pool(path: Path, n: int, seed: int = 0) -> Path:
    """Write `n` formulas, one a line below the word formula; the same for the same seed."""
    draw = random.Random(seed)
    symbols = SYMBOLS[:HEAVIEST]
    with write_atomically(path) as draft, open(draft, "w", encoding="utf-8") as stream:
        stream.write("formula\n")
        for _ in range(n):
            elements = draw.sample(symbols, draw.choices(SIZES, SHARES)[0])
            amounts = (
                draw.choices((1, 2, 3, 4, 5, 6, 7, 8), (30, 22, 16, 10, 6, 6, 4, 6))[0] for _ in elements
            )
            stream.write("".join(f"{e}{n if n > 1 else ''}" for e, n in zip(elements, amounts, strict=True)))
            stream.write("\n")
    return path


def fitted_model(folder: Path, epochs: int = 2, rows: int = 1500, **options: Any) -> Path:
    """A regressor of measured band gaps, fitted once and kept in `folder`."""
    if (folder / "matprior.json").exists():
        return folder
    from matprior.data import Task, read_table
    from matprior.estimators import MaterialRegressor

    table = read_table(training_rows(rows), Task(targets="band_gap_eV"))
    model = MaterialRegressor(**{"model": "matbert-small-strict", "training": {"epochs": epochs}, **options})
    return model.fit(table.strings, table.frame["band_gap_eV"]).save(folder)


def training_rows(n: int) -> pd.DataFrame:
    """Rows of measured band gaps, drawn once for all."""
    from matprior.data.catalog import load

    return load("expt_gap").sample(n, random_state=0)


def write_record(path: Path | None, **facts: Any) -> None:
    """Add a record of one measured number."""
    if path is None:
        return
    base = {
        "split": "", "target": "band_gap_eV", "strategy": "", "checkpoint": None, "n_train": None,
        "std": None, "folds": [], "seeds": [0], "data_sha256": None,
    }  # fmt: skip
    today = datetime.now(UTC).date().isoformat()
    append_records(path, [{**base, **facts, "versions": versions(), "date": today}])
