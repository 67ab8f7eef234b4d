"""The programs that look for faults: their promises hold where they start, and a breach is noticed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
NAMES = ("formula", "smiles", "selfies", "cells", "table", "recipe", "folder", "network")
FOUND = {
    "recipe": [b"q'enbbbbbb\0\0bbing.epochs=2", b"notation: [a]", b"\xff", b"a: 1\0a.b=1"],
    "cells": [b"sep=;"],
    "smiles": [
        b"n" + 45 * b"f" + b"*[",
        b"b1~ccccc1",
        b"c1cc*(*)~C1",
        b"c1cpppppppppp~pNppp=ppppppppppppppc1",
        b"c1n~nn" + 54 * b"*" + b"nnnnc#ccs1",
        b"C->C",
        b"c1ccccn1->[Pt]",
        b"c1c*~*~*~Bc1",
    ],
    "network": [b"\xf0\x14'\x05l", b"\x00\x01{}NaN"],
    "selfies": [b"@c0:C:CC:CbbbbbbbbbbbCbcbbbb" + 90 * b"*" + b"bbbb#bbbCbc0"],
}
"""Inputs that a search found, or that it should have."""


@pytest.fixture(autouse=True)
def programs(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


@pytest.mark.parametrize("name", NAMES)
def test_every_promise_holds_for_the_seeds_and_for_what_was_found(name):
    from fuzz import _bytes
    from fuzz_targets import TARGETS

    assert tuple(TARGETS) == NAMES
    for data in [*map(_bytes, TARGETS[name].seeds), *FOUND.get(name, [])]:
        TARGETS[name].function(data)


def test_a_reader_that_loses_something_is_caught(monkeypatch):
    import fuzz_files
    import fuzz_strings
    from fuzz_strings import Broken

    monkeypatch.setattr("matprior.data.text._parse", lambda text, *rest: [["a"]])
    with pytest.raises(Broken, match="characters of the file are in no cell"):
        fuzz_files.cells(b"a,b\n1,2\n")
    read = fuzz_strings.parse
    monkeypatch.setattr(fuzz_strings, "parse", lambda text: read("NaCl2" if text == "NaCl" else text))
    with pytest.raises(Broken, match="the fast path reads something else"):
        fuzz_strings.formula(b"NaCl")


def test_a_file_that_is_cut_short_counts_as_torn(tmp_path):
    from kill_everything import outcome, torn

    (tmp_path / "scores.json").write_text('{"seconds": 1, "MAE": 2}')
    (tmp_path / ".draft").write_text("half")
    whole = outcome(tmp_path)
    (tmp_path / "scores.json").write_text('{"seconds": 9, "MAE": 2}')
    assert torn(tmp_path, whole) == []
    (tmp_path / "scores.json").write_text('{"seconds": 1, "MA')
    assert torn(tmp_path, whole) == ["scores.json"]


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["pretrain", "fit", "fit-auto", "compare", "screen"])
def test_a_command_that_was_killed_ends_as_if_it_had_not_been(verb, tmp_path):
    """benchmarks/kill_everything.py --kills 50 does it fifty times; here it is five."""
    words = [
        "--verbs",
        verb,
        "--kills",
        5,
        "--output",
        tmp_path / "kills",
        "--record",
        tmp_path / "faults.json",
    ]
    subprocess.run([sys.executable, BENCHMARKS / "kill_everything.py", *map(str, words)], check=True)
    (told,) = json.loads((tmp_path / "faults.json").read_text(encoding="utf-8"))
    assert told["kills"] >= 5
    assert told["identical"] == told["completed"] > 0
    assert told["torn"] == told["done_twice"] == told["orphans"] == 0
