"""Cells of a target: what counts as a number, as unknown, as a class, and what is listed as bad."""

from __future__ import annotations

import pandas as pd
import pytest

from matprior.data.table import read_table
from matprior.data.task import Task
from matprior.data.values import read_labels, read_numbers

GAP = Task(targets="gap_eV")


@pytest.mark.parametrize(
    ("cell", "reason", "fix"),
    [
        (">8", "a limit, not a value", "leave the cell empty"),
        ("≤ 0.1", "a limit, not a value", "leave the cell empty"),
        ("3-4", "a range, not a value", "such as 3.5"),
        ("3 to 5", "a range, not a value", "such as 4"),
        ("1500 meV", "with a unit other than eV", "convert it"),
        ("2021-02-01", "a date, not a number", "type it again as a number"),
        ("#VALUE!", "an error of the spreadsheet", "repair the spreadsheet formula"),
        ("red", "not a number", "leave the cell empty if it is unknown"),
        ("inf", "not a number", "give a number"),
        ("1e999", "too large for a number", "check the exponent"),
        ("1_5", "not a number", "give a number"),
        ("1.2.3", "not a number", "give a number"),
    ],
)
def test_a_cell_that_is_no_number_is_unknown_and_listed(cell: str, reason: str, fix: str) -> None:
    frame = pd.DataFrame({"formula": ["FeO", "CoO", "NiO"], "gap_eV": ["1.5", cell, "2.5"]})
    table = read_table(frame, GAP)
    assert table.frame["gap_eV"].isna().tolist() == [False, True, False]
    assert table.bad["row"].tolist() == [2]
    assert reason in table.bad["reason"][0]
    assert repr(cell) in table.bad["reason"][0]
    assert fix in table.bad["suggestion"][0]


@pytest.mark.parametrize("cell", ["", " ", "n/a", "NA", "NaN", "-", "—", "n.d.", "None", "#N/A", "?"])
def test_a_cell_that_says_unknown_is_unknown_and_not_bad(cell: str) -> None:
    reading = read_numbers(["1.5", cell], "gap")
    assert reading.values[0] == 1.5
    assert reading.values[1] != reading.values[1]
    assert reading.problems == []


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("−1.5", -1.5),
        ("1.5 ± 0.1", 1.5),
        ("1.5 +/- 0.1", 1.5),
        ("1.52(3)", 1.52),
        ("~3", 3.0),
        ("ca. 3", 3.0),
        ("1.5 eV", 1.5),
        ("1.2 × 10⁻³", 1.2e-3),
        ("1.2x10^3", 1.2e3),
        ("1.2*10^(-3)", 1.2e-3),
        ("１．５", 1.5),
        ("1.5*", 1.5),
        ("1 234.5", 1234.5),
        ("+2.", 2.0),
        ("1E-4", 1e-4),
    ],
)
def test_a_number_is_read_as_a_chemist_writes_it(cell: str, value: float) -> None:
    reading = read_numbers(["1", cell], "gap (eV)", "eV")
    assert reading.problems == []
    assert reading.values[1] == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("cells", "comma_file", "values"),
    [
        (["1,5", "0,25"], True, [1.5, 0.25]),
        (["1,234", "0,5"], True, [1.234, 0.5]),
        (["1,234", "12,000"], True, [1234.0, 12000.0]),
        (["1,234", "12,000"], False, [1.234, 12.0]),
        (["1,234.5", "2,000"], True, [1234.5, 2000.0]),
        (["1.234,5", "0,5"], False, [1234.5, 0.5]),
        (["0,123", "0,456"], True, [0.123, 0.456]),
    ],
)
def test_commas_mean_one_thing_in_a_whole_column_and_it_is_said(
    cells: list[str], comma_file: bool, values: list[float]
) -> None:
    reading = read_numbers(cells, "gap", comma_file=comma_file)
    assert reading.values.tolist() == pytest.approx(values)
    assert any("commas were read as" in note for note in reading.notes)


def test_labels_keep_none_as_an_answer_and_join_spellings() -> None:
    reading = read_labels(["AFM", "afm ", "AFM", "none", "n/a", ""], "order")
    assert reading.values[:4].tolist() == ["AFM", "AFM", "AFM", "none"]
    assert [value != value for value in reading.values[4:]] == [True, True]
    assert any("'AFM'" in note for note in reading.notes)


def test_true_and_false_are_classes_one_and_zero_and_numbers_stay_numbers() -> None:
    assert read_labels(["True", "FALSE", "true"], "stable").values.tolist() == [1, 0, 1]
    assert read_labels(["1.0", "0", "1"], "stable").values.tolist() == [1, 0, 1]


def test_an_unknown_label_leaves_the_others_whole() -> None:
    frame = pd.DataFrame({"formula": ["FeO", "CoO", "NiO"], "c": [1, None, 0]})
    table = read_table(frame, Task(targets="c"))
    assert table.task.kind == "binary"
    assert table.frame["c"].isna().tolist() == [False, True, False]
    assert table.bad.empty


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["0", "1", "1"], "binary"),
        (["-1", "1", "1"], "binary"),
        (["yes", "no", "no"], "binary"),
        (["True", "False", "True"], "binary"),
        (["FCC", "BCC", "HCP", "FCC", "BCC", "HCP"], "multiclass"),
        (["2H", "4H", "6H", "2H", "4H", "6H"], "multiclass"),
        (["1", "2", "3"], "regression"),
        (["1.5", "n/a", ">3", "2.5"], "regression"),
        (["0.5", ">8", "3-4", "> 9"], "regression"),
    ],
)
def test_the_kind_of_a_target_is_seen_in_its_values(cells: list[str], kind: str) -> None:
    frame = pd.DataFrame({"formula": [f"Fe{i}O" for i in range(1, len(cells) + 1)], "c": cells})
    assert read_table(frame, Task(targets="c")).task.kind == kind


def test_few_whole_numbers_are_learned_as_numbers_and_the_other_reading_is_named() -> None:
    frame = pd.DataFrame({"formula": [f"Fe{i}O" for i in range(1, 31)], "c": [i % 3 for i in range(30)]})
    table = read_table(frame, Task(targets="c"))
    assert table.task.kind == "regression"
    assert any("'multiclass'" in note for note in table.notes)
