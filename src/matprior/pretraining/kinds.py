"""The kinds of pretraining: which recipe, corpus and run belong to the notation that a recipe names."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from matprior.data.recipe import read_recipe
from matprior.pretraining.molecule_recipe import MoleculeRecipe
from matprior.pretraining.molecule_run import molecules_of, pretrain_molecules
from matprior.pretraining.run import PretrainingRecipe, corpus_of, pretrain


@dataclass(frozen=True)
class Kind:
    """What a notation needs to be pretrained on."""

    recipe: type
    """Dataclass of its recipes."""
    corpus: Callable[..., Any]
    """From a recipe and the data folder to what would be learned from; its `notes` tell."""
    run: Callable[..., Any]
    """From a recipe, the data folder and the output folder to a pretrained model."""
    what: str
    """What the strings are called."""

    def read(self, path: str | Path, overrides: list[str] | None = None) -> Any:
        """A recipe of this kind, with settings such as `training.epochs=2` changed."""
        return read_recipe(path, self.recipe, overrides)


MOLECULES = Kind(MoleculeRecipe, molecules_of, pretrain_molecules, "molecules")
KINDS: dict[str, Kind] = {
    "composition": Kind(PretrainingRecipe, corpus_of, pretrain, "formulas"),
    "smiles": MOLECULES,
    "selfies": MOLECULES,
}
"""Notation -> kind."""


def kind_of_recipe(path: str | Path) -> Kind:
    """The kind of pretraining that a recipe file asks for: its `notation`, compositions where it has none.

    Raises
    ------
    ValueError
        A notation that nothing can be pretrained on.
    """
    content = None
    with suppress(OSError, yaml.YAMLError, UnicodeDecodeError, RecursionError):  # told by `read`, in words
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    notation = content.get("notation", "composition") if isinstance(content, dict) else "composition"
    if not isinstance(notation, str) or notation not in KINDS:
        raise ValueError(f"notation: {notation!r} in {path} is unknown. Known: {', '.join(KINDS)}.")
    return KINDS[notation]
