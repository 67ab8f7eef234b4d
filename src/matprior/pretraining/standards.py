"""Properties of very different sizes on one scale, so that no unit decides how loud a property is."""

from __future__ import annotations

from typing import Any

import numpy as np

FARTHEST = 8.0
"""Standardised property values are clipped here: one typing error must not steer a head."""


def described(source: Any, values: np.ndarray, binary: bool = False) -> dict[str, Any]:
    """Facts of a property: name, unit, transform, mean, scale and number of known values.

    Parameters
    ----------
    source : has `name`, `unit` and perhaps `transform`
    values : of the rows learned from alone, NaN where unknown
    binary : 0 and 1 stay what they are; the share of ones is told
    """
    known = values[np.isfinite(values)].astype(float)
    if len(known) < 10:
        raise ValueError(f"Property {source.name!r} has {len(known)} known values; at least 10 are needed.")
    # Inner 99.8 %: a single 1e6 in a table of moduli would make all others equal.
    inner = np.clip(known, *np.quantile(known, [0.001, 0.999]))
    column = {
        "name": source.name,
        "unit": source.unit,
        "transform": getattr(source, "transform", "none"),
        "mean": float(inner.mean()),
        "scale": float(inner.std() or 1.0),
        "n": len(known),
    }
    if binary:
        column |= {"kind": "binary", "mean": 0.0, "scale": 1.0, "share": float(known.mean())}
    return column


def standardised(values: np.ndarray, columns: list[dict[str, Any]]) -> np.ndarray:
    """Values (n, p) less the mean and divided by the scale of each column, clipped at `FARTHEST`."""
    mean = np.array([column["mean"] for column in columns], dtype=np.float32)
    scale = np.array([column["scale"] for column in columns], dtype=np.float32)
    return np.clip((values - mean) / scale, -FARTHEST, FARTHEST)
