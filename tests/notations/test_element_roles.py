"""Oxidation states cancel, agree with the rules of charge, and are unknown where no choice is left."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matprior.generation.validity import judge
from matprior.notations.composition_value import canonical_formula
from matprior.notations.element_roles import element_roles, likely_states
from matprior.notations.oxidation_states import KNOWN_OXIDATION_STATES

amounts = st.dictionaries(
    st.sampled_from(["Li", "Na", "Mg", "Al", "Fe", "Ti", "P", "S", "O", "F", "Cl", "N", "C", "Cu", "La"]),
    st.integers(1, 8), min_size=2, max_size=5,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(amounts)
def test_states_are_known_exactly_where_a_formula_balances(amounts):
    formula = canonical_formula(amounts)
    roles = element_roles(formula)
    known = all(one.state is not None for one in roles)
    assert known == judge(formula).balanced
    if known:
        whole = {symbol: amounts[symbol] for symbol, _, _ in roles}
        assert sum(state * whole[symbol] for symbol, state, _ in roles) == 0
        assert all(state in KNOWN_OXIDATION_STATES[symbol] for symbol, state, _ in roles)


@pytest.mark.parametrize(
    ("formula", "states"),
    [
        ("Fe2O3", {"Fe": 3, "O": -2}),
        ("LiCoO2", {"Li": 1, "Co": 3, "O": -2}),
        ("FeS2", {"Fe": 2, "S": -1}),
        ("NH4Cl", {"H": 1, "N": -3, "Cl": -1}),
        ("D2O", {"H": 1, "O": -2}),
        ("SO4^2-", {"S": 6, "O": -2}),
        ("NiO2^2-", {"Ni": 2, "O": -2}),
        ("Fe3+", {"Fe": 3}),
        ("Fe3O4", None),
        ("Ni3Al", None),
        ("Fe", None),
    ],
)
def test_textbook_states(formula, states):
    found = {one.symbol: one.state for one in element_roles(formula)}
    assert (None if None in found.values() else found) == states


@pytest.mark.parametrize(
    ("formula", "roles"),
    [
        ("LiFePO4", ["cation", "cation", "oxoanion centre", "anion"]),
        ("Fe3O4", ["cation", "anion"]),
        ("Ni3Al", ["metal", "metal"]),
        ("Fe3C", ["metal", "non-metal"]),
        ("SiO2", ["cation", "anion"]),
    ],
)
def test_roles(formula, roles):
    assert [one.role for one in element_roles(formula)] == roles


def test_common_states_come_before_rare_ones():
    assert likely_states({"Ti": 1, "O": 2}) == {"Ti": 4, "O": -2}  # not the peroxide of titanium(II)
