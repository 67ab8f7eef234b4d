"""`matprior benchmark`: a table scored, kept when asked again, and programs of the repository called."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

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


def test_a_program_gets_every_option_that_was_given_and_no_other(matprior, monkeypatch, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import json, os, sys; from pathlib import Path\n"
        "told = {'words': sys.argv[1:], 'data': os.environ.get('MATPRIOR_DATA')}\n"
        f"Path({str(tmp_path / 'told')!r}).write_text(json.dumps(told))"
    )
    monkeypatch.setattr("matprior.evaluation.suites.program", lambda name: program)
    monkeypatch.setenv("MATPRIOR_DATA", "elsewhere")

    def told(*words: object) -> dict:
        assert matprior("benchmark", "domains", *words).code == 0
        return json.loads((tmp_path / "told").read_text())

    assert told() == {"words": [], "data": "elsewhere"}
    for words in (
        ["--output", "o"], ["--seeds", "0"], ["--tasks", "a,b"], ["--models", "m"], ["--strategy", "full"],
        ["--set", "a=1", "--set", "b=2"], ["--record", "r.json"], ["--cases", "melting"],
    ):  # fmt: skip
        assert told(*words)["words"] == words
    assert told("--data-folder", tmp_path) == {"words": [], "data": str(tmp_path)}


def test_a_program_of_the_repository_names_the_option_that_it_lacks():
    words = ["benchmark", "generation", "--seeds", "0,1"]
    start = [sys.executable, "-c", "from matprior.cli import main; main()", *words]
    done = subprocess.run(start, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there is no option '--seeds' here. Did you mean --seed?" in done.stderr


def test_a_stray_option_and_a_missing_folder_are_refused(matprior, small, tmp_path):
    stray = matprior("benchmark", small, "--output", tmp_path / "out", "--sizes", "16")
    assert stray.code == 2
    assert "'--sizes' is no option" in stray.err
    assert "--output runs/small" in matprior("benchmark", small).err


@pytest.mark.slow
def test_the_package_of_the_leaderboard_reads_the_file_and_finds_our_scores(matprior, shared, tmp_path):
    bench = pytest.importorskip("matbench.bench")
    done = matprior("benchmark", "matbench", "--models", "dummy,ridge", "--output", tmp_path)
    assert done.code == 0, done.err
    ours = pd.read_csv(tmp_path / "scores.csv").set_index(["table", "model", "metric"])["mean"]
    for model in ("dummy", "ridge"):
        file = tmp_path / "leaderboard" / f"{model}.json"
        # Every row must stand in its published fold, and the checksum must be theirs.
        theirs = bench.MatbenchBenchmark.from_file(file)
        assert theirs.is_valid
        for table, name in SUITES["matbench"].leaderboard.items():
            score, metric = ("mae", "MAE") if table in ("expt_gap", "steels_yield") else ("rocauc", "ROC-AUC")
            assert theirs.scores[name][score].mean == pytest.approx(ours[table, model, metric])
    changed = json.loads(file.read_text())
    fold = changed["tasks"]["matbench_steels"]["results"]["fold_0"]["data"]
    fold[next(iter(fold))] += 1
    Path(tmp_path / "changed.json").write_text(json.dumps(changed))
    with pytest.raises(ValueError, match="modified"):
        bench.MatbenchBenchmark.from_file(tmp_path / "changed.json")
