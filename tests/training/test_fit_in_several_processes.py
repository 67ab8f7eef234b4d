"""Two processes that fine-tune together take the steps of one with the same batch; one of them writes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

WORDS = [
    "--model",
    "none",
    "--strategy",
    "full",
    "--set",
    "epochs=3",
    "--set",
    "dropout=0",
    "--set",
    "batch_size=7",
]


@pytest.fixture
def table(tmp_path):
    cations, anions = ["Li", "Na", "K", "Rb", "Cs", "Mg", "Ca"], ["F", "Cl", "Br", "I", "O", "S", "Se", "Te"]
    rows = [
        (f"{c}{a}", i * j % 5 + 0.5, "ab"[(i + j) % 2])
        for i, c in enumerate(cations)
        for j, a in enumerate(anions)
    ]
    path = tmp_path / "table.csv"
    pd.DataFrame(rows, columns=["formula", "gap_eV", "kind"]).to_csv(path, index=False)
    return path


def command(table, target, output, *more):
    return [
        sys.executable,
        "-m",
        "matprior",
        "fit",
        str(table),
        "--target",
        target,
        "--output",
        str(output),
        *more,
    ]


def together(words):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    common = {
        **os.environ,
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": port,
        "OMP_NUM_THREADS": "1",
        "WORLD_SIZE": "2",
    }
    runs = [
        subprocess.Popen(
            words,
            env={**common, "RANK": rank, "LOCAL_RANK": rank},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for rank in "01"
    ]
    try:
        told = [run.communicate(timeout=600) for run in runs]
    finally:
        for run in runs:
            run.kill()
    return [(run.returncode, out.decode(), err.decode()) for run, (out, err) in zip(runs, told, strict=True)]


@pytest.mark.parametrize("target", ["gap_eV", "kind"])
def test_two_processes_have_the_loss_curve_of_one(table, target, tmp_path):
    (first, second) = together(command(table, target, tmp_path / "two", *WORDS))
    assert first[0] == second[0] == 0, first[2] + second[2]
    assert "Fitted on" in first[1]
    assert not second[1]
    subprocess.run(command(table, target, tmp_path / "one", *WORDS), check=True, capture_output=True)
    one, two = (pd.read_csv(tmp_path / name / "history.csv") for name in ("one", "two"))
    assert len(one) == len(two) >= 6
    for column in ("train_loss", "validation_loss"):
        np.testing.assert_allclose(two[column], one[column], rtol=2e-4, atol=2e-5)


def test_a_mix_of_many_networks_is_refused_in_several_processes(table, tmp_path):
    for code, _, told in together(command(table, "gap_eV", tmp_path / "out", "--strategy", "auto")):
        assert code == 2
        assert "start it once" in told
    assert not (tmp_path / "out").exists()
