"""How a pretrained model becomes the user's: the interface every strategy keeps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from matprior.models.heads import POOLINGS
from matprior.strategies.company import Company
from matprior.tokens.composition import Encoded
from matprior.training.loop import Progress, TrainingOptions


@dataclass
class TuningOptions(TrainingOptions):
    """How to fine-tune: how to train, and what only a pretrained model with a new head has."""

    dropout: float = 0.1
    """Share of units switched off while training, in the encoder and before the head."""
    pooling: str | None = None
    """How tokens become one vector: cls, mean or attention; left out, as the checkpoint was pretrained."""
    variants: int = 0
    """Further spellings of each training string, for molecules; the number of steps stays as it is."""
    interpolate: bool = False
    """Afterwards, mix the encoder with the pretrained one in the shares that suit the watched rows best
    (Wortsman et al. 2022, arXiv:2109.01903). The head stays."""

    known_from: float = 0.8
    """Leave-one-out R² on the training rows from which on the head begins at a mixture of the properties
    that the checkpoint was pretrained on; 1 is never."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.known_from <= 1:
            raise ValueError(f"known_from must lie between 0 and 1, got {self.known_from!r}. Try 0.8.")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must lie between 0 and 1, got {self.dropout!r}. Try 0.1.")
        if self.variants < 0:
            raise ValueError(f"variants is {self.variants}; expected a whole number from 0 on, such as 4.")
        if self.pooling is not None and self.pooling not in POOLINGS:
            raise ValueError(f"Unknown pooling {self.pooling!r}. Known: {', '.join(POOLINGS)}.")


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
    weights: np.ndarray | None = None
    """How much each row counts, shape (n, 1), or each of its targets, shape (n, t); the mean is 1."""
    watched_weights: np.ndarray | None = None
    """The same for the watched rows."""
    known: np.ndarray | None = None
    """Directions of the checkpoint's property head, shape (p, d); None where it has none."""
    company: Company | None = None
    """Rows of another table that ride in the same batches, with what they add to the loss."""


@dataclass
class Strategy(ABC):
    """Which weights may move, and how they are moved.

    `fit` gets a model with a new head and standardised targets and returns a plain model of the
    same class. Scaling to the user's units, saving and metrics are the estimator's business.
    """

    def check(self) -> None:  # noqa: B027 (most strategies need nothing)
        """Raise ValueError when something this strategy needs is not installed: once, before any training."""

    @abstractmethod
    def fit(
        self,
        model: Any,
        data: Labelled,
        training: TuningOptions,
        seed: int,
        progress: Progress | None = None,
    ) -> tuple[Any, pd.DataFrame]:
        """Return the fitted model and the history of its training."""
