"""Contrastive pretraining of molecules: two spellings of one molecule lie together, others apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from matprior.pretraining.base import Objective
from matprior.training.losses import info_nce


@dataclass
class PairedSpellings(Objective):
    """Tell the other spelling of a molecule from those of all others in the batch (InfoNCE).

    Chen et al. 2020, arXiv:2002.05709. The vectors compared are those of a projection head, which is
    thrown away after pretraining.
    """

    share: float = 0.25
    """Share of the molecules of a batch that are seen in two spellings."""
    temperature: float = 0.1
    """Similarities are divided by this: lower looks at the nearest other molecules alone."""
    width: int = 64
    """Numbers per vector that are compared."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.share <= 1 or self.temperature <= 0 or self.width < 2:
            raise ValueError(
                f"paired_spellings has share {self.share}, temperature {self.temperature}, width "
                f"{self.width}; expected a share above 0 up to 1, a temperature above 0 such as 0.1, a width "
                "such as 64."
            )

    def loss(self, outputs: Any, batch: dict[str, Any]) -> Tensor:
        one, other = outputs.projection.chunk(2)
        return info_nce(one, other, self.temperature)
