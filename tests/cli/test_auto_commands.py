"""`auto` from the command line: table and sentences, a card with what was found, `in_domain`, `evaluate`."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest

AUTO = ["--strategy", "auto", "--model", "none", "--members", "2"]
TREES = ["--set", "strategy.candidates=trees-fractions,trees-statistics"]


def test_fit_prints_the_choice_and_predict_flags_unlike_rows(matprior, table, tmp_path):
    model = tmp_path / "model"
    done = matprior("fit", table, "--target", "melting_point_K", *AUTO, *TREES, "--output", model)
    assert done.code == 0, done.err
    for word in ("trees-fractions", "trees-statistics", "weight", "Tried 2 candidates on 2 folds of 32 rows"):
        assert word in done.out
    assert "answered out of fold 32" in done.out
    assert "MAE (K)" in done.out
    assert re.search(r"mean absolute error [\d.]+ K", done.out)
    card = (model / "README.md").read_text()
    assert "| out-of-fold rows | 32 | MAE |" in card
    assert "coverage90" in card
    assert "a mix of trees-" in card
    assert 'load("path/to/' in card
    shown = matprior("models", "show", model)
    assert shown.code == 0, shown.err
    assert "a mix of trees-" in shown.out
    assert json.loads((model / "matprior.json").read_text())["estimator"] == "AutoRegressor"
    new = tmp_path / "new.csv"
    pd.DataFrame({"formula": ["NaCl", "UO2", "KBr"]}).to_csv(new, index=False)
    done = matprior("predict", model, new, "--output", tmp_path / "predictions.csv")
    assert done.code == 0, done.err
    told = pd.read_csv(tmp_path / "predictions.csv")
    assert told["in_domain"].tolist() == [True, False, True]
    assert "1 of them are unlike the rows" in done.out
    assert told["melting_point_K"].notna().all()


def test_classes_are_fitted_and_predicted(matprior, table, tmp_path):
    model = tmp_path / "model"
    done = matprior("fit", table, "--target", "is_oxide", *AUTO, *TREES, "--output", model)
    assert done.code == 0, done.err
    assert "ROC-AUC" in done.out
    assert "ECE" in (model / "README.md").read_text()
    done = matprior("predict", model, table, "--output", tmp_path / "predictions.csv")
    assert done.code == 0, done.err
    told = pd.read_csv(tmp_path / "predictions.csv")
    assert (told["is_oxide"] == told["is_oxide_input"]).mean() > 0.8


def test_evaluate_compares_auto_with_a_baseline(matprior, table, tmp_path):
    done = matprior(
        "evaluate", table, "--target", "melting_point_K", "--fold-column", "fold", "--output", tmp_path / "e",
        "--models", "dummy,scratch", "--strategy", "auto", *TREES,
    )  # fmt: skip
    assert done.code == 0, done.err
    scores = pd.read_csv(tmp_path / "e" / "scores.csv")
    assert set(scores["model"]) == {"dummy", "scratch"}
    assert "coverage90" in set(scores["metric"])
    assert (tmp_path / "e" / "report.html").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--strategy", "full", "--budget", "3"], "--budget is for --strategy auto"),
        (["--strategy", "auto", "--set", "strategy.folds=3"], "'auto' has no option 'folds'"),
        (["--strategy", "auto", "--budget", "0"], "budget is 0.0 minutes"),
        (["--strategy", "auto", "--set", "strategy.candidates=forest"], "no candidate 'forest'"),
        (["--strategy", "extract", "--set", "strategy.head=svm"], "no head 'svm'. Known: ridge, gp"),
        (["--strategy", "auto", "--target", "fold", "--kind", "regression"], "one target at a time"),
        (["--head", "point", "--members", "3"], "--members is for --strategy auto"),
        (["--strategy", "auto", "--head", "gaussian"], "'head' can't be used with strategy 'auto'"),
        (["--strategy", "auto", "--bounds", "positive"], "'bounds' can't be used with strategy 'auto'"),
        (["--strategy", "auto", "--extra", "fold"], "'extra' can't be used with strategy 'auto'"),
        (["--strategy", "auto", "--tune", "3"], "'tune' can't be used with strategy 'auto'"),
    ],
)
def test_a_wrong_option_is_a_sentence_and_exit_code_2(words, message, matprior, table, tmp_path):
    done = matprior("fit", table, "--target", "melting_point_K", *words, "--output", tmp_path / "m")
    assert done.code == 2
    assert message in done.err
    assert not (tmp_path / "m" / "matprior.json").exists()


def test_a_head_that_is_no_layer_is_fitted_beside_the_model(matprior, table, tmp_path):
    done = matprior(
        "fit", table, "--target", "melting_point_K", "--strategy", "extract", "--set", "strategy.head=gp",
        "--output", tmp_path / "m",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "gp-pretrained" in done.out


def test_fit_without_a_strategy_is_auto_within_a_budget(matprior, table, tmp_path):
    done = matprior(
        "fit", table, "--target", "melting_point_K", "--model", "none", "--members", 2, *TREES,
        "--output", tmp_path / "m",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "Strategy auto; it begins nothing new after 4 minutes" in done.out
    facts = json.loads((tmp_path / "m" / "matprior.json").read_text())
    assert facts["estimator"] == "AutoRegressor"
    assert facts["parameters"]["budget"] == 4
    assert facts["parameters"]["members"] == 2


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--bounds", "0,"], "bounds"),
        (["--set", "loss=squared", "--head", "point"], "head, loss"),
        (["--target", "is_oxide"], "several targets"),
    ],
)
def test_fit_without_a_strategy_is_one_network_where_only_that_will_do(words, why, matprior, table, tmp_path):
    frame = pd.read_csv(table)
    frame["is_oxide"] = frame["formula"].str.contains("O").astype(float)
    frame.to_csv(table, index=False)
    done = matprior(
        "fit", table, "--target", "melting_point_K", "--model", "none", "--set", "epochs=1", *words,
        "--kind", "regression", "--output", tmp_path / "m",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert f"Strategy full, one network: auto does not know {why} yet." in done.out
    assert json.loads((tmp_path / "m" / "matprior.json").read_text())["estimator"] == "MaterialRegressor"


def test_the_budget_that_was_asked_for_is_the_one_that_is_said():
    from matprior.cli.options import usual_strategy

    strategy, minutes, said = usual_strategy([], 1, 3)
    assert (strategy, minutes) == ("auto", 3)
    assert "nothing new after 3 minutes" in said
