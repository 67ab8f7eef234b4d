"""How far a row is from the centre of each class: straight, by angle, or in units of the classes' spread."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

SMALLEST_SHRINKAGE = 1e-3
"""A covariance of fewer rows than columns has no inverse without any."""


class Metric(ABC):
    """Distances to the centres of classes, learned from a few labelled rows.

    Parameters
    ----------
    vectors : shape (n, d)
    codes : class of each row from 0 on, shape (n,)
    n_classes : `c`; every class has at least one row
    shrinkage : for metrics with a covariance, how far it is pulled towards a sphere, 0 to 1
    """

    def __init__(self, vectors: NDArray, codes: NDArray, n_classes: int, shrinkage: float) -> None:
        self.centres = class_means(vectors, codes, n_classes)

    @abstractmethod
    def distances(self, queries: NDArray) -> NDArray:
        """Distance of each query (q, d) from each centre, shape (q, c)."""


class Euclidean(Metric):
    """Squared straight distance, per dimension. Snell et al. 2017, arXiv:1703.05175."""

    def distances(self, queries: NDArray) -> NDArray:
        return squared_distances(queries, self.centres) / queries.shape[1]


class Cosine(Metric):
    """One minus the cosine of the angle seen from the middle of all centres."""

    def __init__(self, vectors: NDArray, codes: NDArray, n_classes: int, shrinkage: float) -> None:
        super().__init__(vectors, codes, n_classes, shrinkage)
        # Without a common origin all vectors of an encoder point about the same way.
        self.origin = self.centres.mean(0)

    def distances(self, queries: NDArray) -> NDArray:
        return 1.0 - unit(queries - self.origin) @ unit(self.centres - self.origin).T


class Mahalanobis(Metric):
    """Distance in units of the spread within classes, whose covariance is shrunk towards a sphere.

    One covariance for all classes: with ten rows, one for each class was worse (docs/log.md). The covariance
    of n rows has rank n, so it is inverted in the space of the rows, and d may be large.
    """

    def __init__(self, vectors: NDArray, codes: NDArray, n_classes: int, shrinkage: float) -> None:
        super().__init__(vectors, codes, n_classes, shrinkage)
        within = vectors - self.centres[codes]
        # Rows that are alone in their class say nothing of its spread.
        free = max(len(vectors) - n_classes, 1)
        size = float((within**2).sum() / free / vectors.shape[1]) or 1.0
        self.factor = np.sqrt((1 - shrinkage) / free) * within
        self.ridge = max(shrinkage, SMALLEST_SHRINKAGE) * size
        # Woodbury: the inverse of ridge + FᵀF needs only a matrix as large as there are rows.
        self.kernel = np.linalg.inv(self.ridge * np.eye(len(within)) + self.factor @ self.factor.T)

    def distances(self, queries: NDArray) -> NDArray:
        seen_queries, seen_centres = queries @ self.factor.T, self.centres @ self.factor.T
        straight = squared_distances(queries, self.centres)
        apart = seen_queries[:, None, :] - seen_centres[None]
        bent = ((apart @ self.kernel) * apart).sum(-1)
        return np.maximum((straight - bent) / self.ridge, 0.0) / queries.shape[1]


METRICS: dict[str, type[Metric]] = {"euclidean": Euclidean, "cosine": Cosine, "mahalanobis": Mahalanobis}
"""Name -> metric. The classifier, the command line and tests/fewshot/ read this."""


def class_means(vectors: NDArray, codes: NDArray, n_classes: int) -> NDArray:
    """Centre of each class, shape (c, d).

    Examples
    --------
    >>> class_means(np.array([[0.0], [2.0], [5.0]]), np.array([0, 0, 1]), 2).ravel().tolist()
    [1.0, 5.0]
    """
    share = (codes == np.arange(n_classes)[:, None]).astype(float)
    return (share / np.maximum(share.sum(1, keepdims=True), 1)) @ vectors


def unit(vectors: NDArray) -> NDArray:
    """Rows of length one; a row of zeros stays."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length > 0, length, 1.0)


def squared_distances(left: NDArray, right: NDArray) -> NDArray:
    """Squared straight distances, shape (n, m)."""
    found = (left**2).sum(1)[:, None] + (right**2).sum(1) - 2 * left @ right.T
    return np.maximum(found, 0.0)
