"""Fréchet distance of two clouds of points, as normal distributions: what FCD does with a network's layer."""

from __future__ import annotations

import numpy as np


def frechet(one: np.ndarray, other: np.ndarray) -> float:
    """Squared Fréchet distance between normal distributions with the means and covariances of two samples.

    Parameters
    ----------
    one, other : shape (n, d) and (m, d), without gaps

    Examples
    --------
    >>> points = np.random.default_rng(0).normal(size=(500, 3))
    >>> round(frechet(points, points), 6), round(frechet(points, points + [2, 0, 0]), 6)
    (0.0, 4.0)
    """
    apart = one.mean(0) - other.mean(0)
    ours, theirs = (np.atleast_2d(np.cov(points, rowvar=False)) for points in (one, other))
    # tr (AB)^1/2 = tr (A^1/2 B A^1/2)^1/2, and the latter is symmetric: eigenvalues do.
    values, vectors = np.linalg.eigh(ours)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    shared = np.sqrt(np.linalg.eigvalsh(root @ theirs @ root).clip(0)).sum()
    return max(float(apart @ apart + np.trace(ours) + np.trace(theirs) - 2 * shared), 0.0)
