"""From a recipe to a network that describes compositions, with its scores on formulas it never saw."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from transformers import GenerationConfig, T5Config, T5ForConditionalGeneration

from matprior.generation.describing_recipe import KIND, DescriberRecipe, TextShape
from matprior.generation.describing_rows import (
    Asking,
    description_loss,
    encode_formulas,
    rule_facts,
    telling,
)
from matprior.generation.numbers import head_numbers, number_errors, spoken_numbers
from matprior.notations.composition import parse_amounts
from matprior.pretraining.corpus import read_corpus
from matprior.pretraining.result import same_recipe, seconds_of, split_rows
from matprior.pretraining.saving import write_checkpoint
from matprior.tokens.descriptions import CONTEXT, EOS, PAD, TOKENS, description_tokenizer
from matprior.tokens.facts import NUMBERS
from matprior.training.batches import Rows
from matprior.training.loop import Progress, seed_everything, train

WATCHED = 512
"""Held-out formulas whose numbers are compared after each epoch."""


@dataclass
class Lessons:
    """What a describer learns from."""

    formulas: list[str]
    """Canonical, `n`."""
    values: np.ndarray
    """Numbers in the order of `NUMBERS`, shape (n, 3), NaN where no table has one."""
    notes: list[str]
    """What was read and what was left out."""


@dataclass
class Describer:
    """What a run gives."""

    model: Any
    """A `T5ForConditionalGeneration`."""
    scores: list[dict[str, Any]]
    """What was measured on held-out formulas, network beside the median."""
    lessons: Lessons
    """What was learned from."""
    seconds: float | None
    """Wall time of the training, broken runs added up."""


def lessons_of(recipe: DescriberRecipe, folder: str | Path) -> Lessons:
    """The formulas of a recipe that the grammar can write, with the numbers that tables have.

    Parameters
    ----------
    recipe : what to learn from
    folder : data folder that the recipe's paths start from
    """
    corpus = read_corpus(Path(folder), [], recipe.numbers, recipe.exclude, only_listed=False)
    columns = [source.name for source in recipe.numbers]
    values = np.full((len(corpus.strings), len(NUMBERS)), np.nan, dtype=np.float32)
    for place, name in enumerate(NUMBERS):
        if name in columns:
            values[:, place] = corpus.values[:, columns.index(name)]
    _, keep = encode_formulas(corpus.strings)
    left = len(values) - len(keep)
    notes = [*corpus.notes, f"{left:,} formulas cannot be written in the grammar and were left out."]
    return Lessons([corpus.strings[i] for i in keep], values[keep], notes)


def pretrain_describer(
    recipe: DescriberRecipe,
    folder: str | Path,
    output: str | Path,
    progress: Progress | None = None,
    tensorboard: bool = False,
) -> Describer:
    """Pretrain a MatT5. A broken run is continued from its last checkpoint.

    Parameters
    ----------
    recipe : what to learn from, and how
    folder : data folder that the recipe's paths start from
    output : folder of the checkpoint; work in progress lies in its subfolder `run`
    progress : told what is done of how much
    tensorboard : write losses for TensorBoard into the subfolder `run`
    """
    run = Path(output) / "run"
    same_recipe(recipe, run / "recipe.yaml")
    lessons = lessons_of(recipe, folder)
    learn, kept = split_rows(len(lessons.formulas), recipe)
    formulas = [lessons.formulas[i] for i in learn]
    values = taught(recipe, formulas, lessons.values[learn])
    encoded, _ = encode_formulas(formulas)
    test, truth = [lessons.formulas[i] for i in kept], lessons.values[kept]
    seed_everything(recipe.seed)
    model = T5ForConditionalGeneration(config_of(recipe.shape))
    asking = Asking(recipe.japanese, recipe.rules_asked, recipe.numbers_asked)
    history = train(
        model,
        Rows(encoded, values),
        description_loss(recipe.distance_weight),
        recipe.training,
        seed=recipe.seed,
        folder=run,
        collate=telling([rule_facts(formula) for formula in formulas], asking, recipe.seed),
        progress=progress,
        monitor=lambda network: number_errors(spoken_numbers(network, test[:WATCHED]), truth[:WATCHED]),
        tensorboard=tensorboard,
    )
    scores = _scores(recipe.name, spoken_numbers(model, test), truth, lessons.values[learn])
    return Describer(model, scores, Lessons(formulas, values, lessons.notes), seconds_of(history))


def taught(recipe: DescriberRecipe, formulas: list[str], values: np.ndarray) -> np.ndarray:
    """Numbers of the tables, and the teacher's where no table has one."""
    if not recipe.teacher:
        return values
    return np.where(np.isfinite(values), values, head_numbers(formulas, recipe.teacher)).astype(np.float32)


def config_of(shape: TextShape) -> T5Config:
    """The config of a plain T5 that writes descriptions."""
    return T5Config(  # type: ignore[call-arg]  # tokens of special meaning are fields of every config
        vocab_size=len(TOKENS),
        d_model=shape.width,
        d_kv=shape.width // shape.heads,
        d_ff=shape.feed_forward,
        num_layers=shape.encoder_layers,
        num_decoder_layers=shape.decoder_layers,
        num_heads=shape.heads,
        dropout_rate=shape.dropout,
        decoder_start_token_id=PAD,
        pad_token_id=PAD,
        eos_token_id=EOS,
    )


def save_describer(result: Describer, recipe: DescriberRecipe, folder: str | Path) -> Path:
    """Write a describer as a folder that plain `AutoModelForSeq2SeqLM` and `AutoTokenizer` open."""
    result.model.generation_config = GenerationConfig(
        num_beams=4, max_length=CONTEXT, decoder_start_token_id=PAD, pad_token_id=PAD, eos_token_id=EOS
    )
    facts = _facts(result.lessons, recipe)
    seen = (result.lessons.formulas, "composition")
    return write_checkpoint(folder, result, recipe, description_tokenizer(), facts, seen)


def _scores(name: str, said: np.ndarray, truth: np.ndarray, learned: np.ndarray) -> list[dict[str, Any]]:
    """Errors of numbers on held-out formulas, beside the median of those learned."""
    errors = {name: number_errors(said, truth)}
    known = [column[np.isfinite(column)] for column in learned.T]
    medians = [np.median(column) if len(column) else np.nan for column in known]
    errors["median"] = number_errors(np.broadcast_to(medians, truth.shape), truth)
    return [
        {
            "task": fact,
            "model": model,
            "metric": "MAE",
            "unit": NUMBERS[fact].unit,
            "value": value,
            "n": int(np.isfinite(truth[:, list(NUMBERS).index(fact)]).sum()),
        }
        for model, found in errors.items()
        for fact, value in found.items()
    ]


def _facts(lessons: Lessons, recipe: DescriberRecipe) -> dict[str, Any]:
    """What a list or a card says of the checkpoint."""
    shape = recipe.shape
    numbers = np.isfinite(lessons.values).sum(0).tolist()
    return {
        "kind": KIND,
        "notation": "composition",
        "architecture": f"T5, {shape.encoder_layers} + {shape.decoder_layers} layers of {shape.width}",
        "formulas": len(lessons.formulas),
        "objectives": "the next token of a description, and the distance of its numbers",
        "properties": len(recipe.numbers),
        "numbers": dict(zip(NUMBERS, numbers, strict=True)),
        "elements": sorted({symbol for one in lessons.formulas for symbol in parse_amounts(one)}),
        "notes": lessons.notes,
    }
