"""What pretraining predicts: the objectives a recipe can combine, each a file of its own."""

from __future__ import annotations

from matprior.pretraining.base import Objective
from matprior.pretraining.contrastive import Contrastive
from matprior.pretraining.denoising import Denoising
from matprior.pretraining.hard_prompts import HardPrompts
from matprior.pretraining.masked_atoms import MaskedAtoms
from matprior.pretraining.properties import Properties

__all__ = ["OBJECTIVES", "Contrastive", "Denoising", "HardPrompts", "MaskedAtoms", "Objective", "Properties"]

OBJECTIVES: dict[str, type[Objective]] = {
    "contrastive": Contrastive,  # first: its views are of the formula as it is
    "masked_atoms": MaskedAtoms,
    "denoising": Denoising,
    "properties": Properties,
    "hard_prompts": HardPrompts,  # last: no other objective may take a prompt for an atom
}
"""Name in a recipe -> class, in the order in which a batch is changed."""
