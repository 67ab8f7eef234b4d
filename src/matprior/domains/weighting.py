"""How much each source row is like the target: the ratio of the two densities, from a domain classifier."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matprior.domains.distances import classify_domains

LARGEST = 0.99
"""Quantile at which weights are cut: one lucky row must not decide a validation alone."""


def density_ratio(source: NDArray, target: NDArray, seed: int = 0) -> NDArray:
    """Target density over source density at every source row, of mean 1.

    Parameters
    ----------
    source, target : vectors, shapes (n, d) and (m, d)

    Returns
    -------
    Shape (n,). A row's probability comes from a classifier that has not seen it (Bickel et al. 2009).

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> source, target = random.normal(size=(200, 1)), random.normal(1, 1, size=(200, 1))
    >>> weights = density_ratio(source, target)
    >>> bool(weights[source[:, 0] > 1].mean() > weights[source[:, 0] < 0].mean())
    True
    """
    chance = classify_domains(source, target, seed=seed).source
    # Both sides count the same in the classifier, so that the odds are the ratio itself.
    ratio = chance / np.maximum(1 - chance, 1e-6)
    ratio = np.minimum(ratio, np.quantile(ratio, LARGEST))
    mean = ratio.mean()
    return ratio / mean if mean > 0 else np.ones(len(ratio))


def effective_rows(weights: NDArray) -> float:
    """How many rows of equal weight would be worth as much. Kish 1965.

    Examples
    --------
    >>> effective_rows(np.array([1.0, 1.0, 0.0, 0.0]))
    2.0
    """
    return float(weights.sum() ** 2 / max((weights**2).sum(), 1e-300))
