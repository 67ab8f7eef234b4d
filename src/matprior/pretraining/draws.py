"""Random numbers that belong to a row, not to a running generator."""

from __future__ import annotations

import numpy as np


class Draws:
    """Uniform numbers in [0, 1) that depend on (seed, epoch, row, position, stream) alone.

    SplitMix64 (Steele, Lea & Flood 2014) used as a hash of the counter; vectorised, stateless.
    """

    def __init__(self, rows: np.ndarray, width: int, epoch: int, seed: int) -> None:
        key = np.array([(seed * 1_000_003 + epoch) & (2**64 - 1)], dtype=np.uint64)
        self._base = mixed(mixed(key) + rows.astype(np.uint64))[:, None]
        self._positions = np.arange(width, dtype=np.uint64)

    def uniform(self, stream: int) -> np.ndarray:
        """Shape (n, l); another stream, other numbers."""
        # A row longer than 2**16 tokens would reuse numbers of the next stream; ours have 64.
        counter = self._positions + np.uint64(stream << 16)
        return (mixed(self._base + mixed(counter)) >> np.uint64(11)) * 2.0**-53


def mixed(x: np.ndarray) -> np.ndarray:
    """SplitMix64 of unsigned 64-bit numbers: equal numbers equal hashes, near numbers far ones."""
    with np.errstate(over="ignore"):
        x = x + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))
