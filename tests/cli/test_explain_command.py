"""`matprior explain`: tables in the terminal, files and a page; wrong words are refused."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

pytest.importorskip("captum", reason='explanations need captum: pip install "matprior[explain]"')


def test_formulas_are_explained_with_the_nearest_watched_rows(matprior, fitted, tmp_path):
    output = tmp_path / "why"
    done = matprior("explain", fitted, "O3Fe2", "NaCl", "--swap", "Fe=Co,Ni", "--output", output)
    assert done.code == 0, done.err
    for words in ("Contributions to melting_point_K", "Co for Fe", "without O", "watched rows", " K"):
        assert words in done.out
    for words in ("all hidden", "contributions (K)", "“missed” is the share"):
        assert words in done.out
    parts = pd.read_csv(output / "contributions.csv", keep_default_na=False)
    assert parts["part"].tolist() == ["Fe", "O", "Na", "Cl"]
    assert set(pd.read_csv(output / "what-ifs.csv")["kind"]) == {"drop", "swap"}
    page = (output / "report.html").read_text(encoding="utf-8")
    assert "Contribution by element" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert len(list((output / "figures").glob("attention-*.svg"))) == 2


def test_a_table_is_explained_and_the_ranking_put_to_the_test(matprior, fitted, table):
    done = matprior("explain", fitted, "--table", table, "--training", table, "--limit", 12)
    assert done.code == 0, done.err
    assert "Without its top-ranked part a prediction moves by" in done.out


def test_a_string_that_cannot_be_read_is_listed_and_the_others_are_explained(matprior, fitted):
    done = matprior("explain", fitted, "MgAl2O4", "Si02")
    assert done.code == 0, done.err
    assert "Left out: 'Si02'" in done.out.replace('"', "'")
    assert "Did you mean 'SiO2'?" in done.out
    assert "Al for Mg" in done.out or "without Mg" in done.out
    done = matprior("explain", fitted, "MgAl2O4", "Si02", "--strict")
    assert (done.code, "Si02" in done.err, done.out) == (2, True, "")


def test_bad_rows_of_a_table_are_written_beside_the_tables(matprior, fitted, tmp_path):
    data = tmp_path / "new.csv"
    data.write_text("formula\nNaCl\nXx2\n")
    done = matprior("explain", fitted, "--table", data, "--output", tmp_path / "why")
    assert done.code == 0, done.err
    assert pd.read_csv(tmp_path / "why" / "bad_rows.csv")["string"].tolist() == ["Xx2"]
    done = matprior("explain", fitted, "--table", data, "--strict")
    assert (done.code, "Xx2" in done.err) == (2, True)


def test_a_folder_without_rows_says_what_gives_the_nearest_ones(matprior, fitted, table):
    (fitted / "results.csv").unlink()
    done = matprior("explain", fitted, "NaCl")
    assert done.code == 0, done.err
    assert "no rows to look among for the nearest ones; --training FILE gives them" in done.out
    done = matprior("explain", fitted, "NaCl", "--training", table)
    assert "no rows to look among" not in done.out
    assert "Nearest of table.csv" in done.out


@pytest.mark.parametrize(
    ("n", "judged_by", "words"),
    [
        (32, "out-of-fold rows", "its training rows"),
        (20, "out-of-fold rows", "20 of its 32 training rows;"),
        (10, "held-out rows", "its held-out rows;"),
        (10, "watched rows", "its watched rows;"),
    ],
)
def test_the_rows_of_a_mix_are_all_its_rows_only_where_all_were_answered(n, judged_by, words):
    from matprior.cli.explain import _what_rows

    told = SimpleNamespace(judged_by=judged_by, n_training_rows_=32)
    assert _what_rows(told, n).startswith(words)


def test_wrong_words_are_refused(matprior, fitted, tmp_path):
    for more, words in (
        ([fitted], "nothing to explain"),
        ([fitted, "Xx2O3"], "Xx"),
        ([fitted, "NaCl", "--swap", "Na"], "Write OLD=NEW"),
        ([fitted, "NaCl", "--swap", "Na=Qq"], "no element"),
        ([fitted, "NaCl", "--target", "gap"], "melting_point_K"),
        (["matbert-small", "NaCl"], "never seen your property"),
    ):
        done = matprior("explain", *more)
        assert (done.code, words in done.err) == (2, True), done.err
