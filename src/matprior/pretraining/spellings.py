"""Rows of which each is a molecule in several spellings: another one in every epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from matprior.pretraining.draws import Draws
from matprior.tokens.composition import Encoded
from matprior.training.batches import Rows, as_tensors

SPELLING, PARTNER = 40, 41
"""Streams of `Draws` that choose the spelling of a row and the one it is compared with."""


class Spellings(Rows):
    """Encoded molecules with their targets, each in `v` spellings.

    Parameters
    ----------
    spellings : shape (v * n): the first n rows are one spelling of each molecule, then comes the next
    n : molecules
    targets : shape (n, t) floats, NaN where unknown; None when there are none
    seed : same seed, same choice of spellings
    groups : functional group of each token, shape (v * n, l), 0 where it is in none; None leaves it out
    pairs : share of the molecules that come in a second spelling too, as `views` of a contrastive loss
    """

    def __init__(
        self,
        spellings: Encoded,
        n: int,
        targets: np.ndarray | None = None,
        seed: int = 0,
        groups: np.ndarray | None = None,
        pairs: float = 0.0,
    ) -> None:
        super().__init__(spellings.take(np.arange(n)), targets)
        self.spellings, self.n_spellings = spellings, len(spellings) // max(n, 1)
        self.seed, self.groups, self.pairs = seed, groups, pairs

    def __getitems__(self, indices: list[int]) -> dict[str, Any]:
        epoch, rows = divmod(np.asarray(indices, dtype=np.int64), len(self))
        draws = Draws(rows, 1, int(epoch[0]), self.seed)
        which = (draws.uniform(SPELLING)[:, 0] * self.n_spellings).astype(np.int64)
        chosen = rows + which * len(self)
        batch = as_tensors(self.spellings, chosen)
        if self.groups is not None:
            width = batch["input_ids"].shape[1]
            batch["groups"] = torch.from_numpy(self.groups[chosen, :width].astype(np.int64))
        if self.targets is not None:
            batch["labels"] = self.targets[rows]
        if self.pairs:
            some = np.flatnonzero(
                Draws(rows, 1, int(epoch[0]), self.seed + 1).uniform(PARTNER)[:, 0] < self.pairs
            )
            other = which + 1 + (draws.uniform(PARTNER)[:, 0] * (self.n_spellings - 1)).astype(np.int64)
            second = rows + other % self.n_spellings * len(self)
            batch["views"] = as_tensors(self.spellings, np.concatenate([chosen[some], second[some]]))
        return {**batch, "rows": torch.from_numpy(rows), "epoch": int(epoch[0])}
