"""From a recipe to a pretrained checkpoint with its scores on formulas it never saw."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from matprior.data.recipe import read_recipe, write_recipe
from matprior.models.matbert import MatBertConfig, MatBertForPreTraining
from matprior.pretraining.corpus import Corpus, read_corpus
from matprior.pretraining.guard import refuse_shared_labels
from matprior.pretraining.mixture import corruption, held_out_losses, weighted_loss
from matprior.pretraining.recipe import PretrainingRecipe
from matprior.pretraining.scoring import property_scores, scores_of
from matprior.tokens.composition import (
    ELEMENT_OFFSET,
    CompositionTokenizer,
    Encoded,
    encode_many,
)
from matprior.training.batches import Rows
from matprior.training.loop import Progress, seed_everything, train

__all__ = ["Pretrained", "PretrainingRecipe", "corpus_of", "pretrain"]

FARTHEST = 8.0
"""Standardised property values are clipped here: one typing error must not steer a head."""
WATCHED = 2_048
"""Held-out formulas whose losses are noted after each epoch."""


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
    recipe: PretrainingRecipe,
    folder: str | Path,
    output: str | Path,
    progress: Progress | None = None,
    tensorboard: bool = False,
) -> Pretrained:
    """Pretrain a MatBERT. A broken run is continued from its last checkpoint.

    Parameters
    ----------
    recipe : what to learn from, and how
    folder : data folder that the recipe's paths start from
    output : folder of the checkpoint; work in progress lies in its subfolder `run`. The finished
        model is written by `matprior.pretraining.saving.save`.
    progress : told the number of steps done
    tensorboard : write losses for TensorBoard into the subfolder `run`
    """
    _possible(recipe)
    if not recipe.drop_shared_labels:
        refuse_shared_labels(Path(folder), recipe.properties, recipe.exclude)
    objectives = recipe.objectives()
    _same_recipe(recipe, Path(output) / "run" / "recipe.yaml")
    corpus = corpus_of(recipe, folder)
    learn, kept = _split(len(corpus.strings), recipe)
    columns = _describe(recipe, corpus, learn)
    encoded = encode_many(corpus.strings, recipe.encoding)
    values = _standardised(corpus, columns)
    seed_everything(recipe.seed)
    model = MatBertForPreTraining(_config(recipe, columns))
    rows = Rows(encoded.take(learn), values[learn] if columns else None)
    for objective in objectives.values():
        objective.learn(rows.encoded)
    watched = kept[:WATCHED]
    watch = Rows(encoded.take(watched), values[watched] if columns else None)
    history = train(
        model,
        rows,
        weighted_loss(objectives),
        recipe.training,
        seed=recipe.seed,
        folder=Path(output) / "run",
        collate=corruption(objectives, recipe.seed),
        progress=progress,
        monitor=held_out_losses(objectives, watch, recipe.seed),
        tensorboard=tensorboard,
    )
    _mean_for_unknown(model)
    _keep_scales(model)
    scores = scores_of(model, objectives, rows.encoded, encoded.take(kept), recipe.seed)
    scores += property_scores(model, encoded.take(kept), corpus.values[kept], corpus.values[learn])
    tokenizer = CompositionTokenizer(encoding=recipe.encoding)
    seconds, formulas = _seconds(history), [corpus.strings[i] for i in learn]
    return Pretrained(model, tokenizer, scores, corpus.notes, len(learn), seconds, rows.encoded, formulas)


def corpus_of(recipe: PretrainingRecipe, folder: str | Path) -> Corpus:
    """What a recipe learns from and is scored on, with notes of what was read and left out."""
    corpus = read_corpus(Path(folder), recipe.sources, recipe.properties, recipe.exclude, recipe.only_listed)
    corpus.notes.append(f"{len(corpus.strings):,} distinct formulas in all.")
    return corpus


def _config(recipe: PretrainingRecipe, columns: list[dict[str, Any]]) -> MatBertConfig:
    # No dropout: a few passes of half a million formulas under-fit a network of this size.
    return MatBertConfig.of_size(
        recipe.size,
        encoding=recipe.encoding,
        properties=columns or None,
        predict_amount=recipe.masked_atoms.predict_amount,
        projection=recipe.contrastive.width if recipe.contrastive.weight else 0,
        learned_scales=bool(columns) and recipe.property_balance == "uncertainty",
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
        column = {
            "name": source.name,
            "unit": source.unit,
            "transform": source.transform,
            "mean": float(inner.mean()),
            "scale": float(inner.std() or 1.0),
            "n": len(known),
        }
        if source.kind == "binary":  # 0 and 1 stay what they are; the share of ones is told
            column |= {"kind": "binary", "mean": 0.0, "scale": 1.0, "share": float(known.mean())}
        columns.append(column)
    return columns


def _standardised(corpus: Corpus, columns: list[dict[str, Any]]) -> np.ndarray:
    mean = np.array([column["mean"] for column in columns], dtype=np.float32)
    scale = np.array([column["scale"] for column in columns], dtype=np.float32)
    return np.clip((corpus.values - mean) / scale, -FARTHEST, FARTHEST)


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


def _keep_scales(model: MatBertForPreTraining) -> None:
    """Note the learned scale beside each property, and leave out what only served the training."""
    if model.scales is not None:
        for column, scale in zip(model.config.properties, model.scales().exp().tolist(), strict=True):
            column["learned_scale"] = scale
    model.drop_helpers()
