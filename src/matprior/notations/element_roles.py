"""What each element of a composition is likely to be in it: its oxidation state and its role.

Rules only. Every element takes one oxidation state, the same for all its atoms; charges cancel; cations
are less electronegative than anions (Davies et al. 2016, Chem 1:617). Of the choices that remain the one
with the fewest uncommon states is taken, then the one that moves the fewest electrons. Where none is
left (alloys, mixed valence such as Fe3O4) the states are unknown, and are said to be.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from matprior.notations.composition import parse
from matprior.notations.composition_value import Composition
from matprior.notations.elements import ELECTRONEGATIVITY, FORMULA_ORDER, ISOTOPES
from matprior.notations.oxidation_states import COMMON_OXIDATION_STATES, KNOWN_OXIDATION_STATES

ROLES = ("cation", "anion", "oxoanion centre", "metal", "non-metal")
"""Every role that is given."""
NONMETALS = frozenset(
    ["H", "He", "B", "C", "N", "O", "F", "Ne", "Si", "P", "S", "Cl", "Ar", "Ge", "As", "Se", "Br", "Kr", "Sb",
     "Te", "I", "Xe", "At", "Rn"]
)  # fmt: skip
"""Elements that are no metals; metalloids are counted among them."""
_CENTRES = frozenset(["B", "C", "N", "Si", "P", "S", "As", "Se", "Te", "Cl", "Br", "I"])
_ANIONS = frozenset(["O", "F", "Cl", "Br", "I", "S", "Se", "N"])
MOST_CHARGE = 4_000
"""Sums of charges beyond this are not followed: amounts with many decimals have no stoichiometry to tell."""


class ElementRole(NamedTuple):
    """What one element is likely to be."""

    symbol: str
    """The element; hydrogen for D and T."""
    state: int | None
    """Its oxidation state, None where the rules find none."""
    role: str
    """One of `ROLES`."""


def element_roles(composition: str | Mapping[str, Fraction | int]) -> tuple[ElementRole, ...]:
    """States and roles of all elements, in the order of the canonical formula.

    Parameters
    ----------
    composition : any spelling, or exact amounts of elements

    Examples
    --------
    >>> [tuple(one) for one in element_roles("LiFePO4")][1:3]
    [('Fe', 2, 'cation'), ('P', 5, 'oxoanion centre')]
    >>> [tuple(one) for one in element_roles("Ni3Al")]
    [('Al', None, 'metal'), ('Ni', None, 'metal')]
    """
    found = parse(composition) if isinstance(composition, str) else Composition(dict(composition))
    amounts, scale = _whole(found.amounts)
    states = likely_states(amounts, found.charge * scale)
    if states is None:
        return tuple(ElementRole(symbol, None, _role_without(symbol, amounts)) for symbol in amounts)
    cations = [symbol for symbol, state in states.items() if state > 0]
    return tuple(
        ElementRole(symbol, state, _role_with(symbol, state, amounts, len(cations)))
        for symbol, state in states.items()
    )


def likely_states(amounts: Mapping[str, int], charge: int = 0) -> dict[str, int] | None:
    """One oxidation state for each element, which together give the charge; None if there is no such choice.

    Parameters
    ----------
    amounts : whole amounts of elements, in the order of rising electronegativity
    charge : of the whole, 0 for a material

    Examples
    --------
    >>> likely_states({"Fe": 1, "S": 2}), likely_states({"Fe": 3, "O": 4})
    ({'Fe': 2, 'S': -1}, None)
    """
    symbols = list(amounts)
    if any(ELECTRONEGATIVITY[one] is None or not KNOWN_OXIDATION_STATES[one] for one in symbols):
        return None
    found = []
    alone = int(charge != 0)  # an ion can be all cations, or all anions
    for cut in range(1 - alone, len(symbols) + alone):
        if 0 < cut < len(symbols) and ELECTRONEGATIVITY[symbols[cut - 1]] == ELECTRONEGATIVITY[symbols[cut]]:
            continue  # of two elements that pull alike, neither can be the anion of the other
        best = _cheapest(amounts, cut, charge)
        if best is not None:
            found.append(best)
    return dict(zip(symbols, min(found)[2], strict=True)) if found else None


def _cheapest(
    amounts: Mapping[str, int], cut: int, wanted_sum: int
) -> tuple[int, int, tuple[int, ...]] | None:
    """Uncommon states, charge moved, and states, where the first `cut` elements are the cations."""
    sums: dict[int, tuple[int, int, tuple[int, ...]]] = {0: (0, 0, ())}
    for place, (symbol, amount) in enumerate(amounts.items()):
        wanted = 1 if place < cut else -1
        after: dict[int, tuple[int, int, tuple[int, ...]]] = {}
        for state in KNOWN_OXIDATION_STATES[symbol]:
            if state * wanted <= 0:
                continue
            rare = state not in COMMON_OXIDATION_STATES[symbol]
            for charge, (uncommon, moved, states) in sums.items():
                total = charge + state * amount
                if abs(total) > MOST_CHARGE:
                    continue
                way = (uncommon + rare, moved + max(state, 0) * amount, (*states, state))
                if total not in after or way < after[total]:
                    after[total] = way
        sums = after
    return sums.get(wanted_sum)


def _role_with(symbol: str, state: int, amounts: Mapping[str, int], n_cations: int) -> str:
    if state < 0:
        return "anion"
    return "oxoanion centre" if symbol in _CENTRES and "O" in amounts and n_cations > 1 else "cation"


def _role_without(symbol: str, amounts: Mapping[str, int]) -> str:
    """The role by electronegativity alone."""
    strongest = max(amounts, key=lambda one: (ELECTRONEGATIVITY[one] or 0.0, one))
    metals = amounts.keys() - NONMETALS
    if strongest not in _ANIONS or not metals:
        return "non-metal" if symbol in NONMETALS else "metal"
    if symbol not in NONMETALS:
        return "cation"
    if symbol in _CENTRES and symbol != strongest and "O" in amounts:
        return "oxoanion centre"
    return "anion" if symbol in _ANIONS else "non-metal"


def _whole(given: Mapping[str, Fraction | int]) -> tuple[dict[str, int], int]:
    """Whole amounts in the order of the canonical formula, isotopes as hydrogen; and their scale."""
    scale = lcm(*(Fraction(amount).denominator for amount in given.values()))
    amounts: dict[str, int] = {}
    for symbol in sorted(given, key=lambda one: FORMULA_ORDER[_element(one)]):
        element = _element(symbol)
        amounts[element] = amounts.get(element, 0) + int(given[symbol] * scale)
    return amounts, scale


def _element(symbol: str) -> str:
    return ISOTOPES.get(symbol, symbol)
