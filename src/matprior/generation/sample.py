"""Strings from a generator: many rows at once, a cache of keys and values, and rows that end leave.

Works on any Hugging Face model that writes sentences of a `Language`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from matprior.tokens.formula_language import FORMULAS
from matprior.tokens.language import Language

Processor = Callable[[Tensor, Tensor], Tensor]
"""Called with what is written and the scores of the next token; gives the scores back, changed."""


@dataclass
class Sampling:
    """How tokens are drawn. Each string becomes the option's help."""

    temperature: float = 1.0
    """Below 1 the likely becomes likelier, above 1 the unlikely does."""
    top_k: int = 0
    """Only the k likeliest tokens; 0 is all."""
    top_p: float = 1.0
    """Only the likeliest tokens that together have this chance."""
    seed: int = 0
    """Same seed, same strings."""
    batch_size: int = 1024
    """Rows written at once."""
    guidance: float = 1.0
    """How far what is asked carries: 1 as the network learned it, above 1 farther. Costs a second pass."""

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise ValueError(f"temperature is {self.temperature}; expected a number above 0, such as 0.8.")
        if self.top_k < 0:
            raise ValueError(f"top_k is {self.top_k}; expected a whole number, 0 for all tokens.")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p is {self.top_p}; expected a number above 0 and up to 1, such as 0.95.")
        if not self.guidance >= 0:
            raise ValueError(f"guidance is {self.guidance}; expected a number from 0 on, such as 2.")
        if self.batch_size < 1:
            raise ValueError(f"batch_size is {self.batch_size}; expected a whole number from 1 on.")


@dataclass
class Sampled:
    """What came out, row by row."""

    strings: list[str | None]
    """Canonical formulas or SMILES; None where the network wrote none, or did not come to an end."""
    log_probabilities: np.ndarray
    """Of each sentence under the network alone (temperature 1, no wishes, no guidance), shape (n,)."""


@torch.inference_mode()
def sample(
    model: Any,
    n: int,
    sampling: Sampling | None = None,
    processor: Processor | None = None,
    asked: dict[str, float] | None = None,
    *,
    language: Language = FORMULAS,
    begin: Sequence[int] = (),
) -> Sampled:
    """Draw `n` sentences.

    Parameters
    ----------
    model : a causal language model of sentences
    n : rows; the same string may come more than once
    sampling : how tokens are drawn
    processor : such as `OnlyWanted`
    asked : property -> value, such as `{"band_gap": 1.5}`; the nearest token stands for it
    language : what the network writes in
    begin : ids that every string begins with

    Raises
    ------
    ValueError
        A property that the language has no tokens for.
    """
    sampling = sampling or Sampling()
    model.eval()
    random = torch.Generator(device=model.device).manual_seed(sampling.seed)
    told = [language.bos, *language.asked_tokens(asked or {})]  # what is asked is no part of the string
    starts = [[*told, *begin]]
    if len(told) > 1 and sampling.guidance != 1:
        starts.append([language.bos, *begin])
    if len(starts[0]) >= language.context:
        raise ValueError(f"{len(begin)} tokens to begin with leave no room; {language.context} fit in all.")
    strings: list[str | None] = []
    chances = []
    for done in range(0, n, sampling.batch_size):
        rows = min(sampling.batch_size, n - done)
        ids, chance = _write(model, rows, starts, sampling, processor, random, language)
        written = ids[:, len(told) :].tolist()
        strings += [language.string_of(row) if language.eos in row else None for row in written]
        chances.append(chance.cpu().numpy())
    return Sampled(strings, np.concatenate(chances) if chances else np.zeros(0))


class _Reading:
    """Rows as the network reads them after one beginning, with its scores of the next token.

    All rows begin alike: the first pass is one row, and its keys and values are shared out.
    """

    def __init__(self, model: Any, start: Sequence[int], n: int) -> None:
        self.model = model
        output = model(input_ids=torch.tensor([start], device=model.device), use_cache=True)
        self.cache, self.scores = output.past_key_values, output.logits[:, -1].float().expand(n, -1)
        self.cache.batch_repeat_interleave(n)

    def go_on(self, token: Tensor, going: Tensor) -> None:
        """Read the tokens of the rows that go on; the others leave."""
        if not going.all():
            self.cache.batch_select_indices(going.nonzero()[:, 0])
        output = self.model(input_ids=token[going][:, None], past_key_values=self.cache, use_cache=True)
        self.cache, self.scores = output.past_key_values, output.logits[:, -1].float()


def _write(
    model: Any,
    n: int,
    starts: Sequence[Sequence[int]],
    sampling: Sampling,
    processor: Processor | None,
    random: torch.Generator,
    language: Language,
) -> tuple[Tensor, Tensor]:
    """Sentences of `n` rows, shape (n, context), and their log-probabilities, shape (n,).

    With a second start, that without what is asked, the scores are led away from it (classifier-free
    guidance, Ho & Salimans 2022).
    """
    context, pad, start = language.context, language.pad, starts[0]
    written = torch.full((n, context), pad, dtype=torch.long, device=model.device)
    written[:, : len(start)] = torch.tensor(start, device=model.device)
    chance = torch.zeros(n, device=model.device)
    alive = torch.arange(n, device=model.device)
    readings = [_Reading(model, one, n) for one in starts]
    for length in range(len(start), context):
        scores = readings[0].scores
        for free in readings[1:]:
            scores = free.scores + sampling.guidance * (scores - free.scores)
        if processor is not None:
            scores = processor(written[alive, :length], scores)
        token = _draw(scores, sampling, random)
        chance[alive] += readings[0].scores.log_softmax(-1).gather(1, token[:, None])[:, 0]
        written[alive, length] = token
        going = (token != language.eos) & (token != pad)
        if length + 1 == context or not going.any():
            break
        for reading in readings:
            reading.go_on(token, going)
        alive = alive[going]
    return written, chance


def _draw(scores: Tensor, sampling: Sampling, random: torch.Generator) -> Tensor:
    """One token for each row, shape (n,)."""
    scores = scores / sampling.temperature
    if 0 < sampling.top_k < scores.shape[-1]:
        least = scores.topk(sampling.top_k).values[:, -1:]
        scores = scores.masked_fill(scores < least, -torch.inf)
    chances = scores.softmax(-1)
    if sampling.top_p < 1:
        ordered, place = chances.sort(descending=True)
        # A token goes if those before it have the chance already: the likeliest always stays.
        ordered[ordered.cumsum(-1) - ordered >= sampling.top_p] = 0
        chances = torch.zeros_like(chances).scatter(1, place, ordered)
    return torch.multinomial(chances, 1, generator=random)[:, 0]
