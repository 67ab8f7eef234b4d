"""From out-of-fold predictions to honest intervals and to a decision threshold.

Both learn on training rows only, from predictions of models that had not seen the row. Pure NumPy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FLOOR = 0.5
"""Share of the mean spread added to each spread, so that a model that is wrongly sure of a row still
gets an interval there. Between 0.1 and 1 the width of the intervals hardly depends on it."""

ONE_SIGMA = 0.6827
"""Share of a normal law within one standard deviation: `std` is the half width that holds this share."""


@dataclass(frozen=True)
class Conformal:
    """Split-conformal intervals whose width follows the model's own spread.

    An interval is prediction ± factor × (spread + floor). The factor is the quantile of the errors on
    rows that the model had not seen, so the coverage holds for new rows drawn like those, whatever the
    model. It does not hold for rows of another kind (a new chemical system): measure it there.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> spread = rng.uniform(0.5, 2, 1000)
    >>> learned = Conformal.learn(rng.normal(0, spread), spread)
    >>> frame = learned.intervals(np.zeros(2), np.array([0.5, 2.0]), coverage=0.9)
    >>> bool(frame["high"].iloc[1] > frame["high"].iloc[0])
    True
    """

    scores: NDArray
    """Sorted |error| / (spread + floor) of the held-out rows, shape (n,)."""
    floor: float
    """Added to every spread, in the unit of the target."""

    @classmethod
    def learn(cls, errors: NDArray, spread: NDArray) -> Conformal:
        """Learn from the errors and spreads, both (n,), of rows the model had not seen."""
        floor = FLOOR * float(np.mean(spread))
        if floor == 0:  # a model without spread gets one width for all rows
            floor = float(np.mean(np.abs(errors))) or 1.0
        return cls(np.sort(np.abs(errors) / (spread + floor)), floor)

    def factor(self, coverage: float) -> float:
        """Quantile of the scores with the correction for a finite sample; infinite for too few rows."""
        if not 0 < coverage < 1:
            raise ValueError(f"coverage is {coverage!r}; a share between 0 and 1 was expected, such as 0.9.")
        rank = int(np.ceil((len(self.scores) + 1) * coverage))
        return float(self.scores[rank - 1]) if rank <= len(self.scores) else float("inf")

    def intervals(self, prediction: NDArray, spread: NDArray, coverage: float) -> pd.DataFrame:
        """Columns prediction, std, low, high for n rows; bounds are NaN where no honest one is known."""
        width = spread + self.floor
        half = self.factor(coverage) * width
        half = np.where(np.isfinite(half), half, np.nan)
        # Not the root mean square: one wrongly sure row would blow up the std of all.
        std = np.where(np.isfinite(half), self.factor(ONE_SIGMA) * width, np.nan)
        frame = pd.DataFrame({"prediction": prediction, "std": std})
        return frame.assign(low=prediction - half, high=prediction + half)


@dataclass(frozen=True)
class Quantiles:
    """The interval of one who knows no chemistry: quantiles of the training targets, equal for all rows.

    Examples
    --------
    >>> Quantiles(np.arange(1, 100.0)).intervals(np.array([50.0]), np.zeros(1), 0.9)["low"].item()
    5.0
    """

    targets: NDArray
    """Sorted training targets, shape (n,)."""

    def intervals(self, prediction: NDArray, spread: NDArray, coverage: float) -> pd.DataFrame:
        """Columns prediction, std, low, high; bounds are NaN where there are too few targets."""
        n = len(self.targets)
        rank = round((n + 1) * (1 - coverage) / 2, 9)
        ends = (self.targets[int(rank) - 1], self.targets[n - int(rank)]) if rank >= 1 else (np.nan, np.nan)
        frame = pd.DataFrame({"prediction": prediction, "std": self.targets.std()})
        # A centre outside its own interval would contradict it: quantiles of few ties can do that to a mean.
        low, high = np.minimum(ends[0], prediction), np.maximum(ends[1], prediction)
        return frame.assign(low=low, high=high)
