"""From a recipe to a pretrained checkpoint with its scores on formulas it never saw."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from matprior.models.matbert import MatBertConfig, MatBertForPreTraining
from matprior.pretraining.asking import asked_scores
from matprior.pretraining.corpus import Corpus, read_corpus
from matprior.pretraining.guard import refuse_shared_labels
from matprior.pretraining.hard_prompts import HardPrompts
from matprior.pretraining.mixture import corruption, held_out_losses, weighted_loss
from matprior.pretraining.prompt_words import class_bits, tasks_of, words_of
from matprior.pretraining.recipe import PretrainingRecipe
from matprior.pretraining.result import Pretrained, keep_scales, same_recipe, seconds_of, split_rows
from matprior.pretraining.scoring import property_scores, scores_of
from matprior.pretraining.standards import described, standardised
from matprior.tokens.composition import (
    ELEMENT_OFFSET,
    VOCABULARY_SIZE,
    CompositionTokenizer,
    Encoded,
    encode_many,
)
from matprior.training.batches import Rows
from matprior.training.loop import Progress, seed_everything, train

__all__ = ["Pretrained", "PretrainingRecipe", "corpus_of", "pretrain"]

WATCHED = 2_048
"""Held-out formulas whose losses are noted after each epoch."""


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
    same_recipe(recipe, Path(output) / "run" / "recipe.yaml")
    corpus = corpus_of(recipe, folder)
    plain = encode_many(corpus.strings, recipe.encoding)
    systems = systems_of(plain) if recipe.heldout_by == "system" else None
    learn, kept = split_rows(len(corpus.strings), recipe, systems)
    columns = _described(recipe, corpus, learn)
    encoded = with_classes(plain, corpus.strings, recipe)
    values = standardised(corpus.values, columns)
    seed_everything(recipe.seed)
    model = MatBertForPreTraining(_config(recipe, columns))
    rows = Rows(encoded.take(learn), values[learn] if columns else None)
    for objective in objectives.values():
        if isinstance(objective, HardPrompts):
            objective.prepare(model.config, recipe.property_threshold)
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
    keep_scales(model)
    learned, held = plain.take(learn), plain.take(kept)
    scores = scores_of(model, objectives, learned, held, recipe.seed)
    scores += property_scores(model, held, corpus.values[kept], corpus.values[learn])
    scores += asked_scores(model, held, corpus.values[kept], corpus.values[learn])
    tokenizer = CompositionTokenizer(encoding=recipe.encoding)
    tokenizer.add_tokens(model.config.words or [])
    seconds, formulas = seconds_of(history), [corpus.strings[i] for i in learn]
    return Pretrained(model, tokenizer, scores, corpus.notes, len(learn), seconds, learned, formulas)


def with_classes(encoded: Encoded, strings: list[str], recipe: PretrainingRecipe) -> Encoded:
    """The rows with their classes beside them, where the recipe shows these as prompts."""
    if not recipe.hard_prompts.on or not recipe.hard_prompts.classes:
        return encoded
    return replace(encoded, extra=class_bits(strings))


def corpus_of(recipe: PretrainingRecipe, folder: str | Path) -> Corpus:
    """What a recipe learns from and is scored on, with notes of what was read and left out."""
    corpus = read_corpus(Path(folder), recipe.sources, recipe.properties, recipe.exclude, recipe.only_listed)
    corpus.notes.append(f"{len(corpus.strings):,} distinct formulas in all.")
    return corpus


def _config(recipe: PretrainingRecipe, columns: list[dict[str, Any]]) -> MatBertConfig:
    asks = recipe.hard_prompts.on and recipe.hard_prompts.tasks
    words = (
        words_of(recipe.hard_prompts.classes, recipe.hard_prompts.tasks, recipe.properties)
        if recipe.hard_prompts.on
        else []
    )
    return MatBertConfig.of_size(
        recipe.size,
        encoding=recipe.encoding,
        vocab_size=VOCABULARY_SIZE + len(words),
        words=words or None,
        task_words=tasks_of(recipe.properties, columns) if asks else None,
        properties=columns or None,
        predict_amount=recipe.masked_atoms.predict_amount,
        projection=recipe.contrastive.width if recipe.contrastive.weight else 0,
        learned_scales=bool(columns) and recipe.property_balance == "uncertainty",
        hidden_dropout_prob=recipe.dropout,
        attention_probs_dropout_prob=0.0,
    )


def _described(recipe: PretrainingRecipe, corpus: Corpus, learn: np.ndarray) -> list[dict[str, Any]]:
    return [
        described(source, corpus.values[learn, index], binary=source.kind == "binary")
        for index, source in enumerate(recipe.properties)
    ]


def systems_of(encoded: Encoded) -> np.ndarray:
    """Number of the chemical system of each formula, shape (n,): alike where the same elements are in it."""
    present = np.zeros((len(encoded.ids), VOCABULARY_SIZE), dtype=bool)
    present[np.arange(len(encoded.ids))[:, None], encoded.ids] = True
    packed = np.packbits(present[:, ELEMENT_OFFSET:], axis=1)
    return np.unique(packed, axis=0, return_inverse=True)[1].reshape(-1)


def _possible(recipe: PretrainingRecipe) -> None:
    if recipe.heldout_by not in ("formula", "system"):
        raise ValueError(f"heldout_by is {recipe.heldout_by!r}; expected formula or system.")
    if recipe.masked_atoms.predict_amount and recipe.encoding != "amounts":
        raise ValueError(
            f"masked_atoms.predict_amount needs encoding: amounts, got {recipe.encoding!r}, in which every "
            "atom of a formula has the same fraction. Change one of the two in the recipe."
        )
    if recipe.hard_prompts.on and recipe.encoding != "amounts":
        raise ValueError(
            f"hard_prompts need encoding: amounts, got {recipe.encoding!r}, in which the place of a token "
            "counts and a word would move the atoms. Change one of the two in the recipe."
        )
    if recipe.hard_prompts.on and recipe.hard_prompts.tasks and not recipe.properties:
        raise ValueError(
            "hard_prompts.tasks asks for properties and the recipe has none. Name some, or set it false."
        )


@torch.no_grad()
def _mean_for_unknown(model: MatBertForPreTraining) -> None:
    """[UNK] gets the mean element vector: it is never seen in pretraining, and zero knowledge is the mean."""
    vectors = model.matbert.bert.embeddings.word_embeddings.weight
    vectors[1] = vectors[ELEMENT_OFFSET + 1 : VOCABULARY_SIZE].mean(0)
