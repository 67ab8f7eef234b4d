"""Rows that are not trained on but watched: drawn, or chosen by the caller."""

from __future__ import annotations

from typing import Any

import numpy as np


def drawn_positions(n: int, share: float, seed: int, groups: np.ndarray | None = None) -> np.ndarray:
    """Positions of about `share` of `n` rows, spread over classes when `groups` (n,) is given."""
    if not 0 < share < 1:
        raise ValueError(f"validation must lie between 0 and 1, got {share!r}. Try 0.1.")
    # At least 10, so that a 90 % conformal interval exists; at most a third, so that most rows teach.
    count = min(max(round(share * n), 10), n // 3)
    order = np.random.default_rng([seed, n]).permutation(n)
    if groups is not None:
        # Dealing rows out class by class keeps every class on both sides where it can be.
        order = order[np.argsort(_place_in_group(groups[order]), kind="stable")]
        singles = np.isin(
            groups, [g for g, c in zip(*np.unique(groups, return_counts=True), strict=True) if c < 2]
        )
        order = order[np.argsort(singles[order], kind="stable")]
    return np.sort(order[:count])


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


def _place_in_group(groups: np.ndarray) -> np.ndarray:
    """For each row, its place within its group relative to the group's size, so groups interleave."""
    place = np.empty(len(groups))
    for group in np.unique(groups):
        member = np.flatnonzero(groups == group)
        place[member] = (np.arange(len(member)) + 0.5) / len(member)
    return place
