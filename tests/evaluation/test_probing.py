"""Probes find what is there, find nothing in noise, and are not handed the answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from matprior.evaluation import element_vectors
from matprior.evaluation.element_vectors import (
    ElementVectors,
    contextual_vectors,
    input_vectors,
    open_encoder,
    packaged_vectors,
    property_vectors,
    random_vectors,
)
from matprior.evaluation.material_map import flat_map, nearest_materials
from matprior.evaluation.probe_study import probe_checkpoint, probe_records
from matprior.evaluation.probing import PROBED, probe_elements, probes
from matprior.notations.elements import SYMBOLS, property_table
from matprior.notations.oxidation_states import COMMON_OXIDATION_STATES


def value(table: pd.DataFrame, vectors: str, question: str) -> float:
    one = table[(table["vectors"] == vectors) & (table["property"] == question)]
    return float(one["value"].iloc[0])


def test_blocks_are_those_of_the_periodic_table():
    block = dict(zip(SYMBOLS, probes()["block"].answers, strict=True))
    assert [
        block[s] for s in ["H", "He", "Na", "Sc", "Zn", "Al", "Ne", "La", "Yb", "Lu", "Hf", "U", "Tl"]
    ] == list("sssddppffddfp")


def test_common_oxidation_states_are_those_of_pymatgen():
    core = pytest.importorskip("pymatgen.core")
    assert {s: core.Element(s).common_oxidation_states for s in SYMBOLS} == COMMON_OXIDATION_STATES


def test_a_linear_answer_is_found_and_noise_holds_none():
    asked = probes()["electronegativity"].answers
    mixed = np.nan_to_num(asked, nan=1.5)[:, None] * [1.0, -1.0] + np.random.default_rng(0).normal(
        0, 0.5, (118, 1)
    ) * [1.0, 1.0]  # neither column is the answer, their difference is
    vectors = [ElementVectors("mixed", mixed, False), random_vectors(20)]
    table = probe_elements(vectors, [probes()["electronegativity"]], repeats=1)
    assert value(table, "mixed", "electronegativity") > 0.99
    assert value(table, "random", "electronegativity") < 0.2
    assert len(table["folds"].iloc[0]) == table["n_folds"].iloc[0] == 5


def test_a_column_that_is_the_answer_is_left_out():
    values, names = property_table()
    period = values[:, [names.index("period")]]
    noise = np.random.default_rng(0).normal(size=(118, 3))
    table = probe_elements(
        [ElementVectors("given", np.hstack([2 * period + 1, noise]), False)], [probes()["period"]], repeats=1
    )
    assert table["width"].tolist() == [3]
    assert table["value"].iloc[0] < table["chance"].iloc[0] + 0.1


def test_all_vectors_are_asked_about_the_same_elements():
    gaps = random_vectors(4).values
    gaps[:40] = np.nan
    pair = [property_vectors(), ElementVectors("gaps", gaps, False)]
    table = probe_elements(pair, [probes()["block"]], repeats=1)
    assert set(table["n_elements"]) == {len([s for s in SYMBOLS[40:] if s in PROBED])}


def test_packaged_tables_are_read_without_importing_the_package(tmp_path, monkeypatch):
    folder = tmp_path / "elementembeddings" / "data" / "element_representations"
    folder.mkdir(parents=True)
    (tmp_path / "elementembeddings" / "__init__.py").write_text("raise RuntimeError('imported')\n")
    (folder / "magpie.csv").write_text("element,a,b\nH,1.0,2.0\nNa,3.0,\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    (one,) = packaged_vectors()
    assert (one.name, one.values.shape) == ("magpie", (118, 2))
    assert one.values[10].tolist() == [3.0, 2.0]  # a gap takes the mean of its column
    assert one.covered.sum() == 2


def test_vectors_of_a_checkpoint_are_its_own(checkpoint, monkeypatch):
    from safetensors.numpy import load_file

    encoder = open_encoder(checkpoint)
    stored = load_file(checkpoint / "model.safetensors")["matbert.bert.embeddings.word_embeddings.weight"]
    assert np.allclose(input_vectors(encoder).values, stored[5:123])
    strings = ["NaCl", "KCl", "NaF", "Na2O", "MgCl2"]
    whole = contextual_vectors(encoder, strings).values
    assert np.isfinite(whole).all()
    monkeypatch.setattr(element_vectors, "CHUNK", 3)
    assert np.allclose(contextual_vectors(encoder, strings).values, whole, atol=1e-5)
    alone = contextual_vectors(encoder, []).values
    sodium, argon = SYMBOLS.index("Na"), SYMBOLS.index("Ar")
    assert not np.allclose(alone[sodium], whole[sodium])
    assert np.allclose(alone[argon], whole[argon], atol=1e-5)


def test_a_checkpoint_is_examined_and_recorded(checkpoint, salts):
    strings, values = salts
    found = probe_checkpoint(checkpoint, strings, np.array(values), ["NaCl"], layout="pca", limit=30)
    assert {"input", "contextual", "properties", "random"} <= set(found.probes["vectors"])
    assert len(found.materials) == 30
    assert set(found.elements["vectors"]) == {"input", "contextual"}
    assert len(found.near) == 10
    records = probe_records(found, "mine")
    assert len(records) == len(found.probes)
    assert {one["checkpoint"] for one in records} == {"mine", None}


def test_principal_axes_come_in_order_and_with_a_sign():
    points = np.random.default_rng(0).normal(size=(50, 4)) * [1.0, 5.0, 0.1, 2.0]
    flat = flat_map(points, "pca")
    assert np.abs(np.corrcoef(flat[:, 0], points[:, 1])[0, 1]) > 0.99
    assert np.allclose(flat_map(points + 3.0, "pca"), flat)


def test_refusals_say_what_is_known():
    with pytest.raises(ValueError, match="tsne, pca"):
        flat_map(np.eye(5), "umap")
    with pytest.raises(ValueError, match="at least 3"):
        flat_map(np.eye(2), "pca")


def test_a_query_is_not_its_own_neighbour():
    vectors = np.array([[2.0, 0.0], [1.9, 0.1], [0.0, 2.0], [-4.0, -2.0]])
    near = nearest_materials(vectors[:1], vectors, list("abcd"), ["a"], k=2)
    assert near["string"].tolist() == ["b", "c"]
    assert near["similarity"].is_monotonic_decreasing
