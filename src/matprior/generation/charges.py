"""Which sums of charges a formula can have while it is being written, and which can still come to zero.

A set of sums is one whole number whose bit `s` stands for the sum `s`, so that adding the charges of an
element to every sum is a shift. The order of a sentence (rising electronegativity) makes the second
rule of SMACT simple: cations come first, anions after them, and what is neither never comes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from matprior.notations.elements import ELECTRONEGATIVITY
from matprior.tokens.sentences import ELEMENTS, LARGEST

LIMIT = 360
"""Largest sum of positive charges that is followed."""
_ALL = (1 << (LIMIT + 1)) - 1
AMOUNTS = range(1, LARGEST + 1)


class State(NamedTuple):
    """What is known of a formula whose last amount is settled."""

    positive: int
    """Sums of charges, all elements being cations."""
    negative: int
    """Sums of charges, the last elements being anions; never below 0, because no cation follows."""
    last: int
    """Place in `ELEMENTS` of the last element, -1 for none."""
    size: int
    """Elements so far."""


START = State(1, 0, -1, 0)


@dataclass(frozen=True)
class Allowed:
    """Which formulas are wanted, before any network is asked."""

    states: Mapping[str, Sequence[int]]
    """Element -> its oxidation states; one without any is not used."""
    required: frozenset[str] = frozenset()
    """Elements that must occur."""
    forbidden: frozenset[str] = frozenset()
    """Elements that must not."""
    fewest: int = 1
    """Elements at least."""
    most: int = 8
    """Elements at most."""
    balanced: bool = True
    """Charges must add up to zero, cations being less electronegative than anions."""


class Ways:
    """For every place in a formula, the sums from which it can still be finished as wanted.

    Parameters
    ----------
    allowed : which formulas are wanted

    Raises
    ------
    ValueError
        No formula fulfils the wishes.

    Examples
    --------
    >>> ways = Ways(Allowed({"Na": (1,), "Mg": (2,), "Cl": (-1,)}))
    >>> sodium = ways.take(START, ELEMENTS.index("Na"), 2)
    >>> [ELEMENTS[i] for i in ways.elements(sodium)], ways.may_end(sodium)
    (['Mg', 'Cl'], False)
    >>> ways.may_end(ways.take(sodium, ELEMENTS.index("Cl"), 2))
    True
    """

    def __init__(self, allowed: Allowed) -> None:
        self.allowed = allowed
        n = len(ELEMENTS)
        self.cations: list[tuple[int, ...]] = [()] * n
        self.anions: list[tuple[int, ...]] = [()] * n
        for place, symbol in enumerate(ELEMENTS):
            if symbol in allowed.forbidden:
                continue
            if allowed.balanced:
                states = allowed.states.get(symbol, ())
                self.cations[place] = tuple(state for state in states if state > 0)
                self.anions[place] = tuple(-state for state in states if state < 0)
            else:
                self.cations[place] = (0,)
        self.required = [place for place, symbol in enumerate(ELEMENTS) if symbol in allowed.required]
        self._look_back()
        if not self.elements(START):
            raise ValueError(
                "No formula fulfils these wishes. Require fewer elements, forbid fewer, or allow more of them"
                + (", or leave out --charge-neutral." if allowed.balanced else ".")
            )

    def take(self, state: State, place: int, amount: int) -> State:
        """The state after an element with its amount."""
        positive = negative = 0
        for charge in self.cations[place]:
            positive |= state.positive << (charge * amount)
        before = state.negative | (state.positive if self._may_turn(state.last, place) else 0)
        for charge in self.anions[place]:
            negative |= before >> (charge * amount)
        return State(positive & _ALL, negative, place, state.size + 1)

    def may_end(self, state: State) -> bool:
        """Whether the formula can end here."""
        done = state.size >= self.allowed.fewest and not any(place > state.last for place in self.required)
        return done and bool((state.negative if self.allowed.balanced else state.positive) & 1)

    def alive(self, state: State) -> bool:
        """Whether the formula can end here or be continued to an end."""
        if state.size > self.allowed.most:
            return False
        after = state.last + 1
        open_ends = state.negative & self._negative[after][state.size]
        return bool(open_ends or state.positive & self._after(state.last)[state.size])

    def elements(self, state: State) -> list[int]:
        """Places of the elements that can come next."""
        count = state.size
        if count >= self.allowed.most:
            return []
        end = next((place + 1 for place in self.required if place > state.last), len(ELEMENTS))
        return [
            place
            for place in range(state.last + 1, end)
            if state.positive & self._as_cation[place][count]
            or (state.negative | (state.positive if self._may_turn(state.last, place) else 0))
            & self._as_anion[place][count]
        ]

    @staticmethod
    def _may_turn(last: int, place: int) -> bool:
        """Whether an anion may follow a last cation: it must be more electronegative, not as much."""
        return last < 0 or _value(last) != _value(place)

    def _after(self, place: int) -> list[int]:
        """Sums from which all-cation formulas that end with `place` can be finished."""
        following = place + 1
        same = following < len(ELEMENTS) and place >= 0 and _value(place) == _value(following)
        return (self._stuck if same else self._positive)[following]

    def _look_back(self) -> None:
        """From the last element to the first: what can be finished from there on."""
        n, counts = len(ELEMENTS), range(self.allowed.most + 2)
        ends = [int(self.allowed.fewest <= count <= self.allowed.most) for count in counts]
        none = [0] * len(counts)
        self._negative: list[list[int]] = [none] * n + [ends if self.allowed.balanced else none]
        self._positive: list[list[int]] = [none] * n + [none if self.allowed.balanced else ends]
        self._stuck = list(self._positive)
        self._as_cation, self._as_anion = [none] * n, [none] * n
        for place in reversed(range(n)):
            after_cation, after_anion = self._after(place), self._negative[place + 1]
            cation, anion = none[:], none[:]
            for count in counts[:-2]:
                for amount in AMOUNTS:
                    for charge in self.cations[place]:
                        cation[count] |= after_cation[count + 1] >> (charge * amount)
                    for charge in self.anions[place]:
                        anion[count] |= after_anion[count + 1] << (charge * amount) & _ALL
            self._as_cation[place], self._as_anion[place] = cation, anion
            self._settle(place, cation, anion)

    def _settle(self, place: int, cation: list[int], anion: list[int]) -> None:
        """Join the ways that take this element with those that pass it by, where it may be passed by."""
        skip = place not in self.required
        same = place + 1 < len(ELEMENTS) and _value(place) == _value(place + 1)
        stuck_after = (self._stuck if same else self._positive)[place + 1]
        rows: Iterator[tuple[int, ...]] = zip(
            cation, anion, self._positive[place + 1], self._negative[place + 1], stuck_after, strict=True
        )
        joined = [(c | a | p * skip, a | n * skip, c | s * skip) for c, a, p, n, s in rows]
        positive, negative, stuck = zip(*joined, strict=True)
        self._positive[place], self._negative[place] = list(positive), list(negative)
        self._stuck[place] = list(stuck)


def _value(place: int) -> float | None:
    """Electronegativity of the element at a place; None for those without, and for D and T."""
    return ELECTRONEGATIVITY.get(ELEMENTS[place])
