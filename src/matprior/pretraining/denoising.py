"""Denoising: one element of a formula is another one, and the network says what stands where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from matprior.models.pretraining_output import PretrainingOutput
from matprior.pretraining.base import Objective
from matprior.pretraining.draws import Draws
from matprior.pretraining.masking import IGNORED, N_ELEMENTS
from matprior.tokens.composition import ELEMENT_OFFSET
from matprior.training.losses import masked_token_loss

CHOSEN, PLACE, OTHER = 5, 6, 7
"""Streams of `Draws`; masking has 0 to 4."""


@dataclass
class Denoising(Objective):
    """Name the true element at every place of a formula in which one was swapped. No [MASK] is seen.

    Clark et al. 2020 (arXiv:2003.10555) give the reason: every place teaches, and a network that is
    used on whole formulas is trained on such.
    """

    share: float = 0.15
    """Share of the formulas without a hidden atom in which an element is swapped for a random one."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.share <= 1:
            raise ValueError(f"denoising.share is {self.share}; expected a share above 0 up to 1.")

    def corrupt(self, batch: dict[str, Any], seed: int) -> dict[str, Any]:
        ids = batch["input_ids"].numpy()
        draws = Draws(batch["rows"].numpy(), ids.shape[1], batch["epoch"], seed)
        chosen = draws.uniform(CHOSEN)[:, 0] < self.share
        if "asked" in batch:
            chosen &= (batch["asked"] == IGNORED).all(1).numpy()
        changed = swapped(ids, draws)
        labels = np.where(chosen[:, None] & (ids > ELEMENT_OFFSET), ids, IGNORED)
        return {
            **batch,
            "input_ids": torch.from_numpy(np.where(chosen[:, None], changed, ids)),
            "swapped": torch.from_numpy(labels),
        }

    def loss(self, outputs: PretrainingOutput, batch: dict[str, Any]) -> Tensor:
        assert outputs.logits is not None
        return masked_token_loss(outputs.logits, batch["swapped"])


def swapped(ids: np.ndarray, draws: Draws) -> np.ndarray:
    """A copy of padded ids in which one element of each row, wherever it stands, is another one."""
    score = np.where(ids > ELEMENT_OFFSET, draws.uniform(PLACE), np.inf)
    old = ids[np.arange(len(ids)), score.argmin(1)]
    # 1 .. N - 1 steps further round the table: never the element itself.
    step = 1 + (draws.uniform(OTHER)[:, 0] * (N_ELEMENTS - 1)).astype(ids.dtype)
    first = ELEMENT_OFFSET + 1
    new = first + (old - first + step) % N_ELEMENTS
    place = (ids == old[:, None]) & (ids > ELEMENT_OFFSET)
    return np.where(place, new[:, None], ids)
