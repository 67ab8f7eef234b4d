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
