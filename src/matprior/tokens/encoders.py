"""Strings of any notation to ids, chosen by the notation's name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from matprior.tokens import selfies_vocabulary, smiles_vocabulary, vocabulary
from matprior.tokens.composition import Encoded
from matprior.tokens.prompted import encode_prompted
from matprior.tokens.selfies import encode_selfies
from matprior.tokens.smiles import encode_smiles

ENCODERS: dict[str, Callable[..., Encoded]] = {
    "composition": encode_prompted,
    "smiles": encode_smiles,
    "selfies": encode_selfies,
}
"""Notation -> encoder. Its second argument is the encoding; the first of `ENCODINGS` is the default."""
ENCODINGS: dict[str, dict[str, int]] = {
    "composition": dict.fromkeys(vocabulary.ENCODINGS, vocabulary.VOCABULARY_SIZE),
    "smiles": {
        "split": smiles_vocabulary.VOCABULARY_SIZE,
        "whole": smiles_vocabulary.WHOLE_VOCABULARY_SIZE,
    },
    "selfies": {"symbols": selfies_vocabulary.VOCABULARY_SIZE},
}
"""Notation -> encoding -> number of ids."""
VOCABULARY_SIZES: dict[str, int] = {name: next(iter(sizes.values())) for name, sizes in ENCODINGS.items()}
"""Notation -> number of ids of its default encoding."""


def encode(
    strings: Iterable[str],
    notation: str,
    encoding: str | None = None,
    max_length: int | None = None,
    prompts: Sequence[str] | None = None,
) -> Encoded:
    """Encode strings of a notation.

    Parameters
    ----------
    strings : `n` strings
    notation : "composition", "smiles" or "selfies"
    encoding : one of the notation's `ENCODINGS`; None is its default
    max_length : longest sequence; None is the notation's default
    prompts : hard prompts of a model of compositions, in the order of their ids

    Raises
    ------
    InvalidString
        A string is not of this notation. The message has its row, counted from 1.

    Examples
    --------
    >>> encode(["CCO"], "smiles").ids.tolist(), encode(["NaCl"], "composition").ids.tolist()
    ([[2, 38, 38, 40, 3]], [[2, 15, 21, 3]])
    """
    if notation not in ENCODERS:
        raise ValueError(f"No encoder for the notation {notation!r}. Known: {', '.join(ENCODERS)}.")
    if encoding is not None and encoding not in ENCODINGS[notation]:
        known = ", ".join(ENCODINGS[notation])
        raise ValueError(f"No encoding {encoding!r} of {notation}. Known: {known}.")
    options: dict[str, Any] = {} if max_length is None else {"max_length": max_length}
    if prompts:
        options["prompts"] = prompts
    if encoding is None:
        return ENCODERS[notation](strings, **options)
    return ENCODERS[notation](strings, encoding, **options)
