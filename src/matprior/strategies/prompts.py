"""The encoder stays as it is; a few learned vectors tell it which property is asked for."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from matprior.models.prompts import DEPTHS, Prompt
from matprior.strategies.base import Labelled, TuningOptions
from matprior.strategies.extract import FeatureExtraction
from matprior.strategies.partial import TOP, freezing, thaw
from matprior.strategies.tuning import FineTuning
from matprior.tokens.composition import Encoded
from matprior.tokens.vocabulary import SPECIALS, TOKENS
from matprior.training.batches import as_tensors
from matprior.training.loop import Progress

OWN = "prompt."
"""Name of the prompt inside the encoder."""
SOLVED = ("absolute", "smooth_l1", "squared", "binary", "cross_entropy", "two_part")
"""Losses for whose head a linear probe can be solved."""


@dataclass
class PromptTuning(FineTuning):
    """Train a prompt of `length` vectors and the head; not one weight of the encoder moves.

    Deep prompts are keys and values in the top layers (Li & Liang 2021, arXiv:2101.00190; Liu et al. 2021,
    arXiv:2110.07602), shallow ones vectors behind `[CLS]` (Lester et al. 2021, arXiv:2104.08691). The head
    starts at the linear probe of the prompted encoder.
    """

    depth: str = "deep"
    """deep: keys and values in the layers; shallow: vectors at the input alone."""
    length: int = 16
    """Vectors per prompt; 4 to 32 is usual."""
    layers: int = 0
    """Layers from the top that a deep prompt reaches; 0 is all."""
    init: str = "random"
    """What the prompt starts from: random (small numbers), activations (what the encoder makes of atoms of
    training rows), tokens (what it makes of `text`), or model (the prompt that the checkpoint has)."""
    text: str = ""
    """With init=tokens: tokens of the vocabulary, such as "[CLS] Fe O"."""
    loudness: float = -3.0
    """Added to what each head thinks of each vector at the start, and learned from there: -3 leaves the
    encoder nearly as it was pretrained, 0 is plain prefix tuning."""
    rate: float = 100.0
    """The prompt learns at this multiple of the encoder's rate."""
    probe: bool = True
    """Whether the head starts at the solved linear probe in place of small random numbers."""

    start: ClassVar[Any] = None
    """With init=model: a fitted network with a prompt to copy, in place of the checkpoint's own; see
    `begin_at`. No field: weights are no option of a command."""

    def __post_init__(self) -> None:
        _known("depth", self.depth, DEPTHS)
        _known("init", self.init, (*INITS, "model"))
        if self.length < 1:
            raise ValueError(f"length is {self.length}; expected a whole number from 1 on, such as 16.")

    def begin_at(self, model: Any) -> None:
        """Copy the prompt of a fitted network when learning begins; for init=model."""
        self.__dict__["start"] = model

    def shape(self, model: Any) -> dict[str, Any]:
        """What `config.prompt` says of a prompt of this strategy."""
        n_layers = model.config.num_hidden_layers
        if not 0 <= self.layers <= n_layers:
            raise ValueError(
                f"layers={self.layers} of a model that has {n_layers}. Give 1 to {n_layers}, or 0 for all."
            )
        reached = n_layers if self.depth == "shallow" else self.layers or n_layers
        return {"depth": self.depth, "length": self.length, "layers": reached}

    def learn(
        self, model: Any, data: Labelled, training: TuningOptions, seed: int, progress: Progress | None
    ) -> pd.DataFrame:
        _check(model, training)
        with freezing(model) as rates:
            self._start(model, data.encoded, seed)
            if self.probe and data.loss in SOLVED and data.encoded.extra is None:
                FeatureExtraction().fit(model, data, training, seed)
                model.train()
            thaw(model, (*TOP, f"{model.base_model_prefix}.{OWN}"), rates)
            # One rate for all layers: a prompt was not pretrained, its lower layers have as far to go.
            faster = replace(training, learning_rate=self.rate * training.learning_rate, layer_decay=1.0)
            return super().learn(model, data, faster, seed, progress)

    def _start(self, model: Any, encoded: Encoded, seed: int) -> None:
        """Put a prompt into the encoder."""
        encoder = model.base_model
        if self.init == "model":
            if self.start is not None:
                encoder.prompt = copy.deepcopy(self.start.base_model.prompt)
                model.config.prompt = self.start.config.prompt
            if encoder.prompt is None:
                raise ValueError(
                    "init='model' starts from the prompt of a fitted model, and this checkpoint has none. "
                    "Give --model a folder fitted with --strategy prompts, or choose another init."
                )
            return
        encoder.prompt, shape = None, self.shape(model)
        values = INITS[self.init](encoder, encoded, shape, np.random.default_rng(seed), self.text)
        prompt = Prompt(shape, model.config).to(model.device)
        with torch.no_grad():
            prompt.values.copy_(values)
            prompt.loudness.fill_(self.loudness)
        encoder.prompt = prompt
        model.config.prompt = shape


