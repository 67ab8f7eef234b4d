"""Masked tokens of a molecule's string: single ones, or the atoms of whole functional groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from matprior.pretraining.base import Objective
from matprior.pretraining.draws import Draws
from matprior.pretraining.masking import IGNORED
from matprior.tokens.composition import SPECIALS, Encoded
from matprior.training.losses import masked_token_loss

CHOICES = ("uniform", "functional_group")
MASKED, TOKEN, GROUP, FATE, OTHER = 30, 31, 32, 33, 34
"""Streams of `Draws`."""
MASK = 4
"""Id of `<mask>`."""


@dataclass
class MaskedTokens(Objective):
    """Name the hidden tokens of a string from the others. Devlin et al. 2019, arXiv:1810.04805."""

    probability: float = 0.15
    """Chance of each token of a masked row to be asked for; one is always asked for."""
    masked_share: float = 0.3
    """Share of rows that are masked. The others are seen whole: properties are learned from those."""
    strategy: str = "uniform"
    """`uniform`, or `functional_group`: all atoms of one functional group where the molecule has one."""
    mask_share: float = 0.8
    """Of the tokens asked for, this share is replaced by <mask>."""
    random_share: float = 0.1
    """Of the tokens asked for, this share is replaced by another one of the corpus; the rest stays."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.strategy not in CHOICES:
            raise ValueError(f"Unknown masking strategy {self.strategy!r}. Known: {', '.join(CHOICES)}.")

    def learn(self, encoded: Encoded) -> None:
        ids = np.unique(encoded.ids)
        self.known = ids[ids >= len(SPECIALS)]

    def corrupt(self, batch: dict[str, Any], seed: int) -> dict[str, Any]:
        if not hasattr(self, "known"):
            raise ValueError("Masking draws from the tokens of the corpus: call learn(encoded) first.")
        ids = batch["input_ids"].numpy()
        draws = Draws(batch["rows"].numpy(), ids.shape[1], batch["epoch"], seed)
        chosen = draws.uniform(MASKED)[:, 0] < self.masked_share
        labels = batch.get("labels")
        if labels is not None:  # a molecule without a single known property has only its tokens to teach
            chosen |= (~labels.isfinite()).all(1).numpy()
        asked = self._asked(ids, batch.get("groups"), draws) & chosen[:, None]
        fate = draws.uniform(FATE)
        changed = ids.copy()
        changed[asked & (fate < self.mask_share)] = MASK
        swap = asked & (fate >= self.mask_share) & (fate < self.mask_share + self.random_share)
        other = self.known[(draws.uniform(OTHER) * len(self.known)).astype(int)]
        changed[swap] = other[swap]
        return {
            **batch,
            "input_ids": torch.from_numpy(changed),
            "asked": torch.from_numpy(np.where(asked, ids, IGNORED)),
        }

    def _asked(self, ids: np.ndarray, groups: Tensor | None, draws: Draws) -> np.ndarray:
        """True at the tokens asked for in a masked row, shape (n, l)."""
        score = np.where(ids >= len(SPECIALS), draws.uniform(TOKEN), np.inf)
        single = score < self.probability
        single[np.arange(len(ids)), score.argmin(1)] = True
        if self.strategy == "uniform":
            return single
        if groups is None:
            raise ValueError(
                "strategy: functional_group needs the groups of the tokens, which are not there."
            )
        inside = groups.numpy()
        number = inside.max(1)
        drawn = 1 + (draws.uniform(GROUP)[:, 0] * np.maximum(number, 1)).astype(inside.dtype)
        return np.where((number > 0)[:, None], inside == drawn[:, None], single)

    def loss(self, outputs: Any, batch: dict[str, Any]) -> Tensor:
        return masked_token_loss(outputs.logits, batch["asked"])
