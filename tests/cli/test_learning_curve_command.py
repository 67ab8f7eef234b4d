"""`matprior learning-curve` says what more measurements would buy, and repeats nothing."""

from __future__ import annotations

import pandas as pd
import pytest

import matprior.evaluation.label_counts as label_counts


@pytest.fixture
def wide(tmp_path):
    """80 formulas of 40 chemical systems with a value that the cation gives."""
    metals = ["Li", "Na", "K", "Rb", "Cs", "Mg", "Ca", "Sr", "Ba", "Zn"]
    anions = ["F", "Cl", "Br", "O"]
    strings = [f"{m}{k}{a}" for m in metals for a in anions for k in (1, 2)]
    frame = pd.DataFrame({"formula": strings, "gap_eV": [float(i // 8) for i in range(80)]})
    frame.to_csv(tmp_path / "wide.csv", index=False)
    return tmp_path / "wide.csv"


def test_a_curve_is_told_drawn_and_not_run_twice(matprior, wide, tmp_path, monkeypatch):
    output = tmp_path / "curve"
    command = [
        "learning-curve", wide, "--target", "gap_eV", "--output", output, "--models", "ridge,dummy",
        "--counts", "12,24,48", "--draws", 1, "--more", 30,
    ]  # fmt: skip
    done = matprior(*command)
    assert done.code == 0, done.err
    assert "30 more measurements (110 in place of 80) would bring the MAE of ridge from" in done.out
    assert "eV less (90 % interval" in done.out
    cells = pd.read_csv(output / "learning-curve.csv")
    assert len(cells) == 6
    assert "<svg" in (output / "learning-curve.svg").read_text()
    assert pd.read_csv(output / "fits.csv")["model"].tolist() == ["ridge", "dummy"]

    monkeypatch.setattr(label_counts, "evaluate", lambda *given: pytest.fail("trained twice"))
    again = matprior(*command)
    assert (again.code, again.out) == (0, done.out)
    other = matprior(*command, "--split", "random")
    assert other.code == 2
    assert "other rows, test rows or options" in other.err


def test_refusals_come_before_any_training(matprior, wide, tmp_path, monkeypatch):
    monkeypatch.setattr(label_counts, "evaluate", lambda *given: pytest.fail("trained"))
    start = ["learning-curve", wide, "--output", tmp_path / "o"]
    for more, words in (
        (["--target", "gap"], "gap_eV"),
        (["--target", "gap_eV", "--counts", "a"], "--counts 25,100"),
        (["--target", "gap_eV", "--counts", "2,50"], "from 10 to"),
        (["--target", "gap_eV", "--more", "0"], "adds nothing"),
        (["--target", "gap_eV", "--models", "extratree"], "extratrees"),
    ):
        done = matprior(*start, *more)
        assert (done.code, words in done.err) == (2, True), done.err
