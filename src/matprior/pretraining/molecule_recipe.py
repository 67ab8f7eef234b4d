"""Everything that decides a MolBERT, as a recipe."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field

from matprior.pretraining.base import Objective
from matprior.pretraining.masked_tokens import MaskedTokens
from matprior.pretraining.molecule_corpus import MeasuredColumn, MoleculeSource
from matprior.pretraining.paired_spellings import PairedSpellings
from matprior.pretraining.properties import Properties
from matprior.training.loop import TrainingOptions


@dataclass
class MoleculeRecipe:
    """Everything that decides a checkpoint for molecules. Written into its folder as `recipe.yaml`."""

    name: str = "molbert"
    """Name of the checkpoint."""
    notation: str = "smiles"
    """smiles or selfies."""
    encoding: str = "split"
    """How strings are cut: for smiles `split` (parts of bracket atoms) or `whole`."""
    written: str = "smiles"
    """How the files spell their molecules: smiles, or selfies where the notation is that too."""
    size: str = "small"
    """tiny, small or base."""
    sources: list[MoleculeSource] = field(default_factory=list)
    """Files of strings, relative to the data folder."""
    exclude: list[str] = field(default_factory=list)
    """Files whose molecules must not be seen."""
    columns: list[MeasuredColumn] = field(default_factory=list)
    """Properties from tables, beside the descriptors."""
    descriptors: bool = True
    """Learn RDKit's descriptors."""
    variants: int = 2
    """Random spellings of each molecule beside the canonical one; every epoch draws one of them."""
    longest: int = 160
    """Strings of more tokens are left out."""
    masked_tokens: MaskedTokens = field(default_factory=MaskedTokens)
    """Masked-token objective."""
    paired_spellings: PairedSpellings = field(default_factory=lambda: PairedSpellings(weight=0.0))
    """Objective that compares two spellings of a molecule; off unless it is named."""
    property_weight: float = 1.0
    """Weight of the property objective."""
    property_balance: str = "equal"
    """How properties share that objective: sqrt, equal, count or uncertainty."""
    property_threshold: float = 1.0
    """Huber threshold of the property loss, in standard deviations of the property."""
    training: TrainingOptions = field(
        default_factory=lambda: TrainingOptions(
            epochs=3,
            batch_size=128,
            learning_rate=6e-4,
            head_learning_rate=6e-4,
            layer_decay=1.0,
            warmup=0.05,
        )
    )
    """How to train."""
    heldout: float = 0.01
    """Share of molecules kept aside to score on."""
    licence: str = ""
    """Licence of the weights and of the data they learned from; stands on the card."""
    seed: int = 0
    """Same seed, same checkpoint."""
    limit: int | None = None
    """Use only this many molecules of each source (for a quick try)."""

    def objectives(self) -> dict[str, Objective]:
        """Name -> objective of those with a weight."""
        chosen: dict[str, Objective] = {
            "masked_tokens": self.masked_tokens,
            "paired_spellings": self.paired_spellings,
        }
        if self.descriptors or self.columns:
            chosen["properties"] = Properties(
                self.property_weight, self.property_balance, [], self.property_threshold
            )
        found = {name: deepcopy(one) for name, one in chosen.items() if one.weight}
        if not found:
            raise ValueError(
                "The recipe has no objective: every weight is 0. Give a weight to masked_tokens, "
                "paired_spellings, or (with descriptors or columns) property_weight."
            )
        return found
