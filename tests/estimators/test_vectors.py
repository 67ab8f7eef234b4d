"""Vectors of strings: whose they are, that blocks change nothing, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from matprior.estimators import AutoRegressor, MaterialTasks, vectors
from matprior.estimators.features import Pretrained
from matprior.estimators.vectors import Encoder, embed, is_fitted, likeliest
from matprior.notations import InvalidString


def test_vectors_are_those_of_the_frozen_checkpoint(checkpoint, strings):
    opened = Pretrained.open(checkpoint)
    told = embed(strings, model=checkpoint)
    assert told.shape == (48, 32)
    np.testing.assert_allclose(told, opened.embed(opened.encode(strings)), atol=1e-6)


def test_blocks_change_no_vector_and_are_told(checkpoint, strings, monkeypatch):
    whole = embed(strings, model=checkpoint)
    monkeypatch.setattr(vectors, "BLOCK", 20)
    heard: list[tuple[int, int]] = []
    parts = embed(strings, model=checkpoint, progress=lambda done, of, _: heard.append((done, of)))
    np.testing.assert_allclose(parts, whole, atol=1e-6)
    assert heard == [(20, 48), (40, 48), (48, 48)]


def test_a_bad_string_is_named_with_its_row_among_all(checkpoint, strings, monkeypatch):
    monkeypatch.setattr(vectors, "BLOCK", 20)
    with pytest.raises(InvalidString, match="at row 31"):
        embed([*strings[:30], "Xx2O", *strings[31:]], model=checkpoint)


def test_a_fitted_folder_gives_the_vectors_it_learned(regressor, strings, values, tmp_path, checkpoint):
    fitted = regressor().fit(strings, values)
    fitted.save(tmp_path / "one")
    assert is_fitted(tmp_path / "one")
    assert not is_fitted(checkpoint)
    told = embed(strings, model=tmp_path / "one")
    np.testing.assert_allclose(told, fitted.embed(strings), atol=1e-6)
    assert abs(told - embed(strings, model=checkpoint)).max() > 1e-3


def test_auto_gives_the_vectors_of_the_encoder_it_was_made_with(checkpoint, strings, values, tmp_path):
    auto = AutoRegressor(str(checkpoint), members=2, candidates=["ridge-pretrained"], n_jobs=1)
    auto.fit(strings, values).save(tmp_path / "mix")
    np.testing.assert_allclose(embed(strings, tmp_path / "mix"), embed(strings, checkpoint), atol=1e-6)


@pytest.mark.parametrize("pooling", ["cls", "mean"])
def test_another_pooling_makes_other_vectors_of_the_same_weights(checkpoint, strings, pooling):
    usual, other = embed(strings, checkpoint), embed(strings, checkpoint, pooling=pooling)
    assert usual.shape == other.shape
    assert abs(usual - other).max() > 1e-4
    np.testing.assert_allclose(embed(strings, checkpoint, pooling="weighted"), usual, atol=1e-6)


def test_molecules_are_embedded_by_the_checkpoint_that_reads_smiles():
    told = embed(["OCC", "CCO", "c1ccccc1"])
    np.testing.assert_array_equal(told[0], told[1])
    np.testing.assert_allclose(told, Encoder("molbert-small").embed(["CCO", "OCC", "c1ccccc1"]), atol=1e-6)
    assert told.shape == (3, 256)


def test_the_notation_that_most_strings_look_like_is_seen():
    assert likeliest(["NaCl", "Fe2O3", "Xx"]) == "composition"
    assert likeliest(["CCO", "c1ccccc1"]) == "smiles"
    assert likeliest(["[C][C][O]"]) == "selfies"
    assert likeliest(["CO", "CN"]) == "composition"
    assert likeliest(["[C][C][O]"], "composition") == "composition"


@pytest.mark.parametrize("pooling", ["attention", "max"])
def test_a_pooling_that_needs_training_is_refused(checkpoint, pooling):
    with pytest.raises(ValueError, match="expected one of weighted, cls, mean"):
        embed(["NaCl"], checkpoint, pooling=pooling)


def test_a_pooling_for_formulas_is_refused_for_molecules():
    with pytest.raises(ValueError, match="'weighted' is not for molecules"):
        embed(["CCO"], pooling="weighted")


def test_a_fitted_model_keeps_its_pooling(regressor, strings, values, tmp_path):
    regressor().fit(strings, values).save(tmp_path / "one")
    with pytest.raises(ValueError, match="fitted with a pooling of its own"):
        embed(strings, tmp_path / "one", pooling="cls")


def test_a_model_of_several_tasks_is_taken_apart_first(checkpoint, strings, values, tmp_path):
    tasks = MaterialTasks(str(checkpoint)).add("melting", strings, values, training={"epochs": 1})
    tasks.save(tmp_path / "tasks")
    with pytest.raises(ValueError, match=r"matprior prompts take .* melting"):
        embed(strings, tmp_path / "tasks")


def test_no_strings_are_refused_with_an_example(checkpoint):
    with pytest.raises(ValueError, match="0 strings"):
        embed([], checkpoint)
