"""What a generator may write next, as a logits processor for Hugging Face's `generate` and for `sample`.

A network proposes; whatever cannot become a wanted formula any more gets no chance. So every formula
that ends fulfils the wishes, and no row runs into a dead end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from transformers import LogitsProcessor

from matprior.generation.charges import START, Allowed, State, Ways
from matprior.notations.elements import FORMULA_ORDER, ISOTOPES
from matprior.notations.oxidation_states import KNOWN_OXIDATION_STATES
from matprior.tokens.sentences import (
    CONTEXT,
    ELEMENTS,
    EOS,
    FIRST_ELEMENT,
    FIRST_FRACTION,
    FIRST_WHOLE,
    PAD,
    TOKENS,
)

MOST = 8
"""Elements of a formula where nothing is said: as many as fit the context with amounts."""


@dataclass
class Wishes:
    """What is asked of every formula."""

    prefix: list[str] = field(default_factory=list)
    """Elements the formula begins with, in the order of electronegativity."""
    require: list[str] = field(default_factory=list)
    """Elements that must occur."""
    forbid: list[str] = field(default_factory=list)
    """Elements that must not occur."""
    fewest: int = 1
    """Elements at least."""
    most: int = MOST
    """Elements at most."""
    charge_neutral: bool = False
    """Charges add up to zero with known oxidation states, cations less electronegative than anions."""

    def __post_init__(self) -> None:
        named = [*self.prefix, *self.require, *self.forbid]
        for symbol in named:
            if symbol not in FORMULA_ORDER:
                raise ValueError(f"{symbol!r} is no element. Write symbols such as Li or O.")
        if clash := set(self.forbid) & {*self.prefix, *self.require}:
            raise ValueError(f"{sorted(clash)[0]} is both forbidden and required. Drop one of the two.")
        if not 1 <= self.fewest <= self.most <= MOST:
            raise ValueError(
                f"elements {self.fewest}-{self.most} are not possible; expected two numbers from 1 to {MOST}."
            )
        needed = {*self.prefix, *self.require}
        if len(needed) > self.most:
            raise ValueError(
                f"{len(needed)} elements are required and at most {self.most} allowed. Raise the number of "
                "elements."
            )
        if self.prefix:
            last = max(FORMULA_ORDER[symbol] for symbol in self.prefix)
            before = sorted(s for s in self.require if FORMULA_ORDER[s] < last and s not in self.prefix)
            if before:
                raise ValueError(
                    f"{before[0]} is required and comes before {self.prefix[-1]} in a formula (elements are "
                    "in the order of electronegativity). Put it into --prefix, or require them all instead."
                )

    @property
    def any(self) -> bool:
        """Whether there is a wish at all."""
        return self != Wishes()

    def allowed(self, states: Mapping[str, Sequence[int]] = KNOWN_OXIDATION_STATES) -> Allowed:
        """The same as sets of elements."""
        forbidden = set(self.forbid)
        if self.prefix:
            last = max(FORMULA_ORDER[symbol] for symbol in self.prefix)
            forbidden |= {s for s in ELEMENTS if FORMULA_ORDER[s] < last and s not in self.prefix}
        # D and T are asked for by name or not at all: a hydrogen of either kind is rarely meant.
        forbidden |= set(ISOTOPES) - {*self.prefix, *self.require}
        required = frozenset({*self.prefix, *self.require})
        return Allowed(
            states, required, frozenset(forbidden), max(self.fewest, len(required)), self.most,
            self.charge_neutral,
        )  # fmt: skip


class _Place(NamedTuple):
    """Where a sentence stands: before an element's amount is settled, and with it."""

    before: State
    """State without the last element."""
    settled: State
    """State with the last element and the amount read so far, 1 where none is."""
    kind: str
    """What was read last: start, element, whole or fraction."""
    open: bool
    """Whether the amount read so far is none yet: 0 or 1, before a fraction."""


