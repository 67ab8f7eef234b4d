"""The same rows come out of every kind of file, and out of every untidy one."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matprior.data.table import Table, read_strings, read_table
from matprior.data.task import Task

Make = Callable[..., Table]

PLAIN = "formula,gap_eV,note\nFe2O3,2.1,red\nNaCl,8.5,salt\nNaN,1.0,not missing\nTiO2,3.2,white\n"
TASK = Task(targets="gap_eV")


def written(kind: str, folder: Path) -> Path:
    """The same four rows in every kind of file."""
    rows = [line.split(",") for line in PLAIN.splitlines()]
    frame = pd.DataFrame(rows[1:], columns=rows[0])
    frame["gap_eV"] = frame["gap_eV"].astype(float)
    path = folder / f"t.{kind}"
    encodings = {
        "utf8.csv": "utf-8",
        "bom.csv": "utf-8-sig",
        "utf16.csv": "utf-16",
        "nomark.csv": "utf-16-le",
    }
    if kind in encodings:
        path.write_bytes(PLAIN.encode(encodings[kind]))
    elif kind == "csv.gz":
        path.write_bytes(gzip.compress(PLAIN.encode()))
    elif kind == "crlf.csv":
        path.write_bytes(PLAIN.replace("\n", "\r\n").encode())
    elif kind == "tsv":
        path.write_text(PLAIN.replace(",", "\t"))
    elif kind == "semicolon.csv":
        path.write_text(PLAIN.replace(",", ";").replace(".", ","))
    elif kind == "sep.csv":
        path.write_text("sep=;\n" + PLAIN.replace(",", ";"))
    elif kind == "spaces.txt":
        path.write_text(
            "formula   gap_eV  note\nFe2O3  2.1  red\nNaCl   8.5 salt\nNaN 1.0 n\nTiO2  3.2  white\n"
        )
    elif kind == "parquet":
        frame.to_parquet(path)
    elif kind in ("xlsx", "xlsx called.csv"):
        frame.to_excel(folder / "t.xlsx", index=False)
        (folder / "t.xlsx").rename(path)
    return path


KINDS = [
    "utf8.csv",
    "bom.csv",
    "utf16.csv",
    "nomark.csv",
    "csv.gz",
    "crlf.csv",
    "tsv",
    "semicolon.csv",
    "sep.csv",
    "spaces.txt",
    "parquet",
    "xlsx",
]


@pytest.mark.parametrize("kind", [*KINDS, "xlsx called.csv"])
def test_the_same_rows_come_out_of_every_kind_of_file(kind: str, tmp_path: Path) -> None:
    table = read_table(written(kind, tmp_path), TASK)
    assert table.strings.tolist() == ["Fe2O3", "NaCl", "NaN", "TiO2"]
    assert table.frame["formula"].tolist() == ["Fe2O3", "NaCl", "NaN", "TiO2"]
    assert table.frame["gap_eV"].tolist() == [2.1, 8.5, 1.0, 3.2]
    assert table.row.tolist() == [1, 2, 3, 4]
    assert list(table.frame.columns) == ["formula", "gap_eV", "note"]
    assert table.bad.empty


def test_a_data_frame_is_a_table_too_and_is_not_changed() -> None:
    frame = pd.DataFrame({"formula": ["O3Fe2", "NaCl"], "gap_eV": [2.1, None]}, index=[7, 9])
    before = frame.copy()
    table = read_table(frame, TASK)
    assert table.strings.tolist() == ["Fe2O3", "NaCl"]
    assert table.row.tolist() == [1, 2]
    pd.testing.assert_frame_equal(frame, before)


def test_titles_and_remarks_above_the_header_are_skipped_and_said(table_of: Make) -> None:
    table = table_of("Measured by hand,,\n# second run\n\nformula,gap_eV,note\nNaCl,8.5,a\nKCl,8.1,b\n")
    assert table.frame["gap_eV"].tolist() == [8.5, 8.1]
    assert any("Measured by hand" in note for note in table.notes)


def test_column_names_lose_line_breaks_and_double_spaces(table_of: Make) -> None:
    table = table_of('formula,"gap\n (eV)"\nNaCl,8.5\n', Task(targets="gap (eV)"))
    assert table.task.units == {"gap (eV)": "eV"}


def test_equal_names_are_told_apart_and_empty_columns_dropped(table_of: Make) -> None:
    table = table_of("formula,note,gap_eV,note,\nNaCl,a,8.5,b,\n")
    assert list(table.frame.columns) == ["formula", "note", "gap_eV", "note (2)"]
    assert any("Two columns are called 'note'" in note for note in table.notes)


def test_a_doubled_target_with_equal_content_is_used(table_of: Make) -> None:
    table = table_of("formula,gap_eV,gap_eV\nNaCl,8.5,8.5\n")
    assert table.frame["gap_eV"].tolist() == [8.5]


def test_a_line_with_a_cell_too_many_is_bad_and_a_short_one_is_unknown(table_of: Make) -> None:
    table = table_of("formula,gap_eV,note\nNaCl,8.5,a\nKCl,8,1,b\nKBr\nLiF,13.6,c\n")
    assert table.bad["row"].tolist() == [2]
    assert "4 cells" in table.bad["reason"][0]
    assert np.isnan(table.frame["gap_eV"][1])


def test_unused_columns_stay_the_text_of_the_file(table_of: Make) -> None:
    table = table_of("formula,gap_eV,id,flag,date\nNaCl,8.50,007,NA,2021-03-01\n")
    assert table.frame.loc[0, ["id", "flag", "date"]].tolist() == ["007", "NA", "2021-03-01"]
    assert table.original.loc[1, "gap_eV"] == "8.50"


@pytest.mark.parametrize(
    ("encoding", "name"), [("cp932", "バンドギャップ"), ("cp1252", "Größe – Ångström"), ("cp932", "温度℃")]
)
def test_older_encodings_are_guessed_and_said(encoding: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(f"formula,gap_eV,{name}\nNaCl,8.5,x\n".encode(encoding))
    table = read_table(path, TASK)
    assert name in table.frame.columns
    assert any(encoding in note for note in table.notes)


def test_a_middle_dot_in_a_western_file_stays_a_middle_dot(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("formula,gap_eV\nCuSO4·5H2O,3\n".encode("cp1252"))
    assert read_table(path, TASK).frame["formula"][0] == "CuSO4·5H2O"


def workbook(path: Path, sheets: dict[str, list[list[object]]], merges: str = "") -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        if merges and title == next(iter(sheets)):
            sheet.merge_cells(merges)
    book.save(path)
    return path


def test_the_sheet_that_holds_the_target_is_read_and_said(tmp_path: Path) -> None:
    sheets = {
        "readme": [["by hand"]],
        "old": [["formula", "x"], ["KCl", 1]],
        "data": [["formula", "gap_eV"], ["NaCl", 8]],
    }
    table = read_table(workbook(tmp_path / "t.xlsx", sheets), TASK)
    assert table.strings.tolist() == ["NaCl"]
    assert any("'data'" in note and "'old'" in note for note in table.notes)


def test_a_formula_merged_over_several_rows_holds_for_each_of_them(tmp_path: Path) -> None:
    rows = [["formula", "T_C", "gap_eV"], ["NaCl", 25, 8.5], [None, 100, 8.4], ["KCl", 25, 8.1]]
    task = Task(targets="gap_eV", extra=["T_C"])
    table = read_table(workbook(tmp_path / "t.xlsx", {"a": rows}, "A2:A3"), task)
    assert table.strings.tolist() == ["NaCl", "NaCl", "KCl"]
    assert table.frame["T_C"].tolist() == [25.0, 100.0, 25.0]


def test_a_table_that_starts_further_down_and_right_is_found(tmp_path: Path) -> None:
    rows = [[None], [None, None, "formula", "gap_eV"], [None, None, "NaCl", 8.5], [None, None, "KCl", 8]]
    table = read_table(workbook(tmp_path / "t.xlsx", {"a": rows}), TASK)
    assert table.frame.columns.tolist() == ["formula", "gap_eV"]
    assert table.frame["gap_eV"].tolist() == [8.5, 8.0]


def test_a_number_that_excel_made_a_date_is_reported(tmp_path: Path) -> None:
    from datetime import datetime

    rows = [["formula", "gap_eV"], ["NaCl", 8.5], ["KCl", datetime(2021, 2, 1)], ["KBr", 7.9]]
    table = read_table(workbook(tmp_path / "t.xlsx", {"a": rows}), TASK)
    assert table.bad["row"].tolist() == [2]
    assert "a date" in table.bad["reason"][0]
    assert np.isnan(table.frame["gap_eV"][1])


CELLS = st.sampled_from(
    [
        "formula",
        "gap_eV",
        "Fe2O3",
        "NaN",
        "1,5",
        ">3",
        '"',
        "",
        " ",
        "\t",
        ";",
        "\n",
        "\r\n",
        ",",
        "#",
        "\0",
        "½",
    ]
)
FILES = st.one_of(
    st.binary(max_size=60), st.lists(CELLS, max_size=40).map(lambda cells: "".join(cells).encode())
)


def answer(read: Callable[..., Table], *question: object) -> Table | str:
    """The table, or the message a person sees instead."""
    try:
        return read(*question)
    except ValueError as error:
        return str(error)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=FILES)
def test_whatever_is_in_a_file_the_answer_is_a_table_or_our_message(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    for result in (answer(read_table, path, TASK), answer(read_strings, path)):
        if isinstance(result, str):
            assert "xpected" in result, result
        else:
            assert len(result) == len(result.strings) == len(result.row) > 0
