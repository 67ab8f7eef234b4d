"""`matprior fewshot` and `matprior suggest` from the shell."""

from __future__ import annotations

import pandas as pd
import pytest

from matprior import PrototypeClassifier


@pytest.fixture
def support(tmp_path, table):
    """Ten rows of the table with their class."""
    frame = pd.read_csv(table, keep_default_na=False)
    path = tmp_path / "support.csv"
    frame.iloc[[0, 1, 2, 3, 4, 5, 8, 9, 12, 13]].to_csv(path, index=False)
    return path


@pytest.fixture
def queries(tmp_path, table):
    """The other rows and one that cannot be read."""
    frame = pd.read_csv(table, keep_default_na=False).iloc[14:]
    path = tmp_path / "queries.csv"
    pd.concat([frame, pd.DataFrame({"formula": ["Xx2O"], "is_oxide": [""]})]).to_csv(path, index=False)
    return path


def test_a_table_is_labelled_with_a_page_and_a_classifier(matprior, support, queries, tmp_path, checkpoint):
    done = matprior(
        "fewshot", support, queries, "--label", "is_oxide", "--output", tmp_path / "out",
        "--model", checkpoint, "--features", "both",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "support set: it covers" in done.out
    assert "18 query rows have a 'is_oxide' of their own" in done.out
    labelled = pd.read_csv(tmp_path / "out" / "labelled.csv", keep_default_na=False)
    assert len(labelled) == 19
    assert {"formula", "note", "prediction", "probability", "p_no", "p_yes", "nearest", "like"} <= set(
        labelled
    )
    assert labelled["prediction"].iloc[-1] == ""
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Support, prototypes and queries" in page
    few = PrototypeClassifier.load(tmp_path / "out" / "classifier")
    assert few.predict(labelled["formula"].iloc[:5]).tolist() == labelled["prediction"].iloc[:5].tolist()


def test_numbers_are_parted_into_ranges_where_asked_for(matprior, support, queries):
    words = ("fewshot", support, queries, "--label", "melting_point_K", "--model", "none")
    done = matprior(*words)
    assert done.code == 2
    assert "--ranges 2" in done.err
    done = matprior(*words, "--ranges", 2)
    assert done.code == 0, done.err
    assert "or more" in done.out


def test_suggest_proposes_rows_that_are_not_measured(matprior, support, table, tmp_path, checkpoint):
    done = matprior(
        "suggest", table, "--support", support, "--label", "is_oxide", "--k", 4, "--model", checkpoint,
        "--output", tmp_path / "next.csv",
    )  # fmt: skip
    assert done.code == 0, done.err
    found = pd.read_csv(tmp_path / "next.csv", keep_default_na=False)
    measured = set(pd.read_csv(support, keep_default_na=False)["formula"])
    assert list(found)[:5] == ["rank", "row", "string", "distance", "doubt"]
    assert len(found) == 4
    assert measured.isdisjoint(found["string"])
    rows = pd.read_csv(table, keep_default_na=False)["formula"]
    assert [rows[row - 1] for row in found["row"]] == found["string"].tolist()


def test_suggest_begins_with_nothing_measured(matprior, table, checkpoint):
    done = matprior("suggest", table, "--k", 3, "--model", checkpoint)
    assert done.code == 0, done.err
    assert "Measure next: 3" in done.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--support", "SUPPORT"], "--support and --label belong together"),
        (["--by", "uncertain"], "needs a model's probabilities"),
        (["--output", "next.png"], "write .csv"),
        (["--by", "best"], "by is 'best'"),
    ],
)
def test_suggest_refuses_what_it_cannot_do(matprior, table, support, checkpoint, words, message):
    words = [str(support) if word == "SUPPORT" else word for word in words]
    done = matprior("suggest", table, "--model", checkpoint, *words)
    assert done.code == 2
    assert message in done.err
