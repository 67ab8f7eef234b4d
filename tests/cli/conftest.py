"""A command line that runs in this process and tells exit code, output and errors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from matprior.cli.app import run

FORMULAS = [
    "NaCl", "KCl", "LiF", "MgO", "CaO", "NaF", "KF", "LiCl", "SrO", "BaO", "KBr", "NaBr", "Fe2O3", "Al2O3",
    "SiO2", "TiO2", "ZnO", "ZnS", "CdS", "CuCl", "AgCl", "AgBr", "PbS", "PbO", "Cr2O3", "V2O5", "WO3", "MoO3",
    "GaN", "AlN", "BN", "SiC",
]  # fmt: skip
QUICK = ["--set", "epochs=2", "--set", "batch_size=16"]


@pytest.fixture
def quick() -> list[str]:
    """Training options that make a fit a matter of a second."""
    return QUICK


@dataclass
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture
def matprior(capsys, monkeypatch):
    """Call as matprior("fit", "data.csv", ...)."""
    monkeypatch.setenv("COLUMNS", "200")  # a narrow terminal would fold the messages the tests read

    def call(*arguments: object) -> Outcome:
        words = [str(argument) for argument in arguments]
        try:
            run(words)
            code = 0
        except SystemExit as leave:
            code = int(leave.code or 0)
        told = capsys.readouterr()
        return Outcome(code, told.out, told.err)

    return call


@pytest.fixture
def table(tmp_path) -> Path:
    """32 binary and ternary formulas with an invented melting point and a class."""
    frame = pd.DataFrame({"formula": FORMULAS})
    frame["melting_point_K"] = [800.0 + 37 * (i * 7 % 32) for i in range(len(frame))]
    frame["is_oxide"] = ["yes" if "O" in text else "no" for text in FORMULAS]
    frame["note"] = [f"sample {i}" for i in range(len(frame))]
    frame["fold"] = [i % 2 for i in range(len(frame))]
    path = tmp_path / "table.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture
def fitted(matprior, table, tmp_path) -> Path:
    """A model folder, fitted from scratch in a moment."""
    folder = tmp_path / "model"
    done = matprior(
        "fit",
        table,
        "--target",
        "melting_point_K",
        "--model",
        "none",
        *QUICK,
        "--strategy=full",
        "--output",
        folder,
    )
    assert done.code == 0, done.err
    return folder


@pytest.fixture(scope="session")
def exam_world(tmp_path_factory, checkpoint) -> dict[str, Path]:
    """The models that the exams of wrong input ask with, each fitted in a moment."""
    import yaml
    from asked_verbs import NAMED, QUICK, TARGET
    from wrong_tables import FORMULAS, good_text

    home = tmp_path_factory.mktemp("world")
    table = home / "table.csv"
    table.write_text(good_text(), encoding="utf-8")
    (home / "formulas.txt").write_text("\n".join(FORMULAS), encoding="utf-8")
    generator = {
        "kind": "generator", "name": "g", "shape": {"width": 32, "layers": 1, "heads": 2},
        "sources": ["formulas.txt"], "training": {"epochs": 1, "batch_size": 16},
    }  # fmt: skip
    shape = {"width": 16, "encoder_layers": 1, "decoder_layers": 1, "heads": 2, "feed_forward": 32}
    describer = {
        "kind": "describer", "name": "d", "shape": shape, "heldout": 0.1,
        "numbers": [{"name": "band_gap", "files": ["table.csv"], "column": TARGET}],
        "training": {"epochs": 1, "batch_size": 16},
    }  # fmt: skip
    for name, recipe in (("generator", generator), ("describer", describer)):
        (home / f"{name}.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
        _done("pretrain", home / f"{name}.yaml", "--data-folder", home, "--output", home / name)
    fit = ("--model", checkpoint, "--strategy=full", *QUICK, "--output", home / "model")
    _done("fit", table, *NAMED, *fit)
    _done("prompts", "add", home / "tasks", table, *NAMED, "--base", checkpoint, *QUICK)
    _done("prompts", "add", home / "tasks", table, "--target", "is_oxide", *QUICK)
    made = {name: home / name for name in ("model", "tasks", "generator", "describer")}
    return {**made, "checkpoint": checkpoint}


def _done(*words: object) -> None:
    with pytest.raises(SystemExit) as leave:
        run([str(word) for word in words])
    assert not leave.value.code


@pytest.fixture
def exam_place(exam_world, tmp_path, monkeypatch):
    """Where one verb is asked about one table, and a benchmark of that table alone."""
    from asked_verbs import TARGET, Place

    from matprior.evaluation.suites import SUITES, Suite, SuiteTask

    task = {"steels_yield": SuiteTask((TARGET,), "is_oxide")}
    monkeypatch.setitem(SUITES, "exam", Suite("Exam", "nobody", task, "dummy"))
    return Place(tmp_path / "wrong.csv", tmp_path / "out", **exam_world)
