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


@pytest.fixture
def fit(matprior, table, tmp_path):
    """Call `matprior fit` on the table of the tests; without pretraining unless told otherwise."""

    def call(*options: object, target: str = "melting_point_K", model: str = "none", data=table, output=None):
        words = ["--target", target, "--model", model, *options, "--output", output or tmp_path / "m"]
        return matprior("fit", data, "--strategy", "full", *words)

    return call


@pytest.fixture
def evaluate(matprior, table, tmp_path):
    """Call `matprior evaluate` on the table of the tests; two folds unless told otherwise."""

    def call(*options: object, folds=("--folds", 2), data=table):
        words = ["--target", "melting_point_K", *folds, *options, "--output", tmp_path / "out"]
        return matprior("evaluate", data, *words)

    return call


@pytest.fixture
def unread(monkeypatch):
    """Reading a table is an error here: what can be refused before must be."""

    def fail(*args: object, **kwargs: object) -> None:
        raise AssertionError("the table was read")

    monkeypatch.setattr("matprior.data.table.read_table", fail)


def test_a_missing_file_is_named(matprior, tmp_path):
    refused(matprior("fit", tmp_path / "no.csv", "--target", "x", "--output", tmp_path / "m"), "no.csv")


def test_an_unknown_data_set_is_named(matprior, tmp_path):
    done = matprior("evaluate", "inorganic_melting_pont", "--target", "x", "--folds", 2, "--output", tmp_path)
    refused(done, "inorganic_melting_pont", "inorganic_melting_point")


def test_a_misspelt_target_names_the_nearest_column(fit):
    refused(fit(target="melting_point_k"), "melting_point_k", "melting_point_K")


@pytest.mark.usefixtures("unread")
def test_an_unknown_model_names_the_nearest(fit):
    refused(fit(model="matbert-smal"), "matbert-smal", "Did you mean 'matbert-small'")


@pytest.mark.usefixtures("unread")
def test_an_unknown_strategy_lists_the_known(fit):
    refused(fit("--strategy", "ful"), "'ful'", "full, extract")


def test_options_of_a_strategy_are_read_from_set():
    from matprior.cli.options import strategy_choice, training_options

    settings = ["epochs=2", "strategy.layers=1"]
    assert strategy_choice("partial", settings) == {"partial": {"layers": 1}}
    assert training_options(settings) == {"epochs": 2}
    assert strategy_choice("full", ["epochs=2"]) == "full"
    with pytest.raises(ValueError, match=r"'strat.layers' is not understood.*strategy.layers=value"):
        strategy_choice("partial", ["strat.layers=1"])


@pytest.mark.usefixtures("unread")
def test_an_unknown_training_option_lists_the_known(fit):
    refused(fit("--set", "epoch=3"), "'epoch'", "epochs")


def test_a_setting_without_equals_sign_is_explained(fit):
    refused(fit("--set", "epochs 3"), "epochs 3", "key=value")


def test_a_file_in_place_of_the_output_folder(fit, table):
    refused(fit(output=table), "is a file")


def test_two_ways_to_split_at_once(evaluate):
    refused(evaluate("--fold-column", "fold"), "--folds", "--fold-column")


def test_no_way_to_split(evaluate):
    refused(evaluate(folds=()), "--folds 5")


def test_an_unknown_fold_column(evaluate):
    refused(evaluate("--models", "dummy", folds=("--fold-column", "folds")), "'folds'", "'fold'")


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--split", "phase"], ["scaffold", "group"]),
        (["--seeds", "one"], ["'one'", "0,1,2"]),
        (["--models", "extratree"], ["extratree", "Did you mean 'extratrees'"]),
        (["--models", "dummy,matbert-smal"], ["Did you mean 'matbert-small'"]),
        (["--models", "dummy,scratch:ful"], ["'ful'", "Did you mean 'full'"]),
        (["--models", "scratch", "--strategy", "ful"], ["'ful'", "Did you mean 'full'"]),
        (["--models", "dummy,scratch", "--set", "epochs=abc"], ["epochs", "abc"]),
        (["--models", "scratch:partial", "--set", "strategy.layers=1"], ["'full'", "--strategy partial"]),
    ],
)
def test_evaluate_refuses_before_the_table_is_read(evaluate, options, words):
    refused(evaluate(*options), *words)


