"""Computed properties: many at once, with gaps in the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from matprior.models.pretraining_output import PretrainingOutput
from matprior.pretraining.base import Objective
from matprior.pretraining.masking import IGNORED
from matprior.training.losses import BALANCES, balanced_by_column

CHANGED = ("asked", "swapped")
"""Entries of a batch whose rows hold a label other than -100 where a formula was changed."""


@dataclass
class Properties(Objective):
    """Predict computed properties of the formulas that were not changed; gaps in the table are fine."""

    balance: str = "sqrt"
    """How properties share the loss: sqrt, equal, count or uncertainty."""
    binary: list[bool] = field(default_factory=list)
    """Which properties are yes or no; none of them when left out."""
    threshold: float = 1.0
    """Huber threshold in standard deviations of the property."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.balance not in BALANCES:
            raise ValueError(f"Unknown balance of properties {self.balance!r}. Known: {', '.join(BALANCES)}.")

    def loss(self, outputs: PretrainingOutput, batch: dict[str, Any]) -> Tensor:
        labels = batch["labels"]
        for name in CHANGED:
            if name in batch:
                # From a formula with a hidden atom the value can't be told: it would only teach the mean.
                whole = (batch[name] == IGNORED).all(1, keepdim=True)
                labels = torch.where(whole, labels, torch.nan)
        assert outputs.property_logits is not None
        binary = torch.tensor(self.binary, device=labels.device) if any(self.binary) else None
        return balanced_by_column(
            outputs.property_logits, labels, self.balance, binary, outputs.log_scale, self.threshold
        )
