"""What a chemist sees after a slip: exit code 2, one message, no traceback."""

from __future__ import annotations

import pandas as pd
import pytest


def refused(done, *words: str) -> None:
    assert done.code == 2, done.err
    assert "Traceback" not in done.err
    told = " ".join(done.err.split())
    for word in words:
        assert word in told, told


def test_a_missing_file_is_named(matprior, tmp_path):
    refused(matprior("fit", tmp_path / "no.csv", "--target", "x", "--output", tmp_path / "m"), "no.csv")


def test_an_unknown_data_set_is_named(matprior, tmp_path):
    done = matprior("evaluate", "inorganic_melting_pont", "--target", "x", "--folds", 2, "--output", tmp_path)
    refused(done, "inorganic_melting_pont", "inorganic_melting_point")


def test_a_misspelt_target_names_the_nearest_column(matprior, table, tmp_path):
    done = matprior("fit", table, "--target", "melting_point_k", "--output", tmp_path / "m")
    refused(done, "melting_point_k", "melting_point_K")


def test_an_unknown_model_names_the_nearest(matprior, table, tmp_path):
    done = matprior(
        "fit", table, "--target", "melting_point_K", "--model", "matbert-smal", "--output", tmp_path / "m"
    )
    refused(done, "matbert-smal", "Did you mean 'matbert-small'")


def test_an_unknown_strategy_lists_the_known(matprior, table, tmp_path):
    done = matprior(
        "fit",
        table,
        "--target",
        "melting_point_K",
        "--model",
        "none",
        "--strategy",
        "ful",
        "--output",
        tmp_path / "m",
    )
    refused(done, "'ful'", "full, extract")


def test_options_of_a_strategy_are_read_from_set():
    from matprior.cli.options import strategy_choice, training_options

    settings = ["epochs=2", "strategy.layers=1"]
    assert strategy_choice("partial", settings) == {"partial": {"layers": 1}}
    assert training_options(settings) == {"epochs": 2}
    assert strategy_choice("full", ["epochs=2"]) == "full"
    with pytest.raises(ValueError, match=r"'strat.layers' is not understood.*strategy.layers=value"):
        strategy_choice("partial", ["strat.layers=1"])


def test_an_unknown_training_option_lists_the_known(matprior, table, tmp_path):
    done = matprior(
        "fit",
        table,
        "--target",
        "melting_point_K",
        "--model",
        "none",
        "--set",
        "epoch=3",
        "--output",
        tmp_path / "m",
    )
    refused(done, "'epoch'", "epochs")


def test_a_setting_without_equals_sign_is_explained(matprior, table, tmp_path):
    done = matprior(
        "fit", table, "--target", "melting_point_K", "--set", "epochs 3", "--output", tmp_path / "m"
    )
    refused(done, "epochs 3", "key=value")


def test_a_file_in_place_of_the_output_folder(matprior, table):
    refused(matprior("fit", table, "--target", "melting_point_K", "--output", table), "is a file")


def test_two_ways_to_split_at_once(matprior, table, tmp_path):
    done = matprior(
        "evaluate",
        table,
        "--target",
        "melting_point_K",
        "--folds",
        2,
        "--fold-column",
        "fold",
        "--output",
        tmp_path,
    )
    refused(done, "--folds", "--fold-column")


def test_no_way_to_split(matprior, table, tmp_path):
    refused(matprior("evaluate", table, "--target", "melting_point_K", "--output", tmp_path), "--folds 5")


def test_an_unknown_fold_column(matprior, table, tmp_path):
    done = matprior(
        "evaluate", table, "--target", "melting_point_K", "--fold-column", "folds", "--output", tmp_path
    )
    refused(done, "'folds'", "'fold'")


def test_an_unknown_split(matprior, table, tmp_path):
    done = matprior(
        "evaluate",
        table,
        "--target",
        "melting_point_K",
        "--folds",
        2,
        "--split",
        "scaffold",
        "--output",
        tmp_path,
    )
    refused(done, "scaffold", "group")


def test_seeds_that_are_not_numbers(matprior, table, tmp_path):
    done = matprior(
        "evaluate", table, "--target", "melting_point_K", "--folds", 2, "--seeds", "one", "--output", tmp_path
    )
    refused(done, "'one'", "0,1,2")


def test_a_misspelt_baseline(matprior, table, tmp_path):
    done = matprior(
        "evaluate",
        table,
        "--target",
        "melting_point_K",
        "--folds",
        2,
        "--models",
        "extratree",
        "--output",
        tmp_path,
    )
    refused(done, "extratree", "Did you mean 'extratrees'")


