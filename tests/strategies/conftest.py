"""A pretrained network with a new head, and rows to learn from and to watch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from matprior.models.matbert import MatBertForSequenceClassification
from matprior.strategies import Labelled
from matprior.tokens import encode_many
from matprior.training.loop import seed_everything


@pytest.fixture
def fresh(checkpoint) -> Callable[..., Any]:
    """Function that gives the same pretrained network with the same new head each time."""

    def make(n_outputs: int = 1, **settings: Any) -> MatBertForSequenceClassification:
        seed_everything(0)
        return MatBertForSequenceClassification.from_pretrained(checkpoint, num_labels=n_outputs, **settings)

    return make


@pytest.fixture
def labelled(salts) -> Callable[[str], tuple[Labelled, int]]:
    """Function from a task to 36 rows to learn from and 12 to watch, with the number of outputs."""
    strings, values = salts
    standard = (np.array(values) - np.mean(values)) / np.std(values)

    def make(task: str) -> tuple[Labelled, int]:
        if task == "regression":
            targets, loss, n = np.stack([standard, -standard], 1).astype(np.float32), "smooth_l1", 2
            targets[3, 0] = targets[20, 1] = np.nan
        else:
            targets, loss, n = np.arange(48) % 4, "cross_entropy", 4
        watched = np.arange(0, 48, 4) + np.arange(12) % 4
        learn = np.setdiff1d(np.arange(48), watched)
        encoded = encode_many(strings)
        return Labelled(encoded.take(learn), targets[learn], encoded.take(watched), targets[watched], loss), n

    return make
