"""Masking strategies: which atoms of a masked row are asked for. One class each, one line in `MASKINGS`.

A strategy draws from `Draws` alone, so that its choice is a function of (seed, epoch, row, position).
Streams 0, 2 and 3 belong to `Masking`; strategies take 1 (atoms) and 4 (groups).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from matprior.pretraining.draws import Draws
from matprior.pretraining.groups import membership
from matprior.tokens.composition import ELEMENT_OFFSET, VOCABULARY_SIZE

ATOM, GROUP = 1, 4
"""Streams of `Draws`."""


@dataclass
class Choice(ABC):
    """Which atoms of a row are asked for, at least one where the row has an atom."""

    probability: float = 0.25
    """Chance of an atom, where the strategy has one."""

    def learn(self, ids: np.ndarray) -> None:
        """Look once at all rows to be learned from, padded ids of shape (n, l); most need nothing."""
        return

    @abstractmethod
    def ask(self, ids: np.ndarray, draws: Draws) -> np.ndarray:
        """True at the atoms asked for, shape (n, l). What it says of special tokens is not heeded."""


class Uniform(Choice):
    """Every atom alike, and always one of the row. Devlin et al. 2019, arXiv:1810.04805."""

    def ask(self, ids: np.ndarray, draws: Draws) -> np.ndarray:
        return _below(np.where(ids > ELEMENT_OFFSET, draws.uniform(ATOM), np.inf), self.probability)


@dataclass
class Balanced(Choice):
    """Common elements less often: the chance falls with how often an element occurs in the corpus."""

    exponent: float = 0.5
    """Weight of an element is its frequency ** -exponent: 0 is uniform, 1 asks for all equally often."""

    def learn(self, ids: np.ndarray) -> None:
        # Smoothed by one: an element that the corpus lacks would have no finite weight.
        count = np.bincount(ids.ravel(), minlength=VOCABULARY_SIZE)[ELEMENT_OFFSET + 1 :] + 1
        weight = (count / count.sum()) ** -self.exponent
        self.weights = np.ones(VOCABULARY_SIZE)
        # Mean 1 over the atoms of the corpus: about as many are asked for as without weights.
        self.weights[ELEMENT_OFFSET + 1 :] = weight / (weight * count / count.sum()).sum()

    def ask(self, ids: np.ndarray, draws: Draws) -> np.ndarray:
        if not hasattr(self, "weights"):
            raise ValueError("Balanced masking needs element counts: call learn(ids) of the corpus first.")
        # A race of exponential clocks: the chance is 1 - (1 - probability) ** weight, and the atom that
        # is always asked for is each one with a probability proportional to its weight.
        score = -np.expm1(np.log1p(-draws.uniform(ATOM)) / self.weights[ids])
        return _below(np.where(ids > ELEMENT_OFFSET, score, np.inf), self.probability)


class GroupWhole(Choice):
    """All atoms of one chemical group of the row, drawn among those it has; `probability` plays no part."""

    def ask(self, ids: np.ndarray, draws: Draws) -> np.ndarray:
        inside = membership()[:, ids]  # (g, n, l)
        present = inside.any(2)
        rank = (draws.uniform(GROUP)[:, 0] * present.sum(0)).astype(int)
        drawn = (present.cumsum(0) > rank).argmax(0)  # the group of that rank among the row's own
        return inside[drawn, np.arange(len(ids))]


class GroupWithin(GroupWhole):
    """One atom of a group drawn so: rare groups are asked for as often as common ones of the row."""

    def ask(self, ids: np.ndarray, draws: Draws) -> np.ndarray:
        score = np.where(super().ask(ids, draws), draws.uniform(ATOM), np.inf)
        return _below(score, 0.0)


def _below(score: np.ndarray, probability: float) -> np.ndarray:
    asked = score < probability
    # The lowest draw is asked for even if it is above the threshold: a row of two elements would
    # otherwise teach nothing more often than not.
    asked[np.arange(len(score)), score.argmin(1)] = True
    return asked


MASKINGS: dict[str, type[Choice]] = {
    "uniform": Uniform,
    "balanced": Balanced,
    "group_within": GroupWithin,
    "group_whole": GroupWhole,
}
"""Name in a recipe -> class. The command `compare-masking` and tests/pretraining read this."""
