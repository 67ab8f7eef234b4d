"""Percent forms and weights, which mean nothing until their unit is declared."""

from __future__ import annotations

import pytest

from matprior.notations import InvalidString, parse
from matprior.notations.elements import MASS


def atoms(**weights: float) -> dict[str, float]:
    moles = {symbol: weight / float(MASS[symbol]) for symbol, weight in weights.items()}
    return {symbol: n / sum(moles.values()) for symbol, n in moles.items()}


@pytest.mark.parametrize(
    ("string", "weights"),
    [
        ("Ti-6Al-4V", {"Ti": 90, "Al": 6, "V": 4}),
        ("Ti–6Al–4V", {"Ti": 90, "Al": 6, "V": 4}),
        ("Ti - 6Al - 4V", {"Ti": 90, "Al": 6, "V": 4}),
        ("6Al-4V-Ti", {"Ti": 90, "Al": 6, "V": 4}),
        ("63Sn-37Pb", {"Sn": 63, "Pb": 37}),
        ("63Sn37Pb", {"Sn": 63, "Pb": 37}),
        ("Sn63-Pb37", {"Sn": 63, "Pb": 37}),
        ("Sn-3.0Ag-0.5Cu", {"Sn": 96.5, "Ag": 3, "Cu": 0.5}),
        ("Fe62.5C37.5", {"Fe": 62.5, "C": 37.5}),
    ],
)
def test_weights_become_atoms(string, weights):
    assert parse(string, unit="wt%").fractions == pytest.approx(atoms(**weights), abs=1e-7)


def test_atomic_percent_needs_no_masses():
    assert parse("Ti-6Al-4V", unit="at%").canonical == "Ti45Al3V2"
    assert parse("80Ni-20Cr", unit="at%").canonical == "CrNi4"


DECLARED = ["Ti-6Al-4V wt%", "Ti-6Al-4V (wt.%)", "Ti-6wt%Al-4wt%V", "Ti-6Al-4V mass %"]


@pytest.mark.parametrize("string", DECLARED)
def test_the_string_may_declare_its_own_unit(string):
    assert parse(string).canonical == parse("Ti-6Al-4V", unit="wt%").canonical


def test_weights_survive_the_canonical_form():
    composition = parse("Fe-18Cr-8Ni-0.0005B", unit="wt%")
    assert parse(composition.canonical).fractions == pytest.approx(composition.fractions, rel=1e-12)
    exact = atoms(Fe=73.9995, Cr=18, Ni=8, B=0.0005)
    assert composition.fractions["B"] == pytest.approx(exact["B"], rel=1e-2)


def test_the_balance_and_the_conversion_are_reported():
    notes = " ".join(parse("Ti-6Al-4V", unit="wt%").notes)
    assert "Ti is the balance: 90 wt%" in notes
    assert "weights" in notes
    assert "add up to 5" in " ".join(parse("Fe2O3", unit="wt%").notes)


@pytest.mark.parametrize(
    ("string", "unit", "message"),
    [
        ("Ti-6Al-4V", "atoms", "needs a declared unit"),
        ("63Sn-37Pb", "atoms", "needs a declared unit"),
        ("63Sn37Pb", "atoms", "needs a declared unit"),
        ("Fe50%Ni50%", "atoms", "percent sign without wt or at"),
        ("Ti-6Al-4V at%", "wt%", "both declared"),
        ("Ti-60Al-50V", "wt%", "add up to 110"),
        ("60Sn-30Pb", "wt%", "add up to 90, not 100"),
        ("Ti-Al-4V", "wt%", "only one element can be the balance"),
        ("Ti-6Al-4Al", "wt%", "named twice"),
        ("Li-Co-O", "at%", "chemical system"),
        ("60Co-40Cx", "at%", "unknown element 'Cx' at character 8"),
    ],
)
def test_percent_forms_without_a_clear_meaning_are_refused(string, unit, message):
    with pytest.raises(InvalidString, match=message):
        parse(string, unit=unit)


def test_an_unknown_unit_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match=r"'wt' is not known.*'at%'.*Did you mean 'wt%'"):
        parse("Fe", unit="wt")
