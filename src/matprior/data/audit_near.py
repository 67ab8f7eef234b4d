"""Which materials are almost the same: pairs of strings that differ less than tables differ in rounding.

Compositions are near when their atomic fractions differ little; other notations when two strings of one
group (a scaffold) have nearly parallel features.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from matprior.notations import NOTATIONS, fraction_matrix

NEAR = 0.02
"""Compositions are near when their differences of atomic fractions add up to less: 1 atom of 100 moved."""
ALIKE = 0.98
"""Cosine of standardised features from which two molecules of one group are near."""
_PROJECTIONS = 8
_BLOCK = 2000

Pairs = tuple[NDArray, NDArray, NDArray]
"""Positions on the left, positions on the right, distances; each of shape (p,)."""


def near_pairs(
    strings: Sequence[str], others: Sequence[str] | None, notation: str, tolerance: float = NEAR
) -> Pairs:
    """Pairs of distinct strings that are almost the same material.

    Parameters
    ----------
    strings : `n` canonical strings, each once
    others : strings of another table, each once; None pairs `strings` with themselves, each pair once
    notation : name of the notation
    tolerance : for compositions, largest sum of absolute differences of atomic fractions

    Returns
    -------
    Positions in `strings`, positions in `others` (or `strings`), and distances: the sum of differences, or
    1 - cosine. Equal strings are no pair.

    Raises
    ------
    ValueError : a tolerance that is not in 0..2

    Examples
    --------
    >>> left, right, distance = near_pairs(["FeNi2", "Fe333Ni667", "FeNi"], None, "composition")
    >>> left.tolist(), right.tolist(), distance.round(4).tolist()
    ([0], [1], [0.0007])
    """
    if not 0 < tolerance <= 2:
        raise ValueError(
            f"The tolerance is {tolerance}; expected a sum of fractions above 0, such as {NEAR}."
        )
    if notation == "composition":
        left, right, distance = _compositions(strings, others, tolerance)
    else:
        left, right, distance = _featured(strings, others, notation)
    right_names = strings if others is None else others
    distinct = np.array([strings[i] != right_names[j] for i, j in zip(left, right, strict=True)], dtype=bool)
    order = np.lexsort((right[distinct], left[distinct]))
    return left[distinct][order], right[distinct][order], distance[distinct][order]


def _compositions(strings: Sequence[str], others: Sequence[str] | None, tolerance: float) -> Pairs:
    """Exact: no projection of weights in -1..1 moves farther than the sum of differences does."""
    from scipy.spatial import cKDTree

    ours = fraction_matrix(strings).astype(np.float32)
    theirs = ours if others is None else fraction_matrix(others).astype(np.float32)
    weights = np.random.default_rng(0).uniform(-1, 1, (ours.shape[1], _PROJECTIONS)).astype(np.float32)
    index = cKDTree(theirs @ weights)
    slack = tolerance + 1e-5  # single precision must not lose a pair on the edge
    found: list[Pairs] = []
    for start in range(0, len(ours), _BLOCK):
        block = ours[start : start + _BLOCK]
        hits = index.query_ball_point(block @ weights, slack, p=np.inf)
        left = np.repeat(np.arange(len(block)), [len(hit) for hit in hits]) + start
        right = np.array([j for hit in hits for j in hit], dtype=np.int64)
        if others is None:
            left, right = left[left < right], right[left < right]
        for part in range(0, len(left), 50_000):
            i, j = left[part : part + 50_000], right[part : part + 50_000]
            distance = np.abs(ours[i] - theirs[j]).sum(1)
            kept = distance < tolerance
            found.append((i[kept], j[kept], distance[kept].astype(float)))
    return _joined(found)


def _featured(strings: Sequence[str], others: Sequence[str] | None, notation: str) -> Pairs:
    """Within each group, blocks of cosines of standardised features."""
    ours, theirs = _unit_features(strings, others, notation)
    found = []
    for rows, columns in _shared_groups(strings, others, notation):
        for start in range(0, len(rows), _BLOCK):
            block = rows[start : start + _BLOCK]
            cosine = ours[block] @ theirs[columns].T
            a, b = np.nonzero(cosine >= ALIKE)
            left, right = block[a], columns[b]
            kept = left < right if others is None else np.ones(len(left), dtype=bool)
            found.append((left[kept], right[kept], (1 - cosine[a, b])[kept].clip(min=0)))
    return _joined(found)


def _shared_groups(
    strings: Sequence[str], others: Sequence[str] | None, notation: str
) -> Iterator[tuple[NDArray, NDArray]]:
    """Positions on either side of every group that both have."""
    ours = _members(strings, notation)
    theirs = ours if others is None else _members(others, notation)
    for group, rows in ours.items():
        if group in theirs:
            yield np.array(rows), np.array(theirs[group])


def _members(strings: Sequence[str], notation: str) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, string in enumerate(strings):
        found.setdefault(NOTATIONS[notation].group(string), []).append(place)
    return found


def _unit_features(
    strings: Sequence[str], others: Sequence[str] | None, notation: str
) -> tuple[NDArray, NDArray]:
    """Standardised features of length 1, with one scale for both sides."""
    both = [*strings, *(others or [])]
    matrix = NOTATIONS[notation].features(both)
    spread = matrix.std(axis=0)
    matrix = (matrix - matrix.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True).clip(min=1e-12)
    ours = matrix[: len(strings)]
    return ours, ours if others is None else matrix[len(strings) :]


def _joined(found: list[Pairs]) -> Pairs:
    if not found:
        none = np.zeros(0, dtype=np.int64)
        return none, none, np.zeros(0)
    left, right, distance = (np.concatenate(part) for part in zip(*found, strict=True))
    return left, right, distance
