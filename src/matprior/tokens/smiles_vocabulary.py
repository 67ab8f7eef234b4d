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


def _bracket_atoms() -> tuple[str, ...]:
    signs, hydrogens = ("", "+", "-"), ("", "H", "H2", "H3", "H4")
    charges = (*signs, "+2", "-2", "+3", "-3", "+4", "++")
    centres = ("B", "C", "N", "O", "Si", "P", "S", "Ge", "As", "Se", "Te")
    hydrides = (
        "Li",
        "Na",
        "K",
        "Mg",
        "Ca",
        "Al",
        "Ga",
        "In",
        "Sn",
        "Pb",
        "Sb",
        "Bi",
        "Zn",
        "Cl",
        "Br",
        "I",
        "H",
    )
    aromatic = ("b", "c", "n", "o", "p", "s", *AROMATIC)
    isotopes = (
        "1H",
        "2H",
        "3H",
        "11C",
        "13C",
        "14C",
        "15N",
        "17O",
        "18O",
        "18F",
        "32P",
        "35S",
        "123I",
        "125I",
    )
    named = (
        "*",
        *isotopes,
        "131I",
        "2H+",
        "13CH",
        "13CH2",
        "13CH3",
        "13c",
        "13cH",
        "15NH",
        "15NH2",
        "O--",
        "S--",
    )
    atoms = [
        *named,
        *(f"{atom}{charge}" for atom in SYMBOLS for charge in charges),
        *(f"{atom}{h}{sign}" for atom in centres for h in hydrogens for sign in signs),
        *(
            f"{atom}@{at}{h}{sign}"
            for atom in centres
            for at in ("", "@")
            for h in ("", "H")
            for sign in signs
        ),
        *(f"{atom}{h}{sign}" for atom in aromatic for h in ("", "H") for sign in signs),
        *(f"{atom}{h}{sign}" for atom in hydrides for h in ("H", "H2", "H3") for sign in ("", "+")),
    ]
    return tuple(dict.fromkeys(f"[{atom}]" for atom in atoms))


BRACKET_ATOMS = _bracket_atoms()
"""Bracket atoms that are one token in the whole form: 99.9 % of those in real tables."""
WHOLE_TOKENS = (*TOKENS, *BRACKET_ATOMS)
"""Token of every id of the whole form: those of the split form keep their ids."""
WHOLE_VOCABULARY_SIZE = len(WHOLE_TOKENS)
WHOLE_ID: dict[str, int] = {token: place for place, token in enumerate(WHOLE_TOKENS)}
WHOLE_PATTERN = rf"\[[^\[\]\n]*\]|{any_of(tuple(token for token in ANYWHERE if token not in '[]'))}"
"""One token of the whole form."""
