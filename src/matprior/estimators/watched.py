"""Rows to watch that the caller chose."""

from __future__ import annotations

from typing import Any

import numpy as np


def given_positions(watched: Any, known: np.ndarray) -> np.ndarray:
    """Positions of the rows to watch, chosen by the caller, among the rows whose target is known.

    Parameters
    ----------
    watched : positions in the rows as they were given to `fit`
    known : which of those have a target, shape (n,)

    Raises
    ------
    ValueError
        Not whole numbers, a position that does not exist or comes twice, or too few rows left to learn from.
    """
    chosen = np.asarray(watched)
    if chosen.size == 0:
        chosen = chosen.astype(int)  # NumPy makes floats of an empty list
    if chosen.ndim != 1 or not np.issubdtype(chosen.dtype, np.integer):
        raise ValueError(
            f"watched must hold row positions, such as [0, 5, 9]; got {chosen.dtype}, shape {chosen.shape}. "
            "From a mask: np.flatnonzero(mask)."
        )
    if len(chosen) and not (chosen.min() >= 0 and chosen.max() < len(known)):
        raise ValueError(
            f"watched names row {chosen.min() if chosen.min() < 0 else chosen.max()}; positions run from 0 "
            f"to {len(known) - 1}."
        )
    if len(np.unique(chosen)) < len(chosen):
        raise ValueError("watched names a row twice. Give each position once.")
    left = int(known.sum()) - int(known[chosen].sum())
    if left < 2:
        raise ValueError(f"watched leaves {left} rows with a target to learn from; at least 2 are needed.")
    chosen = chosen[known[chosen]]
    if not len(chosen):
        raise ValueError("watched names no row with a target. Leave it out to have rows drawn.")
    places = np.cumsum(known) - 1  # rows without a target are dropped before the training
    return np.sort(places[chosen])