Init = Callable[[Any, Encoded, dict[str, Any], np.random.Generator, str], Tensor]
"""Takes the encoder, training rows, shape, random numbers and text; gives `Prompt.values`."""


def _random(
    encoder: Any, encoded: Encoded, shape: dict[str, Any], random: np.random.Generator, text: str
) -> Tensor:
    prompt = Prompt(shape, encoder.config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(random.integers(2**31)))
        prompt.reset()
    return prompt.values.detach()


def _activations(
    encoder: Any, encoded: Encoded, shape: dict[str, Any], random: np.random.Generator, text: str
) -> Tensor:
    """Of atoms of training rows: each vector of the prompt is one atom's, drawn by chance."""
    length = shape["length"]
    chosen = random.choice(len(encoded), length, replace=len(encoded) < length)
    batch = as_tensors(encoded, chosen)
    places = []
    for ids in batch["input_ids"].numpy():
        atoms = np.flatnonzero(ids >= len(SPECIALS))
        places.append(int(random.choice(atoms)) if len(atoms) else 0)
    return seen(encoder, batch, shape)[torch.arange(length), ..., torch.tensor(places), :].movedim(0, -2)


def _tokens(
    encoder: Any, encoded: Encoded, shape: dict[str, Any], random: np.random.Generator, text: str
) -> Tensor:
    """Of the tokens of a text, over and over until the prompt is full."""
    names = text.split()
    for name in names:
        _known("text", name, TOKENS)
    if not names:
        raise ValueError('init=tokens needs a text of tokens, such as text="[CLS] Fe O".')
    ids = torch.tensor([[TOKENS.index("[CLS]"), *map(TOKENS.index, names), TOKENS.index("[SEP]")]])
    amounts = (ids >= len(SPECIALS)).float()
    batch = {
        "input_ids": ids,
        "amounts": amounts / amounts.sum().clamp(min=1),
        "attention_mask": torch.ones_like(ids),
    }
    places = 1 + torch.arange(shape["length"]) % len(names)
    return seen(encoder, batch, shape)[0].index_select(-2, places)


@torch.no_grad()
def seen(encoder: Any, batch: dict[str, Tensor], shape: dict[str, Any]) -> Tensor:
    """What such a prompt stands beside: embeddings (n, l, d), or keys and values (n, layers, 2, l, d)."""
    inputs = {
        name: batch[name].to(encoder.device)
        for name in ("input_ids", "amounts", "attention_mask")
        if name in batch
    }
    if shape["depth"] == "shallow":
        return encoder.embedded(inputs["input_ids"], inputs.get("amounts"))
    found: list[Tensor] = []
    handles = [
        module.register_forward_hook(lambda _, __, out: found.append(out))
        for layer in encoder.bert.encoder.layer[-shape["layers"] :]
        for module in (layer.attention.self.key, layer.attention.self.value)
    ]
    was_training = encoder.training
    try:
        encoder.eval()(**inputs)
    finally:
        encoder.train(was_training)
        for handle in handles:
            handle.remove()
    pairs = [torch.stack(found[place : place + 2], 1) for place in range(0, len(found), 2)]
    return torch.stack(pairs, 1)


INITS: dict[str, Init] = {"activations": _activations, "random": _random, "tokens": _tokens}
"""Value of `init` -> where the vectors come from. Hard prompts of the vocabulary come in by `tokens`."""


def _check(model: Any, training: TuningOptions) -> None:
    if model.config.model_type != "matbert":
        raise ValueError(
            "strategy='prompts' is for models of compositions: a molecule model is a plain Hugging Face "
            "ModernBERT, which opens without matprior and so has no place for a prompt. Use strategy='lora' "
            "or 'partial'."
        )
    if training.interpolate:
        raise ValueError(
            "interpolate mixes a fine-tuned encoder with the pretrained one, and strategy='prompts' leaves "
            "the encoder as it is. Leave one of them out."
        )


def _known(what: str, given: str, known: tuple[str, ...]) -> None:
    if given in known:
        return
    near = get_close_matches(str(given), known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    shown = ", ".join(known) if len(known) < 20 else f"{len(known)} tokens"
    raise ValueError(f"{what} is {given!r}. Known: {shown}.{hint}")
