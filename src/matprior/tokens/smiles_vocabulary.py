"""The closed vocabulary of SMILES: every OpenSMILES string in pieces from one fixed list.

Isotopes, charges, hydrogen counts and atom classes are spelt with digits, so no bracket atom is unknown.
What a piece means depends on where it stands: `Sc` outside brackets is a sulfur and an aromatic carbon.
"""

from __future__ import annotations

import re

from matprior.notations.elements import SYMBOLS

SPECIALS = ("<pad>", "<unk>", "<cls>", "<sep>", "<mask>")
"""Special tokens; the position is the id. No SMILES or SELFIES can spell them: `<` begins only `<-`."""
PAD, UNK, CLS, SEP, MASK = range(5)
TASKS = tuple(f"<task{number}>" for number in range(32))
"""Ids kept free for prompts."""

ORGANIC = ("B", "C", "N", "O", "P", "S", "F", "Cl", "Br", "I", "b", "c", "n", "o", "p", "s", "*")
"""Atoms that may stand outside brackets."""
BONDS = ("-", "=", "#", "$", ":", "/", "\\", "~", "->", "<-")
"""Ends with RDKit's dative bonds. In brackets `-` is a charge and `:` begins an atom class."""
STRUCTURE = (".", "(", ")", ">", "[", "]")
DIGITS = tuple("0123456789")
RINGS = (*(f"%{number:02d}" for number in range(100)), "%(")
"""Ring closures of two digits are whole; a longer one is `%(`, digits, `)`."""
ELEMENTS = tuple(symbol for symbol in SYMBOLS if symbol not in ORGANIC)
"""Element symbols that only brackets may hold."""
AROMATIC = ("se", "as", "te", "si")
"""Aromatic atoms that only brackets may hold."""
CLASSES = {"TH": 2, "AL": 2, "SP": 3, "TB": 20, "OH": 30}
"""Chirality class -> permutations. RDKit writes a class without its number where that is unknown."""
CHIRALITY = (
    *("@", "@@"),
    *(f"@{name}" for name in CLASSES),
    *(f"@{name}{number}" for name, last in CLASSES.items() for number in range(1, last + 1)),
)
CHARGES = ("+", "++", "--")
"""`-` is among the bonds; larger charges are a sign and digits."""

TOKENS: tuple[str, ...] = (
    *SPECIALS, *TASKS, *ORGANIC, *BONDS, *STRUCTURE, *DIGITS, *RINGS, *ELEMENTS, *AROMATIC, *CHIRALITY,
    *CHARGES,
)  # fmt: skip
"""Token of every id. Models are saved with these ids: new tokens go to the end."""
VOCABULARY_SIZE = len(TOKENS)
ID: dict[str, int] = {token: place for place, token in enumerate(TOKENS)}

INSIDE = (*CHIRALITY, *ELEMENTS, *AROMATIC, *CHARGES)
"""Tokens that mean what they say only between `[` and `]`."""
ANYWHERE = (*ORGANIC, *BONDS, *STRUCTURE, *DIGITS, *RINGS)


def any_of(tokens: tuple[str, ...]) -> str:
    """Regular expression of any of these tokens, the longest first."""
    return "|".join(re.escape(token) for token in sorted(tokens, key=len, reverse=True))


PATTERN = rf"(?:{any_of(INSIDE)})(?=[^\[\]]*\])|{any_of(ANYWHERE)}"
"""One token of the split form, for Python and for Hugging Face: inside a bracket the next bracket is `]`."""
