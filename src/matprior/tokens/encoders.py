"""Strings of any notation to ids, chosen by the notation's name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from matprior.tokens import smiles_vocabulary, vocabulary
from matprior.tokens.composition import Encoded, encode_many
from matprior.tokens.smiles import encode_smiles

ENCODERS: dict[str, Callable[..., Encoded]] = {"composition": encode_many, "smiles": encode_smiles}
"""Notation -> encoder. Its second argument is the encoding: "amounts", or "split" brackets."""
VOCABULARY_SIZES: dict[str, int] = {
    "composition": vocabulary.VOCABULARY_SIZE,
    "smiles": smiles_vocabulary.VOCABULARY_SIZE,
}
"""Notation -> ids of its default encoding."""


def encode(
    strings: Iterable[str], notation: str, encoding: str | None = None, max_length: int | None = None
) -> Encoded:
    """Encode strings of a notation.

    Parameters
    ----------
    strings : `n` strings
    notation : "composition", "smiles"
    encoding : one of the notation's own; None is its default
    max_length : longest sequence; None is the notation's default

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
    options = {} if max_length is None else {"max_length": max_length}
    if encoding is None:
        return ENCODERS[notation](strings, **options)
    return ENCODERS[notation](strings, encoding, **options)
