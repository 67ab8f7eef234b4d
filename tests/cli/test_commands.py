"""Every verb end to end on a small table: files written, columns kept, exit codes."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import yaml


def test_fit_leaves_a_folder_that_holds_everything(fitted):
    names = {path.name for path in fitted.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer_config.json", "recipe.yaml"} <= names
    assert {"results.csv", "README.md", "matprior.json", "calibration.safetensors"} <= names


def test_predict_keeps_every_input_column_and_row(matprior, fitted, tmp_path):
    asked = pd.DataFrame(
        {"sample": ["a", "b", "c"], "formula": ["NaI", "Xx2O", "Ca(OH)2"], "fold": ["1", "", "x"]}
    )
    asked.to_csv(tmp_path / "new.csv", index=False)
    done = matprior("predict", fitted, tmp_path / "new.csv", "--output", tmp_path / "preds.csv")
    assert done.code == 0, done.err
    told = pd.read_csv(tmp_path / "preds.csv", keep_default_na=False)
    assert told[["sample", "formula", "fold"]].equals(asked)
    added = ["melting_point_K", "melting_point_K_std", "melting_point_K_low", "melting_point_K_high"]
    assert list(told.columns) == [*asked.columns, *added, "in_domain"]
    assert told.loc[1, [*added, "in_domain"]].eq("").all()
    assert set(told.loc[[0, 2], "in_domain"]) <= {"True", "False"}
    values = told.loc[[0, 2], added].astype(float)
    assert (values["melting_point_K_low"] < values["melting_point_K"]).all()
    assert (values["melting_point_K"] < values["melting_point_K_high"]).all()
    bad = pd.read_csv(tmp_path / "preds_bad_rows.csv")
    assert bad["row"].tolist() == [2]
    assert bad["string"].tolist() == ["Xx2O"]


def test_a_clean_run_removes_the_list_of_bad_rows_of_the_same_output_and_no_other(matprior, fitted, tmp_path):
    new, output = tmp_path / "new.txt", tmp_path / "preds.csv"
    new.write_text("NaI\nSi02\n")
    for name in (output, tmp_path / "other.csv"):
        done = matprior("predict", fitted, new, "--output", name)
        assert done.code == 0, done.err
    assert "1 of 2 rows was left out" in done.out
    assert "(row 2)" in done.out
    assert "Did you mean 'SiO2'?" in done.out
    assert f"1 problem is listed in {tmp_path / 'other_bad_rows.csv'}." in done.out
    new.write_text("NaI\nKI\n")
    assert matprior("predict", fitted, new, "--output", output).code == 0
    assert not (tmp_path / "preds_bad_rows.csv").exists()
    assert (tmp_path / "other_bad_rows.csv").exists()
    assert not (tmp_path / "bad_rows.csv").exists()


def test_a_formula_in_place_of_a_table_is_told_to_go_into_a_file(matprior, fitted, tmp_path):
    for formula in ("MgAl2O4", "Li0.5CoO2"):
        done = matprior("predict", fitted, formula, "--output", tmp_path / "x.csv")
        assert done.code == 2
        assert f"'{formula}' reads as composition: write it into a text file, one string a line" in done.err


def test_predict_keeps_measured_values_that_stand_under_the_name_of_the_answer(matprior, fitted, tmp_path):
    asked = pd.DataFrame({"formula": ["NaI", "KI"], "melting_point_K": ["934", "954"]})
    asked.to_csv(tmp_path / "new.csv", index=False)
    done = matprior("predict", fitted, tmp_path / "new.csv", "--output", tmp_path / "preds.csv")
    assert done.code == 0, done.err
    told = pd.read_csv(tmp_path / "preds.csv", dtype=str)
    assert told["melting_point_K_input"].tolist() == ["934", "954"]
    assert told["melting_point_K"].tolist() != ["934", "954"]
    assert "'melting_point_K_input'" in done.out


def test_a_rate_in_scientific_notation_is_a_number(matprior, table, tmp_path, quick):
    options = ["--model", "none", *quick, "--set", "learning_rate=1e-3", "--output", tmp_path / "m"]
    done = matprior("fit", table, "--target", "melting_point_K", "--strategy", "full", *options)
    assert done.code == 0, done.err


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".xlsx", ".parquet"])
def test_predictions_are_written_in_the_format_of_the_name(matprior, fitted, tmp_path, suffix):
    (tmp_path / "new.txt").write_text("NaI\nKI\n")
    output = tmp_path / f"preds{suffix}"
    assert matprior("predict", fitted, tmp_path / "new.txt", "--output", output).code == 0
    readers = {".csv": pd.read_csv, ".xlsx": pd.read_excel, ".parquet": pd.read_parquet}
    told = readers[suffix](output) if suffix in readers else pd.read_csv(output, sep="\t")
    assert len(told) == 2
    assert told["melting_point_K"].notna().all()


def test_a_classifier_predicts_its_own_labels_with_probabilities(matprior, table, tmp_path, quick):
    folder = tmp_path / "oxides"
    options = ["--model", "none", *quick, "--output", folder]
    assert matprior("fit", table, "--target", "is_oxide", "--strategy", "full", *options).code == 0
    (tmp_path / "new.txt").write_text("MgO\nKI\n")
    assert matprior("predict", folder, tmp_path / "new.txt", "--output", tmp_path / "p.csv").code == 0
    told = pd.read_csv(tmp_path / "p.csv")
    assert set(told["is_oxide"]) <= {"yes", "no"}
    assert ((told["is_oxide_p_yes"] + told["is_oxide_p_no"] - 1).abs() < 1e-5).all()


def test_evaluate_writes_results_scores_and_a_page(matprior, table, tmp_path, quick):
    folder = tmp_path / "out"
    done = matprior(
        "evaluate", table, "--target", "melting_point_K", "--fold-column", "fold",
        "--models", "dummy,scratch", "--output", folder, "--record", tmp_path / "records.json", *quick,
    )  # fmt: skip
    assert done.code == 0, done.err
    results = pd.read_csv(folder / "results.csv")
    expected = [
        "row",
        "string",
        "target",
        "fold",
        "seed",
        "model",
        "truth",
        "prediction",
        "std",
        "low",
        "high",
        *(f"{end}{share}" for share in (50, 80, 95) for end in ("low", "high")),
    ]
    assert list(results.columns) == expected
    assert len(results) == 2 * 32
    scores = pd.read_csv(folder / "scores.csv")
    assert list(scores.columns)[:6] == ["model", "metric", "mean", "std", "n_folds", "seconds"]
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    records = json.loads((tmp_path / "records.json").read_text())
    assert {"dataset", "split", "model", "metric", "value", "folds", "command", "data_sha256"} <= set(
        records[0]
    )


def test_a_column_of_train_and_test_is_tested_once(matprior, table, tmp_path):
    frame = pd.read_csv(table)
    frame["split"] = ["test" if i % 4 == 0 else "train" for i in range(len(frame))]
    frame.to_csv(table, index=False)
    done = matprior(
        "evaluate", table, "--target", "melting_point_K", "--fold-column", "split",
        "--models", "dummy", "--output", tmp_path / "out",
    )  # fmt: skip
    assert done.code == 0, done.err
    results = pd.read_csv(tmp_path / "out" / "results.csv")
    assert sorted(results["row"]) == [i + 1 for i in range(len(frame)) if i % 4 == 0]


def test_evaluate_runs_every_strategy_by_name(matprior, table, tmp_path, quick):
    done = matprior(
        "evaluate", table, "--target", "melting_point_K", "--folds", 2, "--split", "random",
        "--models", "scratch:extract,scratch:full", "--output", tmp_path / "out", *quick,
    )  # fmt: skip
    assert done.code == 0, done.err
    assert set(pd.read_csv(tmp_path / "out" / "results.csv")["model"]) == {"scratch:extract", "scratch:full"}


def test_evaluate_learns_from_columns_beside_the_strings(matprior, table, tmp_path):
    frame = pd.read_csv(table)
    frame["T_K"] = np.random.default_rng(0).uniform(300, 900, len(frame))
    frame.assign(conductivity=frame["T_K"] / 100).to_csv(table, index=False)
    error = {}
    for name, words in (("with", ["--extra", "T_K"]), ("without", [])):
        record = tmp_path / "record.json"
        done = matprior(
            "evaluate", table, "--target", "conductivity", "--folds", 3, "--models", "extratrees",
            "--output", tmp_path / name, "--record", record, *words,
        )  # fmt: skip
        assert done.code == 0, done.err
        found = pd.read_csv(tmp_path / name / "scores.csv").set_index("metric")["mean"]
        error[name] = found["MAE"]
    assert error["with"] < 0.5 * error["without"]
    kept = [one for one in json.loads(record.read_text()) if one["metric"] == "MAE"]
    assert [one.get("extra") for one in kept] == [["T_K"], None]


def test_evaluate_refuses_columns_that_a_model_cannot_read(matprior, table, tmp_path):
    words = ["--target", "melting_point_K", "--folds", 2, "--extra", "fold", "--output", tmp_path / "out"]
    for model, message in (
        ("scratch:auto", "'extra' can't be used with strategy 'auto'"),
        ("scratch:extract", "strategy 'extract' knows the strings alone"),
    ):
        done = matprior("evaluate", table, "--models", model, *words)
        assert (done.code, message in done.err) == (2, True), done.err


def test_tokenize_shows_what_the_model_sees(matprior):
    done = matprior("tokenize", "Fe2O3", "CuSO4·5H2O")
    assert done.code == 0
    assert "[CLS] Fe:0.4 O:0.6 [SEP]" in done.out
    assert "CuH10SO9" in done.out


def test_tokenize_of_a_file_gives_its_figures(matprior, table):
    done = matprior("tokenize", table)
    assert done.code == 0, done.err
    assert "32" in done.out


def test_pretrain_makes_a_checkpoint_that_fit_accepts(matprior, table, tmp_path, monkeypatch, quick):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        "name: own\nsize: tiny\nsources: [table.csv]\nheldout: 0.2\n"
        "properties: [{name: melting, files: [table.csv], column: melting_point_K, unit: K}]\n"
        "training: {epochs: 1, batch_size: 8}\n"
    )
    output = tmp_path / "own"
    done = matprior("pretrain", recipe, "--output", output, "--data-folder", tmp_path)
    assert done.code == 0, done.err
    assert all(word in done.out for word in ("unigram", "substitution", "alignment", "32 distinct formulas"))
    assert "32 distinct formulas in all." in (output / "README.md").read_text(encoding="utf-8")
    assert {"README.md", "recipe.yaml", "scores.json"} <= {path.name for path in output.iterdir()}
    fit = ["fit", table, "--target", "melting_point_K", "--model", output, *quick, "--strategy", "full"]
    assert matprior(*fit, "--output", tmp_path / "m").code == 0


def test_a_dry_run_tells_what_a_corpus_holds_and_trains_nothing(matprior, table, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("sources: [table.csv]\n")
    (tmp_path / "expt_gap.csv").write_text("formula,band_gap_eV\nCl2Na2,8\nHgTe,0\nFe4O6,2\n")
    command = ["pretrain", recipe, "--data-folder", tmp_path, "--exclude", "expt_gap"]
    done = matprior(*command, "--dry-run")
    assert done.code == 0, done.err
    assert "--exclude expt_gap: 2 formulas removed." in done.out
    assert "30 distinct formulas in all." in done.out
    refused = matprior(*command)
    assert refused.code == 2
    assert "Give the folder of the checkpoint, or --dry-run" in refused.err


def test_data_lists_shows_and_copies(matprior, tmp_path):
    assert "inorganic_melting_point" in matprior("data", "list").out
    assert "melting_point_K (K)" in matprior("data", "show", "inorganic_melting_point").out
    assert matprior("data", "get", "inorganic_melting_point", "--output", tmp_path / "m.csv").code == 0
    assert len(pd.read_csv(tmp_path / "m.csv", keep_default_na=False)) > 1000


def test_models_list_and_show_tell_the_licence(matprior):
    assert "matbert-small" in matprior("models", "list").out
    assert "CC BY 4.0" in matprior("models", "show", "matbert-small").out


def test_models_list_fits_into_80_columns_with_whole_words(matprior, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    told = matprior("models", "list").out.splitlines()
    line = next(line for line in told if line.startswith("matbert-small "))
    assert {"composition", "504202", "Apache-2.0"} <= set(line.split())
    assert max(map(len, told)) <= 80


def test_a_fault_of_ours_exits_with_1_and_its_traceback(matprior, monkeypatch, table, tmp_path):
    def broken(*arguments, **options):
        raise RuntimeError("the roof is on fire")

    monkeypatch.setattr("matprior.data.table.read_source", broken)
    done = matprior(
        "evaluate", table, "--target", "melting_point_K", "--folds", 2, "--output", tmp_path / "o"
    )
    assert done.code == 1
    assert "the roof is on fire" in done.err


def test_fit_with_a_search_writes_the_best_settings_into_the_recipe(matprior, table, tmp_path, quick):
    pytest.importorskip("optuna")
    folder = tmp_path / "m"
    options = ["--target", "melting_point_K", "--model", "none", *quick, "--output", folder]
    done = matprior("fit", table, *options, "--tune", 1)
    assert done.code == 0, done.err
    recipe = yaml.safe_load((folder / "recipe.yaml").read_text())
    assert recipe["estimator"]["training"]["pooling"] in ("cls", "mean", "attention")
    assert recipe["training"]["learning_rate"] == recipe["estimator"]["training"]["learning_rate"]
    assert (folder / "tuning.jsonl").is_file()