class OnlyWanted(LogitsProcessor):
    """Lets through only what can still become a wanted formula.

    With `charge_neutral` amounts are whole numbers; otherwise fractions are allowed as well.

    Parameters
    ----------
    wishes : what is asked of every formula
    states : element -> oxidation states that count as known

    Examples
    --------
    >>> from matprior.tokens.sentences import BOS, ID
    >>> wanted = OnlyWanted(Wishes(charge_neutral=True, most=2))
    >>> scores = wanted(torch.tensor([[BOS, ID["Mg"], ID["3"]]]), torch.zeros(1, len(TOKENS)))
    >>> [TOKENS[i] for i in torch.isfinite(scores[0]).nonzero().ravel().tolist()][:4]
    ['Si', 'Po', 'Ge', 'Bi']
    """

    def __init__(self, wishes: Wishes, states: Mapping[str, Sequence[int]] = KNOWN_OXIDATION_STATES) -> None:
        self.wishes = wishes
        self.ways = Ways(wishes.allowed(states))
        self._places: dict[tuple[int, ...], _Place | None] = {(): _Place(START, START, "start", False)}
        self._row_of: dict[_Place | None, int] = {}
        self._masks = np.zeros((0, len(TOKENS)), dtype=bool)

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Scores with minus infinity where nothing wanted would follow.

        Parameters
        ----------
        input_ids : what is written, shape (n, l); tokens before the first element don't count
        scores : of the next token, shape (n, v)
        """
        rows = [self._row(self._place(tuple(ids))) for ids in input_ids.tolist()]
        allowed = torch.from_numpy(self._masks[rows]).to(scores.device)
        return scores.masked_fill(~allowed, -torch.inf)

    def _place(self, ids: tuple[int, ...]) -> _Place | None:
        """Where a sentence stands; None when it has ended."""
        found = self._places.get(ids, False)
        if found is not False:
            return found  # type: ignore[return-value]
        before, token = self._place(ids[:-1]), ids[-1]
        place = self._read(before, token) if before is not None else None
        if len(self._places) > 200_000:  # a long run visits millions of beginnings
            self._places = {(): self._places[()]}
        self._places[ids] = place
        return place

    def _read(self, place: _Place, token: int) -> _Place | None:
        if token == EOS:
            return None
        if token < FIRST_ELEMENT:
            return place
        if token < FIRST_WHOLE:
            element = token - FIRST_ELEMENT
            return _Place(place.settled, self.ways.take(place.settled, element, 1), "element", False)
        element = place.settled.last
        if token < FIRST_FRACTION:
            amount = token - FIRST_WHOLE
            taken = self.ways.take(place.before, element, max(amount, 1))
            return _Place(place.before, taken, "whole", amount < 2)
        return place._replace(kind="fraction", open=False)

    def _row(self, place: _Place | None) -> int:
        """Row of the mask of a place."""
        if place not in self._row_of:
            mask = np.zeros(len(TOKENS), dtype=bool)
            mask[self._tokens(place)] = True
            if len(self._row_of) == len(self._masks):
                room = np.zeros((max(1024, len(self._masks)), len(TOKENS)), dtype=bool)
                self._masks = np.concatenate([self._masks, room])
            self._masks[len(self._row_of)] = mask
            self._row_of[place] = len(self._row_of)
        return self._row_of[place]

    def _tokens(self, place: _Place | None) -> list[int]:
        """Ids of the tokens that may follow."""
        if place is None:
            return [PAD]
        found: list[int] = []
        if not place.open:
            found += [FIRST_ELEMENT + element for element in self.ways.elements(place.settled)]
            found += [EOS] * (place.kind != "start" and self.ways.may_end(place.settled))
        if place.kind == "element":
            found += self._amounts(place)
        if place.kind == "whole" and not self.ways.allowed.balanced:
            found += range(FIRST_FRACTION, len(TOKENS))
        return found

    def _amounts(self, place: _Place) -> list[int]:
        """Ids of the whole amounts that may follow an element."""
        ways, element = self.ways, place.settled.last
        smallest = 2 if ways.allowed.balanced else 0
        return [
            token
            for token in range(FIRST_WHOLE + smallest, FIRST_FRACTION)
            if ways.alive(ways.take(place.before, element, max(token - FIRST_WHOLE, 1)))
        ]


def room_for(wishes: Wishes, asked: int) -> int:
    """Tokens that a sentence may need: `<bos>`, what is asked, elements with amounts, `<eos>`."""
    return min(CONTEXT, 2 + asked + wishes.most * 3)
