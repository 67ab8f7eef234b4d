"""What the labels of a table say about themselves: how far replicates differ, and which values stand apart.

Pure arithmetic on arrays; nothing here reads a file or knows a unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.notations import NOTATIONS

NEIGHBOURS = 7
"""Materials whose labels are the expectation for a row."""
FAR = 6.0
"""Robust standard deviations from which a value stands apart: one row in 500 million of a bell curve."""
FEWEST = 20
"""Known labels below which neighbours say nothing."""
_DIMENSIONS = 12
_MAD = 1.4826


@dataclass(frozen=True)
class Noise:
    """How well labels of one string agree, and what that allows any model."""

    n_strings: int
    """Strings with two or more labels."""
    n_rows: int
    """Rows that carry them."""
    spread: float
    """Numbers: pooled standard deviation of replicates. Classes: share of pairs of labels that disagree."""
    error: float
    """Least error any model can have on labels as noisy as these: mean absolute error, or share wrong."""
    best: float
    """Numbers: largest R² attainable. Classes: largest accuracy."""


def noise_of(
    strings: Sequence[object] | NDArray, values: Sequence[object] | NDArray, numbers: bool
) -> Noise | None:
    """Noise floor from labels of equal strings; None where no string has two labels.

    Parameters
    ----------
    strings : shape (n,), equal where two labels answer one question
    values : shape (n,), NaN or None where nothing is known
    numbers : whether the labels are numbers

    Notes
    -----
    A model that knew every true mean would still err by the noise of a single label: its mean absolute
    error is that of replicates about their mean, enlarged by sqrt(n / (n - 1)) because the mean of n labels
    leans towards each of them. R² is 1 - s² / var(labels). For classes a share e of labels that are wrong
    at random makes a share 2 e (1 - e) of the pairs disagree.

    Examples
    --------
    >>> floor = noise_of(["a", "a", "b", "b", "c"], [1.0, 1.2, 3.0, 3.0, 9.0], True)
    >>> floor.n_strings, round(floor.spread, 3), round(floor.error, 4)
    (2, 0.1, 0.0707)
    """
    frame = pd.DataFrame({"string": np.asarray(strings, dtype=object), "value": np.asarray(values)})
    frame = frame[frame["value"].notna()]
    sizes = frame.groupby("string")["value"].transform("size")
    again = frame[sizes > 1]
    if again.empty:
        return None
    n_strings, n_rows = int(again["string"].nunique()), len(again)
    if not numbers:
        disagree = _disagreement(again)
        wrong = (1 - np.sqrt(max(0.0, 1 - 2 * disagree))) / 2
        return Noise(n_strings, n_rows, disagree, float(wrong), float(1 - wrong))
    own = again["value"].astype(float)
    off = own - own.groupby(again["string"]).transform("mean")
    n = sizes[sizes > 1]
    spread = float(np.sqrt((off**2).sum() / (n_rows - n_strings)))
    error = float((off.abs() * np.sqrt(n / (n - 1))).mean())
    variance = float(frame["value"].astype(float).var())
    best = 1 - spread**2 / variance if variance > 0 else float("nan")
    return Noise(n_strings, n_rows, spread, error, max(0.0, best))


def _disagreement(again: pd.DataFrame) -> float:
    """Share of pairs of labels of one string that differ."""
    pairs = differ = 0.0
    for _, labels in again.groupby("string")["value"]:
        counts = labels.value_counts().to_numpy()
        n = counts.sum()
        pairs += n * (n - 1) / 2
        differ += (n * n - (counts**2).sum()) / 2
    return float(differ / pairs)


def replicate_gap(strings: Sequence[object] | NDArray, values: NDArray) -> NDArray:
    """Distance of each number from the median of the other labels of its string, shape (n,); else NaN."""
    gap = np.full(len(values), np.nan)
    places = pd.Series(np.flatnonzero(np.isfinite(values)))
    for group in places.groupby(np.asarray(strings, dtype=object)[places]):
        rows = group[1].to_numpy()
        if len(rows) > 1:
            for i in rows:
                gap[i] = values[i] - np.median(values[rows[rows != i]])
    return gap


def robust_z(values: NDArray) -> NDArray:
    """Distances from the median in robust standard deviations, shape (n,); NaN where unknown.

    Examples
    --------
    >>> robust_z(np.array([1.0, 2.0, 3.0, 4.0, 100.0])).round(1).tolist()
    [-0.1, -0.0, 0.0, 0.0, 2.7]
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return np.full(len(values), np.nan)
    middle = np.median(known)
    return (values - middle) / (spread_of(known - middle) or np.inf)


def spread_of(off: NDArray) -> float:
    """Robust standard deviation of differences, shape (n,), that scatter about 0.

    From the median and from the 90th percentile, the larger: half of a table of band gaps may be 0 and be
    told exactly, which says nothing of how the others scatter.
    """
    size = np.abs(off[np.isfinite(off)])
    if not len(size):
        return 0.0
    return float(max(_MAD * np.median(size), np.quantile(size, 0.9) / 1.645))


def expected(strings: Sequence[str], values: NDArray, notation: str) -> tuple[NDArray, NDArray]:
    """What the most similar other materials would make one expect of each row.

    Parameters
    ----------
    strings : `n` canonical strings
    values : shape (n,), NaN where unknown
    notation : name of the notation, whose features say what is similar

    Returns
    -------
    Median label of the nearest other materials, and their robust spread; (n,) each, NaN where unknown.
    """
    from scipy.spatial import cKDTree

    middle, spread = np.full(len(values), np.nan), np.full(len(values), np.nan)
    known = np.flatnonzero(np.isfinite(values))
    names, code = np.unique(np.asarray(strings, dtype=object)[known].astype(str), return_inverse=True)
    if len(names) < FEWEST:
        return middle, spread
    # One point per material: replicates would be each other's neighbours and hide a common mistake.
    label = pd.Series(values[known]).groupby(code).median().to_numpy()
    places = _flat(NOTATIONS[notation].features(names.tolist()))
    k = min(NEIGHBOURS, len(names) - 1)
    _, near = cKDTree(places).query(places, k=k + 1)
    others = np.array([row[row != i][:k] for i, row in enumerate(near)])
    told = label[others]
    centre = np.median(told, axis=1)
    middle[known], spread[known] = (
        centre[code],
        (_MAD * np.median(np.abs(told - centre[:, None]), axis=1))[code],
    )
    return middle, spread


def neighbour_z(values: NDArray, middle: NDArray, spread: NDArray) -> NDArray:
    """Distance from the neighbours' labels in robust standard deviations, shape (n,).

    The scale is the larger of what these neighbours scatter and what rows in general lie off.
    """
    off = values - middle
    general = spread_of(off) if np.isfinite(off).any() else 0.0
    scale = np.fmax(spread, general)
    return np.divide(off, scale, out=np.full(len(values), np.nan), where=scale > 0)


def _flat(matrix: NDArray) -> NDArray:
    """Leading principal components of standardised features, shape (n, 12) at most: a tree needs few."""
    spread = matrix.std(axis=0)
    kept = spread > 0
    standard = (matrix[:, kept] - matrix[:, kept].mean(axis=0)) / spread[kept]
    values, vectors = np.linalg.eigh(standard.T @ standard / len(standard))
    leading = np.argsort(-values)[:_DIMENSIONS]
    return standard @ vectors[:, leading]
