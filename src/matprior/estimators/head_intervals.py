"""Error bars of heads that say themselves how wrong they may be, corrected on watched rows.

A network that was trained on a row is too sure of rows like it. What it says orders strings by
difficulty; the watched rows say how wide the bars have to be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from matprior.estimators.intervals import Calibration
from matprior.models.answers import told_head
from matprior.models.outputs import LEVELS, PointHead

FLOOR = 0.1
"""Share of the mean spread added to each: a string the network is wrongly sure of keeps a width."""


@dataclass
class SpreadCalibration(Calibration):
    """Bars in proportion to the standard deviation that the head predicts.

    Parameters
    ----------
    told : that standard deviation for the watched rows, shape (n, t)
    """

    told: np.ndarray

    def _widths(
        self, known: np.ndarray, vectors: np.ndarray, target: int, told: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        assert told is not None
        own = self.told[known, target].astype(float)
        floor = FLOOR * own.mean() + 1e-12
        return own + floor, told[:, target].astype(float) + floor


@dataclass
class QuantileCalibration(Calibration):
    """Conformalised quantiles (Romano et al. 2019, arXiv:1905.03222): bars may reach further up than down.

    Parameters
    ----------
    told : quantiles minus predictions of the watched rows, shape (n, q, t)
    """

    told: np.ndarray

    def interval(
        self,
        prediction: np.ndarray,
        vectors: np.ndarray,
        target: int,
        coverage: float,
        told: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        assert told is not None
        known, residuals = self._known(target)
        n = len(residuals)
        rank = int(np.ceil((n + 1) * coverage - 1e-9))
        if rank > n:  # too few watched rows for a conformal bound: Student's t, as for any head
            return super().interval(prediction, vectors, target, coverage)
        low, high = _pair(self.told[known, :, target].astype(float), coverage)
        outside = np.sort(np.maximum(low - residuals, residuals - high))[rank - 1]
        low, high = _pair(told[:, :, target].astype(float), coverage)
        # A correction inwards must not leave the prediction outside.
        return prediction + np.minimum(low - outside, 0), prediction + np.maximum(high + outside, 0)


def _pair(quantiles: np.ndarray, coverage: float) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper quantile of each row (n, q) for this coverage, between the levels there are."""
    ends = [
        np.array([np.interp(level, LEVELS, row) for row in quantiles]).reshape(len(quantiles))
        for level in ((1 - coverage) / 2, (1 + coverage) / 2)
    ]
    return ends[0], ends[1]


class Told:
    """What a network says of some strings, and what follows for their error bars.

    Parameters
    ----------
    head : of the network
    raw : outputs of its last layer, shape (n, k * t)
    vectors : what the last layer read, shape (n, d)
    """

    def __init__(self, head: PointHead, raw: np.ndarray, vectors: np.ndarray) -> None:
        outputs = torch.from_numpy(np.ascontiguousarray(raw))
        self.head = head
        self.vectors = np.ascontiguousarray(vectors)
        self.centre = head.centre(outputs).numpy()
        self.answers = head.decode(outputs).numpy()
        self.prediction = self.answers[:, : head.t]
        told = head.told(outputs)
        self.errors = None if told is None else told.numpy()

    def calibration(self, truth: np.ndarray) -> Calibration:
        """Learn error bars from rows that were watched; `truth` is on the scale of `head.centre`."""
        residuals = truth - self.centre
        if self.errors is None:
            return Calibration(residuals, self.vectors)
        kind = SpreadCalibration if self.errors.ndim == 2 else QuantileCalibration
        return kind(residuals, self.vectors, self.errors)

    def bars(self, calibration: Calibration, coverage: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Lower bounds, upper bounds and standard deviations (n, t) in the user's units."""
        found = []
        for i in range(self.head.t):
            ends = calibration.interval(self.centre[:, i], self.vectors, i, coverage, self.errors)
            found.append((*ends, calibration.spread(self.vectors, i, self.errors)))
        low, high, std = (np.stack(column, axis=1) for column in zip(*found, strict=True))
        if told_head(self.head) is None:
            return low, high, std
        if self.head.curved:
            std = (self._user(self.centre + std) - self._user(self.centre - std)) / 2
        # A rounding of the scale must not leave the prediction outside of its own bar.
        low, high = self._user(low), self._user(high)
        return np.minimum(low, self.prediction), np.maximum(high, self.prediction), std

    def _user(self, values: np.ndarray) -> np.ndarray:
        return self.head.user(torch.from_numpy(np.ascontiguousarray(values))).numpy()


def calibrated(arrays: dict[str, np.ndarray]) -> Calibration:
    """The calibration whose `arrays` these are."""
    if "told" not in arrays:
        return Calibration(**arrays)
    return (SpreadCalibration if arrays["told"].ndim == 2 else QuantileCalibration)(**arrays)
