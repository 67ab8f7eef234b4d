"""A trigram model of sentences: what counting alone gives."""

from __future__ import annotations

import numpy as np

from matprior.tokens.composition import Encoded
from matprior.tokens.sentences import BOS, CONTEXT, EOS, PAD, TOKENS, formula_of

V = len(TOKENS)


class Trigram:
    """Chances of a token after the two before it, mixed with those after one and none.

    Parameters
    ----------
    encoded : sentences to count, as `encode_sentences` gives them
    trust : how many sentences a coarser guess is worth

    Examples
    --------
    >>> from matprior.tokens.sentences import encode_sentences
    >>> model = Trigram(encode_sentences(["NaCl"] * 50 + ["KCl"] * 50)[0])
    >>> sorted(set(model.sample(200, seed=0)))[:2]
    ['KCl', 'NaCl']
    """

    def __init__(self, encoded: Encoded, trust: float = 1.0) -> None:
        self.trust = trust
        ids = encoded.ids.astype(np.int64)
        ids = np.hstack([np.full((len(ids), 1), BOS), ids])
        first, second, third = (ids[:, i : ids.shape[1] - 2 + i].ravel() for i in range(3))
        real = third != PAD
        key = (first * V + second)[real]
        third = third[real]
        self._keys, place = np.unique(key, return_inverse=True)
        self._after_two = np.zeros((len(self._keys), V), dtype=np.float32)
        np.add.at(self._after_two, (place, third), 1)
        after_one = np.zeros((V, V), dtype=np.float64)
        np.add.at(after_one, (key % V, third), 1)
        after_none = np.bincount(third, minlength=V) + 1e-3
        self._none = after_none / after_none.sum()
        self._one = (after_one + trust * self._none) / (after_one.sum(1, keepdims=True) + trust)

    def chances(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Of every token after two others, shape (n, v)."""
        key = first * V + second
        place = np.minimum(np.searchsorted(self._keys, key), len(self._keys) - 1)
        counted = self._after_two[place] * (self._keys[place] == key)[:, None]
        return (counted + self.trust * self._one[second]) / (counted.sum(1, keepdims=True) + self.trust)

    def nats_per_formula(self, encoded: Encoded) -> float:
        """Mean negative log-probability of whole sentences."""
        ids = np.hstack([np.full((len(encoded), 1), BOS), encoded.ids.astype(np.int64)])
        total = 0.0
        for column in range(2, ids.shape[1]):
            real = ids[:, column] != PAD
            first, second, third = (ids[real, column - back] for back in (2, 1, 0))
            total -= float(np.log(self.chances(first, second)[np.arange(len(third)), third]).sum())
        return total / max(len(encoded), 1)

    def sample(self, n: int, seed: int = 0, batch: int = 2048) -> list[str | None]:
        """Formulas, None where the sentence is none or does not end."""
        random = np.random.default_rng(seed)
        found: list[str | None] = []
        while len(found) < n:
            ids = np.full((min(batch, n - len(found)), CONTEXT + 1), PAD)
            ids[:, :2] = BOS
            alive = np.arange(len(ids))
            for column in range(2, ids.shape[1]):
                ladder = self.chances(ids[alive, column - 2], ids[alive, column - 1]).cumsum(1)
                drawn = (ladder < random.random((len(alive), 1)) * ladder[:, -1:]).sum(1)
                ids[alive, column] = drawn
                alive = alive[drawn != EOS]
                if not len(alive):
                    break
            found += [formula_of(row) if EOS in row else None for row in ids[:, 2:].tolist()]
        return found
