"""Strings of the user to what a network reads: canonical first, so that the spelling changes no answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from matprior.models.zoo import CHECKPOINTS, find
from matprior.notations import NOTATIONS, InvalidString
from matprior.notations.prompts import split_prompts
from matprior.tokens.composition import Encoded
from matprior.tokens.encoders import encode

REMEMBERED = 2**17
"""Canonical strings kept: reading a molecule takes 200 times as long as encoding it."""
SPELLED_ALIKE = ("composition",)
"""Notations whose encoder sees no difference between spellings."""


def encoded(strings: Sequence[str], config: Any) -> Encoded:
    """What a network with this config reads of `n` strings.

    Raises
    ------
    InvalidString
        A string is not of the network's notation. The message has its row, counted from 1.
    """
    notation = getattr(config, "notation", "composition")
    if notation not in SPELLED_ALIKE:
        strings = canonical(strings, notation)
    prompts = getattr(config, "prompts", None)
    return encode(strings, notation, config.encoding, config.max_position_embeddings, prompts)


def encoded_as(strings: Sequence[str], notation: str) -> Encoded:
    """The same for learners without a network, in the notation's default encoding."""
    if notation in SPELLED_ALIKE:  # such a learner knows no prompts: what they stand beside is what counts
        return encode([split_prompts(string).formula for string in strings], notation)
    return encode(canonical(strings, notation), notation)


def canonical(strings: Sequence[str], notation: str) -> list[str]:
    """Canonical strings; a bad one is named with its row, counted from 1."""
    found = []
    for row, string in enumerate(strings, start=1):
        try:
            found.append(_canonical(notation, string))
        except InvalidString as error:
            raise error.at_row(row) from None
    return found


def spelled(strings: Sequence[str], notation: str, n: int, seed: int) -> list[list[str]]:
    """`n` further spellings of each string, as `n` lists; where there are fewer, the canonical one again.

    Raises
    ------
    ValueError
        The notation has one spelling only.
    """
    if notation in SPELLED_ALIKE:
        raise ValueError(f"variants={n} is for molecules: every spelling of a {notation} is read alike.")
    if isinstance(n, bool) or not isinstance(n, int) or n < 0:
        raise ValueError(f"variants is {n!r}; expected a whole number from 0 on, such as 5.")
    first = canonical(strings, notation)
    several = [(NOTATIONS[notation].variants(one, n, seed) + [one] * n)[:n] for one in first]
    return [[row[k] for row in several] for k in range(n)]


def encoded_variants(strings: Sequence[str], config: Any, n: int, seed: int) -> list[Encoded]:
    """Further spellings of each string, encoded: `n` times what `encoded` gives."""
    lists = spelled(strings, getattr(config, "notation", "composition"), n, seed)
    return [encode(one, config.notation, config.encoding, config.max_position_embeddings) for one in lists]


def stacked(parts: Sequence[Encoded]) -> Encoded:
    """Rows of several encodings below each other."""
    width = max(part.ids.shape[1] for part in parts)
    ids = np.concatenate([np.pad(part.ids, ((0, 0), (0, width - part.ids.shape[1]))) for part in parts])
    lengths = np.concatenate([part.lengths for part in parts])
    first = parts[0]
    extra = None if first.extra is None else np.concatenate([first.extra] * len(parts))
    return replace(first, ids=ids, amounts=None, lengths=lengths, extra=extra)


def notation_read(model: Any, notation: str | None) -> str:
    """Notation of a checkpoint, or the one asked for where there is no checkpoint.

    Raises
    ------
    ValueError
        Both are given and differ.
    """
    if notation is not None and notation not in NOTATIONS:
        raise ValueError(f"Unknown notation {notation!r}. Known: {', '.join(NOTATIONS)}.")
    if model is None:
        return notation or "composition"
    from matprior.models.families import notation_of

    read = notation_of(find(model))
    if notation not in (None, read):
        raise ValueError(
            f"model={str(model)!r} reads {read} strings, not {notation}. Choose another model, such as "
            f"{CHECKPOINTS.get(str(notation), 'None')!r}, or leave notation out."
        )
    return read


@lru_cache(maxsize=REMEMBERED)
def _canonical(notation: str, string: str) -> str:
    return NOTATIONS[notation].canonical(string)