def test_predicting_with_a_folder_that_is_no_model(matprior, table, tmp_path):
    refused(
        matprior("predict", tmp_path, table, "--output", tmp_path / "p.csv"), "not a fitted matprior model"
    )


def test_predicting_with_a_checkpoint_that_was_never_fitted(matprior, table, tmp_path):
    from matprior.models.zoo import find

    done = matprior("predict", find("matbert-small"), table, "--output", tmp_path / "p.csv")
    refused(done, "pretrained checkpoint", "Fit it first")


def test_predictions_in_an_unknown_format(matprior, fitted, table, tmp_path):
    refused(matprior("predict", fitted, table, "--output", tmp_path / "p.docx"), ".docx", ".csv")


def test_a_file_without_a_single_formula(matprior, fitted, tmp_path):
    (tmp_path / "names.csv").write_text("formula\nwater\nrust\n")
    done = matprior("predict", fitted, tmp_path / "names.csv", "--output", tmp_path / "p.csv")
    assert done.code == 2
    assert "Traceback" not in done.err


def test_too_few_rows_to_learn_from(matprior, tmp_path):
    pd.DataFrame({"formula": ["NaCl", "KCl"], "gap_eV": [8.5, 8.4]}).to_csv(tmp_path / "two.csv", index=False)
    done = matprior(
        "fit", tmp_path / "two.csv", "--target", "gap_eV", "--model", "none", "--output", tmp_path / "m"
    )
    refused(done, "too few", "5")


def test_strict_stops_at_the_first_bad_row(matprior, tmp_path, quick):
    rows = [("NaCl", 1.0), ("Xx2O3", 2.0), ("KCl", 3.0)] + [(f"Na{i}Cl", float(i)) for i in range(2, 12)]
    pd.DataFrame(rows, columns=["formula", "gap_eV"]).to_csv(tmp_path / "bad.csv", index=False)
    options = ["--target", "gap_eV", "--model", "none", *quick, "--output", tmp_path / "m"]
    refused(matprior("fit", tmp_path / "bad.csv", *options, "--strict"), "Xx2O3", "row 2")
    assert matprior("fit", tmp_path / "bad.csv", *options).code == 0


def test_a_formula_with_an_unknown_element_is_explained(matprior):
    refused(matprior("tokenize", "Fe2O3x"), "Fe2O3x", "character 6")


def test_a_recipe_with_an_unknown_key(matprior, tmp_path):
    (tmp_path / "r.yaml").write_text("sise: tiny\n")
    refused(matprior("pretrain", tmp_path / "r.yaml", "--output", tmp_path / "o"), "'sise'", "'size'")


def test_a_missing_recipe(matprior, tmp_path):
    refused(matprior("pretrain", tmp_path / "r.yaml", "--output", tmp_path / "o"), "r.yaml")


def test_coverage_above_one(matprior, fitted, table, tmp_path):
    done = matprior("predict", fitted, table, "--coverage", 90, "--output", tmp_path / "p.csv")
    refused(done, "coverage", "0.9")


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("epochs=[", ["epochs=["]),
        ("epochs=abc", ["epochs", "'abc'"]),
        ("epochs=0", ["epochs is 0"]),
        ("schedule=cosin", ["'cosin'", "cosine"]),
    ],
)
def test_a_setting_with_a_value_that_makes_no_sense(matprior, table, tmp_path, setting, words):
    options = ["--model", "none", "--set", setting, "--output", tmp_path / "m"]
    refused(matprior("fit", table, "--target", "melting_point_K", *options), *words)


def test_messages_are_not_folded_in_a_pipe(matprior, monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "40")
    done = matprior("fit", tmp_path / "no.csv", "--target", "x", "--output", tmp_path / "m")
    assert len(done.err.strip().splitlines()) == 1


def test_an_output_folder_below_a_file(matprior, table, tmp_path, quick):
    options = ["--model", "none", *quick, "--output", table / "m"]
    refused(matprior("fit", table, "--target", "melting_point_K", *options), "table.csv")


def test_evaluate_refuses_a_training_option_before_any_fold(matprior, table, tmp_path):
    done = matprior(
        "evaluate", table, "--target", "melting_point_K", "--folds", 2, "--models", "dummy,scratch",
        "--set", "epochs=abc", "--output", tmp_path / "out",
    )  # fmt: skip
    refused(done, "epochs", "abc")
