"""Rows of ids become one padded array with `<cls>` and `<sep>`: what SMILES and SELFIES share."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from matprior.notations import InvalidString
from matprior.tokens.composition import Encoded
from matprior.tokens.smiles_vocabulary import CLS, SEP, SPECIALS, UNK

CHUNK = 32_768  # strings at once: the arrays of one chunk stay in the processor's cache
UNKNOWN = ("error", SPECIALS[UNK])


@dataclass
class Rows:
    """Ids of some strings, one after another, without `<cls>` and `<sep>`."""

    ids: np.ndarray
    """Shape (m,), int16."""
    counts: np.ndarray
    """Tokens of each row, shape (n,), int64; sums to m."""

    @classmethod
    def of(cls, lists: list[list[int]]) -> Rows:
        """From one list of ids per string."""
        counts = np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))
        ids = np.fromiter((i for row in lists for i in row), dtype=np.int16, count=int(counts.sum()))
        return cls(ids, counts)

    def with_rows(self, places: np.ndarray, lists: list[list[int]]) -> Rows:
        """With other tokens in the rows at `places`."""
        if len(places) == 0:
            return self
        others = Rows.of(lists)
        changed = np.zeros(len(self.counts), dtype=bool)
        changed[places] = True
        counts = self.counts.copy()
        counts[places] = others.counts
        from_others = np.repeat(changed, counts)
        ids = np.empty(len(from_others), dtype=np.int16)
        ids[from_others] = others.ids
        ids[~from_others] = self.ids[~np.repeat(changed, self.counts)]
        return Rows(ids, counts)

    def first(self, room: int) -> Rows:
        """Not more than the first `room` tokens of every row."""
        places = np.arange(len(self.ids)) - np.repeat(self.counts.cumsum() - self.counts, self.counts)
        return Rows(self.ids[places < room], np.minimum(self.counts, room))


@dataclass
class Framer:
    """Collects the rows of all chunks and pads them once."""

    max_length: int
    parts: list[Rows] = field(default_factory=list)
    truncated: int = 0

    def __post_init__(self) -> None:
        if self.max_length < 3:
            raise ValueError(f"max_length must be at least 3 (<cls>, a token, <sep>), got {self.max_length}.")

    def add(self, rows: Rows) -> None:
        """Keep rows, cut to what fits."""
        longer = int((rows.counts > self.max_length - 2).sum())
        self.truncated += longer
        self.parts.append(rows.first(self.max_length - 2) if longer else rows)

    def encoded(self, stacklevel: int = 3) -> Encoded:
        """All rows, framed; one warning counts those that were cut."""
        counts = np.concatenate([np.zeros(0, np.int64), *(part.counts for part in self.parts)])
        lengths = counts + 2
        ids = np.zeros((len(counts), int(lengths.max(initial=0))), dtype=np.int16)
        start = 0
        for part in self.parts:
            block = ids[start : start + len(part.counts)]
            firsts = np.arange(len(block)) * ids.shape[1] + 1 - (part.counts.cumsum() - part.counts)
            block.reshape(-1)[np.repeat(firsts, part.counts) + np.arange(len(part.ids))] = part.ids
            start += len(part.counts)
        ids[:, :1] = CLS
        ids[np.arange(len(counts)), counts + 1] = SEP
        if self.truncated:
            warnings.warn(
                f"{self.truncated:,} of {len(counts):,} strings are longer than {self.max_length} tokens; "
                "their ends were cut off. Raise max_length to keep them whole.",
                stacklevel=stacklevel,
            )
        return Encoded(ids, None, lengths)


def chunks(strings: Iterable[str], what: str, strict: bool = True) -> Iterator[tuple[int, list[str]]]:
    """Lists of `CHUNK` strings, each with the row of its first one, counted from 1.

    Parameters
    ----------
    what : name of the notation, for messages
    strict : whether an empty string is an error

    Raises
    ------
    InvalidString
        An entry is no text, or empty.
    """
    if isinstance(strings, str):
        raise ValueError(f"Expected a list of {what} strings, got the string {strings!r}. Use [{strings!r}].")
    stream = iter(strings)
    row = 1
    while chunk := list(islice(stream, CHUNK)):
        if set(map(type, chunk)) != {str} or "" in chunk:
            chunk = [_text(string, place, what, strict) for place, string in enumerate(chunk, row)]
        yield row, chunk
        row += len(chunk)


def _text(string: object, row: int, what: str, strict: bool) -> str:
    if not isinstance(string, str):
        raise InvalidString(string, f"expected {what} text, got {type(string).__name__}", row=row)
    if strict and not string:
        raise InvalidString(string, f"an empty string is no {what}", row=row)
    return str(string)  # NumPy's own strings are slower


def check_unknown(unknown: str) -> bool:
    """Whether unknown text is an error rather than `<unk>`; ValueError for anything else."""
    if unknown not in UNKNOWN:
        raise ValueError(f"unknown must be 'error' or '<unk>', got {unknown!r}.")
    return unknown == "error"
