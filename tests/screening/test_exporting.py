"""An exported model answers as the original does, and 8 bits are taken only where they were measured."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("onnxruntime", reason='needs onnx: pip install "matprior[onnx]"')
pytest.importorskip("onnxscript", reason='needs onnx: pip install "matprior[onnx]"')

from matprior.estimators import AutoRegressor, MaterialRegressor, load
from matprior.screening import Screening, export, screen
from matprior.screening.engines import open_model


@pytest.fixture(scope="module")
def check(salts, tmp_path_factory):
    """Labelled rows."""
    strings, values = salts
    path = tmp_path_factory.mktemp("check") / "check.csv"
    pd.DataFrame({"formula": strings, "melting_K": values}).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def exported(regressor, check, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported") / "regressor"
    return export(regressor, folder, int8=True, check=check, target="melting_K")


def test_onnx_answers_as_torch_does(regressor, exported, formulas):
    ours, theirs = load(regressor), open_model(exported.folder, "onnx-fp32")
    np.testing.assert_allclose(ours.predict(formulas), theirs.predict(formulas), rtol=1e-4)
    pd.testing.assert_frame_equal(
        ours.predict_interval(formulas), theirs.predict_interval(formulas), rtol=1e-4
    )
    assert (ours.in_domain(formulas) == theirs.in_domain(formulas)).mean() > 0.99


def test_any_size_of_batch_and_length_of_string_fits(regressor, exported):
    ours, theirs = load(regressor), open_model(exported.folder, "onnx-fp32")
    long = "".join(
        f"{symbol}{n}" for n, symbol in enumerate(["Li", "Na", "K", "Rb", "F", "Cl", "Br", "O"], 1)
    )
    for strings in (["NaCl"], ["Na"], [long], ["KCl"] * 600 + [long]):
        np.testing.assert_allclose(ours.predict(strings), theirs.predict(strings), rtol=1e-4)


def test_eight_bits_are_the_default_only_where_they_cost_little(exported):
    assert set(exported.errors) == {"torch", "onnx-fp32", "onnx-int8"}
    assert (exported.default == "model.int8.onnx") == (exported.loss <= 0.01)
    assert json.loads((exported.folder / "onnx.json").read_text())["default"] == exported.default
    assert (exported.folder / "model.int8.onnx").stat().st_size < (
        exported.folder / "model.onnx"
    ).stat().st_size


def test_eight_bits_that_cost_too_much_are_refused_as_default(regressor, check, tmp_path, monkeypatch):
    monkeypatch.setattr("matprior.screening.exporting.MOST_LOSS", -1.0)
    done = export(regressor, tmp_path / "out", int8=True, check=check, target="melting_K")
    assert done.default == "model.onnx"
    np.testing.assert_allclose(
        open_model(done.folder, "onnx").predict(["NaCl"]), load(regressor).predict(["NaCl"]), rtol=1e-4
    )
    assert open_model(done.folder, "onnx-int8").predict(["NaCl"]).shape == (1,)


def test_what_was_not_measured_is_not_the_default(classifier, tmp_path):
    done = export(classifier, tmp_path / "out", int8=True)
    assert (done.loss, done.default) == (None, "model.onnx")
    ours, theirs = load(classifier), open_model(done.folder, "onnx")
    np.testing.assert_allclose(ours.predict_proba(["NaCl"]), theirs.predict_proba(["NaCl"]), atol=1e-5)


@pytest.mark.parametrize("head", ["gaussian", "quantile"])
def test_heads_and_scales_are_part_of_the_file(salts, head, tmp_path):
    import onnxruntime

    from matprior.training.batches import as_tensors

    strings, values = salts
    fitted = MaterialRegressor(
        model=None, size="tiny", training={"epochs": 1}, head=head, transform="log10"
    ).fit(strings, values)
    done = export(fitted.save(tmp_path / "model"), tmp_path / "out")
    session = onnxruntime.InferenceSession(done.folder / "model.onnx")
    batch = as_tensors(fitted._read(strings), np.arange(len(strings)))
    told = session.run(["answers"], {name: tensor.numpy() for name, tensor in batch.items()})[0]
    np.testing.assert_allclose(told[:, 0], fitted.predict(strings), rtol=1e-4)


def test_screening_runs_on_the_exported_model(regressor, pool, tmp_path, exported):
    torch = screen(regressor, pool, tmp_path / "a.csv", Screening(top=20, chunk=100), workers=1).best
    onnx = screen(
        exported.folder, pool, tmp_path / "b.csv", Screening(top=20, chunk=100, engine="onnx-fp32"), workers=1
    ).best
    assert onnx["string"].tolist() == torch["string"].tolist()
    np.testing.assert_allclose(onnx["melting_K"], torch["melting_K"], rtol=1e-4)


def test_every_network_of_a_mix_is_exported(salts, checkpoint, tmp_path):
    strings, values = salts
    auto = AutoRegressor(
        model=checkpoint, members=2, training={"epochs": 1}, candidates=["network", "ridge-pretrained"],
        n_jobs=1,
    )  # fmt: skip
    auto.fit(strings, values)
    done = export(auto.save(tmp_path / "auto"), tmp_path / "out")
    theirs = open_model(done.folder, "onnx")
    np.testing.assert_allclose(auto.predict(strings), theirs.predict(strings), rtol=1e-3)
    assert len(list(done.folder.rglob("model.onnx"))) == len(auto.members_) + 1


def test_files_of_other_weights_are_refused(exported, classifier, tmp_path):
    folder = tmp_path / "mixed"
    shutil.copytree(exported.folder, folder)
    shutil.copy(classifier / "model.safetensors", folder)
    with pytest.raises(ValueError, match=r"other weights|damaged"):
        open_model(folder, "onnx")


def test_what_cannot_be_exported_is_said(regressor, check, tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(ValueError, match="exists already"):
        export(regressor, tmp_path / "there")
    with pytest.raises(ValueError, match="--check needs --target"):
        export(regressor, tmp_path / "out", check=check)
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
