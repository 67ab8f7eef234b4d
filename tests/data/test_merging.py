"""Rows of one material become one row, and only those."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from matprior.data.merging import MERGES
from matprior.data.table import Table
from matprior.data.task import Task

Make = Callable[..., Table]


def test_duplicates_become_their_mean_with_the_range_written_down(table_of: Make) -> None:
    table = table_of("formula,gap_eV\nFe2O3,2.0\nNaCl,8\nFe4O6,2.4\nO3Fe2,\n")
    assert table.strings.tolist() == ["Fe2O3", "NaCl"]
    assert table.frame["gap_eV"].tolist() == pytest.approx([2.2, 8.0])
    merged = table.merged.iloc[0]
    assert (merged["canonical"], merged["n"], merged["rows"]) == ("Fe2O3", 3, "1, 3, 4")
    assert merged["gap_eV_spread"] == pytest.approx(0.4)


def test_rows_that_differ_in_an_extra_column_are_never_merged(table_of: Make) -> None:
    text = (
        "formula,HV,T_C,process\nFeNi,100,25,cast\nNiFe,50,800,cast\nFeNi,90,25,rolled\nFeNi,110,25.0,cast\n"
    )
    table = table_of(text, Task(targets="HV", extra=["T_C", "process"]))
    assert table.frame["HV"].tolist() == [105.0, 50.0, 90.0]
    assert table.row.tolist() == [1, 2, 3]


@pytest.mark.parametrize("column", ["official_test_fold", "split", "Set_hlm"])
def test_rows_of_different_folds_are_never_merged(column: str, table_of: Make) -> None:
    text = f"formula,gap_eV,{column}\nFeO,1,train\nFeO,2,test\nFeO,3,test\n"
    table = table_of(text)
    assert table.frame["gap_eV"].tolist() == [1.0, 2.5]
    assert any("has seen these materials in training" in note for note in table.notes)


def test_rows_of_different_domains_and_columns_asked_apart_are_never_merged(table_of: Make) -> None:
    text = "formula,gap_eV,source,lab\nFeO,1,exp,a\nFeO,2,dft,a\nFeO,3,dft,b\n"
    task = Task(targets="gap_eV", domain="source")
    assert table_of(text, task).frame["gap_eV"].tolist() == [1.0, 2.5]
    assert len(table_of(text, task, apart=["lab"])) == 3


def test_labels_are_merged_by_majority_and_a_tie_is_unknown(table_of: Make) -> None:
    text = "formula,c\nFeO,yes\nFeO,no\nFeO,yes\nCoO,yes\nCoO,no\nNiO,no\n"
    table = table_of(text, Task(targets="c"))
    assert table.frame["c"].isna().tolist() == [False, True, False]
    assert table.frame["c"][0] == "yes"
    assert table.merged["c_spread"].tolist() == pytest.approx([1 / 3, 0.5])
    assert any("counts as unknown" in note for note in table.notes)


def test_a_tie_does_not_depend_on_the_order_of_the_rows(table_of: Make) -> None:
    rows = ["FeO,yes", "FeO,no", "CoO,yes", "NiO,no"]
    for order in (rows, rows[::-1]):
        table = table_of("formula,c\n" + "\n".join(order), Task(targets="c"))
        assert table.frame["c"][table.strings == "FeO"].isna().all()


@pytest.mark.parametrize("how", MERGES)
def test_each_way_of_merging_does_what_it_says(how: str, table_of: Make) -> None:
    task = Task(targets="gap_eV", kind="multiclass" if how == "majority" else "regression")
    table = table_of("formula,gap_eV\nFeO,1\nFeO,1\nCoO,3\n", task, merge_duplicates=how)
    assert len(table) == (3 if how == "keep" else 2)
    assert table.merged.empty == (how == "keep")


def test_a_column_that_merging_flattens_is_named(table_of: Make) -> None:
    table = table_of("formula,gap_eV,T\nFeO,1,25\nFeO,2,900\n")
    assert any("'T'" in note and "extra" in note for note in table.notes)
