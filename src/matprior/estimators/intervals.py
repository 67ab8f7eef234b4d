"""Error bars from rows the weights never moved on: split conformal prediction through crepes.

A constant width keeps its promise on average but is too wide for easy rows and too narrow for hard
ones. With enough watched rows the width follows the errors of a row's nearest watched neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NEIGHBOURS = 25
"""Watched rows that tell how hard a string is."""
ENOUGH = 100
"""Fewer watched rows than this: one width for all strings."""


@dataclass
class Calibration:
    """Residuals of watched rows, and where those rows lie.

    Parameters
    ----------
    residuals : truth minus prediction in the user's units, shape (n, t), NaN where unknown
    vectors : embeddings of the same rows, shape (n, d)
    """

    residuals: np.ndarray
    vectors: np.ndarray

    def arrays(self) -> dict[str, np.ndarray]:
        """What a folder keeps: field -> array."""
        return vars(self)

    def spread(self, vectors: np.ndarray, target: int, told: np.ndarray | None = None) -> np.ndarray:
        """Standard deviation expected for new strings, shape (n,), in the user's units.

        `told` is what the head said of those strings; see `head_intervals`.
        """
        known, residuals = self._known(target)
        if len(residuals) == 0:
            return np.full(len(vectors), np.nan)
        own, new = self._widths(known, vectors, target, told)
        return new * np.sqrt(np.mean((residuals / own) ** 2))

    def interval(
        self,
        prediction: np.ndarray,
        vectors: np.ndarray,
        target: int,
        coverage: float,
        told: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper bound that hold the truth with probability `coverage`, each of shape (n,).

        With too few watched rows for a conformal bound of that coverage the bounds are Student's t
        with the watched rows' standard deviation; with fewer than two they are NaN.
        """
        known, residuals = self._known(target)
        if len(residuals) < 2:
            return np.full(len(prediction), np.nan), np.full(len(prediction), np.nan)
        return symmetric(prediction, residuals, *self._widths(known, vectors, target, told), coverage)

    def _widths(
        self, known: np.ndarray, vectors: np.ndarray, target: int, told: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Difficulties of the watched rows and of new strings; all alike where few rows were watched."""
        if len(known) < ENOUGH:
            return np.ones(len(known)), np.ones(len(vectors))
        residuals = self.residuals[known, target].astype(float)
        return self._difficulty(known, residuals, None), self._difficulty(known, residuals, vectors)

    def _known(self, target: int) -> tuple[np.ndarray, np.ndarray]:
        known = np.flatnonzero(np.isfinite(self.residuals[:, target]))
        return known, self.residuals[known, target].astype(float)

    def _difficulty(self, known: np.ndarray, residuals: np.ndarray, vectors: np.ndarray | None) -> np.ndarray:
        """Mean |error| of the nearest watched rows; a watched row is not its own neighbour."""
        from sklearn.neighbors import NearestNeighbors

        tree = NearestNeighbors(n_neighbors=NEIGHBOURS).fit(self.vectors[known])
        near = tree.kneighbors(vectors, return_distance=False)  # None: every fitted row, itself left out
        error = np.abs(residuals)
        # Half of the overall error is added: 25 lucky neighbours must not promise a width of nothing.
        return error[near].mean(1) + 0.5 * error.mean() + 1e-12


def symmetric(
    prediction: np.ndarray, residuals: np.ndarray, own: np.ndarray, new: np.ndarray, coverage: float
) -> tuple[np.ndarray, np.ndarray]:
    """Bounds to both sides of `prediction`, in proportion to the difficulties `new`.

    Parameters
    ----------
    residuals : of the watched rows, at least two
    own : difficulties of the watched rows
    """
    n = len(residuals)
    if n + 1e-9 < coverage / (1 - coverage):  # the conformal quantile would be infinite
        from scipy.stats import t

        reach = t.ppf(0.5 + coverage / 2, n - 1) * np.sqrt(np.mean((residuals / own) ** 2) * (1 + 1 / n))
        return prediction - reach * new, prediction + reach * new
    from crepes import ConformalRegressor

    level = coverage - 1e-9  # crepes rounds (1 - 0.9) * 10 down to 0, and answers with infinity
    regressor = ConformalRegressor().fit(residuals, sigmas=own)
    bounds = regressor.predict_int(prediction, sigmas=new, confidence=level)
    return bounds[:, 0], bounds[:, 1]


def check_coverage(coverage: float) -> None:
    """Raise ValueError unless it is a share that can be promised."""
    if not 0 < coverage < 1:
        raise ValueError(f"coverage must lie between 0 and 1, got {coverage!r}. For 90 % write 0.9.")


def held_out_intervals(
    calibration: Calibration, prediction: np.ndarray, coverage: float, seed: int, parts: int = 5
) -> tuple[np.ndarray, np.ndarray]:
    """Bounds for the calibration rows themselves, each row's from the residuals of other rows.

    What share of them holds the truth is what new rows of the same kind can expect.

    Parameters
    ----------
    prediction : for those rows, shape (n,)
    """
    part = np.random.default_rng([seed, len(prediction)]).permutation(len(prediction)) % parts
    low, high = np.empty(len(prediction)), np.empty(len(prediction))
    for one in range(parts):
        mine, others = part == one, part != one
        if mine.any():
            rest = Calibration(calibration.residuals[others], calibration.vectors[others])
            low[mine], high[mine] = rest.interval(prediction[mine], calibration.vectors[mine], 0, coverage)
    return low, high


def label_sets(doubts: np.ndarray, probability: np.ndarray, coverage: float) -> np.ndarray:
    """Which classes belong into a set that holds the truth with probability `coverage`, shape (n, c).

    Parameters
    ----------
    doubts : one minus the probability of the truth, of rows that were not trained on, shape (m,)
    probability : of each class for new strings, shape (n, c)
    """
    from crepes import ConformalClassifier

    classifier = ConformalClassifier()
    classifier.fit(doubts)
    # Without smoothing: it would draw, and the same string would get another set the next time.
    chosen = classifier.predict_set(1 - probability, confidence=coverage - 1e-9, smoothing=False)
    return np.asarray(chosen).astype(bool)
