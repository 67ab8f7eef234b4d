"""`matprior audit`: a table in the terminal, a line per row in a file, and a page."""

from __future__ import annotations

import pandas as pd


def test_every_row_is_in_the_file_and_the_page_needs_no_network(matprior, table, tmp_path):
    output = tmp_path / "audit"
    done = matprior("audit", table, "--target", "melting_point_K", "--output", output)
    assert done.code == 0, done.err
    assert "held by matbert-small" in done.out
    assert "Parts are those of column 'fold'" in done.out
    rows = pd.read_csv(output / "audit.csv", keep_default_na=False)
    assert rows["row"].tolist() == list(range(1, 33))
    page = (output / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "<svg" in page


def test_a_table_is_held_against_another_table(matprior, table, tmp_path):
    other = tmp_path / "other.csv"
    pd.DataFrame({"formula": ["ClNa", "TiO2", "Au"]}).to_csv(other, index=False)
    done = matprior("audit", table, "--against", other)
    assert done.code == 0, done.err
    assert "2 rows of 32 (6.2%) occur there" in done.out


def test_wrong_words_are_refused(matprior, table):
    for more, words in (
        (["--target", "melting_point"], "melting_point_K"),
        (["--split-column", "part"], "There is no column 'part'"),
        (["--against", "matbert-smal.csv"], "matbert-smal.csv"),
        (["--near", "0"], "sum of fractions above 0"),
    ):
        done = matprior("audit", table, *more)
        assert (done.code, words in done.err) == (2, True), done.err


def test_a_file_without_a_target_is_told_what_was_not_looked_at(matprior, table):
    without, with_one = matprior("audit", table), matprior("audit", table, "--target", "melting_point_K")
    assert "labels, their noise and their units were not looked at" in without.out
    assert "were not looked at" not in with_one.out
