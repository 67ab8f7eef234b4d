"""How an error falls with the number of labels: a * n^-b + c, and what more labels would buy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

STEEPEST = 2.0
"""Largest b; no learning curve of real materials falls faster for long."""
COUNTS_FOR_FLOOR = 4
"""Different label counts from which a floor c can be told from a slow fall; with fewer, c is 0."""
LEVEL = 0.9
"""Of the intervals."""


@dataclass(frozen=True)
class Gain:
    """What more labels would buy, by a fitted curve."""

    n: int
    more: int
    before: float
    """Error with n labels."""
    after: float
    """Error with n + more."""
    low: float
    """Interval of before - after."""
    high: float

    @property
    def gain(self) -> float:
        """By how much the error falls."""
        return self.before - self.after


@dataclass(frozen=True)
class PowerLaw:
    """error(n) = a * n^-b + c, with other curves that the scatter of the points would allow."""

    a: float
    b: float
    c: float
    others: NDArray
    """Shape (m, 3): a, b, c fitted to points that were scattered anew."""
    spread: float
    """Standard deviation of the points about the curve, as a share of the error."""

    def __call__(self, n: ArrayLike) -> NDArray:
        """Error with n labels."""
        return _curve(np.array([[self.a, self.b, self.c]]), np.asarray(n, dtype=float))[0]

    def band(self, n: ArrayLike) -> tuple[NDArray, NDArray]:
        """Where `LEVEL` of the other curves run: lower and upper edge at each n."""
        tail = 50 * (1 - LEVEL)
        low, high = np.percentile(_curve(self.others, np.asarray(n, dtype=float)), [tail, 100 - tail], axis=0)
        return low, high

    def gain(self, n: int, more: int) -> Gain:
        """What `more` labels on top of n would buy.

        Examples
        --------
        >>> n = np.repeat([25, 50, 100, 200], 2)
        >>> round(fit_power_law(n, 4.0 * n ** -0.5).gain(100, 300).gain, 3)
        0.2
        """
        before, after = self([n, n + more])
        falls = -np.diff(_curve(self.others, np.array([n, n + more], dtype=float)), axis=1)[:, 0]
        tail = 50 * (1 - LEVEL)
        low, high = np.percentile(falls, [tail, 100 - tail])
        return Gain(int(n), int(more), float(before), float(after), float(low), float(high))


def fit_power_law(n: ArrayLike, errors: ArrayLike, seed: int = 0, n_others: int = 100) -> PowerLaw:
    """Fit a * n^-b + c with a > 0, 0 <= b <= 2 and c >= 0 to relative errors.

    Parameters
    ----------
    n : label counts, one per point; at least 3 different ones
    errors : positive numbers, one per point
    seed : of the residual bootstrap behind the intervals
    n_others : curves of the bootstrap

    Returns
    -------
    The curve. Its intervals hold the scatter between draws of training rows; that other test rows would
    give other errors is not in them.
    """
    counts, values = np.asarray(n, dtype=float), np.asarray(errors, dtype=float)
    known = np.isfinite(values)
    counts, values = counts[known], values[known]
    if len(np.unique(counts)) < 3:
        raise ValueError(
            f"A curve needs errors at 3 different label counts at least, got {len(np.unique(counts))}. "
            "Ask for more counts, or give more rows."
        )
    # A perfect score has no logarithm; a thousandth of the median stands for it.
    values = np.maximum(values, max(1e-3 * float(np.median(values)), 1e-12))
    first = _fit(counts, values, None)
    fitted = _curve(first[None], counts)[0]
    n_free = 3 if len(np.unique(counts)) >= COUNTS_FOR_FLOOR else 2
    # Fitted residuals are too small by the freedom that the curve took.
    residuals = np.log(values / fitted) * np.sqrt(len(values) / max(len(values) - n_free, 1))
    random = np.random.default_rng(seed)
    others = [
        _fit(counts, fitted * np.exp(random.choice(residuals, len(residuals))), first)
        for _ in range(n_others)
    ]
    a, b, c = map(float, first)
    return PowerLaw(a, b, c, np.array(others), float(residuals.std()))


def _curve(parameters: NDArray, n: NDArray) -> NDArray:
    a, b, c = parameters.T[:, :, None]
    return a * n[None] ** -b + c


def _fit(n: NDArray, errors: NDArray, start: NDArray | None) -> NDArray:
    from scipy.optimize import least_squares

    floor = len(np.unique(n)) >= COUNTS_FOR_FLOOR
    middle = float(np.exp(np.log(n).mean()))  # near the points, or a and b would be nearly one parameter
    top = float(errors.min()) if floor else 1e-12
    if start is None:
        guess = np.array([np.log(errors.mean()), 0.3, 0.3 * top])
    else:
        a, b, c = start
        guess = np.array([np.log(max(a, 1e-300)) - b * np.log(middle), b, c])
    low, high = np.array([-np.inf, 0.0, 0.0]), np.array([np.inf, STEEPEST, top])
    inner = (low + 1e-9, high - 1e-9) if floor else (low + 1e-9, np.array([np.inf, STEEPEST - 1e-9, top / 2]))
    guess = np.clip(guess, np.minimum(*inner), np.maximum(*inner))

    def residuals(p: NDArray) -> NDArray:
        return np.log(np.exp(p[0]) * (n / middle) ** -p[1] + p[2]) - np.log(errors)

    found = least_squares(residuals, guess, bounds=(low, high), x_scale=[1.0, 1.0, max(top, 1e-12)]).x
    return np.array([np.exp(found[0]) * middle ** found[1], found[1], found[2]])
