"""What people paste that is no composition: each message says what is wrong, where, and the fix."""

from __future__ import annotations

import copy
import pickle
from contextlib import suppress
from time import process_time

import numpy as np
import pytest

from matprior.notations import InvalidString, parse, parse_amounts

BAD: dict[str, tuple[str, str | None]] = {
    # string: (what the message must say, the fix it must offer)
    "": ("empty", None),
    " \t": ("empty", None),
    "\u200b": ("empty", None),
    "nan": ("missing value", None),
    "NA": ("missing value", None),
    "N/A": ("missing value", None),
    "None": ("missing value", None),
    "-": ("missing value", None),
    "1.5": ("number", None),
    "-3": ("number", None),
    "mp-149": ("identifier", None),
    "7732-18-5": ("identifier", None),
    # unknown elements, slips of case, look-alikes
    "fe2o3": ("unknown element 'f' at character 1", "Fe2O3"),
    "FE2O3": ("unknown element 'E' at character 2", "Fe2O3"),
    "NACL": ("unknown element 'A' at character 2", "NaCl"),
    "naf": ("begin with a capital letter", "NaF"),
    "nacl": ("begin with a capital letter", "NaCl"),
    "co": ("can be read as Co or CO", None),
    "co2": ("can be read as Co2 or CO2", None),
    "rust": ("name", None),
    "licoo2": ("unknown element 'l'", "LiCoO2"),
    "AI2O3": ("unknown element 'A'", "Al2O3"),
    "Xx2O3": ("unknown element 'Xx' at character 1", "Xe2O3"),
    "Cb2O5": ("unknown element 'Cb' at character 1", "Nb2O5"),
    "СО2": ("Cyrillic", "CO2"),
    "Fe2Ο3": ("Greek", "Fe2O3"),
    "LnFeO3": ("any lanthanide", None),
    "REBa2Cu3O7": ("any rare earth", None),
    "Me4Si": ("methyl", None),
    "ABO3": ("any cation", None),
    # 0 and O
    "Si02": ("'02' begins with the digit 0 at character 3", "SiO2"),
    "CaC03": ("digit 0", "CaCO3"),
    "Mg(0H)2": ("number 0", "Mg(OH)2"),
    # brackets
    "Fe2(SO4": ("'(' is never closed at character 4", "Fe2(SO4)"),
    "Fe2O3)": ("')' closes what was never opened at character 6", "Fe2O3"),
    "Fe(OH]3": ("']' stands where ')' should close", "Fe(OH)3"),
    "Fe()2O3": ("empty bracket", "Fe2O3"),
    # numbers
    "Fe0,5O": ("comma in a number at character 4", "Fe0.5O"),
    "Fe0": ("every amount is 0", "FeO"),
    "Fe1/0O": ("divides by zero", None),
    "Fe1e99999": ("too large", None),
    "Fe1-0.05O": ("sums must be worked out", "Fe0.95O"),
    "Li1-xCoO2": ("variable amount 'x' at character 5", None),
    "LixCoO2": ("variable amount 'x' at character 3", None),
    "YBa2Cu3O7-δ": ("variable amount 'δ'", None),
    "(C2H4)n": ("variable amount 'n'", None),
    "MgSO4x7H2O": ("not as a times sign", "MgSO4·7H2O"),
    "MgSO4 x 7H2O": ("not as a times sign", "MgSO4·7H2O"),
    "CuSO4·xH2O": ("variable amount 'x'", None),
    "Fe-5": ("may be a charge", "Fe^5-"),
    # charges
    "SO42-": ("'42-' is amount and charge run together at character 3", "SO4^2-"),
    "PO43-": ("run together", "PO4^3-"),
    "Hg22+": ("run together", "Hg2^2+"),
    "C60-": ("run together", "C60^-"),
    "SO4-2": ("may be a charge", "SO4^2-"),
    "Fe+-": ("two ways", None),
    "Fe^3": ("without a sign", None),
    "²³⁵U": ("isotopes", "U"),
    "Na+Cl-": ("middle of a formula", "NaCl"),
    "Fe(III)": ("oxidation state", "Fe"),
    "Cu(II)O": ("oxidation state", "CuO"),
    # separators and trailing text
    "CuSO4 5H2O": ("number after a space is ambiguous at character 7", "CuSO4·5H2O"),
    "NaOH 2H2O": ("ambiguous", "NaOH·2H2O"),
    "Al2O3-TiO2": ("'-' is in the middle", "Al2O3·TiO2"),
    "Fe2O3/TiO2": ("one row holds one material", None),
    "Fe2O3, TiO2": ("one row holds one material", None),
    "Fe2O3 (hematite)": ("unknown element 'h' at character 8", "Fe2O3"),
    "Fe2O3 hematite": ("'hematite' after the space", "Fe2O3"),
    "Fe2O3(solid)": ("unknown element 's'", "Fe2O3"),
    "α-Fe2O3": ("'α' at character 1", "Fe2O3"),
    "alpha-Fe2O3": ("unknown element", "Fe2O3"),
    '"Fe2O3"': ("unexpected character", "Fe2O3"),
    "Fe2O3;": ("';'", "Fe2O3"),
    "Fe2O3·": ("without any element", "Fe2O3"),
    "Fe··O": ("without any element", None),
    "Fe\x00O": ("unexpected character", None),
    "Fe2🙂": ("unexpected character '🙂' at character 4", None),
    "(Fe,Co)3O4": ("amount on a mixed site", None),
    "Al2O3:Cr": ("dopant", None),
    "Fe3O4@SiO2": ("'@' is not part of a formula", None),
    "0.7BiFeO3-0.3BaTiO3": ("'-' is in the middle", "0.7BiFeO3·0.3BaTiO3"),
    "CuSO4_5H2O": ("unexpected character '_'", "CuSO4·5H2O"),
    "Fe1.5.2O3": ("unexpected character '.'", None),
    "amorphous SiO2": ("name", "SiO2"),
    "2024-01-01": ("no element", None),
    # something else altogether
    "PZT": ("name", "PbZr0.52Ti0.48O3"),
    "MAPbI3": ("name", "CH3NH3PbI3"),
    "iron oxide": ("name", "Fe2O3"),
    "iron(III) oxide": ("name", "Fe2O3"),
    "water": ("name", "H2O"),
    "Silicon": ("name", "Si"),
    "stainless steel": ("name", None),
    "c1ccccc1": ("SMILES", None),
    "CC(=O)O": ("SMILES", None),
    "N#N": ("SMILES", None),
    "C[C@H](N)C(=O)O": ("SMILES", None),
}


