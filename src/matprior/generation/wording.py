"""Which words a describer may write next, as a logits processor for Hugging Face's `generate`.

The network chooses among paraphrases. Where a sentence reaches a value that follows by rule, or a number
that is settled, that value alone is let through, and then only the ends that agree with it. So every
description can be read back, and says of classes, oxidation states and roles what the rules say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from transformers import LogitsProcessor

from matprior.tokens.descriptions import EOS, ID, ids_of, value_tokens
from matprior.tokens.facts import Facts
from matprior.tokens.phrases import PHRASES, UNKNOWN


class Step(NamedTuple):
    """What may stand at one place of a description."""

    tokens: tuple[int, ...]
    """Ids that are allowed, unless `ends` says which follow from the beginning of the sentence."""
    ends: dict[int, int] | None = None
    """Beginning of the sentence -> the end that belongs to it."""
    back: int = 0
    """How many places before this one the sentence began."""


def plan(facts: Facts, language: str, asked: Sequence[str]) -> list[Step]:
    """What may stand at each place of a description of these facts.

    Every paraphrase of a fact has as many tokens as the others, so a place needs no grammar.

    Examples
    --------
    >>> [len(step.tokens) for step in plan(Facts(band_gap=0.0), "en", ["band_gap", "above_hull"])]
    [5, 1, 0, 2]
    """
    steps: list[Step] = []
    for fact in asked:
        value = value_tokens(facts, fact, language)
        if value is None:
            steps.append(Step(tuple(ID[said] for said in UNKNOWN[language][fact])))
            continue
        ways = PHRASES[language][fact]
        ends = {ID[way.before]: ID[way.after[facts.verdict(fact)]] for way in ways}
        steps += [Step(tuple(ends)), *(Step((token,)) for token in ids_of(value))]
        steps.append(Step((), ends, len(value) + 1))
    return steps


class OnlyTrue(LogitsProcessor):
    """Lets through only what states the given facts.

    Parameters
    ----------
    plans : of each row of the batch
    beams : rows of the network for each row of the batch
    """

    def __init__(self, plans: Sequence[list[Step]], beams: int) -> None:
        self.plans = plans
        self.beams = beams

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Scores with minus infinity where something else would be said.

        Parameters
        ----------
        input_ids : what is written, shape (n, l), behind the token that starts it
        scores : of the next token, shape (n, v)
        """
        place = input_ids.shape[1] - 1
        written = input_ids.cpu().numpy()
        allowed = np.zeros(scores.shape, dtype=bool)
        for row, ids in enumerate(written):
            steps = self.plans[row // self.beams]
            if place >= len(steps):
                allowed[row, EOS] = True
                continue
            step = steps[place]
            if step.ends is None:
                allowed[row, list(step.tokens)] = True
            else:
                # Beams that ended are rows of other words; what they say next counts for nothing.
                allowed[row, step.ends.get(int(ids[place + 1 - step.back]), EOS)] = True
        return scores.masked_fill(~torch.from_numpy(allowed).to(scores.device), -torch.inf)
