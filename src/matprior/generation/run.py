"""From a recipe to a generator with its scores on strings it never saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel

from matprior.generation.lessons import Lessons, lessons_of
from matprior.generation.ngram import Trigram
from matprior.generation.recipe import KIND, GeneratorRecipe, Shape
from matprior.generation.rows import nats_per_string, next_token_loss, places_for, showing, with_asked
from matprior.generation.substituting import substitutes_of
from matprior.pretraining.result import same_recipe, seconds_of, split_rows
from matprior.pretraining.saving import write_checkpoint
from matprior.tokens.formula_language import FORMULAS
from matprior.tokens.language import Language
from matprior.training.batches import Rows
from matprior.training.loop import Progress, seed_everything, train

WATCHED = 2_048
"""Held-out strings whose likelihood is noted after each epoch."""
KINDS = {"composition": "formula", "smiles": "molecule", "selfies": "molecule"}
"""Notation -> what a string of it is called."""


@dataclass
class Generator:
    """What a run gives."""

    model: Any
    """A `GPT2LMHeadModel`."""
    scores: list[dict[str, Any]]
    """What was measured on held-out strings, network beside baselines."""
    lessons: Lessons
    """What was learned from."""
    seconds: float | None
    """Wall time of the training, broken runs added up."""


def pretrain_generator(
    recipe: GeneratorRecipe,
    folder: str | Path,
    output: str | Path,
    progress: Progress | None = None,
    tensorboard: bool = False,
) -> Generator:
    """Pretrain a MatGPT or MolGPT. A broken run is continued from its last checkpoint.

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
    lessons = lessons_of(recipe, folder, run, progress)
    learn, kept = split_rows(len(lessons.strings), recipe)
    learned, test = lessons.take(learn), lessons.take(kept)
    language = lessons.language
    rows = Rows(with_asked(learned.encoded, learned.values, lessons.names, language))
    others = None
    if recipe.substituted:
        some = substitutes_of(learned.strings, recipe.seed, run / "substitutes.json", progress)
        distinct = len({one for part in some for one in part})
        learned.notes.append(f"{distinct:,} formulas with an element substituted take part.")
        others = places_for(some, rows.encoded, recipe.substituted, recipe.seed)
    seed_everything(recipe.seed)
    model = GPT2LMHeadModel(config_of(recipe.shape, language))
    history = train(
        model,
        rows,
        next_token_loss,
        recipe.training,
        seed=recipe.seed,
        folder=run,
        collate=showing(recipe.shown, recipe.seed, language, others),
        progress=progress,
        monitor=_watching(test),
        tensorboard=tensorboard,
    )
    scores = _scores(recipe.name, model, learned, test)
    return Generator(model, scores, learned, seconds_of(history))


def config_of(shape: Shape, language: Language = FORMULAS) -> GPT2Config:
    """The config of a plain GPT-2 that writes sentences."""
    return GPT2Config(
        notation=language.notation,  # type: ignore[call-arg]
        vocab_size=len(language.tokens),
        n_positions=language.context,
        n_embd=shape.width,
        n_layer=shape.layers,
        n_head=shape.heads,
        activation_function="gelu_pytorch_tanh",  # GPT-2's own formula, in one fused operation
        resid_pdrop=shape.dropout,
        embd_pdrop=shape.dropout,
        attn_pdrop=shape.dropout,
        bos_token_id=language.bos,
        eos_token_id=language.eos,
        pad_token_id=language.pad,
    )


def save_generator(result: Generator, recipe: GeneratorRecipe, folder: str | Path) -> Path:
    """Write a generator as a folder that plain `AutoModelForCausalLM` and `AutoTokenizer` open."""
    language = result.lessons.language
    # So that plain `generate` samples, and never says what only people ask.
    asked = list(range(language.first_asked, language.first_spoken))
    result.model.generation_config = GenerationConfig(
        do_sample=True,
        top_k=0,
        max_length=language.context,
        bos_token_id=language.bos,
        eos_token_id=language.eos,
        pad_token_id=language.pad,
        suppress_tokens=asked,
    )
    facts = _facts(result.lessons, recipe)
    return write_checkpoint(folder, result, recipe, language.tokenizer(), facts, _seen(result.lessons))


def _seen(lessons: Lessons) -> tuple[list[str], str]:
    """What was learned from, and its notation; molecules are compared as SMILES, whatever they were in."""
    if lessons.language.notation != "selfies":
        return lessons.strings, lessons.language.notation
    from matprior.notations.selfies import to_smiles

    return [to_smiles(string) for string in lessons.strings], "smiles"


def _watching(test: Lessons) -> Callable[[Any], dict[str, float]]:
    watched, pad = test.encoded.take(np.arange(min(WATCHED, len(test.strings)))), test.language.pad
    return lambda model: {"heldout_nats_per_string": nats_per_string(model, watched, pad)}


def _scores(name: str, model: Any, learned: Lessons, test: Lessons) -> list[dict[str, Any]]:
    counted = Trigram(learned.encoded, test.language)
    nats = {
        name: nats_per_string(model, test.encoded, test.language.pad),
        "trigram": counted.nats_per_string(test.encoded),
    }
    what = KINDS[test.language.notation]
    return [
        {
            "task": f"held-out {what}s",
            "model": one,
            "metric": f"nats_per_{what}",
            "value": value,
            "n": len(test.strings),
        }
        for one, value in nats.items()
    ]


def _facts(lessons: Lessons, recipe: GeneratorRecipe) -> dict[str, Any]:
    """What a list or a card says of the checkpoint."""
    return {
        "kind": KIND,
        "notation": recipe.notation,
        "architecture": f"GPT-2, {recipe.shape.layers} layers of {recipe.shape.width}",
        "formulas": len(lessons.strings),
        "objectives": f"the next token of a {KINDS[recipe.notation]}",
        "properties": len(lessons.names),
        "asked": lessons.names,
        "notes": lessons.notes,
    }
