"""Which atoms are hidden, and what stands in their place.

Every draw is a function of (seed, epoch, row, position) alone, not of a running generator: the same
row is masked alike whatever batch it falls into, on however many processes, and after a resume.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matprior.tokens.composition import ELEMENT_OFFSET, SPECIALS, VOCABULARY_SIZE

MASK = SPECIALS.index("[MASK]")
IGNORED = -100
"""Label of a place where nothing is asked."""
N_ELEMENTS = VOCABULARY_SIZE - len(SPECIALS)


@dataclass
class Masking:
    """Masked atoms after Devlin et al. 2019 (arXiv:1810.04805), at least one in every masked row."""

    probability: float = 0.25
    """Chance of each atom of a masked row to be asked for; one is always asked for."""
    masked_share: float = 0.5
    """Share of rows that are masked. The others are seen whole: properties are learned from those."""
    mask_share: float = 0.8
    """Of the atoms asked for, this share is replaced by [MASK]."""
    random_share: float = 0.1
    """Of the atoms asked for, this share is replaced by a random element; the rest stays as it is."""

    def __call__(
        self, ids: np.ndarray, rows: np.ndarray, epoch: int, seed: int, always: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Corrupt a copy of `ids`.

        Parameters
        ----------
        ids : shape (n, l). Special tokens and padding (ids below 5) are never touched.
        rows : row numbers, shape (n,)
        always : rows that are masked whatever `masked_share` says (they have nothing else to teach)

        Returns
        -------
        corrupted ids and labels, both (n, l); labels are -100 where nothing is asked.
        """
        draw = Draws(rows, ids.shape[1], epoch, seed)
        element = ids > ELEMENT_OFFSET
        chosen = draw.uniform(0)[:, 0] < self.masked_share
        if always is not None:
            chosen |= always
        score = np.where(element, draw.uniform(1), np.inf)
        asked = score < self.probability
        # The lowest draw is asked for even if it is above the threshold: a row of two elements would
        # otherwise teach nothing more often than not.
        asked[np.arange(len(ids)), score.argmin(1)] = True
        asked &= element & chosen[:, None]
        labels = np.where(asked, ids, IGNORED)
        fate = draw.uniform(2)
        corrupted = ids.copy()
        corrupted[asked & (fate < self.mask_share)] = MASK
        swap = asked & (fate >= self.mask_share) & (fate < self.mask_share + self.random_share)
        other = ELEMENT_OFFSET + 1 + (draw.uniform(3) * N_ELEMENTS).astype(ids.dtype)
        corrupted[swap] = other[swap]
        return corrupted, labels


class Draws:
    """Uniform numbers in [0, 1) that depend on (seed, epoch, row, position, stream) alone.

    SplitMix64 (Steele, Lea & Flood 2014) used as a hash of the counter; vectorised, stateless.
    """

    def __init__(self, rows: np.ndarray, width: int, epoch: int, seed: int) -> None:
        key = np.array([(seed * 1_000_003 + epoch) & (2**64 - 1)], dtype=np.uint64)
        self._base = _mix(_mix(key) + rows.astype(np.uint64))[:, None]
        self._positions = np.arange(width, dtype=np.uint64)

    def uniform(self, stream: int) -> np.ndarray:
        """Shape (n, l); another stream, other numbers."""
        # A row longer than 2**16 tokens would reuse numbers of the next stream; ours have 64.
        counter = self._positions + np.uint64(stream << 16)
        return (_mix(self._base + _mix(counter)) >> np.uint64(11)) * 2.0**-53


def _mix(x: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        x = x + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))
