"""SMILES to ids: NumPy over all bytes of many strings at once, and the regular expression it agrees with.

Nearly all rows are read from a table: the token at a byte follows from that byte, the next one, and
whether a bracket is open. Rows where the table has no answer (`%12`, `@TB7`, `+++`, a stray character) are
few and go through the regular expression, which is the definition.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import product

import numpy as np

from matprior.tokens.closed import Closed
from matprior.tokens.composition import Encoded
from matprior.tokens.framing import Framer, Rows, check_unknown, chunks
from matprior.tokens.smiles_vocabulary import (
    ELEMENTS,
    ID,
    ORGANIC,
    PATTERN,
    TOKENS,
    WHOLE_ID,
    WHOLE_PATTERN,
)

MAX_LENGTH = 256
"""Tokens of the longest sequence, `<cls>` and `<sep>` included."""
ASCII = 128
_STEP = np.zeros(ASCII, dtype=np.int8)
_STEP[[ord("["), ord("]")]] = 1, -1


def split_smiles(string: str, brackets: str = "split") -> list[str]:
    """Tokens of one SMILES; joined they give the string.

    Parameters
    ----------
    brackets : as in `encode_smiles`

    Raises
    ------
    InvalidString
        Characters that are no part of any SMILES, or an element symbol outside brackets.

    Examples
    --------
    >>> split_smiles("C[C@@H](N)c1cc[nH]c1")
    ['C', '[', 'C', '@@', 'H', ']', '(', 'N', ')', 'c', '1', 'c', 'c', '[', 'n', 'H', ']', 'c', '1']
    >>> split_smiles("CSc1ccccc1")[:3], split_smiles("[Sc+3]")
    (['C', 'S', 'c'], ['[', 'Sc', '+', '3', ']'])
    >>> split_smiles("C[C@@H](N)C", brackets="whole")
    ['C', '[C@@H]', '(', 'N', ')', 'C']
    """
    return [piece.text for piece in _form(brackets).pieces(string, strict=True)]


def encode_smiles(
    strings: Iterable[str], brackets: str = "split", max_length: int = MAX_LENGTH, unknown: str = "error"
) -> Encoded:
    """Encode SMILES as they are written: no canonical form is sought, and the grammar is not checked.

    Parameters
    ----------
    strings : `n` SMILES (list, array or Series)
    brackets : "split": `[nH]` is four tokens, and no bracket atom is unknown. "whole": `[nH]` is one
        token, sequences are shorter, and bracket atoms outside the fixed list are refused
    max_length : longest sequence; longer ones lose their end but not `<sep>`, and one warning counts them
    unknown : "error", or "<unk>" to read what has no token as the unknown token

    Returns
    -------
    Encoded with ids of shape (n, l), no amounts.

    Raises
    ------
    InvalidString
        With the row, counted from 1, and the place of what has no token.

    Examples
    --------
    >>> encode_smiles(["CO", "C"]).ids.tolist()
    [[2, 38, 40, 3], [2, 38, 3, 0]]
    """
    form, strict = _form(brackets), check_unknown(unknown)
    framer = Framer(max_length)
    for row, chunk in chunks(strings, "SMILES", strict):
        framer.add(_scan(chunk, row, strict) if form is SPLIT else form.rows(chunk, row, strict))
    return framer.encoded()


def _form(brackets: str) -> Closed:
    if brackets not in FORMS:
        raise ValueError(f"brackets must be 'split' or 'whole', got {brackets!r}.")
    return FORMS[brackets]


def _blame(piece: str) -> str:
    """Why a stretch of text is no token."""
    if piece.startswith("[") and piece.endswith("]"):
        return f"the bracket atom {piece} has no token of its own; brackets='split' reads every bracket atom"
    symbol = next((symbol for symbol in (piece[:2], piece[:1]) if symbol in ELEMENTS), None)
    if symbol is not None:
        return f"{symbol!r} stands outside brackets; only {', '.join(ORGANIC[:10])} may, so write [{symbol}]"
    return f"{piece!r} is no part of a SMILES"


SPLIT = Closed(PATTERN, ID, _blame)
FORMS = {"split": SPLIT, "whole": Closed(WHOLE_PATTERN, WHOLE_ID, _blame)}


def _scan(strings: list[str], first_row: int, strict: bool) -> Rows:
    """Ids of all tokens of these strings, in the split form."""
    sizes = np.fromiter(map(len, strings), dtype=np.int64, count=len(strings)) + 1
    ends = sizes.cumsum() - 1  # where the newline stands that closes each row
    codes = np.frombuffer("\n".join([*strings, "", ""]).encode("ascii", "replace"), dtype=np.uint8)
    state = _states(codes[:-1], ends, sizes)
    tokens = _table()[(state.astype(np.int32) << 14) | (codes[:-1].astype(np.int32) << 7) | codes[1:]]
    wide = tokens < 0
    second = np.append(False, wide[:-1])
    # Three bytes that could pair up two ways, such as +++, are left to the regular expression.
    hard = np.where(second, wide, tokens == 0)
    hard[ends] = state[ends] != 0
    keep = ~second
    keep[ends] = False
    counts = np.add.reduceat(keep, ends - sizes + 1, dtype=np.int64)
    rows = np.unique(np.searchsorted(ends, np.flatnonzero(hard)))
    others = [SPLIT.ids_of(strings[row], first_row + row, strict) for row in rows.tolist()]
    return Rows(np.abs(tokens[keep]), counts).with_rows(rows, others)


def _states(codes: np.ndarray, ends: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Open brackets at each byte: 0 or 1, and 2 for what no SMILES has. Shape (m,), uint8."""
    depth = np.cumsum(_STEP[codes], dtype=np.int8)
    at_end = depth[ends]
    if at_end.any():  # a row that leaves a bracket open must not disturb the rows behind it
        depth -= np.repeat(np.append(np.int8(0), at_end[:-1]), sizes)
    return np.minimum(depth.view(np.uint8), 2)


@lru_cache(maxsize=1)
def _table() -> np.ndarray:
    """Token of (open brackets, byte, next byte): its id, minus its id if it takes both bytes, 0 if unsure.

    Asked of the regular expression, so that the two cannot disagree. Shape (3 * 2**14,), int16.
    """
    match_at = re.compile(PATTERN).match
    table = np.zeros((3, ASCII, ASCII), dtype=np.int16)
    longer = {token[:2] for token in TOKENS if len(token) > 2}
    for state, before, after in ((0, "", ""), (1, "[", "]")):
        for pair in map("".join, product(map(chr, range(ASCII)), repeat=2)):
            match = match_at(before + pair + after, len(before))
            if match and pair not in longer:
                token = ID[match.group()]
                table[state, ord(pair[0]), ord(pair[1])] = token if len(match.group()) == 1 else -token
    table[1, ord("[")], table[0, ord("]")] = ID["["], ID["]"]
    return table.reshape(-1)
