"""`matprior classes` on formulas, on a file, and its rules."""

from __future__ import annotations

import pandas as pd
import pytest

from matprior.cli.app import app


def test_classes_of_formulas_are_told_and_prompts_passed_over(capsys):
    app(["classes", "BiOCl", "[HALIDE] SrTiO3", "KCN"], standalone_mode=False)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["BiOCl", "BiClO", "OXIDE", "HALIDE"] in lines
    assert ["[HALIDE]", "SrTiO3", "[HALIDE]", "SrTiO3", "OXIDE", "PEROVSKITE-LIKE"] in lines
    assert ["KCN", "KCN", "-"] in lines


def test_a_file_is_counted_and_gets_a_column(tmp_path, capsys):
    table = pd.DataFrame({"formula": ["Fe2O3", "NaCl", "NiAl", "MgO"], "x": [1, 2, 3, 4]})
    table.to_csv(tmp_path / "table.csv", index=False)
    out = tmp_path / "out.csv"
    app(["classes", str(tmp_path / "table.csv"), "--output", str(out)], standalone_mode=False)
    assert "50.0 %" in capsys.readouterr().out
    written = pd.read_csv(out)
    assert written["classes"].tolist() == ["OXIDE", "HALIDE", "INTERMETALLIC", "OXIDE"]
    assert written["x"].tolist() == [1, 2, 3, 4]


def test_a_formula_that_cannot_be_read_is_an_error_and_the_others_are_told(capsys):
    with pytest.raises(ValueError, match="Xx"):
        app(["classes", "Fe2O3", "Xx2"], standalone_mode=False)
    assert "OXIDE" in capsys.readouterr().out


def test_rules_come_with_their_sources(capsys):
    app(["classes", "--rules"], standalone_mode=False)
    text = " ".join(capsys.readouterr().out.split())
    assert "PEROVSKITE-LIKE" in text
    assert "Bartel" in text
