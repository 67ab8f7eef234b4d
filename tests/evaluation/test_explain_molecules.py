"""Explanations of molecules: complete, faithful, and drawn on the right atoms."""

from __future__ import annotations

import pytest

pytest.importorskip("captum", reason='explanations need captum: pip install "matprior[explain]"')
pytest.importorskip("matprior.models.molbert")
pytest.importorskip("matprior.tokens.encoders")

import numpy as np
import torch

from matprior.evaluation.explain import contributions
from matprior.evaluation.explain_atoms import atom_numbers, drawn, numbered, top_atoms
from matprior.evaluation.explain_model import explained, tokens_of
from matprior.evaluation.explain_rows import attention
from matprior.evaluation.explanation import explain
from matprior.evaluation.faithfulness import faithfulness
from matprior.models import molbert
from matprior.reports.explain_page import explain_blocks
from matprior.tokens import encoders
from matprior.training.loop import answers

STRINGS = [
    "CCO", "CC(=O)O", "c1ccccc1", "CCN", "CCCl", "OCC(O)CO", "CC(C)=O", "c1ccncc1", "CCOC(=O)C", "NCC(=O)O",
    "CC#N", "C1CCCCC1", "Oc1ccccc1", "FC(F)F", "CSC", "CC(=O)[O-]", "C[NH3+]", "Brc1ccccc1", "CCCCO", "O=CO",
]  # fmt: skip


class Untrained:
    """A network for molecules with the face of an estimator; random weights are enough for the arithmetic."""

    def __init__(self) -> None:
        config = molbert.MolBertConfig.of_size("tiny", num_labels=1, problem_type="regression")
        torch.manual_seed(0)
        self.model_ = molbert.MolBertForSequenceClassification(config).eval()
        self.notation_ = "smiles"
        self.target_names_ = ["logS"]

    def _read(self, strings):
        return encoders.encode(strings, "smiles")

    def predict(self, strings):
        return answers(self.model_, self._read(strings), lambda out: out.logits)[:, 0]


@pytest.fixture(scope="module")
def network() -> Untrained:
    return Untrained()


def test_contributions_of_molecules_are_complete(network):
    found = contributions(network, STRINGS)
    assert found.strings["complete"].all()
    assert "".join(found.parts[found.parts["string"] == "CCO"]["part"]) == "CCO"


def test_the_token_ranked_first_matters_more_than_a_random_one(network):
    assert faithfulness(network, STRINGS, "hide").faithful


def test_every_atom_of_a_molecule_has_a_weight(network):
    found = contributions(network, ["CC(=O)[O-]", "c1ccncc1"])
    for string, n_atoms in (("CC(=O)[O-]", 4), ("c1ccncc1", 6)):
        own = found.parts[found.parts["string"] == string]
        assert len(own) == n_atoms


def test_only_atoms_are_hidden_and_of_a_bracket_only_its_symbol(network):
    assert atom_numbers(["[", "N", "H", "+", "]", "C", "=", "O"]) == [-1, 0, -1, -1, -1, 1, -1, 2]
    assert atom_numbers(["[NH4+]", "c", "1"]) == [0, 1, -1]
    assert atom_numbers(["[", "13", "C", "H", "3", "]", "[", "H", "+", "]", "*"])[2:] == [
        0,
        -1,
        -1,
        -1,
        -1,
        1,
        -1,
        -1,
        2,
    ]
    about = explained(network, ["CC(=O)O"])
    ids = torch.from_numpy(about.encoded.ids)
    shown = [about.tokens[token] for token in about.hide(ids, np.array([0]))[0].tolist()]
    assert shown == ["<cls>", "<mask>", "<mask>", "(", "=", "<mask>", ")", "<mask>", "<sep>"]


@pytest.mark.parametrize("string", ["CC(=O)[O-].[Na+]", "C1CC1N(C)c1ccncc1", "[13CH3]C#N"])
@pytest.mark.parametrize("name", ["smiles", "selfies"])
def test_parts_of_a_molecule_are_its_atoms_in_either_notation(name, string):
    from rdkit import Chem

    from matprior.notations import NOTATIONS
    from matprior.notations.selfies import to_selfies

    written = NOTATIONS[name].canonical(to_selfies(string) if name == "selfies" else string)
    encoded = encoders.encode([written], name)
    part = numbered(NOTATIONS[name], [written], encoded, tokens_of(name))[0]
    n_atoms = Chem.MolFromSmiles(string).GetNumAtoms()
    assert set(part.tolist()) == {-1, *range(n_atoms)}
    smiles, order = drawn(NOTATIONS[name], written, range(n_atoms))
    assert Chem.MolFromSmiles(smiles).GetNumAtoms() == n_atoms
    assert sorted(order) == list(range(n_atoms))


def test_molecules_are_drawn_and_looked_at(network):
    found = explain(network, STRINGS[:12])
    assert {"molecules", "attention"} <= {block.key for block in explain_blocks(found)}
    assert found.faithfulness is not None
    assert (attention(network, STRINGS[:2])["weight"] >= 0).all()
    assert "N for O (atom 3)" in set(found.what_ifs["change"])


def test_selfies_are_drawn_with_the_right_atoms_coloured():
    from matprior.estimators import MaterialRegressor
    from matprior.notations import NOTATIONS
    from matprior.notations.selfies import to_selfies

    strings = [to_selfies(one) for one in STRINGS]
    fitted = MaterialRegressor(None, training={"epochs": 1}, size="tiny", notation="selfies")
    found = explain(fitted.fit(strings, range(len(strings))), strings[:12])
    figures = {block.key: block for block in explain_blocks(found)}["molecules"].figures
    assert len(figures) == 8
    assert figures[0].title == "CCO"
    assert all("<svg" in figure.svg for figure in figures)
    parts = ["[C]", "[Branch1]", "[C]", "[O]", "[F]"]  # the second [C] counts atoms: no atom itself
    smiles, weights = drawn(NOTATIONS["selfies"], "".join(parts), [1.0, 5.0, 2.0])
    assert (smiles, weights) == ("C(O)F", [1.0, 5.0, 2.0])
    assert top_atoms(weights) == [1]


def test_a_fitted_regressor_of_molecules_is_explained_by_its_atoms():
    from matprior.estimators import MaterialRegressor

    fitted = MaterialRegressor(None, training={"epochs": 1}, size="tiny", notation="smiles")
    fitted.fit(STRINGS, [float(len(string)) for string in STRINGS])
    found = explain(fitted, ["OCC"])
    assert found.notation == "smiles"
    assert "".join(found.contributions.parts["part"]) == "CCO"
