"""A trigram model of sentences: what counting alone gives."""

from __future__ import annotations

import numpy as np

from matprior.tokens.composition import Encoded
from matprior.tokens.formula_language import FORMULAS
from matprior.tokens.language import Language


class Trigram:
    """Chances of a token after the two before it, mixed with those after one and none.

    Parameters
    ----------
    encoded : sentences to count, as the language encodes them
    language : what they are written in
    trust : how many sentences a coarser guess is worth

    Examples
    --------
    >>> from matprior.tokens.sentences import encode_sentences
    >>> model = Trigram(encode_sentences(["NaCl"] * 50 + ["KCl"] * 50)[0])
    >>> sorted(set(model.sample(200, seed=0)))[:2]
    ['KCl', 'NaCl']
    """

    def __init__(self, encoded: Encoded, language: Language = FORMULAS, trust: float = 1.0) -> None:
        self.language = language
        self._size = size = len(language.tokens)
        self.trust = trust
        ids = encoded.ids.astype(np.int64)
        ids = np.hstack([np.full((len(ids), 1), language.bos), ids])
        first, second, third = (ids[:, i : ids.shape[1] - 2 + i].ravel() for i in range(3))
        real = third != language.pad
        key = (first * size + second)[real]
        third = third[real]
        self._keys, place = np.unique(key, return_inverse=True)
        self._after_two = np.zeros((len(self._keys), size), dtype=np.float32)
        np.add.at(self._after_two, (place, third), 1)
        after_one = np.zeros((size, size), dtype=np.float64)
        np.add.at(after_one, (key % size, third), 1)
        after_none = np.bincount(third, minlength=size) + 1e-3
        self._none = after_none / after_none.sum()
        self._one = (after_one + trust * self._none) / (after_one.sum(1, keepdims=True) + trust)

    def chances(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Of every token after two others, shape (n, v)."""
        key = first * self._size + second
        place = np.minimum(np.searchsorted(self._keys, key), len(self._keys) - 1)
        counted = self._after_two[place] * (self._keys[place] == key)[:, None]
        return (counted + self.trust * self._one[second]) / (counted.sum(1, keepdims=True) + self.trust)

    def nats_per_string(self, encoded: Encoded) -> float:
        """Mean negative log-probability of whole sentences."""
        ids = np.hstack([np.full((len(encoded), 1), self.language.bos), encoded.ids.astype(np.int64)])
        total = 0.0
        for column in range(2, ids.shape[1]):
            real = ids[:, column] != self.language.pad
            first, second, third = (ids[real, column - back] for back in (2, 1, 0))
            total -= float(np.log(self.chances(first, second)[np.arange(len(third)), third]).sum())
        return total / max(len(encoded), 1)

    def sample(self, n: int, seed: int = 0, batch: int = 2048) -> list[str | None]:
        """Strings, None where the sentence is none or does not end."""
        language = self.language
        random = np.random.default_rng(seed)
        found: list[str | None] = []
        while len(found) < n:
            ids = np.full((min(batch, n - len(found)), language.context + 1), language.pad)
            ids[:, :2] = language.bos
            alive = np.arange(len(ids))
            for column in range(2, ids.shape[1]):
                ladder = self.chances(ids[alive, column - 2], ids[alive, column - 1]).cumsum(1)
                drawn = (ladder < random.random((len(alive), 1)) * ladder[:, -1:]).sum(1)
                ids[alive, column] = drawn
                alive = alive[drawn != language.eos]
                if not len(alive):
                    break
            found += [language.string_of(row) if language.eos in row else None for row in ids[:, 2:].tolist()]
        return found
