"""The closed vocabulary of compositions: five specials, then the 118 elements by atomic number.

An id is never an atomic number: 101 and 102 would be both `[CLS]`, `[SEP]` of BERT and Md, No.
Hydrogen's isotopes D and T share hydrogen's id. Added tokens (prompts) start at `VOCABULARY_SIZE`.
"""

from __future__ import annotations

import numpy as np

from matprior.notations.elements import ATOMIC_NUMBER, FORMULA_ORDER, ISOTOPES, SYMBOLS

SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""Special tokens; the position in this tuple is the id."""
PAD, UNK, CLS, SEP, MASK = range(5)
ELEMENT_OFFSET = len(SPECIALS) - 1
"""id of an element = `ELEMENT_OFFSET` + Z, so H is 5 and Og is 122."""
TOKENS: tuple[str, ...] = (*SPECIALS, *SYMBOLS)
"""Token of every id."""
VOCABULARY_SIZE = len(TOKENS)
ENCODINGS = ("amounts", "repeat")
"""`amounts`: one token per distinct element and its fraction. `repeat`: one token per atom."""

ID: dict[str, int] = {symbol: ELEMENT_OFFSET + ATOMIC_NUMBER[symbol] for symbol in SYMBOLS}
"""Symbol -> id, D and T included."""
ID.update({isotope: ID[element] for isotope, element in ISOTOPES.items()})


ORDER = np.zeros(VOCABULARY_SIZE, dtype=np.int64)
"""Place of each id in a canonical formula, shape (`VOCABULARY_SIZE`,)."""
ORDER[[ID[symbol] for symbol in SYMBOLS]] = [FORMULA_ORDER[symbol] for symbol in SYMBOLS]
ORDER.flags.writeable = False


def check_encoding(encoding: str) -> str:
    """Return `encoding`, or raise ValueError that names the two there are."""
    if encoding not in ENCODINGS:
        raise ValueError(f"Unknown encoding {encoding!r}. Known: 'amounts' (default) and 'repeat'.")
    return encoding
