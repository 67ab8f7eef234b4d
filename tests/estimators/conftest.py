"""Estimators small enough to fit in a second."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

QUICK = {"epochs": 2, "batch_size": 16}


@pytest.fixture
def regressor(checkpoint: Path) -> Callable[..., Any]:
    """Function that makes an unfitted regressor on the tiny checkpoint; 2 epochs unless told otherwise."""
    from matprior.estimators import MaterialRegressor

    return lambda **changes: MaterialRegressor(**{"model": str(checkpoint), "training": QUICK, **changes})


@pytest.fixture
def classifier(checkpoint: Path) -> Callable[..., Any]:
    """As `regressor`, a classifier."""
    from matprior.estimators import MaterialClassifier

    return lambda **changes: MaterialClassifier(**{"model": str(checkpoint), "training": QUICK, **changes})


@pytest.fixture(scope="session")
def strings(salts: tuple[list[str], list[float]]) -> list[str]:
    """48 formulas."""
    return salts[0]


@pytest.fixture
def values(salts: tuple[list[str], list[float]]) -> np.ndarray:
    """Their property, around 600."""
    return np.array(salts[1])


@pytest.fixture
def families(salts: tuple[list[str], list[float]]) -> np.ndarray:
    """Their class by anion: fluoride, chloride, bromide, oxide."""
    return np.array(["fluoride", "chloride", "bromide", "oxide"] * 12)


@pytest.fixture
def agree():
    """Make the checksums of a folder agree with what was changed in it, as an attacker does."""
    import json

    from matprior.models.checksums import checksums

    def make(folder) -> None:
        facts = json.loads((folder / "matprior.json").read_text(encoding="utf-8"))
        facts["sha256"] = checksums(folder)
        (folder / "matprior.json").write_text(json.dumps(facts), encoding="utf-8")

    return make
