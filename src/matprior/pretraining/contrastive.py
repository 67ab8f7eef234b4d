"""Contrastive pretraining: two views of a formula lie together, other formulas apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from matprior.models.pretraining_output import PretrainingOutput
from matprior.pretraining.base import Objective
from matprior.pretraining.draws import Draws
from matprior.pretraining.substitutions import Substitutions
from matprior.pretraining.views import FIRST_STREAM, STREAMS, Perturbation
from matprior.tokens.composition import Encoded
from matprior.training.losses import info_nce

CHOSEN = FIRST_STREAM + STREAMS - 1
"""Stream of `Draws` that says which formulas are seen twice; the last of the first view."""


@dataclass
class Contrastive(Objective):
    """Tell the other view of a formula from the views of all others in the batch (InfoNCE).

    Chen et al. 2020, arXiv:2002.05709. The vectors compared are those of a projection head, which is
    thrown away after pretraining.
    """

    perturbation: Perturbation = field(default_factory=Perturbation)
    """How the views differ from the formula."""
    share: float = 0.5
    """Share of the formulas of a batch that are seen in two views; the pass takes 2 x share longer."""
    temperature: float = 0.1
    """Similarities are divided by this: lower looks at the nearest other formulas alone."""
    width: int = 64
    """Numbers per vector that are compared."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.share <= 1 or self.temperature <= 0 or self.width < 2:
            raise ValueError(
                f"contrastive has share {self.share}, temperature {self.temperature}, width {self.width}; "
                "expected a share above 0 up to 1, a temperature above 0 such as 0.1, a width such as 64."
            )

    def learn(self, encoded: Encoded) -> None:
        self.learned = Substitutions.learn(encoded)

    def corrupt(self, batch: dict[str, Any], seed: int) -> dict[str, Any]:
        if not hasattr(self, "learned"):
            raise ValueError("Views need element substitutions: call learn(encoded) of the corpus first.")
        ids, rows = batch["input_ids"].numpy(), batch["rows"].numpy()
        draws = Draws(rows, ids.shape[1], batch["epoch"], seed)
        chosen = np.flatnonzero(draws.uniform(CHOSEN)[:, 0] < self.share)
        lengths = batch["attention_mask"].sum(1).numpy()
        some = Encoded(ids[chosen], batch["amounts"].numpy()[chosen], lengths[chosen])
        return {**batch, "views": _stacked(self.views(some, rows[chosen], batch["epoch"], seed))}

    def views(self, encoded: Encoded, rows: np.ndarray, epoch: int, seed: int) -> list[Encoded]:
        """The two views of each formula, which depend on seed, epoch and row alone."""
        draws = Draws(rows, encoded.ids.shape[1], epoch, seed)
        return [self.perturbation.view(encoded, draws, number, self.learned) for number in (0, 1)]

    def loss(self, outputs: PretrainingOutput, batch: dict[str, Any]) -> Tensor:
        assert outputs.projection is not None
        one, other = outputs.projection.chunk(2)
        return info_nce(one, other, self.temperature)


def _stacked(views: list[Encoded]) -> dict[str, Tensor]:
    """Model inputs of the first views, then of the second."""
    return {
        "input_ids": torch.from_numpy(np.concatenate([one.ids for one in views]).astype(np.int64)),
        "amounts": torch.from_numpy(np.concatenate([one.amounts for one in views])),
        "attention_mask": torch.from_numpy(np.concatenate([one.attention_mask for one in views])),
    }
