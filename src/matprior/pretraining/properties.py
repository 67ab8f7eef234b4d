"""Computed properties: many at once, with gaps in the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from matprior.models.matbert import PretrainingOutput
from matprior.pretraining.base import Objective
from matprior.pretraining.masking import IGNORED
from matprior.training.losses import balanced_by_column

CHANGED = ("asked", "swapped")
"""Entries of a batch whose rows hold a label other than -100 where a formula was changed."""


@dataclass
class Properties(Objective):
    """Predict computed properties of the formulas that were not changed; gaps in the table are fine."""

    def loss(self, outputs: PretrainingOutput, batch: dict[str, Any]) -> Tensor:
        labels = batch["labels"]
        for name in CHANGED:
            if name in batch:
                # From a formula with a hidden atom the value can't be told: it would only teach the mean.
                whole = (batch[name] == IGNORED).all(1, keepdim=True)
                labels = torch.where(whole, labels, torch.nan)
        assert outputs.property_logits is not None
        return balanced_by_column(outputs.property_logits, labels)
