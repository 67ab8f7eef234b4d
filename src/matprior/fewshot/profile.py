"""Answers to earlier questions as features: what training tasks know that may bear on a new task.

Each training task becomes a ridge regression on the main directions of the features. What all of them say of
a string is its profile (affinity fingerprints: Bender et al. 2006, ChemMedChem 1:1193; Škuta et al. 2020,
J. Cheminform. 12:39). Closed form, so hundreds of tasks take seconds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DIRECTIONS = 256
"""Main directions of the features that a training task is told by."""
PENALTY = 1.0
"""Ridge penalty, in units of the mean variance of the directions times the rows of a task's square root."""
FEWEST = 10
"""Labelled rows from which a training task counts."""
PARTS = 5


class Profile:
    """Ridge answers of every training task.

    Parameters
    ----------
    vectors : features of `n` strings, standardised, shape (n, d)
    labels : of each string in each task, 0 and 1 or numbers, shape (n, t); NaN where unknown
    penalty : how strongly the weights of a task are held down

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> vectors = random.normal(size=(80, 5))
    >>> profile = Profile(vectors, vectors[:, :2] > 0)
    >>> told = profile.answers(vectors)
    >>> told.shape, bool(np.corrcoef(told[:, 0], vectors[:, 0])[0, 1] > 0.9)
    ((80, 2), True)
    """

    def __init__(self, vectors: NDArray, labels: NDArray, penalty: float = PENALTY) -> None:
        labels = np.asarray(labels, dtype=float)
        if labels.ndim != 2 or len(labels) != len(vectors):
            raise ValueError(
                f"{len(vectors)} strings but labels of shape {labels.shape}; expected one row per string and "
                "one column per training task, NaN where unknown."
            )
        self.mean, self.axes = main_directions(vectors)
        self.weights = _weights(self._scores(vectors), labels, penalty)

    def answers(self, vectors: NDArray) -> NDArray:
        """What each training task says of each string, seen from the task's mean, shape (m, t)."""
        return self._scores(vectors) @ self.weights

    def _scores(self, vectors: NDArray) -> NDArray:
        return (vectors - self.mean) @ self.axes


def held_out_profile(
    vectors: NDArray, labels: NDArray, penalty: float = PENALTY, parts: int = PARTS, seed: int = 0
) -> NDArray:
    """Profiles of the strings that the training tasks themselves label, shape (n, t).

    No string's profile comes from a model that has seen a label of this string, so that strings which a
    training task and a new task share tell nothing they should not.
    """
    labels = np.asarray(labels, dtype=float)
    mean, axes = main_directions(vectors)
    scores = (vectors - mean) @ axes
    part = np.random.default_rng(seed).permutation(len(vectors)) % parts
    found = np.zeros(labels.shape)
    for one in range(parts):
        found[part == one] = scores[part == one] @ _weights(scores[part != one], labels[part != one], penalty)
    return found


def main_directions(vectors: NDArray, most: int = DIRECTIONS) -> tuple[NDArray, NDArray]:
    """Mean (d,) and the directions (d, k) in which the rows differ most, of mean variance 1."""
    mean = vectors.mean(0)
    centred = vectors - mean
    # The square of d columns, not the rows: there are many more rows than columns.
    sizes, axes = np.linalg.eigh(centred.T @ centred / max(len(vectors) - 1, 1))
    kept = np.flatnonzero(sizes > 1e-9 * max(sizes[-1], 1e-300))[-most:]
    return mean, axes[:, kept] / np.sqrt(max(sizes[kept].mean(), 1e-300))


def _weights(scores: NDArray, labels: NDArray, penalty: float) -> NDArray:
    """Weights of every task, shape (k, t); zeros for one with fewer than `FEWEST` rows or a single value."""
    found = np.zeros((scores.shape[1], labels.shape[1]))
    for place, column in enumerate(labels.T):
        known = np.isfinite(column)
        if known.sum() < FEWEST or np.ptp(column[known]) == 0:
            continue
        rows, values = scores[known], (column[known] - column[known].mean()) / column[known].std()
        rows = rows - rows.mean(0)
        held = penalty * np.sqrt(len(rows)) * scores.shape[1] ** 0.5
        if len(rows) <= rows.shape[1]:
            found[:, place] = rows.T @ np.linalg.solve(rows @ rows.T + held * np.eye(len(rows)), values)
        else:
            square = rows.T @ rows + held * np.eye(rows.shape[1])
            found[:, place] = np.linalg.solve(square, rows.T @ values)
    return found
