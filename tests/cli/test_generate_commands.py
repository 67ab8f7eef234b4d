"""`matprior pretrain` for a generator, `generate` and `evaluate-generation`, from the shell."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import yaml

from matprior.generation.validity import judge

RECIPE = {
    "kind": "generator",
    "name": "halides",
    "shape": {"width": 32, "layers": 1, "heads": 2},
    "sources": ["halides.txt"],
    "training": {"epochs": 20, "batch_size": 16, "learning_rate": 0.01, "head_learning_rate": 0.01},
}


@pytest.fixture
def halides(matprior, tmp_path) -> Path:
    """Folder of a generator that the command line has trained on 20 halides."""
    formulas = [
        f"{metal}{anion}" for metal in ("Li", "Na", "K", "Rb", "Cs") for anion in ("F", "Cl", "Br", "I")
    ]
    (tmp_path / "halides.txt").write_text("\n".join(formulas))
    (tmp_path / "halides.yaml").write_text(yaml.safe_dump(RECIPE))
    folder = tmp_path / "halides"
    done = matprior("pretrain", tmp_path / "halides.yaml", "--output", folder, "--data-folder", tmp_path)
    assert done.code == 0, done.err
    assert "nats per formula" in done.out
    return folder


def test_from_recipe_to_ranked_proposals_and_their_scores(matprior, halides, fitted, tmp_path):
    card = (halides / "README.md").read_text()
    assert "propose(" in card
    assert "Not stated" not in card
    output = tmp_path / "proposals.csv"
    done = matprior(
        "generate", "--model", halides, "--n", "12", "--charge-neutral", "--elements", "2", "--forbid", "Li",
        "--require", "Cl", "--rank-by", fitted, "--rank", "low", "--output", output,
    )  # fmt: skip
    assert done.code == 0, done.err
    table = pd.read_csv(output, keep_default_na=False)
    assert len(table) == 12
    assert table["formula"].is_unique
    assert all("Cl" in one and "Li" not in one and judge(one).balanced for one in table["formula"])
    assert table["melting_point_K_high"].is_monotonic_increasing
    training = tmp_path / "halides.txt"
    done = matprior("evaluate-generation", output, "--training", training, "--output", tmp_path / "s.csv")
    assert done.code == 0, done.err
    scores = pd.read_csv(tmp_path / "s.csv").set_index("score")
    assert scores.loc["balanced"].iloc[0] == 1
    assert {"random_balanced", "substitution", "trigram"} <= set(scores)


def test_a_checkpoint_is_evaluated_without_its_training_file(matprior, halides):
    done = matprior("evaluate-generation", halides, "--n", "50", "--charge-neutral")
    assert done.code == 0, done.err
    assert "novel" in done.out
    assert "Give --training" in done.out


def test_the_same_seed_writes_the_same_file(matprior, halides, tmp_path):
    texts = []
    for name in ("a.csv", "b.csv"):
        matprior("generate", "--model", halides, "--n", "9", "--seed", "4", "--output", tmp_path / name)
        texts.append((tmp_path / name).read_text())
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--elements", "few"], "Write 3, or 3-5"),
        (["--require", "Xx"], "'Xx' is no element"),
        (["--property", "band_gap"], "Write a name and a number"),
        (["--property", "colour=3"], "cannot be asked for"),
        (["--property", "band_gap=1.5±0"], "leaves no room"),
        (["--property", "band_gap=1.5±wide"], "such as band_gap=1.5±0.2"),
        (["--property", "band_gap=1.5±0.2±3"], "such as band_gap=1.5±0.2"),
        (["--guidance", "-1"], "guidance is -1"),
        (["--require", "Na,K", "--elements", "2", "--charge-neutral"], "No formula fulfils"),
        (["--temperature", "0"], "temperature is 0"),
        (["--model", "none-such"], "There is no model"),
    ],
)
def test_wrong_wishes_are_explained(matprior, halides, tmp_path, options, told):
    model = [] if "--model" in options else ["--model", halides]
    done = matprior("generate", *model, "--n", "3", "--output", tmp_path / "x.csv", *options)
    assert done.code == 2
    assert told in done.err
    assert not (tmp_path / "x.csv").exists()


def test_new_formulas_with_a_property_near_what_was_asked(matprior, tmp_path):
    output = tmp_path / "near.csv"
    done = matprior(
        "generate", "--n", "12", "--novel", "--charge-neutral", "--property", "band_gap=2+-0.5",
        "--guidance", "2", "--output", output,
    )  # fmt: skip
    assert done.code == 0, done.err
    table = pd.read_csv(output, keep_default_na=False)
    assert len(table) == 12
    assert not table["learned_from"].any()
    assert table["band_gap_eV"].between(1.5, 2.5).all()
    assert "that were learned from were left out" in done.out
    assert "What matbert-small answers for each formula is in the table: band gap." in done.out


SELFIES_RECIPE = {
    "kind": "generator",
    "notation": "selfies",
    "name": "alcohols",
    "shape": {"width": 32, "layers": 1, "heads": 2},
    "sources": [{"file": "alcohols.csv", "column": "SMILES"}],
    "descriptors": ["logp", "weight"],
    "training": {"epochs": 6, "batch_size": 16, "learning_rate": 0.01, "head_learning_rate": 0.01},
}


@pytest.fixture(scope="module")
def alcohols(tmp_path_factory) -> Path:
    """A table of 40 alcohols and amines, and a recipe that learns them as SELFIES."""
    folder = tmp_path_factory.mktemp("alcohols")
    chains = ["C" * n for n in range(1, 11)]
    rows = [chain + end for chain in chains for end in ("O", "N", "(O)CN", "C(C)O")]
    (folder / "alcohols.csv").write_text("\n".join(["SMILES", *rows]))
    (folder / "alcohols.yaml").write_text(yaml.safe_dump(SELFIES_RECIPE))
    return folder


def test_molecules_from_recipe_to_scores(matprior, alcohols, tmp_path):
    folder = alcohols / "checkpoint"
    done = matprior("pretrain", alcohols / "alcohols.yaml", "--output", folder, "--data-folder", alcohols)
    assert done.code == 0, done.err
    assert "nats per molecule" in done.out
    assert "structures and no energies" not in (folder / "README.md").read_text()
    output = tmp_path / "molecules.csv"
    done = matprior(
        "generate", "--model", folder, "--n", "8", "--scaffold", "CO", "--property", "logp=1",
        "--output", output,
    )  # fmt: skip
    assert done.code == 0, done.err
    table = pd.read_csv(output)
    assert len(table) == 8
    assert table["smiles"].str.contains("O").all()
    training = alcohols / "alcohols.csv"
    done = matprior(
        "evaluate-generation", output, "--training", training, "--held-out", training,
        "--output", tmp_path / "scores.csv",
    )  # fmt: skip
    assert done.code == 0, done.err
    scores = pd.read_csv(tmp_path / "scores.csv").set_index("score")
    assert scores.loc["valid"].iloc[0] == 1
    assert scores.loc["novel", "copies"] == 0
    for options in (["--require", "O"], ["--prefix", "not a molecule"]):
        done = matprior("generate", "--model", folder, "--n", "3", "--output", tmp_path / "x.csv", *options)
        assert done.code == 2
        assert "molecules" in done.err or "SMILES" in done.err


def test_a_scaffold_is_not_for_formulas(matprior, tmp_path):
    done = matprior("generate", "--n", "3", "--scaffold", "C", "--output", tmp_path / "x.csv")
    assert done.code == 2
    assert "for molecules" in done.err
