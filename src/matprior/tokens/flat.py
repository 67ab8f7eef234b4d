"""Formulas as flat lists of element tokens: what the bulk path and the Hugging Face tokenizer share.

Amounts stay exact until the last division, so a formula and its multiples get the same bits.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from matprior.notations import InvalidString
from matprior.notations.composition import parse_amounts
from matprior.notations.elements import ISOTOPES as ELEMENT_OF
from matprior.tokens.vocabulary import ID, ORDER, VOCABULARY_SIZE

CHUNK = 65_536  # rows held as Python lists at once: 10 million strings must not need 10 GB of them
# The smallest normal float32: a trace of 1e-50 must not become 0, which means "no element here".
TRACE = float(np.finfo(np.float32).tiny)

EXACT = 2**53  # the largest whole number up to which every one is a float64
ISOTOPES = ELEMENT_OF.keys()
_id = ID.__getitem__

Amounts = Mapping[str, int | Fraction]


@dataclass
class Flat:
    """Element tokens of all rows one after another, without `[CLS]` and `[SEP]`."""

    ids: np.ndarray
    """Shape (m,), int16."""
    fractions: np.ndarray
    """Shape (m,), float64."""
    counts: np.ndarray
    """Tokens of each row, shape (n,); sums to m."""
    rounded: int = 0
    """Formulas written with fewer atoms than their reduced form has (repeat encoding)."""
    dropped: int = 0
    """Formulas with more distinct elements than fit."""

    def warn(self, room: int) -> None:
        """One warning per kind of loss, however many formulas it met."""
        n = len(self.counts)
        if self.rounded:
            warnings.warn(
                f"{self.rounded:,} of {n:,} formulas have more than {room} atoms in their smallest "
                "whole-number form; they were rounded to that many. The 'amounts' encoding keeps them exact.",
                stacklevel=3,
            )
        if self.dropped:
            warnings.warn(
                f"{self.dropped:,} of {n:,} formulas have more than {room} distinct elements; "
                f"the {room} with the largest amounts were kept. Raise max_length to keep all.",
                stacklevel=3,
            )


def flatten(strings: Iterable[tuple[int, str]], encoding: str, room: int) -> Flat:
    """Parse and sort; what both paths share.

    Parameters
    ----------
    strings : pairs of a row number, for error messages, and a formula
    room : element tokens that fit in one row
    """
    writer = _Writer(encoding, room)
    parts = list(writer.chunks(strings))
    ids, fractions, counts = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Flat(ids, fractions, counts, writer.rounded, writer.dropped)


class _Writer:
    """Fills flat lists, a chunk of rows at a time, and counts what was lost."""

    def __init__(self, encoding: str, room: int) -> None:
        self.add = self.add_atoms if encoding == "repeat" else self.add_elements
        self.room = room
        self.rounded = 0
        self.dropped = 0
        self.clear()

    def clear(self) -> None:
        """Start a chunk."""
        self.ids: list[int] = []
        self.parts: list[float | Fraction] = []  # a token's fraction is its part / its row's total
        self.totals: list[float] = []
        self.counts: list[int] = []

    def chunks(self, strings: Iterable[tuple[int, str]]) -> Iterator[tuple[np.ndarray, ...]]:
        """Yield ids, fractions, counts of up to `CHUNK` rows; at least once."""
        add = self.add
        row = 0
        try:
            for row, string in strings:  # noqa: B007 (the handler below reads it)
                add(parse_amounts(string))
                if len(self.counts) == CHUNK:
                    yield self.arrays()
                    self.clear()
        except InvalidString as error:
            raise error.at_row(row) from None
        yield self.arrays()

    def arrays(self) -> tuple[np.ndarray, ...]:
        """This chunk's ids, fractions and counts, the tokens of each row in canonical order."""
        ids = np.array(self.ids, dtype=np.int16)
        counts = np.array(self.counts, dtype=np.int64)
        fractions = np.array(self.parts, dtype=np.float64) / np.repeat(
            np.array(self.totals, np.float64), counts
        )
        places = (np.repeat(np.arange(len(counts)) * VOCABULARY_SIZE, counts) + ORDER[ids]).argsort(
            kind="stable"
        )
        return ids[places], fractions[places], counts

    def add_elements(self, amounts: Amounts) -> None:
        """One token per distinct element."""
        total = sum(amounts.values())
        if (
            type(total) is int
            and total <= EXACT
            and len(amounts) <= self.room
            and ISOTOPES.isdisjoint(amounts)
        ):
            self.ids.extend(map(_id, amounts))
            self.parts.extend(amounts.values())
            self.totals.append(total)
            self.counts.append(len(amounts))
            return
        whole = reduced(amounts)
        total = sum(whole.values())
        if len(whole) > self.room:
            whole = _largest(whole, self.room)
            self.dropped += 1
        # Python divides integers of any size with one correct rounding, as NumPy does those up to
        # EXACT: whichever way a multiple of this formula comes, it gets the same bits.
        self.ids.extend(map(_id, whole))
        self.parts.extend([amount / total for amount in whole.values()])
        self.totals.append(1)
        self.counts.append(len(whole))

    def add_atoms(self, amounts: Amounts) -> None:
        """One token per atom of the reduced formula."""
        whole = reduced(amounts)
        if len(whole) > self.room:
            whole = reduced(_largest(whole, self.room))
            self.dropped += 1
        n_atoms = sum(whole.values())
        if n_atoms > self.room:
            whole, n_atoms = apportion(whole, self.room), self.room
            self.rounded += 1
        for symbol, amount in whole.items():
            self.ids.extend([ID[symbol]] * amount)
        self.parts.extend([1] * n_atoms)
        self.totals.append(n_atoms)
        self.counts.append(n_atoms)


