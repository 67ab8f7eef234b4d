"""Prototypes of classes on arrays of features: learned from a few rows, with calibrated probabilities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matprior.fewshot.distances import METRICS, Metric

MOST_FOLDS = 32
"""Support rows are left out one at a time up to so many, in as many folds beyond."""
TEMPERATURES = np.geomspace(1e-3, 1e3, 121)
"""Temperatures tried, as multiples of the mean distance."""


@dataclass(frozen=True)
class PrototypeOptions:
    """How prototypes answer. Each string becomes the option's help."""

    metric: str = "mahalanobis"
    """Distance to a prototype: euclidean, cosine or mahalanobis."""
    temperature: float | None = None
    """Distances are divided by it before they become probabilities; left out, it is calibrated by leaving
    each support row out."""
    shrinkage: float = 0.9
    """For mahalanobis: how far the covariance is pulled towards a sphere, 0 to 1."""

    def __post_init__(self) -> None:
        if self.metric not in METRICS:
            raise ValueError(f"metric is {self.metric!r}; expected one of {', '.join(METRICS)}.")
        if self.temperature is not None and not self.temperature > 0:
            raise ValueError(f"temperature is {self.temperature!r}; expected a positive number, or None.")
        if not 0 <= self.shrinkage <= 1:
            raise ValueError(f"shrinkage is {self.shrinkage!r}; expected a number from 0 to 1.")


class Prototypes:
    """Centres of classes and how sure to be of them.

    Parameters
    ----------
    vectors : support rows, shape (n, d)
    codes : their classes from 0 on, shape (n,)
    n_classes : `c`; every class has at least one row
    options : metric, temperature, shrinkage
    origins : rows that were made of one sample share a number, and are left out together

    Examples
    --------
    >>> two = Prototypes(np.array([[0.0], [0.2], [1.0], [1.2]]), np.array([0, 0, 1, 1]), 2)
    >>> two.probabilities(np.array([[0.1], [1.1]])).argmax(1).tolist()
    [0, 1]
    """

    def __init__(
        self,
        vectors: NDArray,
        codes: NDArray,
        n_classes: int,
        options: PrototypeOptions | None = None,
        origins: NDArray | None = None,
    ) -> None:
        self.options = options or PrototypeOptions()
        vectors, codes = np.asarray(vectors, dtype=np.float64), np.asarray(codes)
        present = np.unique(codes)
        if len(present) < n_classes:
            raise ValueError(f"{n_classes - len(present)} of {n_classes} classes have no support row.")
        self.metric = self._learn(vectors, codes, n_classes)
        self.temperature = self.options.temperature or self._calibrated(
            vectors, codes, n_classes, np.arange(len(codes)) if origins is None else origins
        )

    def distances(self, queries: NDArray) -> NDArray:
        """Distance of each query from each prototype, shape (q, c)."""
        return self.metric.distances(np.asarray(queries, dtype=np.float64))

    def probabilities(self, queries: NDArray) -> NDArray:
        """Probability of each class, shape (q, c)."""
        return softmax(-self.distances(queries) / self.temperature)

    def _learn(self, vectors: NDArray, codes: NDArray, n_classes: int) -> Metric:
        return METRICS[self.options.metric](vectors, codes, n_classes, self.options.shrinkage)

    def _calibrated(self, vectors: NDArray, codes: NDArray, n_classes: int, origins: NDArray) -> float:
        """Temperature under which support rows that were left out are told best."""
        distances, truth = left_out(vectors, codes, n_classes, self._learn, origins)
        if not len(truth):  # one row per class: nothing can be left out
            distances, truth = self.metric.distances(vectors), codes
        size = float(distances.mean()) or 1.0
        # Rule of succession: n rows without an error are no proof that there never is one. Without it
        # the best temperature of a support set that parts well would be 0.
        doubt = 1.0 / (len(truth) + 2)
        target = np.full(distances.shape, doubt / (n_classes - 1))
        target[np.arange(len(truth)), truth] = 1.0 - doubt
        logits = -distances[None] / (TEMPERATURES[:, None, None] * size)
        losses = -(target * log_softmax(logits)).sum(-1).mean(-1)
        return float(TEMPERATURES[int(losses.argmin())] * size)


def left_out(
    vectors: NDArray,
    codes: NDArray,
    n_classes: int,
    learn: Callable[[NDArray, NDArray, int], Metric],
    origins: NDArray,
) -> tuple[NDArray, NDArray]:
    """Distances of support rows from prototypes that were learned without them, and their classes.

    Samples that are alone in their class can't be left out and are missing.

    Returns
    -------
    Shapes (m, c) and (m,).
    """
    samples, first = np.unique(origins, return_index=True)
    folds = dict(zip(samples.tolist(), (np.arange(len(samples)) % MOST_FOLDS).tolist(), strict=True))
    fold_of = np.array([folds[origin] for origin in origins.tolist()])
    parts, truth = [], []
    for fold in np.unique(fold_of):
        kept = fold_of != fold
        if len(np.unique(codes[kept])) < n_classes:
            continue  # a row that is alone in its class
        out = first[fold_of[first] == fold]
        parts.append(learn(vectors[kept], codes[kept], n_classes).distances(vectors[out]))
        truth.append(codes[out])
    if not parts:
        return np.zeros((0, n_classes)), np.zeros(0, dtype=int)
    return np.concatenate(parts), np.concatenate(truth)


def log_softmax(logits: NDArray) -> NDArray:
    """Logarithms of probabilities along the last axis."""
    shifted = logits - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def softmax(logits: NDArray) -> NDArray:
    """Probabilities along the last axis."""
    return np.exp(log_softmax(logits))
