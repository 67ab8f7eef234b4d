"""What every pretraining run gives and keeps, whatever it reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matprior.data.recipe import read_recipe, write_recipe
from matprior.tokens.composition import Encoded


@dataclass
class Pretrained:
    """What a run gives: the model, its tokenizer, scores and notes."""

    model: Any
    """A `MatBertForPreTraining` or `MolBertForPreTraining`."""
    tokenizer: Any
    """What turns strings into its inputs; has `save_pretrained`."""
    scores: list[dict[str, Any]]
    """Records: what was measured on held-out strings, network beside baselines."""
    notes: list[str]
    """What was read, merged, left out."""
    n_strings: int
    """Distinct materials learned from."""
    seconds: float | None
    """Wall time of the training, broken runs added up."""
    learned: Encoded
    """What was learned from, as ids."""
    strings: list[str] = field(default_factory=list)
    """The same, canonical."""


def split_rows(n: int, recipe: Any) -> tuple[np.ndarray, np.ndarray]:
    """Rows to learn from and rows to score on; rows are distinct materials, so none is on both sides."""
    order = np.random.default_rng([recipe.seed, n]).permutation(n)[: recipe.limit]
    n_kept = max(1, round(recipe.heldout * len(order)))
    return np.sort(order[n_kept:]), np.sort(order[:n_kept])


def same_recipe(recipe: Any, written: Path) -> None:
    """Refuse to continue a run of another recipe: the checkpoint would be a mixture nobody can repeat."""
    if written.exists() and read_recipe(written, type(recipe)) != recipe:
        raise ValueError(
            f"{written.parent} holds a broken run of another recipe. Continue it with that recipe "
            f"({written}), choose another --output, or remove the folder to start anew."
        )
    write_recipe(recipe, written)


def seconds_of(history: pd.DataFrame) -> float | None:
    """Wall time of a training."""
    return float(history["seconds"].max()) if "seconds" in history else None


def keep_scales(model: Any) -> None:
    """Note the learned scale beside each property, and leave out what only served the training."""
    if model.scales is not None:
        for column, scale in zip(model.config.properties, model.scales().exp().tolist(), strict=True):
            column["learned_scale"] = scale
    model.drop_helpers()
