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


def split_rows(n: int, recipe: Any, groups: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Rows to learn from and rows to score on; rows are distinct materials, so none is on both sides.

    Parameters
    ----------
    groups : number of the family of each row, shape (n,); a family is then on one side as a whole

    Examples
    --------
    >>> from matprior.pretraining.recipe import PretrainingRecipe
    >>> learn, kept = split_rows(6, PretrainingRecipe(heldout=0.3), np.array([0, 0, 0, 1, 1, 1]))
    >>> len(learn), len(kept)
    (3, 3)
    """
    draws = np.random.default_rng([recipe.seed, n])
    order = draws.permutation(n)[: recipe.limit]
    if len(order) < 2:
        raise ValueError(
            f"{len(order):,} distinct strings are too few to pretrain on: some are learned from, and at "
            "least one is kept to score on. Give more sources."
        )
    n_kept = max(1, round(recipe.heldout * len(order)))
    if groups is None:
        return np.sort(order[n_kept:]), np.sort(order[:n_kept])
    # Each family has the same chance, however large it is, until the rows wanted are there.
    numbers, sizes = np.unique(groups[order], return_counts=True)
    drawn = draws.permutation(len(numbers))
    kept = numbers[drawn[: np.searchsorted(np.cumsum(sizes[drawn]), n_kept) + 1]]
    aside = np.isin(groups[order], kept)
    return np.sort(order[~aside]), np.sort(order[aside])


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
