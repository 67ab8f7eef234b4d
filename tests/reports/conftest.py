"""A small world of Results: four models, three folds, thirty formulas; no model is trained."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

FORMULAS = (  # noqa: SIM905
    "NaCl KCl LiF MgO CaO Fe2O3 TiO2 SiO2 GaAs InP ZnS CdTe PbTe Al2O3 SnO2 "
    "Li2O NaF KBr SrO BaO Co3O4 ZrO2 GeO2 GaN InSb ZnO CdS PbS Y2O3 In2O3"
).split()
ERRORS = {"dummy": None, "extratrees": 0.5, "scratch": 0.7, "matbert-small": 0.2}
"""Model -> size of its errors; None answers the median."""


def frame(model: str, truth: np.ndarray, prediction: np.ndarray, **more: object) -> pd.DataFrame:
    """Rows of Results in the documented columns."""
    n = len(truth)
    columns = {"row": np.arange(1, n + 1), "string": FORMULAS[:n], "target": "band_gap_eV"}
    columns |= {"fold": np.arange(n) % 3, "seed": 0, "model": model, "truth": truth, "prediction": prediction}
    return pd.DataFrame({**columns, "std": np.nan, "low": np.nan, "high": np.nan, **more})


@pytest.fixture
def regression() -> pd.DataFrame:
    """Measured gaps with a pretrained model that is clearly the best."""
    rng = np.random.default_rng(0)
    truth = np.linspace(0.5, 9, len(FORMULAS))
    parts = []
    for model, size in ERRORS.items():
        if size is None:
            parts.append(frame(model, truth, np.full(len(truth), np.median(truth))))
            continue
        prediction = truth + size * rng.choice([-1, 1], len(truth)) * rng.uniform(0.8, 1.2, len(truth))
        bounds = {"std": size, "low": prediction - 1.1 * size, "high": prediction + 1.1 * size}
        parts.append(frame(model, truth, prediction, **bounds))
    return pd.concat(parts, ignore_index=True)


@pytest.fixture
def binary() -> pd.DataFrame:
    """A yes-or-no target; predictions are probabilities of class 1."""
    rng = np.random.default_rng(1)
    truth = np.arange(len(FORMULAS)) // 3 % 2
    parts = []
    for model, size in ERRORS.items():
        p = (
            np.full(len(truth), 0.5)
            if size is None
            else np.clip(truth * 0.3 + rng.uniform(0, size + 0.2, 30), 0, 1)
        )
        parts.append(frame(model, truth, p, target="is_metal", label=(p >= 0.5).astype(int)))
    return pd.concat(parts, ignore_index=True)


@pytest.fixture
def multiclass() -> pd.DataFrame:
    """Three classes as text, with one probability column each."""
    truth = np.array(["cubic", "hexagonal", "other"])[np.arange(30) // 3 % 3]
    label = truth.copy()
    label[::7] = "other"
    shares = {f"p_{name}": np.where(label == name, 0.8, 0.1) for name in ("cubic", "hexagonal", "other")}
    good = frame("matbert-small", truth, label, target="lattice", label=label, **shares)
    flat = {f"p_{name}": 1 / 3 for name in ("cubic", "hexagonal", "other")}
    poor = frame("dummy", truth, np.full(30, "cubic"), target="lattice", label="cubic", **flat)
    return pd.concat([good, poor], ignore_index=True)


@pytest.fixture
def histories() -> pd.DataFrame:
    """Loss curves: one model overfits after epoch 10, the other does not."""
    rows = []
    for model, rise in (("scratch", 0.05), ("matbert-small", 0.0)):
        for epoch in range(1, 31):
            where = {"model": model, "target": "band_gap_eV", "fold": 0, "seed": 0, "epoch": float(epoch)}
            rows.append({**where, "train_loss": 1 / epoch})
            rows.append({**where, "validation_loss": 0.3 + 1 / min(epoch, 10) + rise * max(0, epoch - 10)})
    return pd.DataFrame(rows)
