"""`matprior screen` from the shell: what it writes, says and refuses."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest


@pytest.fixture
def pool(tmp_path):
    """120 formulas and one that is none."""
    metals = ["Li", "Na", "K", "Mg", "Ca", "Zn", "Pb", "Fe"]
    rows = [f"{a}{n}{x}" for a in metals for x in ("F", "Cl", "O", "S", "Br") for n in (2, 3, 4)]
    path = tmp_path / "pool.csv"
    path.write_text("formula\n" + "\n".join([*rows, "Xx2O"]) + "\n")
    return path


def test_the_best_are_written_and_told(matprior, fitted, pool, tmp_path):
    done = matprior(
        "screen", fitted, pool, "--output", tmp_path / "best.csv", "--top", 7, "--forbid", "Pb,Cd",
        "--require", "O", "--workers", 1,
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "121 rows, 21 answered. 99 break a rule on elements." in done.out
    assert f"1 row can't be read; it is listed in {tmp_path / 'best_bad_rows.csv'}." in done.out
    best = pd.read_csv(tmp_path / "best.csv")
    assert list(best)[:5] == ["rank", "row", "string", "score", "melting_point_K"]
    assert len(best) == 7
    assert best["score"].is_monotonic_decreasing
    assert not (tmp_path / "best.csv.parts").exists()


def test_shards_then_a_merge(matprior, fitted, pool, tmp_path):
    output, rest = tmp_path / "best.csv", ["--workers", 1, "--chunk", 20, "--top", 7]
    for shard in ("2/2", "1/2"):
        done = matprior("screen", fitted, pool, "--output", output, *rest, "--shard", shard)
        assert done.code == 0, done.err
        assert "After the last shard, give --merge." in done.out
    assert not output.exists()
    done = matprior("screen", fitted, pool, "--output", output, *rest, "--merge")
    assert done.code == 0, done.err
    assert "7 of 7 chunks were finished before." in done.out
    assert len(pd.read_csv(output)) == 7


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--output", "best.png"], "write .csv, .tsv, .xlsx or .parquet"),
        (["--output", "best.csv", "--shard", "3/2"], "expected i/n"),
        (["--output", "best.csv", "--shard", "1/2", "--merge"], "Leave out --shard"),
        (["--output", "best.csv", "--at", "T"], "Write name=number"),
        (["--output", "best.csv", "--workers", 0], "expected a whole number from 1 on"),
        (["--output", "best.csv", "--by", "beauty"], "There is no score 'beauty'"),
    ],
)
def test_what_is_refused(matprior, fitted, pool, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    done = matprior("screen", fitted, pool, *words)
    assert (done.code, message in done.err) == (2, True), done.err


def test_a_checkpoint_that_was_never_fitted_is_no_model(matprior, pool, tmp_path):
    done = matprior("screen", "matbert-small", pool, "--output", tmp_path / "best.csv")
    assert done.code == 2
    assert "is a pretrained checkpoint, not a fitted model" in done.err


@pytest.mark.slow
def test_killed_at_any_moment_it_ends_with_the_same_table(matprior, fitted, pool, tmp_path):
    """benchmarks/kill_everything.py does it fifty times; here it is four."""
    draw = random.Random(0)
    rest = ["--workers", "2", "--chunk", "2", "--top", "30"]
    assert matprior("screen", fitted, pool, "--output", tmp_path / "whole.csv", *rest).code == 0
    output = tmp_path / "best.csv"
    command = [sys.executable, "-m", "matprior", "screen", fitted, pool, "--output", output, *rest]
    held: dict[str, int] = {}
    for _ in range(4):
        process = subprocess.Popen([*command, "--shard", "1/1"], stderr=subprocess.DEVNULL)
        time.sleep(draw.uniform(0, 9))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        time.sleep(1)  # workers end with their parent, the chunk at hand may still be kept
        now = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "best.csv.parts").glob("0*.json")}
        assert held.items() <= now.items(), "a finished chunk was answered again"
        held = now
    subprocess.run(command, check=True, capture_output=True)
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()
