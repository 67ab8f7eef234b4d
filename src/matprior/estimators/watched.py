"""Rows that are not trained on but watched: drawn, or chosen by the caller."""

from __future__ import annotations

from typing import Any

import numpy as np

from matprior.data.dealing import draw
from matprior.notations import NOTATIONS

HELD_OUT = ("rows", "families")
"""What is kept away from the training to judge it by: rows at random, or whole chemical systems or scaffolds,
so that choices and error bars are those for new chemistry."""


def families(strings: list[str], notation: str, held_out: str) -> list[str] | None:
    """Family of each string where families are kept together; None where rows are drawn one by one.

    Raises
    ------
    ValueError
        `held_out` is none of `HELD_OUT`, or all strings are of one family.
    """
    if held_out not in HELD_OUT:
        raise ValueError(f"held_out is {held_out!r}. Known: {', '.join(map(repr, HELD_OUT))}.")
    if held_out == "rows":
        return None
    found = [NOTATIONS[notation].group(string) for string in strings]
    if len(set(found)) < 2:
        raise ValueError(
            f"All {len(found)} rows are of one family, {found[0]!r}: none can be kept away. "
            "Leave held_out at 'rows'."
        )
    return found


def family_positions(members: list[str], share: float, seed: int) -> np.ndarray:
    """Positions of whole families with about `share` of the rows together."""
    count = _count(len(members), share)
    names, family, size = np.unique(members, return_inverse=True, return_counts=True)
    taken, total = [], 0
    for place in sorted(range(len(names)), key=lambda i: draw(str(names[i]), seed)):
        # A large family would take most rows with it.
        if total + size[place] <= max(count, len(members) // 3):
            taken.append(place)
            total += size[place]
        if total >= count:
            break
    return np.flatnonzero(np.isin(family, taken))


def _count(n: int, share: float) -> int:
    if not 0 < share < 1:
        raise ValueError(f"validation must lie between 0 and 1, got {share!r}. Try 0.1.")
    # At least 10, so that a 90 % conformal interval exists; at most a third, so that most rows teach.
    return min(max(round(share * n), 10), n // 3)


def drawn_positions(n: int, share: float, seed: int, groups: np.ndarray | None = None) -> np.ndarray:
    """Positions of about `share` of `n` rows, spread over classes when `groups` (n,) is given."""
    count = _count(n, share)
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
