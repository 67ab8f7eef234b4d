"""Benchmarks go on where they were stopped, and spellings are averaged over one training."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
HEADS = ["C", "CC", "CCC", "CCCC", "C1CC1", "C1CCCC1", "c1ccccc1", "Cc1ccccc1"]


@pytest.fixture
def official(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import official

    return official


@pytest.fixture
def words(official, monkeypatch, tmp_path):
    """The command line of a benchmark with one small table; its results file."""
    path, record = tmp_path / "table.csv", tmp_path / "records.json"
    strings = [f"{tail}{head}" for head in HEADS for tail in ("O", "N", "Cl")]
    pd.DataFrame({"smiles": strings, "y": np.arange(24.0), "fold": np.arange(24) % 2}).to_csv(
        path, index=False
    )
    monkeypatch.setattr(official, "find_data", lambda name: path)
    monkeypatch.setattr(official, "guard", lambda *given: None)
    start = ["benchmarks/some.py", "--output", str(tmp_path / "out"), "--record", str(record), "--jobs", "1"]

    def run(*more):
        monkeypatch.setattr(sys, "argv", [*start, *more])
        official.score_tasks("", {"toy": (["y"], "fold")}, "dummy")
        return json.loads(record.read_text())

    return run


def test_a_recorded_cell_is_not_computed_again(words, official, monkeypatch):
    first = words("--seeds", "0,1")
    assert {one["split"] for one in first} == {"column fold"}
    assert first[0]["command"].startswith("python benchmarks/some.py --output")
    monkeypatch.setattr(official, "evaluate", lambda *given, **further: 1 / 0)
    assert words("--seeds", "0") == first
    with pytest.raises(ZeroDivisionError):
        words("--seeds", "2")
    with pytest.raises(ZeroDivisionError):
        words("--models", "extratrees")


def test_rows_and_folds_choose_a_part_that_the_record_names(words):
    told = words("--rows", "7", "--folds", "1")
    assert {(one["n_train"], one["split"], len(one["folds"])) for one in told} == {
        (7, "column fold, first 1 fold", 1)
    }


def test_one_training_answers_for_every_number_of_spellings(words, official, monkeypatch):
    fits = []

    class Network:
        def fit(self, strings, targets):
            fits.append(len(strings))
            return self

        def predict_interval(self, strings, coverage, variants):
            told = pd.DataFrame({"prediction": np.full(len(strings), float(variants))})
            return told.assign(std=1.0, low=-9.0, high=99.0)

    monkeypatch.setattr(official, "_factory", lambda *given: lambda seed: Network())
    found = [one for one in words("--models", "net", "--variants", "1,5") if one["metric"] == "MAE"]
    assert fits == [12, 12]
    assert [one.get("variants", 0) for one in found] == [0, 1, 5]
    assert {one["model"] for one in found} == {"net"}
    truth = np.arange(24.0)
    means = [np.abs(truth - n).mean() for n in (0, 1, 5)]
    assert [one["value"] for one in found] == pytest.approx(means)
