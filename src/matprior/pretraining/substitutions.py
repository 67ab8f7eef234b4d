"""Which element can stand for which: counted in formulas that differ in one element alone.

Hautier et al. 2011 (Inorg. Chem. 50:656) learned the probability of ionic substitutions from such
pairs in a database of structures. Here the pairs come from the formulas to be learned from, so
nothing has to be shipped and nothing held out is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from matprior.pretraining.draws import mixed
from matprior.pretraining.reference import one_hidden, present
from matprior.tokens.composition import ELEMENT_OFFSET, VOCABULARY_SIZE, Encoded

N_ELEMENTS = VOCABULARY_SIZE - ELEMENT_OFFSET - 1
TRUST = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
"""Formulas that a coarser guess is worth, tried on the rows that are learned from."""
SPREAD = (0.0, 0.25, 0.5)
"""Shares of a guess that go to what substitutes the elements seen, tried likewise."""
SAMPLE = 5_000


@dataclass
class Frames:
    """Formulas with one element taken out, and the elements that were found in the gap."""

    keys: np.ndarray
    """Distinct frames as sorted hashes, shape (f,)."""
    found: csr_matrix
    """How many formulas have each element in the frame, shape (f, 118)."""

    @classmethod
    def count(cls, keys: np.ndarray, elements: np.ndarray) -> Frames:
        """From one hash and one element (0 to 117) per place of each formula."""
        distinct, row = np.unique(keys, return_inverse=True)
        shape = (len(distinct), N_ELEMENTS)
        return cls(distinct, csr_matrix((np.ones(len(row), np.float32), (row, elements)), shape=shape))

    def at(self, keys: np.ndarray) -> np.ndarray:
        """Counts of the elements in the frames asked for, shape (n, 118); 0 for a frame never seen."""
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        known = self.keys[place] == keys
        return self.found[place].toarray() * known[:, None]


class Substitutions:
    """Counts of element substitutions, and what they say of a hidden atom.

    Attributes
    ----------
    probability : shape (118, 118); row a, column b: how likely b stands where a stood. The diagonal
        is 0, and so is the row of an element that nothing was ever found to replace.

    Examples
    --------
    >>> from matprior.tokens.composition import encode_many
    >>> learned = Substitutions.learn(encode_many(["NaCl", "KCl", "NaBr", "KBr", "MgO", "CaO"]))
    >>> float(learned.probability[10, 18])  # Na -> K
    1.0
    """

    def __init__(self, exact: Frames, loose: Frames, log_prior: np.ndarray) -> None:
        self.exact, self.loose, self.log_prior = exact, loose, log_prior
        seen = exact.found.astype(bool).astype(np.float64)
        size = np.asarray(seen.sum(1)).ravel()
        # Each formula counts once however many others share its frame: a screening of all elements
        # on one site would otherwise outvote every compound that somebody made.
        share = seen.multiply(1 / np.maximum(size - 1, 1)[:, None]).tocsr()
        pairs = (seen.T @ share).toarray()
        np.fill_diagonal(pairs, 0)
        total = pairs.sum(1, keepdims=True)
        self.probability = pairs / np.where(total > 0, total, 1)
        self.trust, self.spread = (1.0, 1.0), 0.25

    @classmethod
    def learn(cls, encoded: Encoded) -> Substitutions:
        """Count substitutions in distinct formulas; settings are chosen on them, each without itself."""
        row, column = np.nonzero(encoded.ids > ELEMENT_OFFSET)
        exact, loose = _frames(encoded, row, column)
        element = encoded.ids[row, column].astype(np.int64) - ELEMENT_OFFSET - 1
        count = present(encoded).sum(0)
        learned = cls(
            Frames.count(exact, element),
            Frames.count(loose, element),
            np.log((count + 1) / (count + 1).sum()),
        )
        learned._choose(encoded)
        return learned

    def sharpen(self, temperature: float) -> None:
        """Below a temperature of 1 make likely substitutes likelier, as a generator does with tokens."""
        powers = self.probability ** (1 / temperature)
        self.probability = powers / np.maximum(powers.sum(1, keepdims=True), np.finfo(float).tiny)

    def log_probability(self, encoded: Encoded, position: np.ndarray) -> np.ndarray:
        """Log-probabilities of every element at the hidden place, shape (n, 118).

        The elements found in the same frame with the same amounts, and those that substitute them;
        below these the elements found with the same partners in any amounts; below these how common
        an element is.
        """
        return np.log(self._guess(*self._counts(encoded, position)))

    def draw(self, elements: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """A substitute for each element by its probability; the element itself where it has none.

        Parameters
        ----------
        elements : 0 to 117, shape (n,)
        uniform : numbers in [0, 1), shape (n,)
        """
        ladder = self.probability.cumsum(1)
        drawn = (ladder[elements] <= (uniform * ladder[elements, -1])[:, None]).sum(1)
        return np.where(ladder[elements, -1] > 0, np.minimum(drawn, N_ELEMENTS - 1), elements)

    def _counts(self, encoded: Encoded, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        exact, loose = _frames(encoded, np.arange(len(encoded)), position)
        # Formulas are distinct: with all amounts given, an element is in a frame or it is not.
        return np.minimum(self.exact.at(exact), 1), self.loose.at(loose)

    def _guess(self, exact: np.ndarray, loose: np.ndarray) -> np.ndarray:
        near, far = self.trust
        guess = np.exp(self.log_prior)[None]
        guess = (loose + far * guess) / (loose.sum(1, keepdims=True) + far)
        spread = (1 - self.spread) * exact + self.spread * (exact @ self.probability)
        guess = (spread + near * guess) / (spread.sum(1, keepdims=True) + near)
        return guess / guess.sum(1, keepdims=True)

    def _choose(self, encoded: Encoded) -> None:
        """Trust and spread with the lowest cross-entropy, a row never counted among its own evidence."""
        sample = np.random.default_rng(0).choice(len(encoded), min(SAMPLE, len(encoded)), replace=False)
        part = encoded.take(np.sort(sample))
        labels, position = one_hidden(part, seed=0)
        rows, truth = np.arange(len(part)), labels - ELEMENT_OFFSET - 1
        exact, loose = self._counts(part, position)
        exact[rows, truth] = 0
        loose[rows, truth] = np.maximum(loose[rows, truth] - 1, 0)
        best = np.inf
        for trust, spread in _settings():
            before = self.trust, self.spread
            self.trust, self.spread = trust, spread
            entropy = -np.log(self._guess(exact, loose)[rows, truth]).mean()
            if entropy < best:
                best = entropy
            else:
                self.trust, self.spread = before


def _settings() -> Sequence[tuple[tuple[float, float], float]]:
    return [((near, far), spread) for near in TRUST for far in TRUST for spread in SPREAD]


def _frames(encoded: Encoded, row: np.ndarray, column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hashes of the formulas without one place: with all amounts, and by the partners alone.

    Sums of hashes do not depend on order, and taking one place out is a subtraction.
    """
    rows, columns = np.nonzero(encoded.ids > ELEMENT_OFFSET)
    partner, token, _ = _hashes(encoded, rows, columns)
    own_partner, own_token, amount = _hashes(encoded, row, column)
    n = len(encoded)
    with np.errstate(over="ignore"):
        exact = mixed(_sums(token, rows, n)[row] - own_token + amount)
        loose = _sums(partner, rows, n)[row] - own_partner
    return exact, loose


def _hashes(
    encoded: Encoded, row: np.ndarray, column: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each place: its element, its element with its fraction, its fraction."""
    ids = encoded.ids[row, column].astype(np.uint64)
    # Equal fractions have equal bits: they are exact numbers divided once.
    bits = encoded.fractions[row, column].view(np.uint32).astype(np.uint64)
    return mixed(ids), mixed(ids + (bits << np.uint64(8))), mixed(bits)


def _sums(values: np.ndarray, row: np.ndarray, n: int) -> np.ndarray:
    """Sum of the values of each row, which come in the order of rows; shape (n,)."""
    total = np.zeros(n, dtype=np.uint64)
    present_rows, start = np.unique(row, return_index=True)
    if len(start):
        total[present_rows] = np.add.reduceat(values, start)
    return total
