"""Probes of atoms and molecules: the right token, the right answer, and no molecule on both sides."""

from __future__ import annotations

import numpy as np
import pytest

from matprior.evaluation.baselines import inner_folds
from matprior.evaluation.molecule_probing import FEWEST, probe_atoms, probe_molecules
from matprior.evaluation.molecule_vectors import Atoms, atoms_of, token_counts, windows
from matprior.notations.smiles_atoms import atom_facts
from matprior.tokens.encoders import encode
from matprior.tokens.smiles import split_smiles

HARD = [
    "C[C@@H](N)C(=O)[O-]",
    "[13CH3]c1cc[nH]c1",
    "ClCCBr",
    "[Na+].[Cl-]",
    "C%12CCCC%12",
    "[H]OC",
    "*CC(*)C",
]


@pytest.mark.parametrize("encoding", ["split", "whole"])
@pytest.mark.parametrize("string", HARD)
def test_the_token_of_an_atom_names_its_element(string, encoding):
    if encoding == "whole" and string.startswith("[13"):
        pytest.skip("no token of its own")
    atoms = atoms_of([string], encoding, 100, 256)
    tokens = ["<cls>", *split_smiles(string, encoding)]
    for place, element in zip(atoms.place, atoms.facts["element"], strict=True):
        assert tokens[place].strip("[]@+-H0123456789").capitalize() in (element, ""), (tokens, place)
    assert len(atoms.place) == len(atom_facts(string))


def test_facts_of_atoms_are_those_of_chemistry():
    nitrile = atom_facts("N#Cc1ccccc1")
    assert [one["hybridisation"] for one in nitrile[:3]] == ["SP", "SP", "SP2"]
    assert [one["ring_size"] for one in nitrile[:3]] == [0, 0, 6]
    assert [one["hydrogens"] for one in nitrile[2:4]] == [0, 1]
    assert atom_facts("C[N+](C)(C)C")[1]["charge"] == 1


def test_atoms_beyond_the_longest_string_are_left_out():
    assert len(atoms_of(["C" * 50], "split", 100, 12).place) == 10


def test_a_line_finds_what_the_vector_holds_and_not_what_it_lacks():
    draw = np.random.default_rng(0)
    rings = draw.integers(0, 2, 40 * 6)
    atoms = Atoms(np.repeat(np.arange(40), 6), np.ones(240, int), {"ring": rings.astype(str)})
    vectors = {"told": rings[:, None] + 0.0, "noise": draw.normal(size=(240, 5))}
    by = probe_atoms(vectors, atoms).set_index("vectors")
    assert by.loc["told", "value"] == 1
    assert abs(by.loc["noise", "value"] - 0.5) < 0.15
    assert by.loc["noise", "chance"] == 0.5


def test_atoms_of_one_molecule_are_never_on_both_sides():
    """The answer is a matter of the molecule alone, and so is the vector: only a leak could find it."""
    molecule = np.repeat(np.arange(40), 10)
    answer = np.random.default_rng(1).integers(0, 2, 40)[molecule].astype(str)
    atoms = Atoms(molecule, np.ones(400, int), {"fact": answer})
    value = probe_atoms({"name": np.eye(40)[molecule]}, atoms)["value"].iloc[0]
    assert value < 0.7
    assert len(set(inner_folds(None, 40, 0))) == 5


def test_a_rare_class_is_left_out():
    facts = np.array(["a"] * 100 + ["b"] * 100 + ["c"] * (FEWEST - 1))
    atoms = Atoms(np.arange(len(facts)), np.ones(len(facts), int), {"fact": facts})
    line = probe_atoms({"v": np.random.default_rng(0).normal(size=(len(facts), 2))}, atoms).iloc[0]
    assert (line["n_rows"], line["chance"]) == (200, 0.5)


def test_unknown_numbers_are_not_asked_and_one_question_does_not_move_another():
    values = np.random.default_rng(0).normal(size=(60, 3))
    asked = {"sum": values.sum(1), "gaps": np.where(np.arange(60) < 30, np.nan, values[:, 0])}
    both = probe_molecules({"v": values}, asked).set_index("property")
    alone = probe_molecules({"v": values}, {"sum": asked["sum"]}).set_index("property")
    assert both.loc["gaps", "n_rows"] == 30
    assert both.loc["sum", "value"] == alone.loc["sum", "value"] > 0.99


def test_windows_and_counts_are_read_from_the_tokens():
    strings = ["CCO", "OCC"]
    rows = encode(strings, "smiles", "split", 64)
    atoms = atoms_of(strings, "split", 10, 64)
    seen = windows(rows, atoms)
    assert (seen.sum(1) == 5).all()
    assert len(np.unique(seen, axis=0)) == 6
    counts = token_counts(rows)
    np.testing.assert_array_equal(counts[0], counts[1])
