"""Everything that decides a network that describes compositions, as a recipe."""

from __future__ import annotations

from dataclasses import dataclass, field

from matprior.pretraining.corpus import PropertySource
from matprior.tokens.facts import NUMBERS
from matprior.training.loop import TrainingOptions

KIND = "describer"
"""What `kind` says in a recipe of this sort, and in the `matprior.json` of its checkpoint."""


@dataclass
class TextShape:
    """Size of the network, a T5."""

    width: int = 128
    """Numbers per token."""
    encoder_layers: int = 4
    """Blocks that read the formula."""
    decoder_layers: int = 2
    """Blocks that write the description."""
    heads: int = 4
    """Attention heads; they share the width evenly."""
    feed_forward: int = 512
    """Numbers between the two matrices of a block."""
    dropout: float = 0.0
    """Share of values left out while training."""

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} cannot be shared by {self.heads} heads; choose a multiple.")


@dataclass
class DescriberRecipe:
    """Everything that decides a describer. Written into its folder as `recipe.yaml`."""

    kind: str = KIND
    """Always `describer`: tells this recipe from those of encoders and generators."""
    name: str = "matt5"
    """Name of the checkpoint."""
    shape: TextShape = field(default_factory=TextShape)
    """Size of the network."""
    numbers: list[PropertySource] = field(default_factory=list)
    """Tables of band_gap, formation_energy and above_hull; their formulas are learned from."""
    teacher: str = ""
    """Checkpoint whose property heads say numbers that no table has; none where left out."""
    exclude: list[str] = field(default_factory=list)
    """Files or names of data sets whose formulas must not be seen."""
    japanese: float = 0.25
    """Share of descriptions in Japanese."""
    rules_asked: float = 0.15
    """Chance that a fact which follows by rule (class, roles, similar) is asked of a batch."""
    numbers_asked: float = 0.8
    """Chance that a known number is asked of a batch."""
    distance_weight: float = 3.0
    """Weight of the distance between numbers said and true, beside the likelihood of tokens."""
    training: TrainingOptions = field(
        default_factory=lambda: TrainingOptions(
            epochs=8,
            batch_size=256,
            learning_rate=2e-3,
            head_learning_rate=2e-3,
            layer_decay=1.0,
            warmup=0.03,
        )
    )
    """How to train."""
    heldout: float = 0.02
    """Share of formulas kept aside to score on."""
    licence: str = ""
    """Licence of the weights and of the data they learned from; stands on the card."""
    seed: int = 0
    """Same seed, same checkpoint."""
    limit: int | None = None
    """Use only this many formulas (for a quick try)."""

    def __post_init__(self) -> None:
        if self.kind != KIND:
            raise ValueError(f"kind is {self.kind!r}; expected {KIND!r}.")
        for source in self.numbers:
            if source.name not in NUMBERS:
                raise ValueError(
                    f"Number {source.name!r} is none of a description. Known: {', '.join(NUMBERS)}."
                )
        for name in ("japanese", "rules_asked", "numbers_asked"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; expected a share from 0 to 1.")
