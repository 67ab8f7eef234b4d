"""Blocks of features on one scale, so that neither an encoder's vectors nor classical columns shout."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FARTHEST = 5.0
"""Standardised values are clipped here: a column that hardly moves in ten rows may leap in the next."""


class Scales:
    """Mean and spread of every column of several blocks.

    Parameters
    ----------
    blocks : arrays (n, d_i) of the same rows

    Examples
    --------
    >>> scales = Scales([np.array([[0.0], [2.0]]), np.array([[5.0, 1.0], [7.0, 1.0]])])
    >>> scales.joined([np.array([[2.0]]), np.array([[7.0, 1.0]])]).round(3).tolist()
    [[1.0, 0.707, 0.0]]
    """

    def __init__(self, blocks: Sequence[NDArray]) -> None:
        self.means = [np.asarray(block, dtype=np.float64).mean(0) for block in blocks]
        self.spreads = [_spread(np.asarray(block, dtype=np.float64)) for block in blocks]

    def joined(self, blocks: Sequence[NDArray]) -> NDArray:
        """Blocks beside each other, each standardised and of equal weight, shape (n, d)."""
        parts = []
        for block, mean, spread in zip(blocks, self.means, self.spreads, strict=True):
            standard = np.clip((block - mean) / spread, -FARTHEST, FARTHEST)
            # So that a wide block counts no more than a narrow one; a single block keeps its scale.
            parts.append(standard / np.sqrt(block.shape[1]) if len(blocks) > 1 else standard)
        if len(parts) == 1:
            return parts[0]
        narrowest = min(part.shape[1] for part in parts)
        return np.hstack(parts) * np.sqrt(narrowest)

    def arrays(self) -> dict[str, NDArray]:
        """What a file has to hold."""
        told = {f"mean_{i}": mean for i, mean in enumerate(self.means)}
        return told | {f"spread_{i}": spread for i, spread in enumerate(self.spreads)}

    @classmethod
    def of(cls, arrays: dict[str, NDArray]) -> Scales:
        """From what `arrays` gave."""
        made = cls.__new__(cls)
        n = sum(name.startswith("mean_") for name in arrays)
        made.means = [arrays[f"mean_{i}"] for i in range(n)]
        made.spreads = [arrays[f"spread_{i}"] for i in range(n)]
        return made


def _spread(block: NDArray) -> NDArray:
    """Standard deviation of each column, 1 where it does not move."""
    spread = block.std(0)
    return np.where(spread > 1e-9, spread, 1.0)
