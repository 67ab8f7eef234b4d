"""Similar known materials: one element given for a near one of its family, where the result is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from matprior.notations.composition import parse_amounts
from matprior.notations.composition_value import canonical_formula
from matprior.notations.element_roles import ElementRole
from matprior.notations.elements import ATOMIC_NUMBER, GROUPS, ISOTOPES, SYMBOLS, property_table
from matprior.notations.oxidation_states import KNOWN_OXIDATION_STATES

Known = Callable[[Sequence[str]], np.ndarray]
"""Called with formulas; whether each is known, boolean of shape (n,)."""
NEAR = 10
"""Substitutes that are tried for each element."""
MOST = 3
"""Materials that are named at most."""


def similar_materials(
    formulas: Sequence[str], roles: Sequence[tuple[ElementRole, ...]], known: Known
) -> list[tuple[str, ...]]:
    """For each formula up to three known ones that differ in one element.

    The element comes from the same family of the periodic table and can take the same oxidation state;
    those nearest in electronegativity and covalent radius come first.

    Parameters
    ----------
    formulas : any spelling
    roles : states of their elements, of `element_roles`
    known : such as `SeenFormulas(...).contains`

    Examples
    --------
    >>> from matprior.notations.element_roles import element_roles
    >>> everything = lambda formulas: np.ones(len(formulas), dtype=bool)
    >>> similar_materials(["NaCl"], [element_roles("NaCl")], everything)
    [('NaBr', 'KCl', 'NaI')]
    """
    candidates = [_candidates(one, states) for one, states in zip(formulas, roles, strict=True)]
    there = known([name for found in candidates for name in found])
    result, start = [], 0
    for found in candidates:
        mine = there[start : start + len(found)]
        start += len(found)
        result.append(tuple(name for name, yes in zip(found, mine, strict=True) if yes)[:MOST])
    return result


def _candidates(formula: str, roles: tuple[ElementRole, ...]) -> list[str]:
    """Formulas with one element given for another, the nearest first."""
    amounts = parse_amounts(formula)
    state_of = {symbol: state for symbol, state, _ in roles}
    ranked: list[tuple[float, str]] = []
    for symbol in amounts:
        state = state_of.get(ISOTOPES.get(symbol, symbol))
        for other, distance in _substitutes(ISOTOPES.get(symbol, symbol)):
            if other in amounts or (state is not None and state not in KNOWN_OXIDATION_STATES[other]):
                continue
            changed = {other if one == symbol else one: amount for one, amount in amounts.items()}
            ranked.append((distance, canonical_formula(changed)))
    return [name for _, name in sorted(ranked)]


@cache
def _substitutes(symbol: str) -> tuple[tuple[str, float], ...]:
    """Members of the same family with their distance, the nearest first."""
    values, names = property_table()
    columns = values[:, [names.index(name) for name in ("electronegativity", "covalent_radius")]]
    columns = (columns - columns.mean(0)) / columns.std(0)
    family = frozenset().union(*(members for members in GROUPS.values() if symbol in members)) - {symbol}
    own = columns[ATOMIC_NUMBER[symbol] - 1]
    found = [(other, float(np.linalg.norm(columns[SYMBOLS.index(other)] - own))) for other in family]
    return tuple(sorted(found, key=lambda one: (one[1], one[0]))[:NEAR])
