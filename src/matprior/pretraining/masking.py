"""Which atoms are hidden, and what stands in their place.

Every draw is a function of (seed, epoch, row, position) alone, not of a running generator: the same
row is masked alike whatever batch it falls into, on however many processes, and after a resume.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from matprior.pretraining.choices import MASKINGS
from matprior.pretraining.draws import Draws
from matprior.tokens.composition import ELEMENT_OFFSET, SPECIALS, VOCABULARY_SIZE, Encoded

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
    strategy: str = "uniform"
    """Which atoms of a masked row are asked for: uniform, balanced, group_within or group_whole."""

    def __post_init__(self) -> None:
        if self.strategy not in MASKINGS:
            near = get_close_matches(self.strategy, MASKINGS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ValueError(
                f"Unknown masking strategy {self.strategy!r}. Known: {', '.join(MASKINGS)}.{hint}"
            )
        self.choice = MASKINGS[self.strategy](self.probability)

    def learn(self, encoded: Encoded) -> None:
        """Let the strategy look at the rows to be learned from, once, before the first call."""
        self.choice.learn(encoded.ids)

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
        chosen = draw.uniform(0)[:, 0] < self.masked_share
        if always is not None:
            chosen |= always
        asked = self.choice.ask(ids, draw) & (ids > ELEMENT_OFFSET) & chosen[:, None]
        labels = np.where(asked, ids, IGNORED)
        fate = draw.uniform(2)
        corrupted = ids.copy()
        corrupted[asked & (fate < self.mask_share)] = MASK
        swap = asked & (fate >= self.mask_share) & (fate < self.mask_share + self.random_share)
        other = ELEMENT_OFFSET + 1 + (draw.uniform(3) * N_ELEMENTS).astype(ids.dtype)
        corrupted[swap] = other[swap]
        return corrupted, labels


def without_amounts(amounts: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Atomic fractions without those asked for, shape (n, l); the visible ones of such a row sum to 1 again.

    Left as they were, the visible fractions would tell a single hidden one: it is what they lack to 1.
    """
    visible = np.where(asked, 0, amounts)
    total = visible.sum(1, keepdims=True, dtype=np.float64)
    scaled = visible / np.where(total > 0, total, 1)
    return np.where(asked.any(1, keepdims=True), scaled, amounts).astype(amounts.dtype)
