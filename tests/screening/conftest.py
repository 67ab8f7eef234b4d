"""Tiny fitted models, and a pool of formulas with what pools have: repeats, rubbish, rare elements."""

from __future__ import annotations

import itertools
from pathlib import Path

import pandas as pd
import pytest

from matprior.estimators import MaterialClassifier, MaterialRegressor

QUICK = {"epochs": 15, "batch_size": 16}


@pytest.fixture(scope="session")
def regressor(salts, tmp_path_factory) -> Path:
    """A regressor that knows salts."""
    strings, values = salts
    fitted = MaterialRegressor(model=None, size="tiny", training=QUICK, validation=0.3).fit(
        strings, pd.Series(values, name="melting_K")
    )
    return fitted.save(tmp_path_factory.mktemp("models") / "regressor")


@pytest.fixture(scope="session")
def classifier(salts, tmp_path_factory) -> Path:
    """A classifier of oxides."""
    strings, _ = salts
    labels = pd.Series(["oxide" if "O" in string else "salt" for string in strings], name="kind")
    fitted = MaterialClassifier(model=None, size="tiny", training=QUICK).fit(strings, labels)
    return fitted.save(tmp_path_factory.mktemp("models") / "classifier")


@pytest.fixture(scope="session")
def formulas() -> list[str]:
    """330 formulas, all different, of salts and of metals the models have not seen."""
    metals = ["Li", "Na", "K", "Mg", "Ca", "Zn", "Pb", "Fe", "Au", "U"]
    anions = ["F", "Cl", "O"]
    return [
        f"{a}{b}{n}{x}" if n > 1 else f"{a}{b}{x}"
        for (a, b), x, n in itertools.product(itertools.combinations(metals, 2), anions, (1, 2, 3))
    ][:330]


@pytest.fixture
def pool(formulas, tmp_path) -> Path:
    """The formulas as a CSV, with two that can't be read, one empty, and one repeated far away."""
    rows = [*formulas[:50], "Xx2O3", *formulas[50:200], "", "hello world", *formulas[200:], formulas[3]]
    path = tmp_path / "pool.csv"
    pd.DataFrame({"id": range(len(rows)), "formula": rows}).to_csv(path, index=False)
    return path
