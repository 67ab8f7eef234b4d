"""The fast path: formulas that are nothing but symbols and plain amounts, such as `Fe2O3`.

One regular expression cuts the string, and a memo turns each piece into symbol and amount.
Anything that is not certainly flat gives None and goes to the full grammar, so that both
paths always agree.
"""

from __future__ import annotations

import re
from fractions import Fraction

from matprior.notations.composition_grammar import Amounts, exact
from matprior.notations.composition_text import Problem
from matprior.notations.elements import ATOMIC_NUMBER

MEMO_SIZE = 200_000
"""Pieces remembered. Real corpora have some ten thousand; the cap bounds memory on invented ones."""

_CUT = re.compile(r"[A-Z][a-z]?[0-9.]*|.", re.DOTALL).findall
_PIECE = re.compile(r"([A-Z][a-z]?)(\d+(?:\.\d+)?)?", re.ASCII)
_MAYBE_ADDUCT = ("H2O", "D2O", "OH2", "NH3")


class _Memo(dict[str, tuple[str, int | Fraction]]):
    def __missing__(self, piece: str) -> tuple[str, int | Fraction]:
        match = _PIECE.fullmatch(piece)
        if not match or match[1] not in ATOMIC_NUMBER:
            raise KeyError(piece)
        try:
            amount = exact(match[2]) if match[2] else 1
        except Problem:
            raise KeyError(piece) from None
        if not amount:
            raise KeyError(piece)  # dropped with a note, which only the full reading can give
        if len(self) < MEMO_SIZE:
            self[piece] = match[1], amount
        return match[1], amount


_look_up = _Memo().__getitem__


def read_flat(string: str) -> Amounts | None:
    """Exact amounts of a flat formula, None for everything that is not certainly one.

    Examples
    --------
    >>> read_flat("Fe2O3"), read_flat("Ca(OH)2")
    ({'Fe': 2, 'O': 3}, None)
    """
    try:
        pieces = _CUT(string)
        amounts = dict(map(_look_up, pieces))
    except (KeyError, TypeError):
        return None
    if "." in string and (len(amounts) != len(pieces) or string.endswith(_MAYBE_ADDUCT)):
        return None  # the full stop may part an adduct: `CuSO4.5H2O`
    if len(amounts) != len(pieces):
        amounts = dict.fromkeys(amounts, 0)
        for symbol, amount in map(_look_up, pieces):
            amounts[symbol] += amount
    return amounts or None