def test_predicting_with_a_folder_that_is_no_model(matprior, table, tmp_path):
    refused(
        matprior("predict", tmp_path, table, "--output", tmp_path / "p.csv"), "not a fitted matprior model"
    )


def test_predicting_with_a_checkpoint_that_was_never_fitted(matprior, table, tmp_path):
    from matprior.models.zoo import find

    done = matprior("predict", find("matbert-small"), table, "--output", tmp_path / "p.csv")
    refused(done, "pretrained checkpoint", "Fit it first")


def test_predicting_with_the_name_of_a_checkpoint_shows_the_way_to_fit_it(matprior, table, tmp_path):
    done = matprior("predict", "matbert-small", table, "--output", tmp_path / "p.csv")
    refused(done, "'matbert-small' is a pretrained checkpoint", "matprior fit DATA", "--model matbert-small")


def test_predicting_with_a_damaged_model(matprior, fitted, table, tmp_path):
    weights = fitted / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    done = matprior("predict", fitted, table, "--output", tmp_path / "p.csv")
    refused(done, "is damaged: model.safetensors", "fit it anew")


def test_predictions_in_an_unknown_format(matprior, fitted, table, tmp_path):
    refused(matprior("predict", fitted, table, "--output", tmp_path / "p.docx"), ".docx", ".csv")


def test_a_file_without_a_single_formula(matprior, fitted, tmp_path):
    (tmp_path / "names.csv").write_text("formula\nwater\nrust\n")
    done = matprior("predict", fitted, tmp_path / "names.csv", "--output", tmp_path / "p.csv")
    assert done.code == 2
    assert "Traceback" not in done.err


def test_too_few_rows_to_learn_from(fit, tmp_path):
    pd.DataFrame({"formula": ["NaCl", "KCl"], "gap_eV": [8.5, 8.4]}).to_csv(tmp_path / "two.csv", index=False)
    refused(fit(target="gap_eV", data=tmp_path / "two.csv"), "too few", "5")


def test_strict_stops_at_the_first_bad_row(fit, tmp_path, quick):
    rows = [("NaCl", 1.0), ("Xx2O3", 2.0), ("KCl", 3.0)] + [(f"Na{i}Cl", float(i)) for i in range(2, 12)]
    pd.DataFrame(rows, columns=["formula", "gap_eV"]).to_csv(tmp_path / "bad.csv", index=False)
    chosen = {"target": "gap_eV", "data": tmp_path / "bad.csv"}
    refused(fit(*quick, "--strict", **chosen), "Xx2O3", "row 2")
    assert fit(*quick, **chosen).code == 0


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
def test_a_setting_with_a_value_that_makes_no_sense(fit, setting, words):
    refused(fit("--set", setting), *words)


def test_messages_are_not_folded_in_a_pipe(matprior, monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "40")
    done = matprior("fit", tmp_path / "no.csv", "--target", "x", "--output", tmp_path / "m")
    assert len(done.err.strip().splitlines()) == 1


def test_an_output_folder_below_a_file(fit, table, quick):
    refused(fit(*quick, output=table / "m"), "table.csv")


def test_evaluate_warns_of_seen_test_formulas_and_stops_when_asked(evaluate, checkpoint, tmp_path, quick):
    import shutil

    from matprior.data.seen import SEEN, write_seen

    seen = tmp_path / "seen"
    shutil.copytree(checkpoint, seen)
    write_seen(["NaCl", "O3Fe2", "CsI"], seen / SEEN)
    refused(evaluate("--models", f"dummy,{seen}", "--refuse-leaks"), "has seen 2 of 32", "NaCl", "Fe2O3")
    done = evaluate("--models", f"dummy,{seen}", *quick)
    assert done.code == 0, done.err
    assert "has seen 2 of 32 test formulas" in " ".join(done.out.split())
