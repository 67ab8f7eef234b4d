"""Classes of materials that a composition alone decides: oxide, halide, intermetallic, perovskite-like ...

Every class is a rule with its source; several may hold for one material, or none. They are the
hard prompts of pretrained models (`[OXIDE] Fe2O3`), and a first look at a table. What a composition
cannot tell (a structure, a solid solution or a compound) the names do not claim.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from matprior.notations import class_rules
from matprior.notations.class_rules import HALOGENS, anion, of_metal, oxysalt, whole_counts
from matprior.notations.composition import parse_amounts
from matprior.notations.prompts import split_prompts
from matprior.notations.structure_rules import (
    CHARGE,
    MAIN_GROUP,
    SPINEL_ANIONS,
    Counts,
    heusler_like,
    perovskite_like,
    spinel_like,
)


@dataclass(frozen=True)
class MaterialClass:
    """One class: the rule, what it says in words, and where it is from."""

    holds: Callable[[Counts], bool]
    """From whole numbers of atoms to yes or no."""
    rule: str
    source: str
    needs: frozenset[str] = frozenset()
    """Elements of which one must be there, so that most rules need not run; empty where any may do."""


def classes_of(string: str) -> tuple[str, ...]:
    """Names of the classes of a composition, in the order of `CLASSES`.

    Examples
    --------
    >>> classes_of("SrTiO3"), classes_of("LiFePO4"), classes_of("BiOCl")
    (('OXIDE', 'PEROVSKITE-LIKE'), ('PHOSPHATE',), ('OXIDE', 'HALIDE'))
    """
    counts = whole_counts(parse_amounts(split_prompts(string).formula))
    return tuple(
        name
        for name, one in CLASSES.items()
        if not (one.needs and one.needs.isdisjoint(counts)) and one.holds(counts)
    )


_RED_BOOK = "IUPAC Red Book 2005, IR-5.2: the more electronegative constituent takes the ending -ide"
_MIXED = ", or beside such an element if common oxidation states balance"


def _ide(test: Callable[[Counts], bool], what: str) -> MaterialClass:
    symbols = frozenset(re.findall(r"\b[A-Z][a-z]?\b", what.partition(",")[0]))
    return MaterialClass(test, f"{what} is the most electronegative element{_MIXED}", _RED_BOOK, symbols)


def _salt(test: Callable[[Counts], bool], symbol: str, oxygen: str) -> MaterialClass:
    rule = f"{symbol} and {oxygen} O for each, with a metal or hydrogen"
    return MaterialClass(test, rule, "IUPAC Red Book 2005, table IR-8.2", frozenset([symbol]))


CLASSES: dict[str, MaterialClass] = {
    "ELEMENT": MaterialClass(
        lambda counts: len(counts) == 1, "one element", "IUPAC Gold Book: chemical element"
    ),
    "INTERMETALLIC": MaterialClass(
        class_rules.metals_alone,
        "two metals or more and nothing else; alloys too", "Schulze 1967, Metallphysik",
    ),
    "HIGH-ENTROPY": MaterialClass(
        class_rules.high_entropy,
        "five metals or more with 5 to 35 at% each", "Yeh et al. 2004, Adv. Eng. Mater. 6, 299",
    ),
    "STEEL": MaterialClass(
        class_rules.steel, "more than half of the mass Fe, up to 2 wt% C", "EN 10020:2000", frozenset(["Fe"])
    ),
    "OXIDE": _ide(class_rules.oxide, "O, in no oxyanion named below,"),
    "SULFIDE": _ide(anion("S"), "S"),
    "SELENIDE": _ide(anion("Se"), "Se"),
    "TELLURIDE": _ide(anion("Te"), "Te"),
    "HALIDE": MaterialClass(
        class_rules.halide, f"F, Cl, Br or I is the most electronegative element{_MIXED}", _RED_BOOK,
        frozenset(HALOGENS),
    ),
    "NITRIDE": _ide(class_rules.nitride, "N, without C and H,"),
    "CARBIDE": _ide(class_rules.carbide, "C, with a metal, B or Si,"),
    "BORIDE": _ide(of_metal("B"), "B, with a metal or Si,"),
    "PHOSPHIDE": _ide(of_metal("P"), "P, with a metal, B or Si,"),
    "ARSENIDE": _ide(of_metal("As"), "As, with a metal, B or Si,"),
    "ANTIMONIDE": _ide(of_metal("Sb"), "Sb, with a metal, B or Si,"),
    "GERMANIDE": _ide(of_metal("Ge"), "Ge, with a metal or Si,"),
    "SILICIDE": _ide(of_metal("Si"), "Si, with a metal,"),
    "HYDRIDE": MaterialClass(
        class_rules.hydride, "H with metals (and B) alone", "IUPAC Red Book 2005, IR-5.2", frozenset(["H"])
    ),
    "HYDROXIDE": MaterialClass(
        class_rules.hydroxide,
        "metals, O and H, in balance with H as protons", "IUPAC Red Book 2005, IR-5.3.2",
        frozenset(["H"]),
    ),
    "PHOSPHATE": _salt(oxysalt("P"), "P", "at least 3"),
    "SULFATE": _salt(oxysalt("S"), "S", "at least 4"),
    "CARBONATE": _salt(oxysalt("C"), "C", "at least 3"),
    "NITRATE": _salt(oxysalt("N"), "N", "at least 3"),
    "SILICATE": MaterialClass(
        class_rules.silicate, "Si and more than 2 O for each, with a metal",
        "Liebau 1985, Structural Chemistry of Silicates", frozenset(["Si"]),
    ),
    "BORATE": _salt(oxysalt("B"), "B", "at least 1.5"),
    "ORGANIC": MaterialClass(
        class_rules.organic, "C and H, and no carbonate", "IUPAC Gold Book: organic compounds are of carbon",
        frozenset(["C"]),
    ),
    "PEROVSKITE-LIKE": MaterialClass(
        perovskite_like, "ABX3 or A2BB'X6 in balance with a tolerance factor tau below 4.18",
        "Bartel et al. 2019, Sci. Adv. 5, eaav0693; radii of Shannon 1976, Acta Cryst. A32, 751",
        frozenset(CHARGE),
    ),
    "SPINEL-LIKE": MaterialClass(
        spinel_like, "AB2X4 (X = O, S, Se) of charges 2, 3 or 4, 2 with cations up to 0.97 Å",
        "Hill, Craig & Gibbs 1979, Phys. Chem. Minerals 4, 317", frozenset(SPINEL_ANIONS),
    ),
    "HEUSLER-LIKE": MaterialClass(
        heusler_like, "X2YZ, or XYZ with 8 or 18 valence electrons",
        "Graf, Felser & Parkin 2011, Prog. Solid State Chem. 39, 1", MAIN_GROUP,
    ),
}  # fmt: skip
"""Name -> class, in the order of the tokens. Never reorder: checkpoints keep the names, tests the order."""
