"""How far two clouds of vectors lie apart: NumPy and scikit-learn, no network.

Every number has a value that means "no difference", so that it can be read without a table: 0 for the
A-distance and the discrepancy, 0.5 for the accuracy of the domain classifier.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PERMUTED = 500
"""Rows of each side in the permutation test at most: it holds a square of both together."""
CLASSIFIED = 2000
"""Rows of each side that the domain classifier sees at most."""
PENALTY = 0.1
"""C of the logistic regression: hundreds of columns against hundreds of rows must not be learned by heart."""


@dataclass(frozen=True)
class Classified:
    """What a classifier that tells the two sides apart found, on rows it did not learn from."""

    accuracy: float
    """Mean of the shares of both sides that are recognised; 0.5 is guessing."""
    source: NDArray
    """Probability of belonging to the target, of the source rows that were asked, shape (n,)."""
    target: NDArray
    """The same for the target rows, shape (m,)."""

    @property
    def a_distance(self) -> float:
        """Proxy A-distance, 0 (not to be told apart) to 2 (always told apart)."""
        return a_distance(self.accuracy)


def a_distance(accuracy: float) -> float:
    """2 (1 - 2 error), not below 0. Ben-David et al. 2007.

    Examples
    --------
    >>> a_distance(0.5), a_distance(1.0), a_distance(0.4)
    (0.0, 2.0, 0.0)
    """
    return max(0.0, 2 * (2 * accuracy - 1))


def classify_domains(source: NDArray, target: NDArray, folds: int = 5, seed: int = 0) -> Classified:
    """Cross-validated logistic regression between two sets of vectors.

    Parameters
    ----------
    source, target : shapes (n, d) and (m, d)
    folds : every row is asked of a classifier that learned from the other folds
    """
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    vectors = np.concatenate([source, target]).astype(float)
    truth = np.repeat([0, 1], [len(source), len(target)])
    n = min(folds, len(source), len(target))
    if n < 2:
        raise ValueError(
            f"{len(source)} source and {len(target)} target rows can't be told apart by folds; give at least "
            "2 of each."
        )
    split = StratifiedKFold(n, shuffle=True, random_state=seed)
    told = cross_val_predict(domain_classifier(), vectors, truth, cv=split, method="predict_proba")[:, 1]
    first, second = told[: len(source)], told[len(source) :]
    return Classified(float((first < 0.5).mean() + (second >= 0.5).mean()) / 2, first, second)


def domain_classifier() -> object:
    """Logistic regression on standardised vectors, both sides counting the same."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(
        StandardScaler(), LogisticRegression(C=PENALTY, class_weight="balanced", max_iter=500)
    )


def mean_discrepancy(
    source: NDArray, target: NDArray, permutations: int = 200, seed: int = 0
) -> tuple[float, float]:
    """Squared maximum mean discrepancy with a Gaussian kernel, and how often chance does as much.

    Parameters
    ----------
    source, target : shapes (n, d) and (m, d); the kernel's width is the median distance of all rows
    permutations : shuffles of the rows over both sides; the smallest p-value is 1 / (permutations + 1)

    Returns
    -------
    The unbiased estimate, around 0 for one distribution, and the p-value. Gretton et al. 2012.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> one, other = random.normal(size=(60, 2)), random.normal(3, 1, size=(60, 2))
    >>> mean_discrepancy(one, other)[1] < 0.01
    True
    """
    random = np.random.default_rng(seed)
    source, target = sampled(source, PERMUTED, random), sampled(target, PERMUTED, random)
    n, m = len(source), len(target)
    if min(n, m) < 2:
        return float("nan"), float("nan")
    both = np.concatenate([source, target]).astype(float)
    lengths = (both**2).sum(1)
    squared = np.maximum(lengths[:, None] + lengths - 2 * both @ both.T, 0)
    median = float(np.median(squared[np.triu_indices(n + m, 1)]))
    kernel = np.exp(-squared / (2 * median if median > 0 else 1.0))
    np.fill_diagonal(kernel, 0.0)
    # One matrix product answers all shuffles; the sign of a row's column says which side it is on.
    sides = np.zeros((n + m, permutations + 1))
    sides[:n, 0] = 1
    for column in range(1, permutations + 1):
        sides[random.permutation(n + m)[:n], column] = 1
    others = 1 - sides
    from_source, from_target = kernel @ sides, kernel @ others
    values = (
        (sides * from_source).sum(0) / (n * (n - 1))
        + (others * from_target).sum(0) / (m * (m - 1))
        - 2 * (sides * from_target).sum(0) / (n * m)
    )
    return float(values[0]), float((1 + (values[1:] >= values[0]).sum()) / (permutations + 1))


def sampled(rows: NDArray, most: int, random: np.random.Generator) -> NDArray:
    """At most so many rows, drawn without repetition, in their order."""
    return rows if len(rows) <= most else rows[np.sort(random.permutation(len(rows))[:most])]
