"""`matprior clean` writes the clean table, the changes, the bad rows and a page."""

import pandas as pd
import pytest


@pytest.fixture
def molecules(tmp_path):
    path = tmp_path / "molecules.csv"
    path.write_text(
        "smiles,logS,note\nOCC,1.0,a\nCCO,1.5,b\nC(C,2,c\nCC(=O)[O-].[Na+],3,d\n<b>,4,e\nCC,5,f\n",
        encoding="utf-8",
    )
    return path


def test_everything_is_written(matprior, molecules, tmp_path):
    output, report = tmp_path / "out" / "clean.csv", tmp_path / "out" / "page.html"
    done = matprior(
        "clean", molecules, "--output", output, "--report", report, "--target", "logS", "--charges"
    )
    assert done.code == 0, done.err
    assert "3 of 6 rows are in" in done.out
    assert pd.read_csv(output)["smiles"].tolist() == ["CCO", "CC(=O)O", "CC"]
    changes = pd.read_csv(output.parent / "changes.csv")
    assert list(changes)[:4] == ["row", "before", "after", "what"]
    assert changes["kind"].tolist() == ["rewritten", "conflict", "refused", "salts", "charges", "refused"]
    assert pd.read_csv(output.parent / "bad_rows.csv")["row"].tolist() == [3, 5]
    page = report.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert page.count("<svg") == 4
    assert "http" not in page.replace("http-equiv", "")
    assert sorted(p.name for p in output.parent.iterdir()) == [
        "bad_rows.csv",
        "changes.csv",
        "clean.csv",
        "page.html",
    ]


def test_salts_may_stay(matprior, molecules, tmp_path):
    output = tmp_path / "clean.csv"
    assert matprior("clean", molecules, "--output", output, "--no-salts").code == 0
    assert "CC(=O)[O-].[Na+]" in pd.read_csv(output)["smiles"].tolist()


def test_formulas_are_cleaned(matprior, table, tmp_path):
    done = matprior("clean", table, "--output", tmp_path / "c.csv", "--report", tmp_path / "c.html")
    assert done.code == 0, done.err
    assert len(pd.read_csv(tmp_path / "c.csv", keep_default_na=False)) == 32
    assert not (tmp_path / "bad_rows.csv").exists()


def test_refusals_come_before_anything_is_written(matprior, molecules, tmp_path):
    for more, words in (
        (["--output", tmp_path / "o" / "clean.xlsx"], "ends in .csv"),
        (["--output", tmp_path / "o" / "c.csv", "--notation", "smile"], "'smiles'"),
        (["--output", tmp_path / "o" / "c.csv", "--target", "logs"], "'logS'"),
    ):
        done = matprior("clean", molecules, *more)
        assert (done.code, words in done.err) == (2, True), done.err
    assert not (tmp_path / "o").exists()
