"""From a recipe to a generator with its scores on formulas it never saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel

from matprior.data.files import write_folder
from matprior.data.recipe import write_recipe
from matprior.data.seen import SEEN, write_seen
from matprior.generation.ngram import Trigram
from matprior.generation.recipe import KIND, GeneratorRecipe, Shape
from matprior.generation.rows import nats_per_formula, next_token_loss, showing, with_asked
from matprior.generation.validity import judge_all
from matprior.models.checksums import marks
from matprior.models.zoo import quiet
from matprior.pretraining.corpus import read_corpus
from matprior.pretraining.result import same_recipe, seconds_of, split_rows
from matprior.pretraining.saving import write_json
from matprior.tokens.composition import Encoded
from matprior.tokens.sentences import (
    BOS,
    CONTEXT,
    EOS,
    FIRST_ELEMENT,
    PAD,
    SPECIALS,
    TOKENS,
    encode_sentences,
    sentence_tokenizer,
)
from matprior.training.batches import Rows
from matprior.training.loop import Progress, seed_everything, train

WATCHED = 2_048
"""Held-out formulas whose likelihood is noted after each epoch."""


@dataclass
class Lessons:
    """What a generator learns from."""

    formulas: list[str]
    """Canonical, `n`."""
    values: np.ndarray
    """Properties, shape (n, p), NaN where unknown."""
    notes: list[str]
    """What was read and what was left out."""


@dataclass
class Generator:
    """What a run gives."""

    model: Any
    """A `GPT2LMHeadModel`."""
    scores: list[dict[str, Any]]
    """What was measured on held-out formulas, network beside baselines."""
    lessons: Lessons
    """What was learned from."""
    seconds: float | None
    """Wall time of the training, broken runs added up."""


def lessons_of(recipe: GeneratorRecipe, folder: str | Path) -> Lessons:
    """The formulas of a recipe that the grammar can write, with their properties.

    Parameters
    ----------
    recipe : what to learn from
    folder : data folder that the recipe's paths start from
    """
    corpus = read_corpus(Path(folder), recipe.sources, recipe.properties, recipe.exclude)
    notes = list(corpus.notes)
    keep = np.arange(len(corpus.strings))
    if recipe.only_balanced:
        verdicts = judge_all(corpus.strings)
        keep = np.array([i for i, verdict in enumerate(verdicts) if verdict.balanced], dtype=np.int64)
        notes.append(
            f"{len(keep):,} of {len(verdicts):,} formulas are charge-neutral and balanced in "
            "electronegativity; the others were left out."
        )
    _, written = encode_sentences([corpus.strings[i] for i in keep])
    if len(written) < len(keep):
        notes.append(f"{len(keep) - len(written):,} formulas cannot be written in the grammar.")
    keep = keep[written]
    return Lessons([corpus.strings[i] for i in keep], corpus.values[keep], notes)


def pretrain_generator(
    recipe: GeneratorRecipe,
    folder: str | Path,
    output: str | Path,
    progress: Progress | None = None,
    tensorboard: bool = False,
) -> Generator:
    """Pretrain a MatGPT. A broken run is continued from its last checkpoint.

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
    plain, _ = encode_sentences(lessons.formulas)
    names = [source.name for source in recipe.properties]
    rows = Rows(with_asked(plain.take(learn), lessons.values[learn], names))
    test = plain.take(kept)
    seed_everything(recipe.seed)
    model = GPT2LMHeadModel(config_of(recipe.shape))
    history = train(
        model,
        rows,
        next_token_loss,
        recipe.training,
        seed=recipe.seed,
        folder=run,
        collate=showing(recipe.shown, recipe.seed),
        progress=progress,
        monitor=_watching(test),
        tensorboard=tensorboard,
    )
    scores = _scores(recipe.name, model, plain.take(learn), test)
    learned = Lessons([lessons.formulas[i] for i in learn], lessons.values[learn], lessons.notes)
    return Generator(model, scores, learned, seconds_of(history))


def config_of(shape: Shape) -> GPT2Config:
    """The config of a plain GPT-2 that writes sentences."""
    return GPT2Config(
        vocab_size=len(TOKENS),
        n_positions=CONTEXT,
        n_embd=shape.width,
        n_layer=shape.layers,
        n_head=shape.heads,
        activation_function="gelu_pytorch_tanh",  # GPT-2's own formula, in one fused operation
        resid_pdrop=shape.dropout,
        embd_pdrop=shape.dropout,
        attn_pdrop=shape.dropout,
        bos_token_id=BOS,
        eos_token_id=EOS,
        pad_token_id=PAD,
    )


def save_generator(result: Generator, recipe: GeneratorRecipe, folder: str | Path) -> Path:
    """Write a generator as a folder that plain `AutoModelForCausalLM` and `AutoTokenizer` open.

    Beside their files: `recipe.yaml`, `scores.json`, `matprior.json` and `seen.safetensors`, as every
    pretrained checkpoint has them.
    """
    # So that plain `generate` samples, and never says what only people ask.
    asked = list(range(len(SPECIALS), FIRST_ELEMENT))
    result.model.generation_config = GenerationConfig(
        do_sample=True,
        top_k=0,
        max_length=CONTEXT,
        bos_token_id=BOS,
        eos_token_id=EOS,
        pad_token_id=PAD,
        suppress_tokens=asked,
    )
    with write_folder(folder) as draft:
        sentence_tokenizer().save_pretrained(draft)
        write_recipe(recipe, draft / "recipe.yaml")
        write_json(result.scores, draft / "scores.json")
        write_seen(result.lessons.formulas, draft / SEEN, "composition")
        with quiet():
            result.model.save_pretrained(draft)
        write_json(_facts(result, recipe) | marks(draft), draft / "matprior.json")
    return Path(folder)


def _watching(test: Encoded) -> Callable[[Any], dict[str, float]]:
    watched = test.take(np.arange(min(WATCHED, len(test))))
    return lambda model: {"heldout_nats_per_formula": nats_per_formula(model, watched)}


def _scores(name: str, model: Any, learned: Encoded, test: Encoded) -> list[dict[str, Any]]:
    nats = {name: nats_per_formula(model, test), "trigram": Trigram(learned).nats_per_formula(test)}
    return [
        {
            "task": "held-out formulas",
            "model": one,
            "metric": "nats_per_formula",
            "value": value,
            "n": len(test),
        }
        for one, value in nats.items()
    ]


def _facts(result: Generator, recipe: GeneratorRecipe) -> dict[str, Any]:
    """What a list or a card says of the checkpoint."""
    return {
        "name": recipe.name,
        "kind": KIND,
        "notation": "composition",
        "architecture": f"GPT-2, {recipe.shape.layers} layers of {recipe.shape.width}",
        "parameters": result.model.num_parameters(),
        "formulas": len(result.lessons.formulas),
        "objectives": "the next token of a formula",
        "properties": len(recipe.properties),
        "asked": [source.name for source in recipe.properties],
        "seed": recipe.seed,
        "seconds": result.seconds,
        "licence": recipe.licence or "not stated",
        "notes": result.lessons.notes,
        "versions": {name: version(name) for name in ("matprior", "torch", "transformers", "numpy")},
    }
