"""From a probability to a class when the classes are not equally common."""

from __future__ import annotations

import numpy as np


def best_threshold(probability: np.ndarray, truth: np.ndarray) -> float:
    """The probability from which class 1 should be said, for the best balanced accuracy.

    Parameters
    ----------
    probability : of class 1, shape (n,)
    truth : 0 or 1, shape (n,)

    Returns
    -------
    The middle of the widest run of equally good thresholds, so that one odd row does not set it;
    0.5 when only one class is present.

    Examples
    --------
    >>> best_threshold(np.array([0.1, 0.2, 0.3, 0.4]), np.array([0, 0, 1, 1]))
    0.25
    """
    truth = np.asarray(truth).astype(bool)
    if truth.all() or not truth.any():
        return 0.5
    levels = np.unique(probability)
    cuts = np.concatenate([[0.0], (levels[1:] + levels[:-1]) / 2, [1.0]])
    positive, negative = np.sort(probability[truth]), np.sort(probability[~truth])
    found = 1 - np.searchsorted(positive, cuts, side="left") / len(positive)
    spared = np.searchsorted(negative, cuts, side="left") / len(negative)
    score = found + spared
    best = np.flatnonzero(np.isclose(score, score.max()))
    runs = np.split(best, np.flatnonzero(np.diff(best) > 1) + 1)
    widest = max(runs, key=lambda run: cuts[run[-1]] - cuts[run[0]])
    return float((cuts[widest[0]] + cuts[widest[-1]]) / 2)
