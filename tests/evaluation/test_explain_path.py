"""Halving pieces of the path gives what a great many steps in one piece give, for less."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("captum", reason='explanations need captum: pip install "matprior[explain]"')

import torch
from captum.attr import IntegratedGradients, LayerIntegratedGradients

from matprior.estimators import MaterialRegressor
from matprior.evaluation import explain_path
from matprior.evaluation.explain_model import explained
from matprior.evaluation.explain_path import batches, integrate
from matprior.training.batches import as_tensors

FORMULAS = ["NaCl", "K2O", "LiFeO2", "MgO", "CaTiO3", "NaF", "KCl", "LiCl", "SrO", "BaO", "KBr", "NaBr"]
MOLECULES = [
    "CCO", "CC(=O)O", "c1ccccc1", "CCN", "CCCl", "OCC(O)CO", "CC(C)=O", "c1ccncc1", "CCOC(=O)C", "CC#N",
]  # fmt: skip


@pytest.fixture(scope="module", params=["composition", "smiles"])
def about(request):
    strings = FORMULAS if request.param == "composition" else MOLECULES
    options = {"epochs": 8, "batch_size": 4, "learning_rate": 2e-3}
    model = MaterialRegressor(None, size="tiny", training=options, notation=request.param)
    # Answers far apart bend the path, as those of a model that learned something do.
    return explained(model.fit(strings, 10.0 * (np.arange(len(strings)) % 4)), strings)


@pytest.fixture(scope="module")
def expected(about) -> np.ndarray:
    return with_many_steps(about, 200)


def with_many_steps(about, steps: int) -> np.ndarray:
    """The same integral in one piece, by captum alone, a row at a time."""
    network = about.networks[0]
    told = np.zeros(about.encoded.ids.shape)
    for row in range(len(about.strings)):
        batch = as_tensors(about.encoded, np.array([row]))
        ids = batch.pop("input_ids")
        chosen = torch.from_numpy(about.chosen[[row]])

        def run(ids, chosen, *further, names=tuple(batch)):
            return about.read(network(ids, **dict(zip(names, further, strict=True))).logits, chosen)

        found = LayerIntegratedGradients(run, network.get_input_embeddings()).attribute(
            ids,
            baselines=about.hide(ids, np.array([row])),
            additional_forward_args=(chosen, *batch.values()),
            n_steps=steps,
        )
        told[row, : ids.shape[1]] = found.sum(-1)[0].detach().numpy()
    return told


def test_contributions_are_those_of_many_steps_in_one_piece(about, expected):
    found = integrate(IntegratedGradients, about.networks[0], about, 0.01)
    assert np.abs(expected).max() > 1
    error = np.abs(found.told - expected).max(1) / np.abs(expected).max(1)
    assert error.max() < 0.03, error
    assert np.median(error) < 0.01


def test_tighter_tolerance_comes_closer(about, expected):
    loose, tight = (integrate(IntegratedGradients, about.networks[0], about, at).told for at in (0.5, 0.001))
    assert np.abs(tight - expected).max() <= np.abs(loose - expected).max()
    assert np.abs(tight - expected).max() < 0.005 * np.abs(expected).max()


def test_only_pieces_that_miss_something_are_halved(about, monkeypatch):
    points = []  # of every call: calls come from several threads at once

    class Counting(IntegratedGradients):
        def attribute(self, inputs, **options):
            points.append(len(inputs) * options["n_steps"])
            return super().attribute(inputs, **options)

    n = len(about.strings)
    integrate(Counting, about.networks[0], about, 1e9)
    assert sum(points) == n * explain_path.PIECES * explain_path.NODES
    points.clear()
    monkeypatch.setattr(explain_path, "HALVINGS", 1)
    integrate(Counting, about.networks[0], about, 0.0)
    assert sum(points) > n * explain_path.PIECES * explain_path.NODES


def test_what_may_be_missed_is_a_share_of_the_difference_and_not_of_what_was_found():
    # Found is 1.0203 where the answers differ by 1: more than 2 % of the difference, less of what was found.
    piece = explain_path._Piece(0, 0.0, 1.0, np.array([1.0203]), 0.0203)
    assert explain_path._halves([piece], 0.02) == [(0, 0.0, 0.5), (0, 0.5, 1.0)]
    assert explain_path._halves([piece], 0.021) == []


def test_several_cores_find_what_one_core_finds(about, monkeypatch):
    monkeypatch.setattr(explain_path, "TOKENS_AT_ONCE", 60)  # several passes, so that there is work for each
    cores, found = torch.get_num_threads(), []
    try:
        for threads in (1, 3):
            torch.set_num_threads(threads)
            found.append(integrate(IntegratedGradients, about.networks[0], about, 0.02))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(cores)
    one, many = found
    np.testing.assert_allclose(many.told, one.told, atol=1e-4)
    np.testing.assert_allclose(many.answer, one.answer, atol=1e-4)


def test_the_network_is_left_as_it_was(about):
    network = about.networks[0]
    before = [one.requires_grad for one in network.parameters()]
    integrate(IntegratedGradients, network, about, 0.01)
    assert [one.requires_grad for one in network.parameters()] == before
    assert not network.get_input_embeddings()._forward_hooks


def test_every_row_is_in_one_batch_and_batches_are_small():
    lengths = np.random.default_rng(0).integers(3, 900, 200)
    found = list(batches(lengths, 3))
    assert sorted(np.concatenate(found)) == list(range(200))
    assert all(len(part) == 1 or len(part) * lengths[part].max() * 3 <= 1_200 for part in found)
