"""Descriptors of molecules: RDKit's values, NaN where there is none, and quickly."""

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import Descriptors

from matprior.notations.smiles_descriptors import DESCRIPTOR_NAMES, descriptors

MOLECULES = [
    "CCO",
    "CC(=O)Oc1ccccc1C(=O)O",
    "C[C@H](N)C(=O)O",
    "O=S(=O)([O-])c1ccccc1.[Na+]",
    "c1ccc2[nH]ccc2c1",
    "*CC(*)c1ccccc1",
    "C1CC2(C1)CCC2",
    "FC(F)(F)c1ccc(Cl)cc1Br",
]


def test_values_are_those_of_rdkit_under_its_names():
    values = descriptors(MOLECULES)
    theirs = dict(Descriptors.descList)
    for string, row in zip(MOLECULES, values, strict=True):
        molecule = Chem.MolFromSmiles(string)
        for name, value in zip(DESCRIPTOR_NAMES, row, strict=True):
            if name in theirs and np.isfinite(value):
                expected = theirs[name](molecule)
                assert value == pytest.approx(expected, rel=1e-4, abs=1e-4), (string, name)


def test_names_are_distinct_and_rdkit_knows_them():
    assert len(set(DESCRIPTOR_NAMES)) == len(DESCRIPTOR_NAMES)
    assert {name for name, _ in Descriptors.descList} >= set(DESCRIPTOR_NAMES) - {"FormalCharge"}


def test_what_cannot_be_computed_is_nan(capfd):
    values = descriptors(["C(C)(C)(C)(C)C", "", None, "O=[Ti]=O", "CCO"])
    assert values.dtype == np.float32
    assert np.isnan(values[:3]).all()
    assert np.isfinite(values[4]).all()
    charge = DESCRIPTOR_NAMES.index("MaxPartialCharge")
    assert np.isnan(values[3, charge])
    assert not np.isnan(values[3]).all()
    assert capfd.readouterr() == ("", "")


def test_no_value_explodes_for_ions_without_bonds():
    values = descriptors(["O=S([O-])[O-].[NH4+].[NH4+]", "[F-].[F-].[F-].[F-].[V+4]", "[Be+2].[F-].[F-]"])
    assert np.nanmax(np.abs(values)) < 1e4


def test_no_molecules_give_an_empty_table():
    assert descriptors([]).shape == (0, len(DESCRIPTOR_NAMES))
