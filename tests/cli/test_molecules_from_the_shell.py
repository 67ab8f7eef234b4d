"""Molecules through the commands: the notation is found, and the checkpoint follows it."""

from __future__ import annotations

import json

import pandas as pd
import pytest

HEADS = ["C", "CC", "CCC", "CCCC", "C1CC1", "C1CCCC1", "c1ccccc1", "Cc1ccccc1", "CC(C)", "CCCCC"]
STRINGS = [f"{tail}{head}" for head in HEADS for tail in ("O", "N", "Cl", "Br", "F")]


@pytest.fixture
def molecules(tmp_path):
    path = tmp_path / "molecules.csv"
    pd.DataFrame({"smiles": STRINGS, "boiling_K": [300.0 + 3 * i for i in range(50)]}).to_csv(
        path, index=False
    )
    return path


def test_a_table_of_smiles_is_fitted_and_predicted_over_spellings(matprior, molecules, tmp_path):
    folder = tmp_path / "model"
    done = matprior(
        "fit", molecules, "--target", "boiling_K", "--model", "none", "--set", "epochs=1", "--strategy=full",
        "--output", folder,
    )  # fmt: skip
    assert done.code == 0, done.err
    assert json.loads((folder / "config.json").read_text())["notation"] == "smiles"
    assert (
        'fit(["CCO"' in (folder / "README.md").read_text() or "CC(=O)O" in (folder / "README.md").read_text()
    )
    new = tmp_path / "new.csv"
    new.write_text("smiles\nOCC\nCCO\nC(C\n")
    done = matprior("predict", folder, new, "--variants", "2", "--output", tmp_path / "told.csv")
    assert done.code == 0, done.err
    told = pd.read_csv(tmp_path / "told.csv")["boiling_K"]
    assert told[0] == told[1]
    assert told.isna().tolist() == [False, False, True]
    plain = matprior("predict", folder, new, "--output", tmp_path / "plain.csv")
    assert plain.code == 0
    assert pd.read_csv(tmp_path / "plain.csv")["boiling_K"][0] != told[0]


def test_without_a_model_the_checkpoint_for_the_strings_is_used():
    from matprior.models import zoo

    assert zoo.checkpoint_for("smiles") == "molbert-small"
    assert zoo.checkpoint_for(None) == "matbert-small"
    with pytest.raises(ValueError, match="No checkpoint in the package reads selfies"):
        zoo.checkpoint_for("selfies")
    assert {"matbert-small", "molbert-small", "molbert-tiny"} <= set(zoo.shipped())


def test_a_checkpoint_that_reads_formulas_is_refused_for_molecules(matprior, molecules, tmp_path):
    done = matprior(
        "fit", molecules, "--target", "boiling_K", "--model", "matbert-small", "--output", tmp_path / "model"
    )
    assert done.code == 2
    assert "reads composition strings, not smiles" in " ".join((done.out + done.err).split())


@pytest.mark.parametrize("split", [["--folds", "2", "--split", "butina"], ["--split", "scaffold"]])
def test_evaluate_splits_molecules_and_draws_the_worst(matprior, molecules, tmp_path, split):
    out = tmp_path / "out"
    done = matprior(
        "evaluate",
        molecules,
        "--target",
        "boiling_K",
        "--models",
        "dummy,extratrees",
        *split,
        "--output",
        out,
    )
    assert done.code == 0, done.err
    page = (out / "report.html").read_text()
    assert (out / "figures" / "worst-0.svg").is_file()
    assert "Errors by element" not in page


def test_the_scaffold_split_is_for_smiles(matprior, tmp_path):
    path = tmp_path / "formulas.csv"
    path.write_text("formula,gap\n" + "".join(f"Li{i}F{i + 1},{i}\n" for i in range(1, 20)))
    done = matprior("evaluate", path, "--target", "gap", "--split", "scaffold", "--output", tmp_path / "out")
    assert done.code == 2
    assert "--split scaffold is for SMILES" in " ".join((done.out + done.err).split())


def test_tokens_of_molecules_are_shown(matprior):
    done = matprior("tokenize", "CSc1ccccc1", "--notation", "smiles")
    assert done.code == 0
    assert "C S c 1 c c c c c 1" in " ".join((done.out + done.err).split())
    done = matprior("tokenize", "C(C", "--notation", "smiles")
    assert done.code == 2


def test_a_recipe_for_molecules_is_pretrained_with_its_card(matprior, molecules, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        "name: mine\nnotation: smiles\nsize: tiny\nsources: [{file: molecules.csv}]\nvariants: 1\n"
        "training: {epochs: 1, batch_size: 16}\n"
    )
    done = matprior("pretrain", recipe, "--data-folder", tmp_path, "--dry-run")
    assert "45 distinct molecules in all" in (done.out + done.err)
    out = tmp_path / "out"
    done = matprior("pretrain", recipe, "--data-folder", tmp_path, "--output", out)
    assert done.code == 0, done.err
    assert "44 molecules learned from" in (done.out + done.err)
    assert "MolBERT tiny, split encoding" in (out / "README.md").read_text()
