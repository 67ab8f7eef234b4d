"""Masked atoms: name the hidden element, and if asked for, its fraction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from matprior.models.pretraining_output import PretrainingOutput
from matprior.pretraining.base import Objective
from matprior.pretraining.masking import IGNORED, Masking, without_amounts
from matprior.tokens.composition import Encoded
from matprior.training.losses import masked_fraction_loss, masked_token_loss


@dataclass
class MaskedAtoms(Objective):
    """Name the hidden element from the others and from all fractions."""

    masking: Masking = field(default_factory=Masking)
    """Which atoms are hidden."""
    predict_amount: bool = False
    """Hide the atomic fraction of an atom asked for as well, and predict it (encoding `amounts` alone)."""
    amount_weight: float = 1.0
    """Factor of the fraction's loss beside the element's."""

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
        changed = {**batch, "input_ids": torch.from_numpy(ids), "asked": torch.from_numpy(asked)}
        if self.predict_amount:
            places, amounts = asked != IGNORED, batch["amounts"]
            changed["amounts"] = torch.from_numpy(without_amounts(amounts.numpy(), places))
            changed["asked_amounts"] = amounts.masked_fill(~torch.from_numpy(places), torch.nan)
        return changed

    def loss(self, outputs: PretrainingOutput, batch: dict[str, Any]) -> Tensor:
        assert outputs.logits is not None
        loss = masked_token_loss(outputs.logits, batch["asked"])
        if self.predict_amount:
            assert outputs.amount_logits is not None
            loss = loss + self.amount_weight * masked_fraction_loss(
                outputs.amount_logits, batch["asked_amounts"]
            )
        return loss
