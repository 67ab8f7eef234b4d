"""Rules of charge: on single formulas against a search of all choices, and while a formula is written."""

from __future__ import annotations

from itertools import product
from time import process_time

import numpy as np
import pytest

from matprior.generation.charges import START, Allowed, State, Ways
from matprior.generation.validity import judge, judge_all
from matprior.notations.composition import parse_amounts
from matprior.notations.elements import ELECTRONEGATIVITY
from matprior.notations.oxidation_states import COMMON_OXIDATION_STATES, KNOWN_OXIDATION_STATES, read_states
from matprior.tokens.sentences import ELEMENTS

WAYS = Ways(Allowed(KNOWN_OXIDATION_STATES, most=4))


def by_search(formula: str) -> tuple[bool, bool]:
    """Both rules by trying every choice of oxidation states, as SMACT does."""
    amounts = parse_amounts(formula)
    neutral = balanced = False
    for choice in product(*(KNOWN_OXIDATION_STATES[symbol] for symbol in amounts)):
        if sum(state * amount for state, amount in zip(choice, amounts.values(), strict=True)):
            continue
        neutral = True
        values = [ELECTRONEGATIVITY[symbol] for symbol in amounts]
        pairs = list(zip(choice, values, strict=True))
        balanced |= all(v < w for s, v in pairs if s > 0 for t, w in pairs if t < 0)
    return neutral, balanced


def drawn(n: int, seed: int) -> list[str]:
    random = np.random.default_rng(seed)
    usable = [symbol for symbol in ELEMENTS if KNOWN_OXIDATION_STATES.get(symbol)]
    return [
        "".join(f"{symbol}{random.integers(1, 7)}" for symbol in random.choice(usable, size, replace=False))
        for size in random.integers(2, 5, n)
    ]


def read(formula: str) -> State:
    state = START
    amounts = parse_amounts(formula)
    for symbol in sorted(amounts, key=ELEMENTS.index):
        state = WAYS.take(state, ELEMENTS.index(symbol), int(amounts[symbol]))
    return state


@pytest.mark.parametrize("formula", drawn(150, seed=1))
def test_the_verdict_is_that_of_a_search_of_all_choices(formula):
    assert judge(formula) == by_search(formula)


@pytest.mark.parametrize(
    ("formula", "neutral", "balanced"),
    [
        ("LiFePO4", True, True),
        ("NaCl2", False, False),
        ("Fe3O4", False, False),  # mixed valence: one state for all atoms is the rule
        ("CuAu", True, True),
        ("FeAl", False, False),
        ("He", False, False),
        ("D2O", True, True),
        ("La1.8Sr0.2CuO3.9", True, True),
    ],
)
def test_textbook_cases(formula, neutral, balanced):
    assert judge(formula) == (neutral, balanced)


def test_an_alloy_of_nine_elements_with_decimals_is_judged_at_once():
    alloy = "Zr41.21Ti13.83Cu12.57Ni10.03Be22.36Al0.17Nb1.19Fe2.23Co3.41"
    start = process_time()
    assert judge(alloy) == (False, False)
    assert process_time() - start < 1  # its choices, tried one by one, took a minute


def test_what_is_no_formula_is_not_neutral():
    assert judge_all([None, "hello", "SO4^2-"]) == [(False, False)] * 3


@pytest.mark.parametrize("formula", drawn(150, seed=2))
def test_a_formula_may_end_exactly_if_it_is_balanced(formula):
    assert WAYS.may_end(read(formula)) == judge(formula).balanced


def test_what_is_called_alive_can_be_finished_and_nothing_else_is_left():
    """Every beginning with at most one more element is tried out."""
    ways = Ways(Allowed({"Na": (1,), "Mg": (2,), "Fe": (2, 3), "S": (-2, 4), "O": (-2,)}, most=3))
    places = [ELEMENTS.index(symbol) for symbol in ("Na", "Mg", "Fe", "S", "O")]

    def finishable(state: State) -> bool:
        if ways.may_end(state):
            return True
        if state.size == 3:
            return False
        later = [place for place in places if place > state.last]
        return any(finishable(ways.take(state, place, n)) for place in later for n in range(1, 31))

    for place in places:
        for amount in (1, 2, 7, 29, 30):
            one = ways.take(START, place, amount)
            assert ways.alive(one) == finishable(one), (place, amount)
            for other in places:
                if other > place:
                    two = ways.take(one, other, 11)
                    assert ways.alive(two) == finishable(two), (place, other, amount)


def test_wishes_that_no_formula_fulfils_are_refused():
    with pytest.raises(ValueError, match="No formula fulfils"):
        Ways(Allowed(KNOWN_OXIDATION_STATES, required=frozenset({"Na", "K"}), most=2))


def test_known_states_hold_the_common_ones_of_metals():
    metals = ("Na", "Mg", "Al", "Ti", "Fe", "Cu", "Zn", "La", "Ce", "Pb", "U")
    assert all(set(COMMON_OXIDATION_STATES[m]) <= set(KNOWN_OXIDATION_STATES[m]) for m in metals)


def test_known_states_are_known_to_pymatgen_as_well():
    pymatgen = pytest.importorskip("pymatgen.core")
    strange = {
        symbol: missing
        for symbol, states in KNOWN_OXIDATION_STATES.items()
        if (missing := set(states) - {*pymatgen.Element(symbol).oxidation_states,
                                      *pymatgen.Element(symbol).icsd_oxidation_states})
    }  # fmt: skip
    assert len(strange) <= 12, strange  # its list leaves out states of the actinides and silicides


def test_a_table_in_the_format_of_smact_is_read():
    states = read_states("# remark\nFe +2 +3\nHe\nO\t-2 -1")
    assert (states["Fe"], states["He"], states["O"]) == ((2, 3), (), (-2, -1))
    with pytest.raises(ValueError, match="no entry of a table"):
        read_states("Iron 2 3")
