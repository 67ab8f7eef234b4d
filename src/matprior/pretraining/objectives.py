"""What pretraining predicts. Each objective changes a batch and adds one term to the loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from matprior.models.matbert import PretrainingOutput
from matprior.pretraining.masking import Masking
from matprior.tokens.composition import Encoded
from matprior.training.losses import balanced_by_column, masked_token_loss


@dataclass
class Objective(ABC):
    """One term of the pretraining loss."""

    weight: float = 1.0
    """Factor of this term in the sum."""

    def learn(self, encoded: Encoded) -> None:
        """Look once at all rows to be learned from; by default nothing is needed."""
        return

    def corrupt(self, batch: dict[str, Any], seed: int) -> dict[str, Any]:
        """Change a batch before the model sees it; by default not at all."""
        return batch

    @abstractmethod
    def loss(self, outputs: PretrainingOutput, batch: dict[str, Any]) -> Tensor:
        """The term, unweighted."""


@dataclass
class MaskedAtoms(Objective):
    """Name the hidden element from the others and from all fractions."""

    masking: Masking = field(default_factory=Masking)
    """Which atoms are hidden."""

    def learn(self, encoded: Encoded) -> None:
        self.masking.learn(encoded)

    def corrupt(self, batch: dict[str, Any], seed: int) -> dict[str, Any]:
        labels = batch.get("labels")
        # A formula without a single known property has only its atoms to teach.
        unlabelled = torch.ones(len(batch["rows"]), 0) if labels is None else labels
        always = (~unlabelled.isfinite()).all(1).numpy()
        ids, asked = self.masking(
            batch["input_ids"].numpy(), batch["rows"].numpy(), batch["epoch"], seed, always
        )
        return {**batch, "input_ids": torch.from_numpy(ids), "asked": torch.from_numpy(asked)}

    def loss(self, outputs: PretrainingOutput, batch: dict[str, Any]) -> Tensor:
        assert outputs.logits is not None
        return masked_token_loss(outputs.logits, batch["asked"])


@dataclass
class Properties(Objective):
    """Predict computed properties of the formulas that were not masked; gaps in the table are fine."""

    def loss(self, outputs: PretrainingOutput, batch: dict[str, Any]) -> Tensor:
        labels = batch["labels"]
        if "asked" in batch:
            # From a formula with a hidden atom the value can't be told: it would only teach the mean.
            whole = (batch["asked"] == -100).all(1, keepdim=True)
            labels = torch.where(whole, labels, torch.nan)
        assert outputs.property_logits is not None
        return balanced_by_column(outputs.property_logits, labels)


OBJECTIVES = {"masked_atoms": MaskedAtoms, "properties": Properties}
"""Name in a recipe -> class."""
