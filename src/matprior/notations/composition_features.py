"""Classical features of compositions for baselines and clusters, in the manner of Magpie.

Element fractions, and for each element property its mean, average deviation, minimum, maximum
and range over the atoms. Ward et al. 2016, npj Comput. Mater. 2, 16028.
"""

from __future__ import annotations

import numpy as np

from matprior.notations.elements import SYMBOLS, property_table

STATISTICS = ("mean", "deviation", "minimum", "maximum", "range")

_ROWS = 8192
"""Rows at a time: bounds the (rows, 118, properties) comparisons to a few hundred MB."""


def features(fractions: np.ndarray) -> np.ndarray:
    """Features of shape (n, d) from element fractions of shape (n, 118)."""
    values, _ = property_table()
    blocks = [_statistics(fractions[i : i + _ROWS], values) for i in range(0, len(fractions), _ROWS)]
    statistics = np.vstack(blocks) if blocks else np.zeros((0, len(STATISTICS) * values.shape[1]))
    return np.hstack([fractions, statistics])


def feature_names() -> list[str]:
    """Names of the columns of `features`."""
    _, properties = property_table()
    return [f"fraction {s}" for s in SYMBOLS] + [f"{k} {p}" for p in properties for k in STATISTICS]


def _statistics(fractions: np.ndarray, values: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(fractions)
    starts = np.searchsorted(rows, np.arange(len(fractions)))
    weights = fractions[rows, columns][:, None]
    present = values[columns]
    mean = np.add.reduceat(weights * present, starts, axis=0)
    deviation = np.add.reduceat(weights * np.abs(present - mean[rows]), starts, axis=0)
    lowest = np.minimum.reduceat(present, starts, axis=0)
    highest = np.maximum.reduceat(present, starts, axis=0)
    stacked = np.stack([mean, deviation, lowest, highest, highest - lowest], axis=2)
    return stacked.reshape(len(fractions), -1)
