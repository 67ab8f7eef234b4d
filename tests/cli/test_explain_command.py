"""`matprior explain`: tables in the terminal, files and a page; wrong words are refused."""

from __future__ import annotations

import pandas as pd
import pytest

pytest.importorskip("captum", reason='explanations need captum: pip install "matprior[explain]"')


def test_formulas_are_explained_with_the_nearest_watched_rows(matprior, fitted, tmp_path):
    output = tmp_path / "why"
    done = matprior("explain", fitted, "O3Fe2", "NaCl", "--swap", "Fe=Co,Ni", "--output", output)
    assert done.code == 0, done.err
    for words in ("Contributions to melting_point_K", "Co for Fe", "without O", "watched rows", " K"):
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
