"""Atoms in the string, functional groups, standard forms and drawings."""

import pytest
from rdkit import Chem

from matprior.notations import InvalidString
from matprior.notations.smiles_atoms import atom_positions, functional_groups
from matprior.notations.smiles_changes import standardise
from matprior.notations.smiles_drawing import svg


@pytest.mark.parametrize(
    "string", ["CCO", "[Na+].[Cl-]", "C%12CC%12Br", "N[C@@H](C)C(=O)O", "*CC(*)c1ccccc1", "[H]O"]
)
def test_every_atom_has_its_place(string):
    parameters = Chem.SmilesParserParams()
    parameters.removeHs = False
    atoms = list(Chem.MolFromSmiles(string, parameters).GetAtoms())
    places = atom_positions(string)
    assert len(places) == len(atoms)
    for atom, place in zip(atoms, places, strict=True):
        assert string[place:].lstrip("[").lower().startswith(atom.GetSymbol().lower())


@pytest.mark.parametrize(
    ("string", "groups"),
    [
        ("CCC", []),
        ("CC(=O)O", [[1, 2, 3]]),
        ("CC(=O)Oc1ccccc1C(=O)O", [[1, 2, 3], [10, 11, 12]]),
        ("OCCCN", [[0], [4]]),
        ("COCOC", [[1, 2, 3]]),
        ("C=CCCC#C", [[0, 1], [4, 5]]),
        ("c1ccncc1", [[3]]),
        ("CC1CO1", [[1, 2, 3]]),
        ("[H]OC", [[1]]),
    ],
)
def test_functional_groups_follow_ertl(string, groups):
    assert functional_groups(string) == groups


def test_groups_of_what_is_no_smiles_are_refused():
    with pytest.raises(InvalidString):
        functional_groups("CC(")


@pytest.mark.parametrize(
    ("string", "expected"),
    [
        ("CCO", "CCO"),
        ("CC(=O)[O-].[Na+]", "CC(=O)O"),
        ("CC(=O)[O-].CC(=O)[O-].[Ca+2]", "CC(=O)O"),
        ("Cl.CCN(CC)CCc1ccccc1", "CCN(CC)CCc1ccccc1"),
        ("C[N+](C)(C)C.[Cl-]", "C[N+](C)(C)C"),
        ("[NH3+]CC(=O)[O-]", "NCC(=O)O"),
        ("[Na+].[Cl-]", "[Cl-].[Na+]"),
    ],
)
def test_standard_forms(string, expected):
    assert standardise(string)[0] == expected
    assert bool(standardise(string)[1]) == (string not in ("CCO", "[Na+].[Cl-]"))


def test_a_perovskite_and_a_cocrystal_stay_whole():
    for string in ("CC[NH3+].[Ge+2].[F-].[F-].[F-]", "c1ccccc1O.c1ccncc1"):
        assert standardise(string, charges=False)[1] == []


def test_every_change_is_told_and_each_can_be_left_out():
    smiles, notes = standardise("[Na+].[Na+].[O-]C(=O)CC(=O)[O-]")
    assert smiles == "O=C(O)CC(=O)O"
    assert notes == ["2 [Na+] were taken away", "O=C([O-])CC(=O)[O-] was neutralised"]
    assert standardise("CC(=O)[O-].[Na+]", salts=False, charges=False) == ("CC(=O)[O-].[Na+]", [])
    assert standardise("CC(O)=CC(C)=O", tautomers=True)[0] == standardise("CC(=O)CC(C)=O", tautomers=True)[0]


def test_a_drawing_goes_into_a_page_as_it_is():
    drawing = svg("CCO", highlight=[2], size=(120, 80))
    assert drawing.startswith("<svg")
    assert drawing.endswith("</svg>")
    assert "<?xml" not in drawing
    assert drawing == svg("CCO", highlight=[2], size=(120, 80))
    with pytest.raises(ValueError, match="3 atoms"):
        svg("CCO", highlight=[3])
