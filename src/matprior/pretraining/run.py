"""From a recipe to a pretrained checkpoint with its scores on formulas it never saw."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from matprior.data.recipe import read_recipe, write_recipe
from matprior.models.matbert import MatBertConfig, MatBertForPreTraining
from matprior.pretraining.corpus import Corpus, PropertySource, read_corpus
from matprior.pretraining.guard import refuse_shared_labels
from matprior.pretraining.objectives import MaskedAtoms, Objective, Properties
from matprior.pretraining.scoring import masked_amount_scores, masked_atom_scores, property_scores
from matprior.tokens.composition import (
    ELEMENT_OFFSET,
    CompositionTokenizer,
    Encoded,
    encode_many,
)
from matprior.training.batches import Rows
from matprior.training.loop import Progress, TrainingOptions, seed_everything, train

FARTHEST = 8.0
"""Standardised property values are clipped here: one typing error must not steer a head."""


@dataclass
class PretrainingRecipe:
    """Everything that decides a checkpoint. Written into its folder as `recipe.yaml`."""

    name: str = "matbert"
    """Name of the checkpoint."""
    size: str = "small"
    """tiny, small or base."""
    encoding: str = "amounts"
    """amounts or repeat."""
    sources: list[str] = field(default_factory=list)
    """Files of formulas, relative to the data folder."""
    properties: list[PropertySource] = field(default_factory=list)
    """Computed properties; none means masked atoms alone."""
    exclude: list[str] = field(default_factory=list)
    """Files whose formulas must not be seen."""
    drop_shared_labels: bool = False
    """Properties with labels of the source of an excluded file: go on without its formulas, not refuse."""
    only_listed: bool = True
    """Properties of formulas outside `sources` are left out."""
    masked_atoms: MaskedAtoms = field(default_factory=MaskedAtoms)
    """Masked-atom objective."""
    property_weight: float = 1.0
    """Weight of the property objective."""
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
    heldout: float = 0.02
    """Share of formulas kept aside to score on."""
    licence: str = ""
    """Licence of the weights and of the data they learned from; stands on the card."""
    seed: int = 0
    """Same seed, same checkpoint."""
    limit: int | None = None
    """Use only this many formulas (for a quick try)."""


@dataclass
class Pretrained:
    """What a run gives: the model, its tokenizer, scores and notes."""

    model: MatBertForPreTraining
    tokenizer: CompositionTokenizer
    scores: list[dict[str, Any]]
    """Records: what was measured on held-out formulas, network beside baselines."""
    notes: list[str]
    """What was read, merged, left out."""
    n_formulas: int
    """Distinct formulas learned from."""
    seconds: float | None
    """Wall time of the training, broken runs added up."""
    learned: Encoded
    """The formulas learned from, as ids and fractions."""
    formulas: list[str] = field(default_factory=list)
    """The same formulas, canonical."""


def pretrain(
    recipe: PretrainingRecipe, folder: str | Path, output: str | Path, progress: Progress | None = None
) -> Pretrained:
    """Pretrain a MatBERT. A broken run is continued from its last checkpoint.

    Parameters
    ----------
    recipe : what to learn from, and how
    folder : data folder that the recipe's paths start from
    output : folder of the checkpoint; work in progress lies in its subfolder `run`. The finished
        model is written by `matprior.pretraining.saving.save`.
    progress : told the number of steps done
    """
    _possible(recipe)
    if not recipe.drop_shared_labels:
        refuse_shared_labels(Path(folder), recipe.properties, recipe.exclude)
    _same_recipe(recipe, Path(output) / "run" / "recipe.yaml")
    corpus = read_corpus(Path(folder), recipe.sources, recipe.properties, recipe.exclude, recipe.only_listed)
    learn, kept = _split(len(corpus.strings), recipe)
    columns = _describe(recipe, corpus, learn)
    encoded = encode_many(corpus.strings, recipe.encoding)
    values = _standardised(corpus, columns)
    seed_everything(recipe.seed)
    model = MatBertForPreTraining(_config(recipe, columns))
    rows = Rows(encoded.take(learn), values[learn] if columns else None)
    objectives = _objectives(recipe, rows.encoded)
    history = train(
        model,
        rows,
        _loss(objectives),
        recipe.training,
        seed=recipe.seed,
        folder=Path(output) / "run",
        collate=_corruption(objectives, recipe.seed),
        progress=progress,
    )
    _mean_for_unknown(model)
    scores = masked_atom_scores(model, rows.encoded, encoded.take(kept))
    scores += masked_amount_scores(model, rows.encoded, encoded.take(kept))
    scores += property_scores(model, encoded.take(kept), corpus.values[kept], corpus.values[learn])
    tokenizer = CompositionTokenizer(encoding=recipe.encoding)
    seconds, formulas = _seconds(history), [corpus.strings[i] for i in learn]
    return Pretrained(model, tokenizer, scores, corpus.notes, len(learn), seconds, rows.encoded, formulas)


def _config(recipe: PretrainingRecipe, columns: list[dict[str, Any]]) -> MatBertConfig:
    # No dropout: a few passes of half a million formulas under-fit a network of this size.
    return MatBertConfig.of_size(
        recipe.size,
        encoding=recipe.encoding,
        properties=columns or None,
        predict_amount=recipe.masked_atoms.predict_amount,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )


def _split(n: int, recipe: PretrainingRecipe) -> tuple[np.ndarray, np.ndarray]:
    """Rows to learn from and rows to score on; formulas are distinct, so none is on both sides."""
    order = np.random.default_rng([recipe.seed, n]).permutation(n)[: recipe.limit]
    n_kept = max(1, round(recipe.heldout * len(order)))
    return np.sort(order[n_kept:]), np.sort(order[:n_kept])


def _describe(recipe: PretrainingRecipe, corpus: Corpus, learn: np.ndarray) -> list[dict[str, Any]]:
    """Name, unit, transform, mean and scale of each property; mean and scale from learning rows alone."""
    columns = []
    for index, source in enumerate(recipe.properties):
        known = corpus.values[learn, index]
        known = known[np.isfinite(known)].astype(float)
        if len(known) < 10:
            raise ValueError(
                f"Property {source.name!r} has {len(known)} known values; at least 10 are needed."
            )
        # Inner 99.8 %: a single 1e6 in a table of moduli would make all others equal.
        inner = np.clip(known, *np.quantile(known, [0.001, 0.999]))
        columns.append(
            {
                "name": source.name,
                "unit": source.unit,
                "transform": source.transform,
                "mean": float(inner.mean()),
                "scale": float(inner.std() or 1.0),
                "n": len(known),
            }
        )
    return columns


def _standardised(corpus: Corpus, columns: list[dict[str, Any]]) -> np.ndarray:
    mean = np.array([column["mean"] for column in columns], dtype=np.float32)
    scale = np.array([column["scale"] for column in columns], dtype=np.float32)
    return np.clip((corpus.values - mean) / scale, -FARTHEST, FARTHEST)


def _objectives(recipe: PretrainingRecipe, learned: Encoded) -> list[Objective]:
    # A copy, because objectives learn from the corpus and a recipe must stay what its file says.
    chosen: list[Objective] = [deepcopy(recipe.masked_atoms)]
    if recipe.properties:
        chosen.append(Properties(weight=recipe.property_weight))
    for objective in chosen:
        objective.learn(learned)
    return chosen


def _corruption(objectives: list[Objective], seed: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def corrupt(batch: dict[str, Any]) -> dict[str, Any]:
        for objective in objectives:
            batch = objective.corrupt(batch, seed)
        return batch

    return corrupt


def _loss(objectives: list[Objective]) -> Callable[[nn.Module, dict[str, Any]], Tensor]:
    def loss(model: nn.Module, batch: dict[str, Any]) -> Tensor:
        outputs = model(batch["input_ids"], batch["amounts"], batch["attention_mask"])
        terms = [objective.weight * objective.loss(outputs, batch) for objective in objectives]
        return torch.stack(terms).sum()

    return loss


def _possible(recipe: PretrainingRecipe) -> None:
    if recipe.masked_atoms.predict_amount and recipe.encoding != "amounts":
        raise ValueError(
            f"masked_atoms.predict_amount needs encoding: amounts, got {recipe.encoding!r}, in which every "
            "atom of a formula has the same fraction. Change one of the two in the recipe."
        )


def _same_recipe(recipe: PretrainingRecipe, written: Path) -> None:
    """Refuse to continue a run of another recipe: the checkpoint would be a mixture nobody can repeat."""
    if written.exists() and read_recipe(written, PretrainingRecipe) != recipe:
        raise ValueError(
            f"{written.parent} holds a broken run of another recipe. Continue it with that recipe "
            f"({written}), choose another --output, or remove the folder to start anew."
        )
    write_recipe(recipe, written)


def _seconds(history: pd.DataFrame) -> float | None:
    return float(history["seconds"].max()) if "seconds" in history else None


@torch.no_grad()
def _mean_for_unknown(model: MatBertForPreTraining) -> None:
    """[UNK] gets the mean element vector: it is never seen in pretraining, and zero knowledge is the mean."""
    vectors = model.matbert.bert.embeddings.word_embeddings.weight
    vectors[1] = vectors[ELEMENT_OFFSET + 1 :].mean(0)
