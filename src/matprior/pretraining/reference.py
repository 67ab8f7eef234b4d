"""What one can say of a hidden atom without a network: the baselines of masked-atom prediction."""

from __future__ import annotations

import numpy as np

from matprior.tokens.composition import ELEMENT_OFFSET, VOCABULARY_SIZE, Encoded

EXPONENTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""How far co-occurrence is trusted; naive Bayes counts dependent evidence twice, so 1 is too far."""


class Cooccurrence:
    """Naive Bayes over the other elements of a formula: p(e) * prod p(other | e) ** exponent.

    `exponent = 0` is the unigram baseline. Counts are smoothed by one; the exponent is chosen by
    cross-entropy on the rows the counts come from, never on held-out ones.
    """

    def __init__(self, encoded: Encoded) -> None:
        presence = present(encoded)
        count = presence.sum(0)
        self.log_prior = np.log((count + 1) / (count + 1).sum())
        together = presence.T @ presence
        np.fill_diagonal(together, 0)
        self.log_given = np.log((together + 1) / (together + 1).sum(1, keepdims=True))
        self.exponent = 1.0
        sample = np.random.default_rng(0).choice(len(encoded), min(20_000, len(encoded)), replace=False)
        part = encoded.take(np.sort(sample))
        labels, position = one_hidden(part, seed=0)
        self.exponent = min(EXPONENTS, key=lambda x: self._entropy(part, labels, position, x))

    def log_probability(
        self, encoded: Encoded, position: np.ndarray, exponent: float | None = None
    ) -> np.ndarray:
        """Log-probabilities of every element at the hidden place, shape (n, 118)."""
        exponent = self.exponent if exponent is None else exponent
        others = encoded.ids.copy()
        others[np.arange(len(others)), position] = 0
        score = self.log_prior + exponent * (present_ids(others) @ self.log_given.T)
        return score - np.logaddexp.reduce(score, axis=1, keepdims=True)

    def _entropy(self, encoded: Encoded, labels: np.ndarray, position: np.ndarray, exponent: float) -> float:
        log_p = self.log_probability(encoded, position, exponent)
        return float(-log_p[np.arange(len(labels)), labels - ELEMENT_OFFSET - 1].mean())


def present(encoded: Encoded) -> np.ndarray:
    """Which elements a formula has, shape (n, 118), float32."""
    return present_ids(encoded.ids)


def present_ids(ids: np.ndarray) -> np.ndarray:
    """As `present`, from padded ids."""
    matrix = np.zeros((len(ids), VOCABULARY_SIZE), dtype=np.float32)
    matrix[np.arange(len(ids))[:, None], ids] = 1
    return matrix[:, ELEMENT_OFFSET + 1 :]


def one_hidden(encoded: Encoded, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """One atom of each formula to hide: its id and its place, each of shape (n,)."""
    random = np.random.default_rng(seed)
    # Places 1 .. length - 2: between [CLS] and [SEP].
    position = 1 + (random.random(len(encoded)) * (encoded.lengths - 2)).astype(int)
    return encoded.ids[np.arange(len(encoded)), position].astype(int), position


def masked_scores(
    log_probability: np.ndarray, labels: np.ndarray, first: int = ELEMENT_OFFSET + 1
) -> dict[str, float]:
    """Cross-entropy, perplexity, top-1 and top-5 accuracy of guesses over the elements or other tokens.

    Parameters
    ----------
    log_probability : shape (n, 118) for elements, or one column for each token
    labels : ids of the hidden tokens, shape (n,)
    first : id that the first column stands for
    """
    truth = labels - first
    entropy = float(-log_probability[np.arange(len(truth)), truth].mean())
    better = (log_probability > log_probability[np.arange(len(truth)), truth][:, None]).sum(1)
    return {
        "cross_entropy": entropy,
        "perplexity": float(np.exp(entropy)),
        "top1": float((better < 1).mean()),
        "top5": float((better < 5).mean()),
    }