@pytest.mark.parametrize("string", BAD)
def test_a_bad_string_is_explained_and_the_fix_reads(string):
    says, fix = BAD[string]
    with pytest.raises(InvalidString) as caught:
        parse(string)
    message = str(caught.value)
    assert says in message
    assert caught.value.suggestion == fix
    if fix:
        assert f"Did you mean {fix!r}?" in message
        assert parse(fix).amounts


@pytest.mark.parametrize("value", [None, 3.2, float("nan"), 7, b"Fe2O3", ["Fe2O3"], np.float64(1.5)])
def test_what_is_no_text_is_refused_by_both_readers(value):
    for read in (parse, parse_amounts):
        with pytest.raises(InvalidString, match=r"a formula such as 'Fe2O3' was expected"):
            read(value)


def test_positions_count_the_characters_that_came_not_the_cleaned_ones():
    with pytest.raises(InvalidString) as caught:
        parse("  Fe₂\u200bO₃Q")
    assert caught.value.position == 8
    assert "at character 9" in str(caught.value)


def test_an_error_names_its_row_and_survives_pickling_and_copying():
    error = InvalidString("Fe2O3x", "unknown element 'x'", position=5, suggestion="Fe2O3Xe").at_row(12)
    text = "\"Fe2O3x\" at row 12: unknown element 'x' at character 6. Did you mean 'Fe2O3Xe'?"
    assert str(error) == text
    assert str(pickle.loads(pickle.dumps(error))) == text
    assert str(copy.deepcopy(error)) == text
    assert isinstance(error, ValueError)


def test_messages_stay_short_and_printable_whatever_comes():
    for string in ["Q" * 100_000, "(" * 1500, "Fe\x1b[31m", "Fe" + "9" * 1000, "x\n" * 50]:
        with pytest.raises(InvalidString) as caught:
            parse(string)
        message = str(caught.value)
        assert len(message) < 400
        assert message.isprintable()


HOSTILE = ["(" * 1900, "Fe2O3." * 330, "H2O.2" * 380, "F e" * 600, "1" * 1999, "0" * 1999, "a " * 900]


@pytest.mark.parametrize("string", HOSTILE)
def test_hostile_strings_are_answered_quickly(string):
    start = process_time()
    with suppress(InvalidString):
        parse(string)
    assert process_time() - start < 2.0
