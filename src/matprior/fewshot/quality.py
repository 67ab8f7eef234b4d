"""How good a support set is: what it covers, how even its classes are, and what to expect of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matprior.fewshot.distances import class_means, squared_distances

DRAWS = 100
"""Random support sets of the same size that a set is compared with."""
QUESTIONS = 24
"""Made-up questions in two classes, where the pool's own classes are not known."""
MOST_ROWS = 1000
"""Rows of the pool that are looked at; more change nothing but the time."""


@dataclass(frozen=True)
class SupportQuality:
    """Figures on a support set; percentiles are shares of random sets of the same size that are worse."""

    n: int
    """Support rows."""
    coverage: float
    """Mean distance of pool rows from their nearest support row, as a share of a random set's: below 1 is
    better."""
    coverage_percentile: float
    balance: float
    """How even the classes are: 1 all alike, 0 all rows in one; NaN where classes are not known."""
    expected_percentile: float
    """Of the accuracy that prototypes of such rows have on the pool."""

    @property
    def verdict(self) -> str:
        """One or two plain sentences."""
        both = min(self.coverage_percentile, self.expected_percentile)
        word = "good" if both >= 0.6 else "weak" if both < 0.3 else "ordinary"
        told = (
            f"A {word} support set: it covers the pool better than {self.coverage_percentile:.0%} of random "
            f"sets of {self.n} rows, and is expected to answer better than {self.expected_percentile:.0%}."
        )
        if self.balance < 0.7:
            return f"{told} Its classes are uneven (balance {self.balance:.2f}): add rows of the rare ones."
        if word == "weak":
            return f"{told} Let `suggest` name the rows to measure next."
        return told


def support_quality(
    support: NDArray,
    codes: NDArray | None,
    pool: NDArray,
    pool_codes: NDArray | None = None,
    seed: int = 0,
) -> SupportQuality:
    """Compare a support set with random ones of the same size from the pool.

    Where the classes of the pool are not known, the expected accuracy is that on made-up questions: halves
    of the pool along random directions of its features, answered by the nearest of two centres.

    Parameters
    ----------
    support : features of the support rows, standardised, shape (n, d)
    codes : their classes, shape (n,); None where not known
    pool : features of the rows to be answered, shape (p, d)
    pool_codes : their classes, where known

    Examples
    --------
    >>> pool = np.random.default_rng(0).normal(size=(200, 5))
    >>> support_quality(pool[:8] * 0.01, np.arange(8) % 2, pool).coverage_percentile < 0.1
    True
    """
    random = np.random.default_rng(seed)
    kept = random.permutation(len(pool))[:MOST_ROWS]
    pool = pool[kept]
    n = min(len(support), len(pool))
    draws = [random.permutation(len(pool))[:n] for _ in range(DRAWS)]
    own, others = _covered(support, pool), np.array([_covered(pool[rows], pool) for rows in draws])
    if pool_codes is None or codes is None:
        both = np.vstack([support, pool])
        middle, direction = pool.mean(0), random.normal(size=(pool.shape[1], QUESTIONS))
        answers = (both - middle) @ direction
        halves = (answers > np.median(answers[len(support) :], axis=0)).astype(int)
        own_labels, labels = halves[: len(support)], halves[len(support) :]
    else:
        own_labels, labels = codes[:, None], np.asarray(pool_codes)[kept][:, None]
    mine = _accuracy(support, own_labels, pool, labels)
    theirs = np.array([_accuracy(pool[rows], labels[rows], pool, labels) for rows in draws])
    return SupportQuality(
        len(support),
        own / float(others.mean()) if others.mean() > 0 else 1.0,
        float((others > own).mean()),
        float("nan") if codes is None else balance(codes),
        float((theirs < mine).mean() + 0.5 * (theirs == mine).mean()),
    )


def balance(codes: NDArray) -> float:
    """Entropy of the class shares, over that of equal ones.

    Examples
    --------
    >>> balance(np.array([0, 0, 1, 1])), balance(np.array([0, 0]))
    (1.0, 0.0)
    """
    counts = np.bincount(codes)
    share = counts[counts > 0] / counts.sum()
    if len(share) < 2:
        return 0.0
    return float(-(share * np.log(share)).sum() / np.log(len(share)))


def _covered(support: NDArray, pool: NDArray) -> float:
    return float(np.sqrt(squared_distances(pool, support).min(1)).mean())


def _accuracy(support: NDArray, codes: NDArray, pool: NDArray, truth: NDArray) -> float:
    """Share of the pool that the nearest centre answers rightly, mean over questions (columns)."""
    right = []
    for own, wanted in zip(codes.T, truth.T, strict=True):
        names = np.unique(own)
        centres = class_means(support, np.searchsorted(names, own), len(names))
        told = names[squared_distances(pool, centres).argmin(1)]
        right.append((told == wanted).mean())
    return float(np.mean(right))
