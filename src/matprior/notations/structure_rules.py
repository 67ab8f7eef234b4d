"""Perovskites, spinels and Heusler compounds, as far as a composition can tell: hence "-like".

Each rule is stoichiometry, charge balance and size or electron count, from the paper it names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import log

from matprior.notations.element_properties import valence_electrons
from matprior.notations.elements import ATOMIC_NUMBER, GROUPS
from matprior.notations.ionic_radii import ANION, SIXFOLD, TWELVEFOLD

Counts = Mapping[str, int]
"""Symbol -> whole number of atoms of the smallest formula."""
METALS = frozenset().union(
    *(GROUPS[name] for name in ("alkali", "alkaline_earth", "transition", "lanthanide", "actinide")),
    GROUPS["post_transition"],
)
"""Elements that are metals; metalloids (B, Si, Ge, As, Sb, Te) are none."""
CHARGE = {"O": 2, "S": 2, "Se": 2, "Te": 2, "F": 1, "Cl": 1, "Br": 1, "I": 1}
"""Symbol -> charge of the anion without its sign."""
LIMIT = 4.18
"""Bartel's tolerance factor of a perovskite lies below."""
SPINEL_ANIONS = ("O", "S", "Se")
LARGEST_IN_SPINEL = 0.97
"""Å, sixfold: Cd2+ (0.95) makes spinels, Ca2+ (1.00) does not."""
SPINEL_CHARGES = ({2, 3}, {4, 2})
"""Of A and B in AB2X4."""
MAIN_GROUP = frozenset(["Al", "Ga", "In", "Tl", "Si", "Ge", "Sn", "Pb", "As", "Sb", "Bi"])
ACTIVE = GROUPS["transition"] | GROUPS["lanthanide"] | {"Li", "Mg"}


def perovskite_like(counts: Counts) -> bool:
    """ABX3 or the ordered A2BB'X6, charges in balance, and Bartel's tolerance factor below 4.18."""
    anion = _single_anion(counts)
    if anion is None:
        return False
    cations = {symbol: n for symbol, n in counts.items() if symbol != anion}
    if counts[anion] == 3 and sorted(cations.values()) == [1, 1]:
        return any(_fits(a, [b], anion) for a, b in (tuple(cations), tuple(cations)[::-1]))
    if counts[anion] == 6 and sorted(cations.values()) == [1, 1, 2]:
        a = next(symbol for symbol, n in cations.items() if n == 2)
        return _fits(a, [symbol for symbol in cations if symbol != a], anion)
    return False


def spinel_like(counts: Counts) -> bool:
    """AB2X4 of O, S or Se with charges 2 and 3 (or 4 and 2) and no cation larger than Cd2+."""
    anion = _single_anion(counts)
    if anion not in SPINEL_ANIONS or counts[anion] != 4:
        return False
    cations = {symbol: n for symbol, n in counts.items() if symbol != anion}
    if list(cations.values()) == [3]:  # as in Fe3O4: one metal with both charges
        metal = next(iter(cations))
        return all(SIXFOLD.get((metal, charge), 9.0) <= LARGEST_IN_SPINEL for charge in (2, 3))
    if sorted(cations.values()) != [1, 2]:
        return False
    a, b = sorted(cations, key=cations.__getitem__)
    small = [
        (q_a, q_b)
        for (one, q_a), (other, q_b) in _pairs(a, b)
        if SIXFOLD[one, q_a] <= LARGEST_IN_SPINEL and SIXFOLD[other, q_b] <= LARGEST_IN_SPINEL
    ]
    return any(q_a + 2 * q_b == 8 and {q_a, q_b} in SPINEL_CHARGES for q_a, q_b in small)


def heusler_like(counts: Counts) -> bool:
    """X2YZ, or XYZ of 8 or 18 valence electrons: X a transition metal, Z of a main group."""
    last = [symbol for symbol in counts if symbol in MAIN_GROUP and counts[symbol] == 1]
    others = [symbol for symbol in counts if symbol not in last]
    if len(last) != 1 or len(others) != 2 or not ACTIVE.issuperset(others):
        return False
    if GROUPS["transition"].isdisjoint(others):
        return False
    numbers = sorted(counts[symbol] for symbol in others)
    if numbers == [1, 2]:
        double = max(others, key=counts.__getitem__)
        return double in GROUPS["transition"]
    return numbers == [1, 1] and sum(map(_electrons, counts)) in (8, 18)


def _single_anion(counts: Counts) -> str | None:
    """The one element that is no metal, where all the others are metals."""
    others = [symbol for symbol in counts if symbol not in METALS]
    return others[0] if len(others) == 1 and others[0] in CHARGE else None


def _pairs(a: str, b: str) -> Iterator[tuple[tuple[str, int], tuple[str, int]]]:
    """Every choice of the charges of two cations."""
    ions = [[ion for ion in SIXFOLD if ion[0] == symbol] for symbol in (a, b)]
    yield from product(*ions)


def _fits(a: str, sites: list[str], anion: str) -> bool:
    """Whether some charges of A and of the metals on B balance and give a tolerance factor below the limit.

    tau = X/B - n (n - (A/B) / ln(A/B)) with radii for letters and the charge n of A; on an ordered B site
    the mean radius counts.
    """
    known = [[ion for ion in TWELVEFOLD if ion[0] == a]]
    known += [[ion for ion in SIXFOLD if ion[0] == site] for site in sites]
    for first, *rest in product(*known):
        charge = len(sites) * first[1] + sum(ion[1] for ion in rest)
        if charge != 3 * len(sites) * CHARGE[anion]:
            continue
        large, small = TWELVEFOLD[first], sum(SIXFOLD[ion] for ion in rest) / len(rest)
        if large <= small:
            continue
        ratio, n = large / small, first[1]
        if ANION[anion] / small - n * (n - ratio / log(ratio)) < LIMIT:
            return True
    return False


def _electrons(symbol: str) -> int:
    """Valence electrons as half-Heusler compounds count them: a full d shell below p is core."""
    s, p, d, _ = valence_electrons(ATOMIC_NUMBER[symbol])
    if symbol in GROUPS["lanthanide"]:
        return 3
    return s + p if p else s + d
