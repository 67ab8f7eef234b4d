"""Probabilities that mean what they say: a correction learned on out-of-fold predictions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

SMALL = 1e-4
"""Probabilities stay this far from 0 and 1 before a logarithm."""
FEWEST = 50
"""Fewer rows than this: probabilities stay as they are."""
PARTS = 5
"""Inner parts on which the methods are compared."""


@dataclass
class Correction:
    """From raw to calibrated probabilities.

    Parameters
    ----------
    method : none, temperature, platt or isotonic
    steps : temperature: its inverse; platt: slope and offset; isotonic: raw probabilities
    levels : isotonic: what they become
    """

    method: str
    steps: np.ndarray
    levels: np.ndarray

    def __call__(self, raw: np.ndarray) -> np.ndarray:
        """Calibrated probabilities of shape (n, c)."""
        if self.method == "none":
            return raw
        if self.method == "temperature":
            powered = np.clip(raw, SMALL, 1.0) ** self.steps[0]
            return powered / powered.sum(1, keepdims=True)
        if self.method == "platt":
            second = 1 / (1 + np.exp(-(self.steps[0] * _logit(raw[:, 1]) + self.steps[1])))
        else:
            # A thousandth of the raw value keeps the order of rows on one step of the stairs.
            second = 0.999 * np.interp(raw[:, 1], self.steps, self.levels) + 0.001 * raw[:, 1]
        return np.stack([1 - second, second], 1)


def learn(raw: np.ndarray, classes: np.ndarray, seed: int = 0) -> Correction:
    """The correction with the least log loss on inner parts of the rows; none where none helps.

    Parameters
    ----------
    raw : out-of-fold probabilities (n, c)
    classes : class indices (n,)
    """
    best = METHODS["none"](raw, classes)
    if len(classes) < FEWEST:
        return best
    names = [name for name in METHODS if raw.shape[1] == 2 or name in ("none", "temperature")]
    losses = {name: log_loss(held_out(raw, classes, METHODS[name], seed), classes) for name in names}
    # The first of equals, and the simplest.
    return METHODS[min(names, key=losses.__getitem__)](raw, classes)


def held_out(
    raw: np.ndarray, classes: np.ndarray, method: Callable[[np.ndarray, np.ndarray], Correction], seed: int
) -> np.ndarray:
    """Calibrated probabilities (n, c), each row corrected by what the other rows taught."""
    part = np.random.default_rng([seed, len(raw)]).permutation(len(raw)) % PARTS
    told = np.empty_like(raw)
    for one in range(PARTS):
        told[part == one] = method(raw[part != one], classes[part != one])(raw[part == one])
    return told


def log_loss(told: np.ndarray, classes: np.ndarray) -> float:
    """Mean of minus the logarithm of the probability of the truth."""
    return float(-np.log(np.clip(told[np.arange(len(classes)), classes], SMALL, 1.0)).mean())


def _temperature(raw: np.ndarray, classes: np.ndarray) -> Correction:
    from scipy.optimize import minimize_scalar

    def loss(power: float) -> float:
        return log_loss(Correction("temperature", np.array([power]), np.empty(0))(raw), classes)

    return Correction(
        "temperature", np.array([minimize_scalar(loss, bounds=(0.2, 5), method="bounded").x]), np.empty(0)
    )


def _platt(raw: np.ndarray, classes: np.ndarray) -> Correction:
    from scipy.optimize import minimize

    def loss(line: np.ndarray) -> float:
        # A weak pull to "no correction": a few rows that are parted perfectly have no finite slope.
        pull = 1e-3 * ((line[0] - 1) ** 2 + line[1] ** 2)
        return log_loss(Correction("platt", line, np.empty(0))(raw), classes) + pull

    return Correction("platt", minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x, np.empty(0))


def _isotonic(raw: np.ndarray, classes: np.ndarray) -> Correction:
    from sklearn.isotonic import IsotonicRegression

    stairs = IsotonicRegression(y_min=SMALL, y_max=1 - SMALL).fit(raw[:, 1], classes)
    return Correction(
        "isotonic", stairs.X_thresholds_.astype(np.float64), stairs.y_thresholds_.astype(np.float64)
    )


METHODS: dict[str, Callable[[np.ndarray, np.ndarray], Correction]] = {
    "none": lambda raw, classes: Correction("none", np.empty(0), np.empty(0)),
    "temperature": _temperature,
    "platt": _platt,
    "isotonic": _isotonic,
}
"""Name -> how it is learned; the last two are for two classes."""


def _logit(probability: np.ndarray) -> np.ndarray:
    clipped = np.clip(probability, SMALL, 1 - SMALL)
    return np.log(clipped / (1 - clipped))
