"""A small world with chemistry in it: 48 oxides and chlorides whose property follows from the formula."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from matprior.data.table import Table, read_table
from matprior.data.task import Task
from matprior.evaluation.benchmark import COLUMNS

METALS = ["Li", "Na", "K", "Mg", "Ca", "Ba", "Fe", "Co", "Ni", "Cu", "Zn", "Ti"]
ANIONS = ["O", "Cl", "F", "S"]


def formulas() -> list[str]:
    """48 binary compounds; amounts differ so that fractions matter."""
    return [f"{m}{1 + i % 2}{a}{1 + j % 3}" for i, m in enumerate(METALS) for j, a in enumerate(ANIONS)]


@pytest.fixture(scope="session")
def frame() -> pd.DataFrame:
    strings = formulas()
    anion = np.array([ANIONS.index(a) for _ in METALS for a in ANIONS])
    metal = np.repeat(np.arange(len(METALS)), len(ANIONS))
    noise = np.random.default_rng(0).normal(0, 0.1, len(strings))
    gap = 2.0 * anion + 0.1 * metal + noise
    return pd.DataFrame(
        {
            "formula": strings,
            "gap_eV": gap,
            "is_wide": (gap > 3.5).astype(int),
            "family": [["oxide", "chloride", "fluoride", "sulfide"][a] for a in anion],
            "fold": np.arange(len(strings)) % 3,
        }
    )


def table_of(frame: pd.DataFrame, target: str, kind: str) -> Table:
    return read_table(frame, Task(strings="formula", targets=[target], kind=kind))


@pytest.fixture(scope="session")
def table(frame: pd.DataFrame) -> Table:
    return table_of(frame, "gap_eV", "regression")


@pytest.fixture(scope="session")
def binary_table(frame: pd.DataFrame) -> Table:
    return table_of(frame, "is_wide", "binary")


@pytest.fixture(scope="session")
def family_table(frame: pd.DataFrame) -> Table:
    return table_of(frame, "family", "multiclass")


@pytest.fixture(scope="session")
def thirds() -> list[tuple[np.ndarray, np.ndarray]]:
    """Three folds of the 48 rows."""
    fold = np.arange(len(METALS) * len(ANIONS)) % 3
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(3)]


Errors = dict[str, list[list[float]]]


@pytest.fixture(scope="session")
def results_of() -> Callable[..., pd.DataFrame]:
    """Function from absolute errors, per model and fold, to Results; the same for every seed."""

    def build(errors: Errors, seeds: int = 1) -> pd.DataFrame:
        rows = [
            (100 * fold + i, "NaCl", "gap", fold, seed, model, 1.0, 1.0 + error, np.nan, np.nan, np.nan)
            for model, folds in errors.items()
            for fold, values in enumerate(folds)
            for seed in range(seeds)
            for i, error in enumerate(values)
        ]
        return pd.DataFrame(rows, columns=COLUMNS)

    return build
