"""Everything that decides a generator of formulas or molecules, as a recipe."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from matprior.pretraining.corpus import PropertySource
from matprior.pretraining.sources import Source
from matprior.tokens.formula_language import FORMULAS
from matprior.tokens.molecule_language import CENTRES, DEFAULTS
from matprior.training.loop import TrainingOptions

KIND = "generator"
"""What `kind` says in a recipe of this sort, and in the `matprior.json` of its checkpoint."""


@dataclass
class Shape:
    """Size of the network."""

    width: int = 160
    """Numbers per token."""
    layers: int = 4
    """Transformer blocks."""
    heads: int = 5
    """Attention heads; they share the width evenly."""
    dropout: float = 0.0
    """Share of values left out while training."""

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} cannot be shared by {self.heads} heads; choose a multiple.")


@dataclass
class GeneratorRecipe:
    """Everything that decides a generator. Written into its folder as `recipe.yaml`."""

    kind: str = KIND
    """Always `generator`: tells this recipe from those of encoders."""
    name: str = "matgpt"
    """Name of the checkpoint."""
    notation: str = "composition"
    """composition, smiles or selfies."""
    shape: Shape = field(default_factory=Shape)
    """Size of the network."""
    sources: list[str | Source] = field(default_factory=list)
    """Files, folders or patterns of formulas or of SMILES, relative to the data folder; a mapping names the
    column, and takes some rows."""
    only_balanced: bool = True
    """Learn only formulas that fulfil both rules of `matprior.generation.validity`."""
    properties: list[PropertySource] = field(default_factory=list)
    """Computed properties of formulas that can be asked for: band_gap, formation_energy."""
    descriptors: list[str] = field(default_factory=list)
    """Properties of molecules that can be asked for, computed by RDKit: logp, qed, tpsa, weight."""
    exclude: list[str] = field(default_factory=list)
    """Files or names of data sets whose strings must not be seen."""
    shown: float = 0.5
    """Chance that a known property stands before its string in an epoch, each drawn alone."""
    substituted: float = 0.0
    """Chance that a formula gives its place in an epoch to one with an element substituted."""
    training: TrainingOptions = field(
        default_factory=lambda: TrainingOptions(
            epochs=8,
            batch_size=256,
            learning_rate=1e-3,
            head_learning_rate=1e-3,
            layer_decay=1.0,
            warmup=0.03,
        )
    )
    """How to train."""
    heldout: float = 0.02
    """Share of strings kept aside to score on."""
    licence: str = ""
    """Licence of the weights and of the data they learned from; stands on the card."""
    seed: int = 0
    """Same seed, same checkpoint."""
    limit: int | None = None
    """Use only this many formulas, or molecules of each source."""

    def __post_init__(self) -> None:
        if self.kind != KIND:
            raise ValueError(f"kind is {self.kind!r}; expected {KIND!r}.")
        if self.notation != FORMULAS.notation and self.notation not in DEFAULTS:
            known = ", ".join([FORMULAS.notation, *DEFAULTS])
            raise ValueError(f"notation is {self.notation!r}; expected one of {known}.")
        formulas = self.notation == FORMULAS.notation
        _check_known([source.name for source in self.properties], FORMULAS.centres if formulas else ())
        _check_known(self.descriptors, () if formulas else CENTRES)
        for name in ("shown", "substituted"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; expected a share from 0 to 1.")
        if self.substituted and not formulas:
            raise ValueError("substituted is for formulas; leave it out where molecules are learned.")


def _check_known(names: list[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise ValueError(
                f"Property {name!r} has no tokens in the grammar. Known: {', '.join(known) or 'none'} "
                "(properties belong to formulas, descriptors to molecules)."
            )


def kind_of(recipe: str | Path) -> str | None:
    """What `kind` says in a recipe's file; None where it says none, or cannot be read as a recipe."""
    try:
        content = yaml.safe_load(Path(recipe).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError, RecursionError):
        return None  # the reader of recipes has the better message
    return content.get("kind") if isinstance(content, dict) else None
