"""Molecules and polymers as SMILES: `CCO`, `c1ccccc1`, `[Na+].[Cl-]`, `*CC(*)C`.

RDKit decides what is a molecule and which strings are the same one. It is imported when a molecule is read,
not with this module: a table of compositions is read without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from matprior.notations.base import InvalidString, Notation
from matprior.notations.smiles_text import SELFIES_MARK, SELFIES_SHAPE, clean, first_mistake

_SYMBOL = re.compile(r"Cl|Br|[A-Z]")
_PLAIN = re.compile(r"(?:Cl|Br|[BCNOPSFI])+")


class SmilesNotation(Notation):
    """Molecules: what they mean, which are the same, and classical features of them.

    Examples
    --------
    >>> notation = SmilesNotation()
    >>> notation.canonical("OCC"), notation.canonical("C1=CC=CC=C1")
    ('CCO', 'c1ccccc1')
    >>> notation.group("CCc1ccncc1")
    'c1ccncc1'
    """

    name = "smiles"
    example = "CCO"

    def canonical(self, string: str) -> str:
        """RDKit's canonical SMILES with isotopes and stereochemistry; salts and charges stay as they are."""
        from matprior.notations.smiles_reading import read, write

        return write(read(string))

    def group(self, string: str) -> str:
        """Scaffold of a molecule with rings, carbon skeleton of one without, a polymer itself.

        See `matprior.notations.smiles_groups.family`.
        """
        from matprior.notations.smiles_groups import family

        return family(string)

    def describe_changes(self, string: str) -> list[str]:
        """What had to be interpreted to read this string: see `smiles_changes.remarks`."""
        from matprior.notations.smiles_changes import remarks

        return remarks(string)

    def variants(self, string: str, n: int, seed: int = 0) -> list[str]:
        """Up to `n` different SMILES of the same molecule, atoms in random order.

        Small molecules have few spellings, so fewer may come. Each was read back: none is another molecule.
        """
        from matprior.notations.smiles_changes import random_spellings

        return random_spellings(string, n, seed)

    def standardise(
        self, string: str, salts: bool = True, charges: bool = True, tautomers: bool = False
    ) -> tuple[str, list[str]]:
        """Canonical SMILES without counter-ions and charges: see `smiles_changes.standardise`."""
        from matprior.notations.smiles_changes import standardise

        return standardise(string, salts, charges, tautomers)

    def features(self, strings: Iterable[str]) -> np.ndarray:
        """Counts of circular fragments (ECFP4), then RDKit's descriptors: see `feature_names`."""
        from matprior.notations.smiles_features import features

        return features(strings)

    def feature_names(self) -> list[str]:
        """Such as `ECFP4 17` and `MolLogP`."""
        from matprior.notations.smiles_features import feature_names

        return feature_names()

    def looks_like(self, strings: Sequence[object]) -> float:
        """Share that can be read and looks as chemists write molecules.

        A few capitals without a repeat, such as `C`, `CO` or `SCN`, are as often a formula or a label as a
        molecule and count for a quarter.
        """
        sample = list(strings)
        return sum(map(_likeness, sample)) / len(sample) if sample else 0.0


def _likeness(string: object) -> float:
    try:
        text = clean(string)
    except InvalidString:
        return 0.0
    # The grammar first: it tells most formulas apart before RDKit has to be imported.
    selfies = SELFIES_SHAPE.fullmatch(text) and SELFIES_MARK.search(text)
    if selfies or first_mistake(text) is not None:
        return 0.0
    from matprior.notations.smiles_reading import parse

    if parse(text) is None:
        return 0.0
    symbols = _SYMBOL.findall(text)
    ambiguous = _PLAIN.fullmatch(text) and len(set(symbols)) == len(symbols)
    return 0.25 if ambiguous else 1.0
