"""The rules behind `matprior.notations.material_classes`: anions, oxyanions, alloys, by whole numbers.

An anion is the most electronegative element; a weaker one beside it counts when common oxidation
states balance both, so that BiOCl is an oxide and a halide, and sulfur in a sulfate no sulfide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import product
from math import gcd, lcm

from matprior.notations.elements import ISOTOPES, MASS
from matprior.notations.oxidation_states import COMMON_OXIDATION_STATES
from matprior.notations.structure_rules import METALS, Counts

ANIONS = ("F", "O", "Cl", "N", "Br", "I", "S", "Se", "C", "H", "P", "As", "Te", "Sb", "B", "Ge", "Si")
"""Elements that can be the negative part, the most electronegative first (Pauling's scale)."""
NEGATIVE = {"F": 1, "O": 2, "Cl": 1, "N": 3, "Br": 1, "I": 1, "S": 2, "Se": 2, "C": 4, "H": 1, "P": 3,
            "As": 3, "Te": 2, "Sb": 3, "B": 3, "Ge": 4, "Si": 4}  # fmt: skip
"""Symbol -> charge of the anion without its sign."""
HALOGENS = frozenset(["F", "Cl", "Br", "I"])
IMBALANCE = 0.05
"""Share of the negative charge that may be left over: doped formulas are written with whole charges."""
OXYANIONS = {"C": Fraction(3), "N": Fraction(3), "P": Fraction(3), "S": Fraction(4), "B": Fraction(3, 2)}
"""Central atom -> fewest oxygen atoms of each in its most condensed anion (CO3, NO3, PO3, SO4, B2O3)."""


def whole_counts(amounts: Mapping[str, int | Fraction]) -> dict[str, int]:
    """The smallest whole numbers of atoms, isotopes counted as their element."""
    merged: dict[str, int | Fraction] = {}
    for symbol, amount in amounts.items():
        element = ISOTOPES.get(symbol, symbol)
        merged[element] = merged.get(element, 0) + amount
    whole: dict[str, int]
    if all(type(amount) is int for amount in merged.values()):
        whole = merged  # type: ignore[assignment]
    else:
        scale = lcm(*(amount.denominator for amount in merged.values()))
        whole = {symbol: int(amount * scale) for symbol, amount in merged.items()}
    common = gcd(*whole.values())
    return {symbol: n // common for symbol, n in whole.items()}


def balanced(counts: Counts, anions: Mapping[str, int]) -> bool:
    """Whether common positive states of the other elements, one each, make up for the anions' charge."""
    owed = sum(counts[symbol] * charge for symbol, charge in anions.items() if symbol in counts)
    choices = []
    for symbol, n in counts.items():
        if symbol not in anions:
            choices.append([n * state for state in COMMON_OXIDATION_STATES[symbol] if state > 0])
    return any(abs(sum(states) - owed) <= IMBALANCE * owed for states in product(*choices)) and bool(choices)


def has_metal(counts: Counts) -> bool:
    return not METALS.isdisjoint(counts)


def organic(counts: Counts) -> bool:
    return "C" in counts and "H" in counts and not oxysalt("C")(counts)


def anion(symbol: str) -> Callable[[Counts], bool]:
    """The element is the negative part: the most electronegative one, or one of several in balance."""
    stronger = ANIONS[: ANIONS.index(symbol)]

    def holds(counts: Counts) -> bool:
        if symbol not in counts or len(counts) == 1 or organic(counts):
            return False
        above = [one for one in stronger if one in counts]
        if not above:
            return True
        own = {one: NEGATIVE[one] for one in (symbol, *above)}
        return has_metal(counts) and balanced(counts, own)

    return holds


def of_metal(symbol: str) -> Callable[[Counts], bool]:
    """As `anion`, with a metal or a metalloid as the positive part, and no hydrogen."""
    negative = anion(symbol)
    partners = (METALS | {"B", "Si"}) - {symbol}
    return lambda counts: negative(counts) and "H" not in counts and not partners.isdisjoint(counts)


def oxysalt(central: str) -> Callable[[Counts], bool]:
    fewest = OXYANIONS[central]
    return lambda counts: (
        central in counts
        and counts.get("O", 0) >= fewest * counts[central]
        and any(symbol not in (central, "O") for symbol in counts)
        and (has_metal(counts) or "H" in counts)
    )


def silicate(counts: Counts) -> bool:
    return "Si" in counts and has_metal(counts) and counts.get("O", 0) > 2 * counts["Si"]


def hydroxide(counts: Counts) -> bool:
    """Metals, O and H, in balance with every hydrogen as a proton; as a hydride ion it makes none."""
    metals = [symbol for symbol in counts if symbol in METALS]
    if not metals or set(counts) - set(metals) != {"O", "H"}:
        return False
    owed = 2 * counts["O"] - counts["H"]
    choices = [[counts[one] * state for state in COMMON_OXIDATION_STATES[one] if state > 0] for one in metals]
    return any(sum(states) == owed for states in product(*choices))


def oxide(counts: Counts) -> bool:
    if not anion("O")(counts) or hydroxide(counts):
        return False
    if "C" in counts and set(counts) != {"C", "O"}:  # oxalates, carbonyls
        return False
    return not silicate(counts) and not any(oxysalt(central)(counts) for central in OXYANIONS)


def nitride(counts: Counts) -> bool:
    # Cyanides and amides hold nitrogen as a part of an anion, not as N3-.
    return anion("N")(counts) and "C" not in counts and "H" not in counts


def halide(counts: Counts) -> bool:
    return any(anion(symbol)(counts) for symbol in HALOGENS) or (
        organic(counts) and has_metal(counts) and not HALOGENS.isdisjoint(counts)
    )


def hydride(counts: Counts) -> bool:
    return "H" in counts and has_metal(counts) and set(counts) <= METALS | {"H", "B"}


def metals_alone(counts: Counts) -> bool:
    return len(counts) > 1 and set(counts) <= METALS


def high_entropy(counts: Counts) -> bool:
    total = sum(counts.values())
    main = [symbol for symbol, n in counts.items() if 0.05 <= n / total <= 0.35]
    return len(main) >= 5 and set(counts) <= METALS


def steel(counts: Counts) -> bool:
    if "C" not in counts or "O" in counts:
        return False
    mass = {symbol: n * float(MASS[symbol]) for symbol, n in counts.items()}
    total = sum(mass.values())
    return mass.get("Fe", 0) > total / 2 and mass["C"] <= 0.02 * total


def carbide(counts: Counts) -> bool:
    return of_metal("C")(counts) and not steel(counts)
