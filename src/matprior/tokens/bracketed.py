"""Tokens that are a whole bracket, such as `[nH]` or `[=Branch1]`, looked up many at once in NumPy."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from matprior.tokens.closed import UNSURE


class Brackets:
    """What stands between `[` and `]` -> id, each content packed exactly into one 63-bit number.

    Parameters
    ----------
    contents : pairs of the codes between the brackets, each from 1 to 2**`bits` - 1, and the id. Longer
        ones than fit in 63 bits are left out, so they are unsure.
    bits : of one code

    Examples
    --------
    >>> known = Brackets([((5, 6), 70), ((9,), 80)], bits=9)
    >>> known.ids(np.array([1, 5, 6, 2, 1, 5, 2]), np.array([0, 4]), np.array([3, 6])).tolist()
    [70, -1]
    """

    def __init__(self, contents: Iterable[tuple[Iterable[int], int]], bits: int) -> None:
        self.bits = bits
        self.most = 63 // bits
        packed = {}
        for codes, token in contents:
            listed = list(codes)
            if len(listed) <= self.most:
                packed[sum(code << (bits * place) for place, code in enumerate(listed))] = token
        self.keys = np.array(sorted(packed), dtype=np.int64)
        self.tokens = np.array([packed[key] for key in self.keys.tolist()], dtype=np.int16)

    def ids(self, codes: np.ndarray, opens: np.ndarray, closes: np.ndarray) -> np.ndarray:
        """Id of each bracket, or `UNSURE`.

        Parameters
        ----------
        codes : shape (m,)
        opens, closes : where each bracket begins and ends in `codes`, shape (b,)
        """
        sizes = closes - opens - 1
        keys = np.zeros(len(opens), dtype=np.int64)
        for place in range(min(self.most, int(sizes.max(initial=0)))):
            longer = np.flatnonzero(sizes > place)
            keys[longer] |= codes[opens[longer] + place + 1].astype(np.int64) << (self.bits * place)
        found = np.searchsorted(self.keys, keys).clip(max=len(self.keys) - 1)
        known = (self.keys[found] == keys) & (sizes <= self.most)
        return np.where(known, self.tokens[found], np.int16(UNSURE))
