"""A closed vocabulary at work: a regular expression that finds tokens, and the ids they have.

What lies between two matches is no token: an error with its place, or `<unk>` on request; never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from matprior.notations import InvalidString
from matprior.tokens.framing import Rows
from matprior.tokens.smiles_vocabulary import UNK

UNSURE, NEWLINE = -1, -2


class Piece(NamedTuple):
    """A token, or a stretch of text that is none."""

    text: str
    place: int
    known: bool


class _Ids(dict[str, int]):
    def __missing__(self, token: str) -> int:
        return UNSURE


class Closed:
    """Reads strings with one vocabulary.

    Parameters
    ----------
    pattern : regular expression of a token, which holds no newline. `rows` wants one without a look at
        what stands around the token.
    ids : token -> id
    blame : says why a stretch of text is no token

    Examples
    --------
    >>> reader = Closed("[ab]", {"a": 7, "b": 8}, "{!r} is neither a nor b".format)
    >>> [piece.text for piece in reader.pieces("abxya", strict=False)]
    ['a', 'b', 'xy', 'a']
    >>> reader.ids_of("abxya", 1, strict=False)
    [7, 8, 1, 7]
    """

    def __init__(self, pattern: str, ids: Mapping[str, int], blame: Callable[[str], str]) -> None:
        self.ids = ids
        self.blame = blame
        self._find = re.compile(pattern).finditer
        self._find_all = re.compile(rf"{pattern}|\n|.", re.DOTALL).findall
        # Of the ids only those the pattern finds: a stray character may be spelt like another token.
        whole = re.compile(pattern).fullmatch
        self._id = _Ids({token: ids[token] for token in ids if whole(token)} | {"\n": NEWLINE}).__getitem__

    def pieces(self, string: str, strict: bool) -> list[Piece]:
        """Tokens and what lies between them; joined they give the string.

        Raises
        ------
        InvalidString
            If `strict` and something is no token.
        """
        pieces: list[Piece] = []
        end = 0
        for match in self._find(string):
            if match.start() > end:
                pieces.append(Piece(string[end : match.start()], end, False))
            pieces.append(Piece(match.group(), match.start(), match.group() in self.ids))
            end = match.end()
        if end < len(string):
            pieces.append(Piece(string[end:], end, False))
        if strict:
            for piece in pieces:
                if not piece.known:
                    raise InvalidString(string, self.blame(piece.text), piece.place)
        return pieces

    def ids_of(self, string: str, row: int, strict: bool) -> list[int]:
        """Ids of one string; `row` goes into errors."""
        try:
            # Asked of the piece: stray text may be spelt like a token that stands elsewhere, as Xe in CXeC.
            return [self.ids[one.text] if one.known else UNK for one in self.pieces(string, strict)]
        except InvalidString as error:
            raise error.at_row(row) from None

    def rows(self, strings: list[str], first_row: int, strict: bool) -> Rows:
        """Ids of many strings: all are searched at once, and those that hold no token again one by one."""
        found = self._find_all("\n".join(strings) + "\n")
        ids = np.fromiter(map(self._id, found), dtype=np.int16, count=len(found))
        ends = np.flatnonzero(ids == NEWLINE)
        if len(ends) != len(strings):  # a newline within a string
            return Rows.of([self.ids_of(text, row, strict) for row, text in enumerate(strings, first_row)])
        counts = np.diff(ends, prepend=-1) - 1
        hard = np.unique(np.searchsorted(ends, np.flatnonzero(ids == UNSURE)))
        return Rows(ids[ids != NEWLINE], counts).with_rows(
            hard, [self.ids_of(strings[row], first_row + row, strict) for row in hard.tolist()]
        )
