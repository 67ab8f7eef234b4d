"""Everything that decides a checkpoint, as a recipe."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field

from matprior.pretraining.corpus import PropertySource
from matprior.pretraining.objectives import (
    Contrastive,
    Denoising,
    HardPrompts,
    MaskedAtoms,
    Objective,
    Properties,
)
from matprior.pretraining.sources import Source
from matprior.training.loop import TrainingOptions


@dataclass
class PretrainingRecipe:
    """Everything that decides a checkpoint. Written into its folder as `recipe.yaml`."""

    name: str = "matbert"
    """Name of the checkpoint."""
    size: str = "small"
    """tiny, small or base."""
    encoding: str = "amounts"
    """amounts or repeat."""
    sources: list[str | Source] = field(default_factory=list)
    """Files, folders or patterns of formulas, relative to the data folder; a mapping takes some rows."""
    properties: list[PropertySource] = field(default_factory=list)
    """Computed properties; none means masked atoms alone."""
    exclude: list[str] = field(default_factory=list)
    """Files or names of data sets whose formulas must not be seen."""
    drop_shared_labels: bool = False
    """Properties with labels of the source of an excluded file: go on without its formulas, not refuse."""
    only_listed: bool = True
    """Properties of formulas outside `sources` are left out."""
    masked_atoms: MaskedAtoms = field(default_factory=MaskedAtoms)
    """Masked-atom objective."""
    contrastive: Contrastive = field(default_factory=lambda: Contrastive(weight=0.0))
    """Objective that compares two views of a formula; off unless it is named."""
    denoising: Denoising = field(default_factory=lambda: Denoising(weight=0.0))
    """Swapped-element objective; off unless it is named."""
    hard_prompts: HardPrompts = field(default_factory=HardPrompts)
    """Words beside formulas, of their classes and of asked properties; off unless switched on in it."""
    property_weight: float = 1.0
    """Weight of the property objective."""
    property_balance: str = "sqrt"
    """How properties share that objective: sqrt, equal, count or uncertainty."""
    property_threshold: float = 1.0
    """Huber threshold of the property loss, in standard deviations of the property."""
    training: TrainingOptions = field(
        default_factory=lambda: TrainingOptions(
            epochs=8,
            batch_size=512,
            learning_rate=8e-4,
            head_learning_rate=8e-4,
            layer_decay=1.0,
            warmup=0.05,
        )
    )
    """How to train."""
    dropout: float = 0.0
    """Share of numbers dropped inside the network while it learns."""
    heldout: float = 0.02
    """Share of formulas kept aside to score on."""
    heldout_by: str = "formula"
    """What is kept aside: each `formula` for itself, or a chemical `system` with all its formulas, so that
    the scores speak of strangers."""
    licence: str = ""
    """Licence of the weights and of the data they learned from; stands on the card."""
    seed: int = 0
    """Same seed, same checkpoint."""
    limit: int | None = None
    """Use only this many formulas (for a quick try)."""

    def objectives(self) -> dict[str, Objective]:
        """Name -> objective of those with a weight, in the order of `OBJECTIVES`.

        Copies, because objectives learn from the corpus and a recipe must stay what its file says.

        Examples
        --------
        >>> list(PretrainingRecipe(denoising=Denoising(weight=0.1)).objectives())
        ['masked_atoms', 'denoising']
        """
        chosen: dict[str, Objective] = {
            "contrastive": self.contrastive,
            "masked_atoms": self.masked_atoms,
            "denoising": self.denoising,
        }
        if self.properties:
            binary = [source.kind == "binary" for source in self.properties]
            chosen["properties"] = Properties(
                self.property_weight, self.property_balance, binary, self.property_threshold
            )
        if self.hard_prompts.on:
            chosen["hard_prompts"] = self.hard_prompts
        found = {name: deepcopy(one) for name, one in chosen.items() if one.weight}
        if not found:
            raise ValueError(
                "The recipe has no objective: every weight is 0. Give a weight to masked_atoms, contrastive, "
                "denoising, or (with properties) property_weight."
            )
        return found
