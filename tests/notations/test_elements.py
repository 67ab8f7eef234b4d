"""Facts about the elements that the rest of the package relies on."""

from __future__ import annotations

import numpy as np
import pytest
from pymatgen.core import Element

from matprior.notations.element_properties import imputed, valence_electrons
from matprior.notations.elements import (
    ATOMIC_NUMBER,
    ELECTRONEGATIVITY,
    FORMULA_ORDER,
    GROUPS,
    ISOTOPES,
    MASS,
    NAMES,
    SYMBOLS,
    property_table,
)


def test_all_118_elements_stand_in_order_and_isotopes_are_hydrogen():
    assert len(SYMBOLS) == len(set(SYMBOLS)) == len(NAMES) == 118
    assert all(ATOMIC_NUMBER[symbol] == Element(symbol).Z for symbol in SYMBOLS)
    assert all(ATOMIC_NUMBER[isotope] == ATOMIC_NUMBER[element] for isotope, element in ISOTOPES.items())
    assert FORMULA_ORDER.keys() == ATOMIC_NUMBER.keys()


@pytest.mark.parametrize("symbol", SYMBOLS[:103])
def test_masses_agree_with_an_independent_table(symbol):
    theirs = float(Element(symbol).atomic_mass)
    assert float(MASS[symbol]) == pytest.approx(theirs, rel=2e-2)  # radioactive: which isotope is a choice
    if not Element(symbol).is_radioactive:
        assert float(MASS[symbol]) == pytest.approx(theirs, rel=1e-3)


@pytest.mark.parametrize("symbol", SYMBOLS[:95])
def test_electronegativities_agree_with_an_independent_table(symbol):
    ours = ELECTRONEGATIVITY[symbol]
    if ours is not None:
        assert ours == pytest.approx(Element(symbol).X, abs=0.25)


def test_families_hold_known_members_and_cover_everything_but_h_and_c():
    everything = set().union(*GROUPS.values())
    assert set(SYMBOLS) - everything == {"H", "C"}
    assert everything <= set(SYMBOLS)
    known_families = {"alkali": "is_alkali", "halogen": "is_halogen", "noble_gas": "is_noble_gas"}
    for family, attribute in known_families.items():
        known = {s for s in SYMBOLS[:103] if getattr(Element(s), attribute)}
        assert GROUPS[family] & set(SYMBOLS[:103]) == known


def test_the_property_table_is_complete_and_read_only():
    values, names = property_table()
    assert values.shape == (118, len(names))
    assert np.isfinite(values).all()
    assert len(set(names)) == len(names)
    iron = dict(zip(names, values[25], strict=True))
    assert iron["electronegativity"] == 1.83
    assert iron["melting_point"] == pytest.approx(1811, abs=1)
    assert iron["d_valence"] == 6
    with pytest.raises(ValueError, match="read-only"):
        values[0, 0] = 1.0


def test_stand_ins_are_named_and_come_from_the_same_group():
    assert "Pm" in imputed()["electronegativity"]
    values, names = property_table()
    column = values[:, names.index("electronegativity")]
    known = GROUPS["lanthanide"] - set(imputed()["electronegativity"])
    lanthanides = column[[ATOMIC_NUMBER[symbol] - 1 for symbol in known]]
    assert lanthanides.min() <= column[ATOMIC_NUMBER["Pm"] - 1] <= lanthanides.max()


@pytest.mark.parametrize(
    ("z", "electrons"), [(1, (1, 0, 0, 0)), (8, (2, 4, 0, 0)), (26, (2, 0, 6, 0)), (82, (2, 2, 10, 14))]
)
def test_valence_electrons_follow_the_order_of_filling(z, electrons):
    assert valence_electrons(z) == electrons
