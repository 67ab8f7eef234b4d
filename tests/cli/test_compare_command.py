"""`matprior compare`: from a table to a verdict, twice without computing twice."""

from __future__ import annotations

import pandas as pd
import pytest

from matprior.evaluation.statistics import holm
from matprior.evaluation.suites import SUITES, Suite, SuiteTask

QUICK = ["--set", "epochs=1", "--set", "batch_size=16", "--allow-leaks"]


def test_a_comparison_ends_in_a_verdict_and_is_not_computed_twice(matprior, table, checkpoint, tmp_path):
    output = tmp_path / "study"
    words = [
        "compare", table, "--target", "melting_point_K", "--models", checkpoint, "--split", "random",
        "--folds", "2", "--labels", "12,all", "--output", output, *QUICK,
    ]  # fmt: skip
    done = matprior(*words)
    assert done.code == 0, done.err
    assert done.out.count("Pretraining") == 2
    assert "Mean ranks over 4 folds" in done.out
    results = pd.read_csv(output / "results.csv", keep_default_na=False)
    assert set(results["model"]) == {"dummy", "extratrees-magpie", "scratch", str(checkpoint)}
    assert set(results["labels"]) == {"12", "all"}
    pairs = pd.read_csv(output / "comparisons.csv")
    assert len(pairs) == 2 * 6
    assert (pairs["p_holm"] >= pairs["p_value"] - 1e-12).all()
    page = (output / "report.html").read_text(encoding="utf-8")
    assert "Critical differences" in page
    assert "against labels" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    again = matprior(*words)
    assert "16 of 16 cells are finished" in again.out
    assert pd.read_csv(output / "results.csv", keep_default_na=False).equals(results)


def test_wrong_words_are_refused_before_anything_is_trained(matprior, table, tmp_path):
    start = ["compare", table, "--output", tmp_path / "o"]
    for more, words in (
        ([], "Name the column with --target"),
        (["--target", "melting_point_K", "--split", "rando"], "Known: random, group, cluster"),
        (["--target", "melting_point_K", "--labels", "many"], "not whole numbers"),
        (["--target", "melting_point_K", "--labels", "500"], "500 labels were asked for"),
        (["--target", "melting_point_K", "--models", "extratree"], "extratrees"),
        (["--target", "melting_point_K", "--strategies", "ful"], "full"),
    ):
        done = matprior(*start, *more)
        assert (done.code, words in done.err) == (2, True), (more, done.err)
    assert not (tmp_path / "o" / "cells").exists()


@pytest.fixture
def two_tables(monkeypatch, tmp_path, table) -> list[str]:
    """A benchmark of two data sets with published folds, in a folder of the user's."""
    frame = pd.read_csv(table).rename(columns={"fold": "official_test_fold"})
    names = {"steels_yield": "yield_strength_MPa", "expt_gap": "band_gap_eV"}
    for name, target in names.items():
        frame.rename(columns={"melting_point_K": target}).to_csv(tmp_path / f"{name}.csv", index=False)
    tasks = {name: SuiteTask((target,), "official_test_fold") for name, target in names.items()}
    monkeypatch.setitem(SUITES, "small", Suite("Two small tables", "nobody", tasks, "dummy,ridge"))
    monkeypatch.setenv("MATPRIOR_DATA", str(tmp_path))
    return list(names)


def test_a_benchmark_is_compared_table_by_table_and_over_all(matprior, two_tables, tmp_path):
    output = tmp_path / "study"
    done = matprior("compare", "small", "--output", output, *QUICK)
    assert done.code == 0, done.err
    assert "Mean ranks over 4 folds" in done.out
    rows = pd.read_csv(output / "results.csv", keep_default_na=False)
    assert rows.groupby("table")["row"].nunique().to_dict() == dict.fromkeys(two_tables, 32)
    assert set(rows["model"]) == {"dummy", "extratrees-magpie", "scratch", "ridge"}
    assert set(rows["split"]) == {"official_test_fold"}
    pairs = pd.read_csv(output / "comparisons.csv")
    own = pd.concat([pd.read_csv(output / name / "comparisons.csv") for name in two_tables])
    assert pairs["p_value"].tolist() == own["p_value"].tolist()
    assert pairs["p_holm"].tolist() == pytest.approx(holm(own["p_value"].tolist()))
    assert (output / two_tables[0] / "report.html").is_file()
    assert "Critical differences" in (output / "report.html").read_text(encoding="utf-8")
    again = matprior("compare", "small", "--output", output, *QUICK)
    assert again.out.count("8 of 8 cells are finished") == 2


def test_a_benchmark_says_its_columns_itself(matprior, two_tables, tmp_path):
    done = matprior("compare", "small", "--target", "x", "--output", tmp_path / "o")
    assert done.code == 2
    assert "compare one table: steels_yield, expt_gap" in done.err


def test_a_split_that_is_asked_for_replaces_the_published_folds(matprior, two_tables, tmp_path):
    words = ["compare", "expt_gap", "--models", "dummy", *QUICK]
    for more, split, folds in (
        ([], "official_test_fold", 2), (["--split", "random"], "random", 5), (["--folds", "3"], "group", 3),
    ):  # fmt: skip
        output = tmp_path / split
        done = matprior(*words, *more, "--output", output)
        assert done.code == 0, done.err
        rows = pd.read_csv(output / "results.csv", keep_default_na=False)
        assert (set(rows["split"]), rows["fold"].nunique()) == ({split}, folds)


def test_molecules_are_compared_on_the_scaffold_split(matprior, tmp_path):
    rings = [
        "c1ccccc1",
        "c1ccncc1",
        "C1CCCCC1",
        "c1ccoc1",
        "c1ccsc1",
        "C1CCNCC1",
        "C1CCOC1",
        "c1ccc2ccccc2c1",
    ]
    tails = ("C", "CC", "O", "CO", "CN")
    smiles = [ring + tail for ring in rings for tail in tails]
    path = tmp_path / "molecules.csv"
    pd.DataFrame({"smiles": smiles, "y": [float(len(one) * 7 % 11) for one in smiles]}).to_csv(
        path, index=False
    )
    words = ["compare", path, "--target", "y", "--models", "dummy", "--split", "scaffold", *QUICK]
    done = matprior(*words, "--output", tmp_path / "o")
    assert done.code == 0, done.err
    rows = pd.read_csv(tmp_path / "o" / "results.csv", keep_default_na=False)
    assert set(rows["split"]) == {"scaffold"}
    tested = {smiles[row - 1] for row in rows["row"]}
    assert sorted(tested) in [sorted(ring + tail for tail in tails) for ring in rings]  # one whole scaffold
    refused = matprior(*words, "--folds", "5", "--output", tmp_path / "p")
    assert "has one test part and no folds" in refused.err
