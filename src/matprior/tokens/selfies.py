"""SELFIES to ids. Text is split here; making SELFIES of SMILES is the business of `matprior.notations`."""

from __future__ import annotations

from collections.abc import Iterable

from matprior.tokens.closed import Closed
from matprior.tokens.composition import Encoded
from matprior.tokens.framing import Framer, check_unknown, chunks
from matprior.tokens.selfies_vocabulary import ID, PATTERN

MAX_LENGTH = 256
"""Tokens of the longest sequence, `<cls>` and `<sep>` included."""


def split_selfies(string: str) -> list[str]:
    """Symbols of one SELFIES; joined they give the string.

    Raises
    ------
    InvalidString
        With the place of what is no symbol, or of a symbol outside the vocabulary.

    Examples
    --------
    >>> split_selfies("[C][=C][Branch1][C][O][C].[Na+1]")
    ['[C]', '[=C]', '[Branch1]', '[C]', '[O]', '[C]', '.', '[Na+1]']
    """
    return [piece.text for piece in READER.pieces(string, strict=True)]


def encode_selfies(
    strings: Iterable[str], encoding: str = "symbols", max_length: int = MAX_LENGTH, unknown: str = "error"
) -> Encoded:
    """Encode SELFIES, one token per symbol. The vocabulary is fixed: encoding never adds to it.

    Parameters
    ----------
    strings : `n` SELFIES (list, array or Series), not SMILES
    encoding : "symbols" is the only one
    max_length : longest sequence; longer ones lose their end but not `<sep>`, and one warning counts them
    unknown : "error", or "<unk>" to read what has no token as the unknown token

    Returns
    -------
    Encoded with ids of shape (n, l), no amounts.

    Raises
    ------
    InvalidString
        With the row, counted from 1, and the symbol that has no token.

    Examples
    --------
    >>> encode_selfies(["[C][O]", "[nop]"]).lengths.tolist()
    [4, 3]
    """
    if encoding != "symbols":
        raise ValueError(f"SELFIES have one encoding, 'symbols'; got {encoding!r}.")
    strict = check_unknown(unknown)
    framer = Framer(max_length)
    for row, chunk in chunks(strings, "SELFIES", strict):
        framer.add(READER.rows(chunk, row, strict))
    return framer.encoded()


def _blame(piece: str) -> str:
    """Why a stretch of text is no token."""
    if piece.startswith("[") and piece.endswith("]"):
        return f"the symbol {piece} is not in the vocabulary; unknown='<unk>' reads it as the unknown token"
    return f"{piece!r} is no SELFIES symbol; symbols are in brackets, as in [C][=O], so this may be a SMILES"


READER = Closed(PATTERN, ID, _blame)
