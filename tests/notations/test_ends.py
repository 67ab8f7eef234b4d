"""End atoms of molecules: what is left is a valid molecule with one atom fewer."""

from __future__ import annotations

import pytest

from matprior.notations.selfies import to_selfies
from matprior.notations.selfies_atoms import symbols_of_atoms
from matprior.notations.smiles_atoms import atom_positions
from matprior.notations.smiles_ends import without_ends
from matprior.notations.smiles_reading import read

MOLECULES = [
    "CCO", "CC(=O)Oc1ccccc1C(=O)O", "Cn1cnc2c1c(=O)n(C)c(=O)n2C", "C[C@H](N)C(=O)O", "CC#N", "F/C=C/F",
    "Clc1ccc(Br)cc1", "CS(C)(=O)=O", "C[Si](C)(C)C", "FC(F)(F)c1ccccc1", "CO", "OB(O)c1ccccc1",
]  # fmt: skip


@pytest.mark.parametrize("string", MOLECULES)
def test_the_rest_is_the_molecule_without_one_heavy_atom_and_no_radical(string):
    before = read(string)
    found = without_ends(string)
    assert found
    for atom, rest in found:
        after = read(rest)
        assert before.GetAtomWithIdx(atom).GetDegree() == 1
        assert after.GetNumAtoms() == before.GetNumAtoms() - 1
        assert sum(one.GetNumRadicalElectrons() for one in after.GetAtoms()) == 0
        assert sum(one.GetFormalCharge() for one in after.GetAtoms()) == 0


def test_rings_charges_and_single_atoms_have_no_ends():
    assert without_ends("c1ccccc1") == without_ends("[Na+].[Cl-]") == without_ends("C") == []
    assert [atom for atom, _ in without_ends("C[N+](=O)[O-]")] == []


def test_hydrogen_takes_the_place_also_on_aromatic_nitrogen_and_at_a_centre():
    assert without_ends("Cn1cccc1") == [(0, "c1cc[nH]c1")]
    assert dict(without_ends("C[C@H](O)F"))[3] == "CCO"


@pytest.mark.parametrize("string", MOLECULES)
def test_every_atom_of_a_selfies_comes_from_a_symbol_of_its_element(string):
    selfies = to_selfies(string)
    smiles, places = symbols_of_atoms(selfies)
    molecule = read(smiles)
    assert len(places) == len(atom_positions(smiles)) == molecule.GetNumAtoms()
    symbols = [one.rstrip("]") for one in selfies.replace(".", "").split("[")[1:]]
    for atom, place in zip(molecule.GetAtoms(), places, strict=True):
        assert atom.GetSymbol() in symbols[place]
