"""Chemical groups as rows of a table over token ids: what is masked together, and what scores are told by."""

from __future__ import annotations

from functools import cache

import numpy as np

from matprior.notations.elements import GROUPS, SYMBOLS
from matprior.tokens.composition import ELEMENT_OFFSET, VOCABULARY_SIZE

_OTHER = frozenset(SYMBOLS) - frozenset().union(*GROUPS.values())
GROUP_MEMBERS: dict[str, frozenset[str]] = GROUPS | {"other": _OTHER}
"""Name -> symbols. `other` holds H and C, which are in no group; every element is in at least one."""


@cache
def membership() -> np.ndarray:
    """Which token id belongs to which group, shape (g, vocabulary), in the order of `GROUP_MEMBERS`.

    Groups overlap: Te is a metalloid and a chalcogen. Special tokens are in none. The array is
    shared between callers and read-only.
    """
    table = np.zeros((len(GROUP_MEMBERS), VOCABULARY_SIZE), dtype=bool)
    for row, symbols in zip(table, GROUP_MEMBERS.values(), strict=True):
        row[[ELEMENT_OFFSET + 1 + SYMBOLS.index(symbol) for symbol in symbols]] = True
    table.setflags(write=False)
    return table
