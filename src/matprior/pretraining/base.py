"""What every pretraining objective is: a change of the batch, and one term of the loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from matprior.models.pretraining_output import PretrainingOutput
from matprior.tokens.composition import Encoded


@dataclass
class Objective(ABC):
    """One term of the pretraining loss."""

    weight: float = 1.0
    """Factor of this term in the sum; 0 leaves the objective out."""

    def __post_init__(self) -> None:
        if self.weight < 0:
            raise ValueError(f"The weight of an objective is {self.weight}; expected 0 (off) or more.")

    def learn(self, encoded: Encoded) -> None:
        """Look once at all rows to be learned from; by default nothing is needed."""
        return

    def corrupt(self, batch: dict[str, Any], seed: int) -> dict[str, Any]:
        """Change a batch before the model sees it; by default not at all."""
        return batch

    @abstractmethod
    def loss(self, outputs: PretrainingOutput, batch: dict[str, Any]) -> Tensor:
        """The term, unweighted."""
