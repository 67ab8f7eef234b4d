"""Inputs that are wrong, and what a chemist is told about each: what came, what was expected, the fix.

Each case lists words of all three. A message may be reworded; it may not lose one of them. Single bad
rows and cells, which are listed and not fatal, are in test_table.py and test_values.py.
"""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from matprior.data.table import read_table
from matprior.data.task import Task

GAP = Task(targets="gap_eV")
GOOD = "formula,gap_eV\nFe2O3,2.1\nNaCl,8.5\n"


def lines(*rows: str) -> bytes:
    return ("\n".join(rows) + "\n").encode()


def empty_workbook() -> bytes:
    import openpyxl

    stream = io.BytesIO()
    openpyxl.Workbook().save(stream)
    return stream.getvalue()


REMARKS = [f"Fe{i}O,remark {i}" for i in range(1, 20)]
QUOTED = ['"Fe2O3,2.1', *["NaCl,8.5"] * 40]

# name of the case -> (file name, content, task, came, expected, fix)
FILES: dict[str, tuple[str, bytes, Task, str, str, str]] = {
    "no bytes": (
        "t.csv",
        b"",
        GAP,
        "t.csv is empty (0 characters)",
        "a line of column names",
        "Check that the export",
    ),
    "blank cells": (
        "t.csv",
        b"\n , \n",
        GAP,
        "no line has a filled cell",
        "a line of column names",
        "Check that this",
    ),
    "header only": (
        "t.csv",
        b"formula,gap_eV\n",
        GAP,
        "'formula', 'gap_eV'",
        "at least one row",
        "add a line",
    ),
    "PDF": ("t.csv", b"%PDF-1.7", GAP, "t.csv is a PDF", "CSV, TSV", "save the table as CSV"),
    "old Excel": (
        "t.xls",
        b"\xd0\xcf\x11\xe0\xa1",
        GAP,
        "old Excel file (.xls)",
        "Excel (.xlsx)",
        "save the table as",
    ),
    "web page": ("t.csv", b"<!DOCTYPE html><html>", GAP, "a web page", "CSV, TSV", "save the table"),
    "JSON": ("t.json", b'{"a": 1}', GAP, "a JSON file", "CSV, TSV", "save the table"),
    "picture": ("t.csv", b"\x89PNG\r\n", GAP, "a picture", "CSV, TSV", "save the table"),
    "binary": ("t.csv", b"a\0b\0\0\1", GAP, "holds binary data", "CSV, TSV", "Export the table as CSV"),
    "cut gzip": (
        "t.gz",
        gzip.compress(GOOD.encode())[:-9],
        GAP,
        "damaged gzip",
        "a complete .gz",
        "download it again",
    ),
    "other zip": ("t.xlsx", b"PK\x03\x04zip", GAP, "a zip file", ".xlsx or .xlsm", "Unpack it first"),
    "cut Parquet": (
        "t.parquet",
        b"PAR1cut",
        GAP,
        "cannot be read",
        "complete Parquet file",
        "download it again",
    ),
    "empty workbook": (
        "t.xlsx",
        empty_workbook(),
        GAP,
        "none of its 1 sheets",
        "a line of column names",
        "right file",
    ),
    "open quote": (
        *("t.csv", lines("formula,gap_eV", *QUOTED), GAP),
        *("opened at line 2", "quote marks in pairs", "Delete it"),
    ),
    "decimal comma in a comma file": (
        *("t.csv", lines("formula,gap_eV", "Fe2O3,2,1", "NaCl,8,5"), GAP),
        *("most rows have 3 cells", "one name per column", "use ';' between cells or a decimal point"),
    ),
    "misspelt column": (
        "t.csv",
        GOOD.encode(),
        Task(targets="Gap (eV)"),
        "'Gap (eV)'",
        "'formula'",
        "mean 'gap_eV'?",
    ),
    "unknown column": (
        "t.csv",
        GOOD.encode(),
        Task(targets="Tc"),
        "'Tc'",
        "one of 'formula', 'gap_eV'",
        "Name one of",
    ),
    "unknown extra": (
        "t.csv",
        GOOD.encode(),
        Task(targets="gap_eV", extra=["T"]),
        "'T'",
        "one of 'for",
        "Name one of",
    ),
    "no header": (
        "t.csv",
        lines("FeO,2.1", "NaCl,8.5"),
        GAP,
        "'FeO', '2.1'",
        "one of",
        "add a line of column names",
    ),
    "no separator": (
        "t.csv",
        lines("formula/gap_eV", "FeO/2"),
        GAP,
        "'gap_eV'",
        "formula/gap_eV",
        "put commas or tabs",
    ),
    "doubled column": (
        *("t.csv", lines("formula,gap_eV,gap_eV", "FeO,1,2"), GAP),
        *("two columns called 'gap_eV'", "expected one", "another name"),
    ),
    "names instead of formulas": (
        *("t.csv", lines("name,gap_eV", "iron oxide,2.1", "table salt,8.5"), GAP),
        *("'iron oxide'", "such as 'Fe2O3'", "turned into formulas first"),
    ),
    "wrong string column": (
        *("t.csv", lines("id,f,gap_eV", "mp-1,FeO,2", "mp-2,CoO,8"), Task(strings="id", targets="gap_eV")),
        *("No string in column 'id'", "such as 'Fe2O3'", "Did you mean column 'f'?"),
    ),
    "alloys without unit": (
        *("t.csv", lines("alloy,gap_eV", "Ti-6Al-4V,1"), GAP),
        *('"Ti-6Al-4V" at row 1', "declared unit", "'wt%' or 'at%'"),
    ),
    "free text as target": (
        *("t.csv", lines("formula,note", *REMARKS), Task(targets="note")),
        *("'remark 1'", "numbers or a few labels", "Choose another target"),
    ),
    "empty target": (
        *("t.csv", lines("formula,gap_eV", "FeO,", "CoO,n/a"), GAP),
        *("no known value in 2 rows", "numbers or class labels", "right column"),
    ),
    "one class": (
        *("t.csv", lines("formula,c", "FeO,yes", "CoO,yes"), Task(targets="c")),
        *("one class only ('yes')", "two or more", "Add rows of another class"),
    ),
    "three classes for binary": (
        *("t.csv", lines("formula,c", "FeO,a", "CoO,b", "NiO,c"), Task(targets="c", kind="binary")),
        *("3 classes ('a', 'b', 'c')", "means two", "Set the kind to 'multiclass'"),
    ),
    "labels for regression": (
        *("t.csv", lines("formula,c", "FeO,a", "CoO,b"), Task(targets="c", kind="regression")),
        *("holds no number: 'a', 'b'", "Expected numbers", "set the kind to 'binary'"),
    ),
    "targets of two kinds": (
        *("t.csv", lines("formula,g,c", "FeO,1.5,yes", "CoO,2.5,no", "NiO,3.5,no"), Task(targets=["g", "c"])),
        *("'g' looks like regression, 'c' looks like binary", "one kind for all", "Set `kind`"),
    ),
    "misspelt notation": (
        *("t.csv", GOOD.encode(), Task(targets="gap_eV", notation="compositon")),
        *("'compositon'", "expected one of composition", "Did you mean 'composition'?"),
    ),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_used_says_what_came_what_was_expected_and_the_fix(
    case: str, tmp_path: Path
) -> None:
    name, content, task, *words = FILES[case]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are checked below
        read_table(tmp_path / name, task)
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)


def folder_with_tables(folder: Path) -> Path:
    (folder / "gaps.csv").write_text(GOOD)
    (folder / "bad_rows.csv").write_text("row,string\n")  # what we wrote ourselves is not offered
    (folder / "empty").mkdir()
    return folder


@pytest.mark.parametrize(
    ("relative", "words"),
    [
        ("gap.csv", ["gap.csv' was not found", "expected the path of a table", "Did you mean"]),
        ("gaps.xlsx", ["was not found", "gaps.csv'?"]),
        ("nosuch.csv", ["was not found", "Tables in that folder: gaps.csv. Check"]),
        ("quite_another.csv", ["was not found", "expected the path", "Tables in that folder: gaps.csv"]),
        ("nowhere/gap.csv", ["was not found", "expected the path", "does not exist either"]),
        (".", ["is a folder", "expected a file", "Tables in it: gaps.csv", "Name one file"]),
        ("empty", ["is a folder", "expected a file", "It holds no table"]),
    ],
)
def test_a_path_that_leads_nowhere_shows_what_lies_near(
    relative: str, words: list[str], tmp_path: Path
) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are checked below
        read_table(folder_with_tables(tmp_path) / relative, GAP)
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
