"""`matprior benchmark`: a table scored, kept when asked again, and programs of the repository called."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from matprior.evaluation.suites import SUITES, Suite, SuiteTask


@pytest.fixture
def small(monkeypatch, tmp_path) -> str:
    """A suite of one small table, found in a folder of the user's."""
    rows = [
        ["NaCl", 1074], ["KCl", 1043], ["LiF", 1121], ["MgO", 3125], ["CaO", 2886], ["NaF", 1269],
        ["KF", 1131], ["LiCl", 883], ["SrO", 2804], ["BaO", 2246], ["KBr", 1007], ["NaBr", 1020],
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["formula", "yield_strength_MPa"])
    frame["official_test_fold"] = [i % 5 for i in range(len(frame))]
    frame.to_csv(tmp_path / "steels_yield.csv", index=False)
    task = {"steels_yield": SuiteTask(("yield_strength_MPa",), "official_test_fold")}
    suite = Suite("Small", "nobody", task, "dummy", {"steels_yield": "matbench_steels"})
    monkeypatch.setitem(SUITES, "small", suite)
    monkeypatch.setenv("MATPRIOR_DATA", str(tmp_path))
    return "small"


def test_a_suite_is_scored_summed_up_and_kept(matprior, small, tmp_path):
    first = matprior("benchmark", small, "--output", tmp_path / "out")
    assert first.code == 0, first.err
    scores = pd.read_csv(tmp_path / "out" / "scores.csv")
    assert scores["table"].unique().tolist() == ["steels_yield"]
    sent = json.loads((tmp_path / "out" / "leaderboard" / "dummy.json").read_text())
    folds = sent["tasks"]["matbench_steels"]["results"]
    assert sum(len(fold["data"]) for fold in folds.values()) == 12
    assert sorted(folds) == [f"fold_{i}" for i in range(5)]
    before = (tmp_path / "out" / "steels_yield" / "results.csv").stat().st_mtime_ns
    again = matprior("benchmark", small, "--output", tmp_path / "out")
    assert "steels_yield: kept" in again.out
    assert (tmp_path / "out" / "steels_yield" / "results.csv").stat().st_mtime_ns == before


def test_another_plan_is_computed_anew(matprior, small, tmp_path):
    assert matprior("benchmark", small, "--output", tmp_path / "out").code == 0
    again = matprior("benchmark", small, "--models", "dummy,extratrees", "--output", tmp_path / "out")
    assert "kept" not in again.out
    assert {"dummy", "extratrees"} == set(pd.read_csv(tmp_path / "out" / "scores.csv")["model"])


def test_without_a_name_the_benchmarks_are_listed(matprior):
    told = matprior("benchmark").out
    assert all(name in told for name in ("matbench", "crabnet", "moleculenet", "fewshot", "domains"))


def test_a_program_gets_its_own_options_and_its_exit_code_counts(matprior, monkeypatch, tmp_path):
    program = tmp_path / "program.py"
    program.write_text("import sys; open(sys.argv[-1], 'w').write(' '.join(sys.argv[1:-1])); sys.exit(3)")
    monkeypatch.setattr("matprior.evaluation.suites.program", lambda name: program)
    done = matprior("benchmark", "fewshot", "compositions", "--sizes", "16", tmp_path / "told")
    assert done.code == 3
    assert (tmp_path / "told").read_text() == "compositions --sizes 16"


def test_a_stray_option_and_a_missing_folder_are_refused(matprior, small, tmp_path):
    stray = matprior("benchmark", small, "--output", tmp_path / "out", "--sizes", "16")
    assert stray.code == 2
    assert "'--sizes' is no option" in stray.err
    assert "--output runs/small" in matprior("benchmark", small).err
