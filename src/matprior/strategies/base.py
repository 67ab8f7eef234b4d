"""How a pretrained model becomes the user's: the interface every strategy keeps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from matprior.tokens.composition import Encoded
from matprior.training.loop import Progress, TrainingOptions


@dataclass
class Labelled:
    """What a strategy learns from: rows to train on and rows to watch, never the same."""

    encoded: Encoded
    """Strings to train on, `n`."""
    targets: np.ndarray
    """Standardised targets (n, t) with NaN for unknown, or class indices (n,)."""
    watched: Encoded | None
    """Strings that decide when to stop; None when there are too few rows to spare any."""
    watched_targets: np.ndarray | None
    """Their targets."""
    loss: str
    """Name in `training.losses.LOSSES`."""


@dataclass
class Strategy(ABC):
    """Which weights may move, and how they are moved.

    `fit` gets a model with a new head and standardised targets and returns a plain model of the
    same class. Scaling to the user's units, saving and metrics are the estimator's business.
    """

    @abstractmethod
    def fit(
        self,
        model: Any,
        data: Labelled,
        training: TrainingOptions,
        seed: int,
        progress: Progress | None = None,
    ) -> tuple[Any, pd.DataFrame]:
        """Return the fitted model and the history of its training."""
