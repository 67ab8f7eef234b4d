"""Uncertainty of a paired difference, and how to write it down. Pure NumPy on arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

N_RESAMPLES = 1000
"""Bootstrap draws of the test rows."""


def corrected_t_test(gains: NDArray, ratio: float) -> tuple[float, float]:
    """Standard error and two-sided p-value of the mean gain over k folds (Nadeau and Bengio 2003).

    Training sets of cross-validation overlap, so k folds are less evidence than k experiments: the
    variance of the mean is taken as (1/k + ratio) s² in place of s²/k.

    Parameters
    ----------
    gains : shape (k,), k at least 2
    ratio : rows tested / rows trained on, of one fold

    Examples
    --------
    >>> error, p = corrected_t_test(np.array([0.08, 0.10, 0.09, 0.09, 0.09]), 0.25)
    >>> round(error, 4), p < 0.001
    (0.0047, True)
    """
    from scipy.special import stdtr  # Student's t, without the weight of scipy.stats

    error = math.sqrt((1 / len(gains) + ratio) * float(gains.var(ddof=1)))
    mean = float(gains.mean())
    if error == 0:
        return 0.0, 1.0 if mean == 0 else 0.0
    return error, float(2 * stdtr(len(gains) - 1, -abs(mean) / error))


def bootstrap(gain: Callable[[NDArray], float], n: int, seed: int = 0) -> tuple[float, float]:
    """Standard error and two-sided p-value of a gain on one test set, by drawing its n rows anew.

    Parameters
    ----------
    gain : takes row indices (n,), gives the gain on those rows
    n : number of rows

    Examples
    --------
    >>> gains = np.random.default_rng(1).normal(0.5, 1, 400)
    >>> error, p = bootstrap(lambda rows: gains[rows].mean(), 400)
    >>> round(error, 2), p < 0.01
    (0.04, True)
    """
    rng = np.random.default_rng(seed)
    drawn = np.array([gain(rng.integers(n, size=n)) for _ in range(N_RESAMPLES)])
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) < N_RESAMPLES / 2:
        return math.nan, math.nan
    tail = min((drawn <= 0).mean(), (drawn >= 0).mean())
    return float(drawn.std(ddof=1)), float(min(1.0, 2 * max(tail, 1 / len(drawn))))


def rounded(values: Sequence[float], error: float) -> list[str]:
    """Values, then the error, as text with as many decimals as the error justifies.

    The last value is the difference: it keeps a digit that is not 0 where two more decimals give one.
    Without an error (0 or NaN) there are three significant digits and the error's text is empty.

    Examples
    --------
    >>> rounded([0.3121, 0.4033, 0.0912], 0.0123)
    ['0.31', '0.40', '0.09', '0.01']
    >>> rounded([104.2, 88.1, 16.1], float("nan"))
    ['104', '88', '16', '']
    """
    largest = max((abs(v) for v in values if math.isfinite(v)), default=0.0)
    certain = math.isfinite(error) and error > 0
    decimals = _place(error) if certain else _place(largest) + 2 if largest else 2
    if certain and values[-1]:
        decimals = max(decimals, min(_place(values[-1]), decimals + 2))
    decimals = max(decimals, 0)
    return [f"{value:.{decimals}f}" for value in values] + [f"{error:.{decimals}f}" if certain else ""]


def _place(value: float) -> int:
    """Decimal place of the first significant digit: 0.03 has 2, 30 has -1."""
    return -math.floor(math.log10(abs(value))) if value and math.isfinite(value) else 0


def holm(p_values: Sequence[float]) -> NDArray:
    """P-values corrected for their number (Holm 1979, Scand. J. Stat. 6:65), NaN left out; shape (m,).

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=float)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    found = np.full(len(p), np.nan)
    found[order] = np.minimum(np.maximum.accumulate(p[order] * factors), 1.0)
    return found
