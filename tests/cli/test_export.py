"""`matprior export` from the shell, and `--engine onnx`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("onnxruntime", reason='needs onnx: pip install "matprior[onnx]"')
pytest.importorskip("onnxscript", reason='needs onnx: pip install "matprior[onnx]"')


def test_an_exported_model_predicts_the_same(matprior, fitted, table, tmp_path):
    folder = tmp_path / "exported"
    done = matprior(
        "export", fitted, "--output", folder, "--format", "onnx", "--int8", "--check", table, "--target",
        "melting_point_K",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "ONNX and PyTorch differ by at most" in done.out
    assert "8 bits raise the error by" in done.out
    for engine in ("torch", "onnx-fp32"):
        done = matprior("predict", folder, table, "--output", tmp_path / f"{engine}.csv", "--engine", engine)
        assert done.code == 0, done.err
    torch, onnx = (pd.read_csv(tmp_path / f"{engine}.csv") for engine in ("torch", "onnx-fp32"))
    np.testing.assert_allclose(torch["melting_point_K"], onnx["melting_point_K"], rtol=1e-4)


def test_what_is_refused(matprior, fitted, table, tmp_path):
    done = matprior("export", fitted, "--output", tmp_path / "out", "--format", "tflite")
    assert (done.code, "expected onnx" in done.err) == (2, True)
    done = matprior("predict", fitted, table, "--output", tmp_path / "a.csv", "--engine", "onnx")
    assert (done.code, "has no ONNX files" in done.err) == (2, True)