def reduced(amounts: Amounts) -> dict[str, int]:
    """The smallest whole numbers in the same ratio, isotopes counted as their element.

    Examples
    --------
    >>> reduced({"D": 4, "O": 2})
    {'H': 2, 'O': 1}
    """
    if not ISOTOPES.isdisjoint(amounts):
        merged: dict[str, int | Fraction] = {}
        for symbol, amount in amounts.items():
            element = ELEMENT_OF.get(symbol, symbol)
            merged[element] = merged.get(element, 0) + amount
        amounts = merged
    common = math.lcm(*[amount.denominator for amount in amounts.values()])
    whole = {symbol: amount.numerator * (common // amount.denominator) for symbol, amount in amounts.items()}
    divisor = math.gcd(*whole.values())
    return {symbol: amount // divisor for symbol, amount in whole.items()} if divisor > 1 else whole


def _largest(whole: Mapping[str, int], room: int) -> dict[str, int]:
    """The `room` elements with the largest amounts; equal amounts by canonical place."""
    kept = sorted(whole, key=lambda symbol: (-whole[symbol], ORDER[ID[symbol]]))[:room]
    return {symbol: whole[symbol] for symbol in kept}


def apportion(whole: Mapping[str, int], atoms: int) -> dict[str, int]:
    """Share `atoms` atoms in proportion to `whole`, at least one each, by largest remainder.

    Examples
    --------
    >>> apportion({"Fe": 99, "C": 1}, 10)
    {'Fe': 9, 'C': 1}
    """
    total = sum(whole.values())
    shares = {symbol: max(1, amount * atoms // total) for symbol, amount in whole.items()}

    def owed(symbol: str) -> tuple[Fraction, int]:
        # Exact, and ties by canonical place, so that neither order nor scale of the formula decides.
        return Fraction(whole[symbol] * atoms, total) - shares[symbol], -int(ORDER[ID[symbol]])

    while (missing := atoms - sum(shares.values())) > 0:
        for symbol in sorted(shares, key=owed, reverse=True)[:missing]:
            shares[symbol] += 1
    while sum(shares.values()) > atoms:  # the floors of one atom took more than there is
        shares[min((symbol for symbol in shares if shares[symbol] > 1), key=owed)] -= 1
    return shares
