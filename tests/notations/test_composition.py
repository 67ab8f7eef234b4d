"""What compositions mean: every form of writing one, and the forms that follow from it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from matprior.notations import NOTATIONS, Composition, InvalidString, fraction_matrix, parse, parse_amounts
from matprior.notations.elements import SYMBOLS

NOTATION = NOTATIONS["composition"]

SAME_MATERIAL = {
    # decimals, scientific notation, fractions
    "Fe0.620C9.5e-4": "Fe12400C19",
    "Fe0.620C9.5E-4": "Fe12400C19",
    "Fe1e2O1.5E+2": "Fe2O3",
    "Fe.5O": "FeO2",
    "La1/3Sr2/3MnO3": "Sr2LaMn3O9",
    "Ba0.4K0.6Fe2As2": "K3Ba2Fe10As10",
    # brackets
    "Ca(OH)2": "CaH2O2",
    "K4[Fe(CN)6]": "K4FeC6N6",
    "{[(Fe)]2}1.5O4.5": "Fe2O3",
    "Ba(Zr0.2Ti0.8)O3": "Ba5ZrTi4O15",
    "(CuSO4·5H2O)2": "CuH10SO9",
    "((((((((((Fe))))))))))2O3": "Fe2O3",
    # hydrates and adducts
    "CuSO4·5H2O": "CuH10SO9",
    "CuSO4•5H2O": "CuH10SO9",
    "CuSO4⋅5H2O": "CuH10SO9",
    "CuSO4*5H2O": "CuH10SO9",
    "CuSO4.5H2O": "CuH10SO9",
    "CuSO4·5(H2O)": "CuH10SO9",
    "CuSO4 · 5 H2O": "CuH10SO9",
    "CaSO4.0.5H2O": "Ca2H2S2O9",
    "CaSO4·½H2O": "Ca2H2S2O9",
    "NaCl.0.5H2O": "Na2H2Cl2O",
    "CaSO4·1/2H2O": "Ca2H2S2O9",
    "CaO.Al2O3": "CaAl2O4",
    "3CaO·Al2O3": "Ca3Al2O6",
    "KAl(SO4)2.12H2O": "KAlH24S2O20",
    "Al2O3.2SiO2.2H2O": "Al2Si2H4O9",
    "CaCl2.2MgCl2.12H2O": "CaMg2H24Cl6O12",
    "2Fe2O3": "Fe2O3",
    # decimal points that only look like separators
    "Fe0.5O": "FeO2",
    "Li1.5H2O": "Li3H4O2",
    "YBa2Cu3O6.5": "Ba4Y2Cu6O13",
    "Fe2O3.": "Fe2O3",
    "H00.5Nb0.5": "NbH",
    "Mn1.5Ni1.5O4": "Mn3Ni3O8",
    # Unicode and markup
    "Fe₂O₃": "Fe2O3",
    "Ｆｅ２Ｏ３": "Fe2O3",
    "Fe₀.₅O₁.₅": "FeO3",
    "Fe\u200b2\u2060O3\ufeff": "Fe2O3",
    "\u00a0Fe2\u2009O3\t": "Fe2O3",
    "Fe<sub>2</sub>O<sub>3</sub>": "Fe2O3",
    "$Fe_2O_{3}$": "Fe2O3",
    "\\mathrm{Fe_2O_3}": "Fe2O3",
    # spaces
    "Li Co O2": "LiCoO2",
    "Fe 2 O 3": "Fe2O3",
    # isotopes
    "D2O": "D2O",
    "HDO": "DHO",
    "T2": "T",
}


@pytest.mark.parametrize(("string", "canonical"), SAME_MATERIAL.items())
def test_every_way_of_writing_leads_to_the_exact_reduced_formula(string, canonical):
    assert NOTATION.canonical(string) == canonical
    assert NOTATION.canonical(canonical) == canonical


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_every_element_is_read_alone_and_inside_brackets(symbol):
    assert parse_amounts(f"{symbol}2") == {symbol: 2}
    assert parse(f"[{symbol}]3").amounts == {symbol: 3}


def test_two_letter_symbols_win_and_case_decides():
    assert parse_amounts("CoO") == {"Co": 1, "O": 1}
    assert parse_amounts("COO") == {"C": 1, "O": 2}
    assert parse_amounts("NiN") == {"Ni": 1, "N": 1}


def test_amounts_are_exact_and_keep_the_order_of_first_appearance():
    amounts = parse("O0.1Fe0.2O0.2").amounts
    assert amounts == {"O": Fraction(3, 10), "Fe": Fraction(1, 5)}
    assert list(amounts) == ["O", "Fe"]
    assert isinstance(parse("Fe1.0O2.50").amounts["Fe"], int)


def test_elements_stand_by_electronegativity_then_alphabet():
    assert NOTATION.canonical("O2CoLi") == "LiCoO2"
    assert NOTATION.canonical("ClNa") == "NaCl"
    assert NOTATION.canonical("XeF2") == "XeF2"
    assert NOTATION.canonical("ArH") == "HAr"


def test_system_names_elements_only_and_counts_deuterium_as_hydrogen():
    assert NOTATION.group("LiCoO2") == "Co-Li-O"
    assert NOTATION.group("LiDOT") == "H-Li-O"


def test_fractions_and_mass():
    water = parse("H2O")
    assert water.fractions == pytest.approx({"H": 2 / 3, "O": 1 / 3})
    assert water.mass == pytest.approx(18.015, abs=0.001)
    assert parse("D2O").mass == pytest.approx(20.028, abs=0.001)
    assert parse("CuSO4·5H2O").mass == pytest.approx(249.68, abs=0.01)


CHARGES = {
    "NH4+": ("H4N^+", 1),
    "SO4^2-": ("SO4^2-", -2),
    "SO4(2-)": ("SO4^2-", -2),
    "SO4^(2-)": ("SO4^2-", -2),
    "SO4^{2-}": ("SO4^2-", -2),
    "SO4^-2": ("SO4^2-", -2),
    "SO4--": ("SO4^2-", -2),
    "SO4 2-": ("SO4^2-", -2),
    "SO₄²⁻": ("SO4^2-", -2),
    "SO4<sup>2-</sup>": ("SO4^2-", -2),
    "[Fe(CN)6]4-": ("FeC6N6^4-", -4),
    "[Fe(CN)₆]⁴⁻": ("FeC6N6^4-", -4),
    "Fe3+": ("Fe^3+", 3),
    "Ca2+": ("Ca^2+", 2),
    "Fe+3": ("Fe^3+", 3),
    "Fe 3+": ("Fe^3+", 3),
    "Ca++": ("Ca^2+", 2),
    "K+": ("K^+", 1),
    "OH-": ("HO^-", -1),
    "OH−": ("HO^-", -1),
    "MnO4-": ("MnO4^-", -1),
    "O2^-": ("O2^-", -1),
    "Hg2^2+": ("Hg^+", 2),
    "(NH4+)2(SO4^2-)": ("H8SN2O4", 0),
    "[NH4+][Cl-]": ("H4NCl", 0),
}


@pytest.mark.parametrize("string", CHARGES)
def test_charges_are_read_reported_and_part_of_the_canonical_form(string):
    canonical, charge = CHARGES[string]
    composition = parse(string)
    assert (composition.canonical, composition.charge) == (canonical, charge)
    assert NOTATION.canonical(canonical) == canonical
    if charge:
        assert any("charge" in note for note in composition.notes)


def test_a_digit_before_the_sign_is_the_charge_of_a_lone_element_only():
    assert parse("O2-").amounts == {"O": 1}
    assert "O2^-" in parse("O2-").notes[0]
    assert parse("NH4+").amounts == {"N": 1, "H": 4}


def test_notes_tell_what_was_decided():
    assert parse("Fe2O3").notes == ()
    assert "CuSO4·5H2O" in parse("CuSO4.5H2O").notes[0]
    assert "left out Sr" in parse("La2Sr0CuO4").notes[0]
    assert "Fe2O3" in parse("Fe203").notes[0]
    assert "H2O" in parse("H20").notes[0]
    assert "SMILES" in parse("CCO").notes[0]
    assert "missing" in parse("NaN").notes[0]
    assert "YBa2Cu3O7" in parse("YBCO").notes[0]
    assert "left out" in parse("Sr2CuO4.").notes[0]
    assert "0.33" in parse("H00.33Nb0.67").notes[0]
    assert "tritium" in parse("V2.7TI0.3").notes[0]
    assert "acet" in parse("Zn(OAc)2").notes[0]
    assert "chlorine" in parse("NaCI").notes[0]
    assert "decimal point" in parse("ZnCl2.2NH4Cl").notes[0]


def test_an_amount_of_zero_is_left_out():
    assert parse_amounts("La2Sr0.0CuO4") == {"La": 2, "Cu": 1, "O": 4}
    assert NOTATION.canonical("La2Sr0CuO4") == NOTATION.canonical("La2CuO4")


def test_fraction_matrix_has_one_row_per_string_and_merges_isotopes():
    matrix = fraction_matrix(["Fe2O3", "HDO"])
    assert matrix.shape == (2, 118)
    assert matrix.sum(axis=1) == pytest.approx([1, 1])
    assert matrix[0, [25, 7]] == pytest.approx([0.4, 0.6])
    assert matrix[1, 0] == pytest.approx(2 / 3)
    assert fraction_matrix([]).shape == (0, 118)


def test_a_bad_string_in_bulk_is_named_with_its_row():
    with pytest.raises(InvalidString, match=r'"Xx2" at row 2: unknown element'):
        fraction_matrix(["Fe", "Xx2"])


def test_features_are_fractions_and_weighted_statistics():
    features = NOTATION.features(["NaCl", "O2", "NaCl"])
    names = NOTATION.feature_names()
    assert features.shape == (3, len(names))
    assert np.isfinite(features).all()
    column = {name: features[:, i] for i, name in enumerate(names)}
    assert column["fraction Na"] == pytest.approx([0.5, 0, 0.5])
    assert column["mean electronegativity"][:2] == pytest.approx([(0.93 + 3.16) / 2, 3.44])
    assert column["deviation electronegativity"][:2] == pytest.approx([(3.16 - 0.93) / 2, 0])
    assert column["range electronegativity"][:2] == pytest.approx([3.16 - 0.93, 0])
    assert column["maximum atomic_number"][:2] == pytest.approx([17, 8])
    assert NOTATION.features([]).shape == (0, len(names))


def test_looks_like_tells_formulas_from_smiles_names_and_numbers():
    assert NOTATION.looks_like(["Fe2O3", "Ti-6Al-4V", "CO2", "CuSO4·5H2O"]) == 1
    assert NOTATION.looks_like(["CCO", "c1ccccc1", "CC(=O)O", "OCC(O)CO"]) == 0
    assert NOTATION.looks_like(["cubic", "1.5", "", None, 3.2, "mp-149"]) == 0
    assert NOTATION.looks_like(["Cu", "Zn"]) < 0.5  # bare symbols: perhaps a column of metals
    assert NOTATION.looks_like([]) == 0


def test_a_composition_is_what_its_amounts_say():
    assert Composition({"O": Fraction(3, 2), "Fe": 1}).canonical == "Fe2O3"
    assert Composition({"S": Fraction(1, 2), "O": 2}, charge=-2).canonical == "SO4^4-"


@pytest.mark.parametrize("mark", ["s", "l", "g", "aq", "cr", "am"])
def test_the_mark_of_a_state_is_left_out_and_told(mark):
    composition = parse(f"Fe2O3({mark})")
    assert composition.canonical == "Fe2O3"
    assert composition.notes == (f"the state '({mark})' at the end is left out",)


@pytest.mark.parametrize(("string", "charge"), [("Na+(aq)", 1), ("SO4^2- (aq)", -2), ("H2O (l)", 0)])
def test_a_state_stands_behind_charges_and_spaces(string, charge):
    assert parse(string).charge == charge


@pytest.mark.parametrize("string", ["(s)", "Fe(s)O", "Fe2O3(S)x", "Fe2O3(x)"])
def test_a_mark_elsewhere_or_of_another_kind_is_still_refused(string):
    with pytest.raises(InvalidString):
        parse(string)
