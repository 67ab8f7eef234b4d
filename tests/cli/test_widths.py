"""Tables in a narrow terminal: numbers stay whole, text folds at words."""

from __future__ import annotations

import pytest

from matprior.cli.console import show_table
from matprior.cli.widths import fold, is_numeric, widths

HEAD = ["pair", "split", "labels", "metric", "gain of the first", "folds won", "p", "p (Holm)"]
ROWS = [
    ["matbert-small:full − boosted-trees-statistics", "group (chemical system)", "all", "MAE",
     "0.0412 ± 0.0051 eV/atom", "5 : 0", "0.0031", "0.0187"],
    ["scratch − dummy", "random", "all", "MAE", "1.2 ± 0.2 eV/atom", "5 : 0", "<0.001", "0.002"],
]  # fmt: skip


@pytest.mark.parametrize("columns", [200, 100, 80, 60])
def test_no_number_is_cut_however_narrow_the_terminal(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    show_table("Pairs", HEAD, ROWS)
    told = capsys.readouterr().out
    for row in ROWS:
        assert any(all(cell in line for cell in row[4:]) for line in told.splitlines()), told


def test_headers_and_text_fold_at_words(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    show_table("Pairs", HEAD, ROWS)
    told = capsys.readouterr().out
    assert max(map(len, told.splitlines())) <= 100
    words = {word for row in [HEAD, *ROWS] for cell in row for word in cell.split()}
    assert words <= {word for line in told.splitlines() for word in line.split()}


def test_a_long_list_of_ids_is_text_and_folds():
    ids = " ".join(map(str, range(60)))
    assert not is_numeric([ids])
    assert sum(widths(["formula", "ids"], [["NaCl", ids]], [False, False], 80)) <= 78


def test_a_name_longer_than_its_column_breaks_behind_an_underscore():
    assert fold("formation_enthalpy_eV_per_atom", 22) == "formation_enthalpy_eV_\nper_atom"
    assert fold("a" * 25, 10).split("\n") == ["a" * 10, "a" * 10, "a" * 5]


def test_a_table_that_fits_is_left_as_it_is():
    assert widths(["name", "n"], [["NaCl", "12"]], [False, True], 80) == [4, 2]
