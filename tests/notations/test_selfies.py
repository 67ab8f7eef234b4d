"""SELFIES: the same molecules as their SMILES, and refusals where SELFIES has no word."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matprior.notations import NOTATIONS, InvalidString
from matprior.notations.selfies import to_selfies, to_smiles

SELFIES, SMILES = NOTATIONS["selfies"], NOTATIONS["smiles"]
MOLECULES = [
    "CCO",
    "CC(=O)Oc1ccccc1C(=O)O",
    "C[C@H](N)C(=O)O",
    "F/C=C/F",
    "CC(=O)[O-].[Na+]",
    "c1ccc2[nH]ccc2c1",
    "[13CH3]N",
    "C1CC2(C1)CCC2",
]


@pytest.mark.parametrize("smiles", MOLECULES)
def test_there_and_back_is_the_same_molecule(smiles):
    assert SMILES.canonical(to_smiles(to_selfies(smiles))) == SMILES.canonical(smiles)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(MOLECULES), st.integers(0, 1000))
def test_every_variant_has_one_canonical_form(smiles, seed):
    string = to_selfies(smiles)
    canonical = SELFIES.canonical(string)
    assert {SELFIES.canonical(variant) for variant in SELFIES.variants(string, 4, seed)} == {canonical}
    assert SELFIES.canonical(canonical) == canonical


def test_groups_and_features_are_those_of_the_molecule():
    string = to_selfies("CCc1ccncc1")
    assert SELFIES.group(string) == SMILES.group("CCc1ccncc1")
    assert (SELFIES.features([string]) == SMILES.features(["CCc1ccncc1"])).all()
    assert SELFIES.feature_names() == SMILES.feature_names()


@pytest.mark.parametrize(
    "smiles",
    ["CN(=O)=O", "c1cc([O-].[Na+])ccc1", "O=c1n(-c2ccccc2)[nH]cc1", "C/C=C1/CCCC/C1=C\\C", "O/N=C1/CCCCC1C"],
)
def test_what_the_library_stumbles_over_comes_back_too(smiles):
    assert SMILES.canonical(to_smiles(to_selfies(smiles))) == SMILES.canonical(smiles)


@pytest.mark.parametrize("ends", ["[At]", "[Po]"])
def test_polymer_ends_come_back(ends):
    string = to_selfies("[*]CC(*)c1ccccc1", polymer_ends=ends)
    assert ends in string
    assert SMILES.canonical(to_smiles(string, polymer_ends=ends)) == SMILES.canonical("*CC(*)c1ccccc1")
    with pytest.raises(InvalidString, match="already"):
        to_selfies(f"*C{ends}", polymer_ends=ends)


@pytest.mark.parametrize(
    ("smiles", "reason"),
    [
        ("*CC*", "wildcard"),
        ("C$C", "quadruple"),
        ("[Pt@SP1](F)(Cl)(Br)I", "chirality"),
        ("FI(F)(F)(F)F", "1 bonds for I"),
        ("c1cccc1", "aromatic ring"),
        ("C(C", "never closed"),
        ("C C", "blank"),
        ("Br:Br", "cannot translate"),
    ],
)
def test_what_selfies_cannot_write_is_refused(smiles, reason):
    with pytest.raises(InvalidString) as caught:
        to_selfies(smiles)
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("string", "reason", "position"),
    [
        ("CCO", "looks like a SMILES", None),
        ("[C][Foo]", "unknown symbol '[Foo]'", 3),
        ("[C][C", "not closed", 3),
        ("[nop]", "no atom is left", None),
        ("", "empty", None),
        (None, "missing", None),
        ("[C] [C]", "blank", 3),
    ],
)
def test_refused_with_reason_and_place(string, reason, position):
    with pytest.raises(InvalidString) as caught:
        SELFIES.canonical(string)
    assert reason in caught.value.reason
    assert caught.value.position == position


def test_symbols_without_effect_are_told():
    assert SELFIES.describe_changes("[C][C][O]") == []
    assert SELFIES.describe_changes("[C][Branch1][C][O]") == ["2 symbols have no effect: the molecule is CO"]
    assert SELFIES.canonical("[C][nop][O]") == "[C][O]"


def test_a_column_of_selfies_is_told_from_the_others():
    column = [to_selfies(smiles) for smiles in MOLECULES]
    shares = {name: notation.looks_like(column) for name, notation in NOTATIONS.items()}
    assert shares["selfies"] == 1
    assert max(shares["smiles"], shares["composition"]) < 0.5
