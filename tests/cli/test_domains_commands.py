"""`matprior shift`, `adapt` and `transfer` from the shell."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from matprior.estimators import load

METALS = ["Li", "Na", "K", "Mg", "Ca", "Sr", "Ba", "Al", "Ga", "Ti"]


@pytest.fixture
def sides(tmp_path):
    """Forty oxides with a number, twenty sulfides without."""
    oxides = [f"{metal}{1 + i % 3}O{1 + j}" for i, metal in enumerate(METALS) for j in range(4)]
    sulfides = [f"{metal}{1 + i % 3}S{1 + j}" for i, metal in enumerate(METALS) for j in range(2)]
    source, target = tmp_path / "oxides.csv", tmp_path / "sulfides.csv"
    values = [300.0 + 11 * i for i in range(len(oxides))]
    pd.DataFrame({"formula": oxides, "melting_point_K": values}).to_csv(source, index=False)
    pd.DataFrame({"formula": sulfides}).to_csv(target, index=False)
    return source, target


def test_a_shift_is_told_and_written(matprior, checkpoint, sides, tmp_path):
    done = matprior(
        "shift", *sides, "--target", "melting_point_K", "--model", checkpoint, "--output", tmp_path / "s"
    )
    assert done.code == 0, done.err
    assert "Verdict: different" in done.out
    assert "S (20)" in done.out
    rows = pd.read_csv(tmp_path / "s" / "shift.csv", keep_default_na=False)
    assert len(rows) == 20
    assert (rows["new"] == "S").all()
    page = (tmp_path / "s" / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 1
    assert "Range of the property" in page


def test_an_adapted_model_is_a_model_and_the_reason_is_told(matprior, checkpoint, sides, quick, tmp_path):
    output = tmp_path / "model"
    done = matprior(
        "adapt", *sides, "--target", "melting_point_K", "--model", checkpoint, "--method", "coral",
        "--weight", "0.5", *quick, "--output", output,
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "No adaptation: " in done.out or "Adapted with coral at 0.5" in done.out
    assert pd.read_csv(output / "adaptation.csv")["method"].tolist() == ["none", "coral"]
    assert "What was tried" in (output / "report.html").read_text(encoding="utf-8")
    assert load(output).target_names_ == ["melting_point_K"]
    answered = matprior("predict", output, sides[1], "--output", tmp_path / "answers.csv")
    assert answered.code == 0, answered.err
    assert pd.read_csv(tmp_path / "answers.csv")["melting_point_K"].notna().all()


def test_mixed_answers_are_saved_with_a_card_that_names_what_answers(
    matprior, checkpoint, sides, quick, tmp_path
):
    output = tmp_path / "model"
    others = [f"{metal}7O{1 + i % 3}" for i, metal in enumerate(METALS)]
    pd.DataFrame({"formula": others}).to_csv(sides[1], index=False)
    done = matprior(
        "adapt", *sides, "--target", "melting_point_K", "--model", checkpoint, "--method", "mixed",
        "--no-fall-back", *quick, "--output", output,
    )  # fmt: skip
    assert done.code == 0, done.err
    assert pd.read_csv(output / "adaptation.csv")["chosen"].tolist() == [False, True]
    assert "Held-out rows, melting_point_K: MAE" in done.out
    card = (output / "README.md").read_text(encoding="utf-8")
    assert "mix" in card
    assert "Tried " in card
    answered = matprior("predict", output, sides[1], "--output", tmp_path / "answers.csv")
    assert answered.code == 0, answered.err
    told = pd.read_csv(tmp_path / "answers.csv")
    assert told["melting_point_K"].notna().all()


def test_further_sources_are_learned_from_and_told(matprior, checkpoint, sides, quick, tmp_path):
    halides = tmp_path / "halides.csv"
    frame = pd.DataFrame({"formula": [f"{metal}Cl" for metal in METALS], "melting_point_K": range(700, 710)})
    frame.to_csv(halides, index=False)
    output = tmp_path / "model"
    words = ("adapt", *sides, "--also", halides, "--target", "melting_point_K", "--model", checkpoint)
    done = matprior(*words, "--method", "adversarial", "--no-fall-back", *quick, "--output", output)
    assert done.code == 0, done.err
    assert "Adapted" in done.out or "adversarial" in done.out
    card = (output / "README.md").read_text(encoding="utf-8")
    assert "oxides.csv, halides.csv" in card
    assert "50 source rows" in (output / "report.html").read_text(encoding="utf-8")
    classes = frame.assign(melting_point_K=["low", "high"] * 5)
    classes.to_csv(halides, index=False)
    refused = matprior(*words, "--output", output)
    assert refused.code == 2
    assert "is regression in the first table and" in refused.err


def test_a_chain_from_a_recipe_ends_in_a_model_that_predicts(matprior, checkpoint, sides, tmp_path):
    recipe = tmp_path / "chain.yaml"
    recipe.write_text(
        "steps:\n"
        "- {data: sulfides.csv, name: atoms, objective: masked, training: {epochs: 1}}\n"
        "- {data: oxides.csv, target: melting_point_K, training: {epochs: 2}}\n"
    )
    output = tmp_path / "chain"
    done = matprior("transfer", recipe, "--output", output, "--set", f"model={json.dumps(str(checkpoint))}")
    assert done.code == 0, done.err
    assert pd.read_csv(output / "steps.csv")["step"].tolist() == ["oxides"]
    assert pd.read_csv(output / "probes.csv")["after"].tolist() == ["start", "atoms", "oxides"]
    assert load(output / "2-oxides").target_names_ == ["melting_point_K"]
    assert (output / "2-oxides" / "README.md").is_file()
    assert (output / "report.html").is_file()


def test_refusals_name_the_fix(matprior, checkpoint, sides, tmp_path):
    molecules = tmp_path / "molecules.csv"
    pd.DataFrame({"smiles": ["CCO", "c1ccccc1", "CC(=O)O", "CCN", "C#N", "CCCl"]}).to_csv(
        molecules, index=False
    )
    for words, told in (
        (["shift", sides[0], molecules], "one notation"),
        (["shift", *sides, "--target", "gap"], "Neither table has the column 'gap'"),
        (["adapt", *sides, "--target", "melting_point_K", "--method", "dann", "--output", "x"], "no method"),
        (["transfer", tmp_path / "none.yaml", "--output", "x"], "no recipe"),
    ):
        done = matprior(*words)
        assert (done.code, told in done.err) == (2, True), done.err
