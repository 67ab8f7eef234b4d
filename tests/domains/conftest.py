"""Oxides and intermetallics, and a regressor on the tiny checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

METALS = [
    "Li",
    "Na",
    "K",
    "Mg",
    "Ca",
    "Sr",
    "Ba",
    "Al",
    "Ga",
    "Ti",
    "Zr",
    "V",
    "Cr",
    "Mn",
    "Fe",
    "Co",
    "Ni",
    "Cu",
]
QUICK = {"epochs": 2, "batch_size": 16}


@pytest.fixture(scope="session")
def oxides() -> list[str]:
    """180 binary oxides, ten of each metal."""
    return [f"{metal}{1 + i % 3}O{1 + j}" for i, metal in enumerate(METALS) for j in range(10)]


@pytest.fixture(scope="session")
def intermetallics() -> list[str]:
    """Pairs of the same metals."""
    return [
        f"{one}{1 + i % 3}{other}" for i, one in enumerate(METALS[3:]) for other in [*METALS[:3], "Zn", "Sn"]
    ]


@pytest.fixture(scope="session")
def numbers(oxides: list[str]) -> np.ndarray:
    """A property of the oxides, around 600."""
    return np.array([500.0 + 20 * i + 7 * j for i in range(18) for j in range(10)])


@pytest.fixture
def regressor(checkpoint: Path) -> Callable[..., Any]:
    """Function that makes an unfitted regressor on the tiny checkpoint."""
    from matprior.estimators import MaterialRegressor

    return lambda **changes: MaterialRegressor(**{"model": str(checkpoint), "training": QUICK, **changes})
