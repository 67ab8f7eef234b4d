"""Our reading against pymatgen's, formula by formula, on all the real tables.

pymatgen is an independent reader of plain formulas and brackets. It cannot judge hydrates,
charges, percent forms or Unicode, which it does not read; those have tests of their own.
It counts D and T as hydrogen, so both sides are compared as elements. No formula is excepted.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

import pytest
from pymatgen.core import Composition as Reference

from matprior.notations import parse_amounts
from matprior.notations.composition_grammar import add
from matprior.notations.elements import ISOTOPES

EVERY = 60
"""The normal run takes every 60th line of every table."""


def formulas(folder: Path, every: int = 1) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        opener = gzip.open if path.suffix == ".gz" else open
        if path.suffix in (".gz", ".csv"):
            with opener(path, "rt", encoding="utf-8", newline="") as stream:
                yield from islice(lines(stream, path), 0, None, every)


def lines(stream: TextIO, path: Path) -> Iterator[str]:
    if ".txt" in path.suffixes:
        yield from (line.rstrip("\n") for line in stream)
    else:
        rows = csv.reader(stream, delimiter="\t" if ".tsv" in path.suffixes else ",")
        column = next(rows).index("formula")
        yield from (row[column] for row in rows)


def as_elements(amounts: dict) -> dict:
    merged: dict = {}
    for symbol, amount in amounts.items():
        add(merged, {ISOTOPES.get(symbol, symbol): amount})
    return merged


def disagreements(strings: Iterable[str]) -> list[str]:
    found = []
    for string in strings:
        ours, theirs = as_elements(parse_amounts(string)), Reference(string).get_el_amt_dict()
        total, reference_total = sum(ours.values()), sum(theirs.values())
        if ours.keys() != theirs.keys() or any(
            abs(float(ours[s] / total) - theirs[s] / reference_total) > 1e-9 for s in ours
        ):
            found.append(f"{string}: {ours} against {theirs}")
    return found


def test_fractions_equal_those_of_the_reference_on_a_sample(shared):
    sample = set(formulas(shared / "compositions", EVERY)) - {""}
    assert len(sample) > 10_000
    assert disagreements(sample) == []


@pytest.mark.slow
def test_fractions_equal_those_of_the_reference_on_every_formula(shared):
    everything = set(formulas(shared / "compositions")) - {""}
    assert len(everything) > 500_000
    assert disagreements(everything) == []
