"""A formula seen a little differently: what the contrastive objective calls the same material."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matprior.pretraining.draws import Draws
from matprior.pretraining.substitutions import Substitutions
from matprior.tokens.composition import ELEMENT_OFFSET, Encoded

FIRST_STREAM, STREAMS = 16, 8
"""Streams of `Draws`: view v has 16 + 8 v to 23 + 8 v. Masking has 0 to 4, denoising 5 to 7."""
SUBSTITUTED, PLACE, NEW, AMOUNT, DROPPED, VICTIM = range(6)


@dataclass
class Perturbation:
    """How far a view of a formula may go from it."""

    substitute: float = 0.5
    """Chance that one element is replaced by a similar one, drawn by its probability of substitution."""
    amounts: float = 0.1
    """Each fraction changes by a factor between exp(-amounts) and exp(amounts)."""
    drop: float = 0.2
    """Chance that one element of a formula of three or more is left out."""

    def __post_init__(self) -> None:
        for name in ("substitute", "drop"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; expected a chance from 0 to 1.")
        if self.amounts < 0:
            raise ValueError(f"amounts is {self.amounts}; expected 0 (unchanged) or more, such as 0.1.")

    def view(self, encoded: Encoded, draws: Draws, number: int, learned: Substitutions) -> Encoded:
        """One view of each formula, a copy of the same width.

        Parameters
        ----------
        encoded : `n` formulas
        draws : of these rows, as wide as the ids
        number : 0, 1, ...: another view, other draws
        learned : what can stand for what
        """
        drawn = [draws.uniform(FIRST_STREAM + STREAMS * number + i) for i in range(VICTIM + 1)]
        ids = self._substituted(encoded.ids, drawn, learned)
        factor = np.exp(self.amounts * (2 * drawn[AMOUNT] - 1))
        dropped = self._dropped(ids, drawn)
        amounts = np.where(dropped, 0, encoded.fractions * factor)
        amounts = amounts / np.maximum(amounts.sum(1, keepdims=True), 1e-12)
        # What is left moves up: a formula without an element is as long as if it never had it.
        order = np.argsort(dropped, axis=1, kind="stable")
        ids = np.take_along_axis(np.where(dropped, 0, ids), order, axis=1)
        amounts = np.take_along_axis(amounts, order, axis=1)
        return Encoded(ids, amounts.astype(encoded.fractions.dtype), encoded.lengths - dropped.sum(1))

    def _substituted(self, ids: np.ndarray, drawn: list[np.ndarray], learned: Substitutions) -> np.ndarray:
        old = _one_of(ids, drawn[PLACE])
        first = ELEMENT_OFFSET + 1
        new = first + learned.draw(old - first, drawn[NEW][:, 0])
        chosen = drawn[SUBSTITUTED][:, 0] < self.substitute
        # An element that the formula has already would make two tokens of one.
        chosen &= ~(ids == new[:, None]).any(1)
        return np.where(chosen[:, None] & (ids == old[:, None]), new[:, None], ids)

    def _dropped(self, ids: np.ndarray, drawn: list[np.ndarray]) -> np.ndarray:
        """True at every token of the element that is left out, shape (n, l)."""
        victim = _one_of(ids, drawn[VICTIM])
        tokens = ids == victim[:, None]
        element = ids > ELEMENT_OFFSET
        first = element & (ids != np.roll(ids, 1, axis=1))  # one per element: tokens of one stand together
        many = first.sum(1) >= 3
        chosen = many & (drawn[DROPPED][:, 0] < self.drop)
        return tokens & chosen[:, None]


def _one_of(ids: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Id of the element at the place of the lowest number, for each row."""
    score = np.where(ids > ELEMENT_OFFSET, uniform, np.inf)
    return ids[np.arange(len(ids)), score.argmin(1)].astype(np.int64)
