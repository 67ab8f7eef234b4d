"""Molecules are screened and exported through the same doors as formulas."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from matprior.data import Task
from matprior.estimators import MaterialRegressor
from matprior.screening import Screening, export, screen
from matprior.screening.engines import open_model, task_of

MOLECULES = ["CCO", "CCN", "c1ccccc1O", "c1ccccc1N", "Cc1ccccc1", "ClCCl", "C1CCCCC1", "CC#N", "BrCC", "OCCO"]
SELFIES = ["[C][C][O]", "[C][C][N]", "[Cl][C][C]", "[C][=C]", "[N][C][C][O]", "[C][#N]", "[F][C]", "[C][Br]"]


def fitted(strings, notation, folder):
    model = MaterialRegressor(model=None, size="tiny", notation=notation, training={"epochs": 1})
    return model.fit(strings, pd.Series(np.arange(float(len(strings))), name="logS")).save(folder)


@pytest.fixture(scope="module")
def smiles(tmp_path_factory):
    return fitted(MOLECULES, "smiles", tmp_path_factory.mktemp("molecules") / "smiles")


@pytest.fixture(scope="module")
def selfies(tmp_path_factory):
    return fitted(SELFIES, "selfies", tmp_path_factory.mktemp("molecules") / "selfies")


def screened(model, strings, folder, **options):
    pool = folder / "pool.csv"
    pd.DataFrame({"molecule": strings}).to_csv(pool, index=False)
    return screen(model, pool, folder / "best.csv", Screening(top=20, chunk=4, **options), workers=1)


def test_one_molecule_of_each_scaffold_is_kept(smiles, tmp_path):
    best = screened(smiles, MOLECULES, tmp_path, diverse=True).best
    rings = [string for string in best["string"] if "c1ccccc1" in string]
    assert len(rings) == 1  # of phenol, aniline and toluene
    assert "C1CCCCC1" in set(best["string"])


def test_elements_are_forbidden_in_smiles(smiles, tmp_path):
    best = screened(smiles, MOLECULES, tmp_path, forbid=["Cl", "Br"], require=["C"]).best
    assert set(best["string"]) == {
        "CCO",
        "CCN",
        "Oc1ccccc1",
        "Nc1ccccc1",
        "Cc1ccccc1",
        "C1CCCCC1",
        "CC#N",
        "OCCO",
    }


def test_elements_are_required_in_selfies(selfies, tmp_path):
    best = screened(selfies, SELFIES, tmp_path, require=["N"], forbid=["O"]).best
    assert set(best["string"]) == {"[C][C][N]", "[C][#N]"}


def test_a_rule_on_hydrogen_in_molecules_is_refused(smiles, tmp_path):
    with pytest.raises(ValueError, match="leave most hydrogens out"):
        screened(smiles, MOLECULES, tmp_path, require=["H"])


@pytest.mark.parametrize(
    ("which", "strings"), [("smiles", [*MOLECULES, 60 * "C"]), ("selfies", [*SELFIES, 60 * "[C]"])]
)
def test_an_exported_network_of_molecules_answers_as_the_original(which, strings, request, tmp_path):
    pytest.importorskip("onnxruntime", reason='needs onnx: pip install "matprior[onnx]"')
    pytest.importorskip("onnxscript", reason='needs onnx: pip install "matprior[onnx]"')
    folder = request.getfixturevalue(which)
    done = export(folder, tmp_path / "out")
    ours, theirs = open_model(folder), open_model(done.folder, "onnx")
    np.testing.assert_allclose(ours.predict(strings), theirs.predict(strings), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(ours.embed(strings), theirs.embed(strings), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(("which", "strings"), [("smiles", MOLECULES), ("selfies", SELFIES)])
def test_a_table_is_read_in_the_notation_of_the_model(which, strings, request):
    model = open_model(request.getfixturevalue(which))  # fitted in Python: no table told its notation
    assert not hasattr(model, "task_")
    assert task_of(model, targets=["logS"]) == Task(targets=["logS"], notation=which)


def test_the_checksum_of_a_changed_network_file_is_missed_and_told(smiles, tmp_path):
    pytest.importorskip("onnxruntime", reason='needs onnx: pip install "matprior[onnx]"')
    pytest.importorskip("onnxscript", reason='needs onnx: pip install "matprior[onnx]"')
    folder = export(smiles, tmp_path / "out").folder
    assert {"model.onnx", "onnx.json"} <= set(json.loads((folder / "matprior.json").read_text())["sha256"])
    content = bytearray((folder / "model.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "model.onnx").write_bytes(content)
    with pytest.raises(ValueError, match=r"model\.onnx can't be used .its checksum"):
        open_model(folder, "onnx")
