"""`matprior compare`: from a table to a verdict, twice without computing twice."""

from __future__ import annotations

import pandas as pd

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
