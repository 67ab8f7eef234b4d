"""A table of SMILES goes through the verbs without a model named: the checkpoint follows the strings."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from matprior.models import zoo

HEADS = ["C", "CC", "CCC", "CCCC", "C1CC1", "C1CCCC1", "c1ccccc1", "Cc1ccccc1"]
ALCOHOLS = [f"O{head}{tail}" for head in HEADS for tail in ("", "N", "Cl")]
AMINES = [f"N{head}{tail}" for head in HEADS for tail in ("F", "Br")]
ONCE = ["--set", "epochs=1", "--set", "batch_size=16"]


@pytest.fixture
def sides(tmp_path):
    """Alcohols with a number and a class, amines without."""
    one, other = tmp_path / "alcohols.csv", tmp_path / "amines.csv"
    frame = pd.DataFrame({"smiles": ALCOHOLS, "boiling_K": [300.0 + 3 * i for i in range(len(ALCOHOLS))]})
    frame.assign(ring=["yes" if "1" in text else "no" for text in ALCOHOLS]).to_csv(one, index=False)
    pd.DataFrame({"smiles": AMINES}).to_csv(other, index=False)
    return one, other


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """A small network in place of the checkpoint for molecules; which notations were asked for."""
    import torch

    from matprior.models.families import save_tokenizer
    from matprior.models.molbert import MolBertConfig, MolBertForPreTraining

    torch.manual_seed(0)
    shape = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    model = MolBertForPreTraining(MolBertConfig.of_size("tiny", **shape))
    folder = tmp_path / "small-molbert"
    model.save_pretrained(folder)
    save_tokenizer(model.config, folder)
    monkeypatch.setitem(zoo.CHECKPOINTS, "smiles", str(folder))
    monkeypatch.setattr(zoo, "shipped", lambda: {str(folder): folder})
    return folder


def test_adapt(matprior, sides, asked, tmp_path):
    output = tmp_path / "model"
    done = matprior(
        "adapt", *sides, "--target", "boiling_K", "--method", "coral", "--weight", "0.5", *ONCE, "--output",
        output,
    )  # fmt: skip
    assert done.code == 0, done.err
    assert json.loads((output / "config.json").read_text())["hidden_size"] == 32
    assert "The shift: " in done.out


def test_adapt_from_scratch(matprior, sides, tmp_path):
    output = tmp_path / "model"
    done = matprior(
        "adapt", *sides, "--target", "boiling_K", "--method", "importance", "--model", "none", *ONCE,
        "--output", output,
    )  # fmt: skip
    assert done.code == 0, done.err
    assert json.loads((output / "config.json").read_text())["notation"] == "smiles"


def test_transfer(matprior, sides, asked, tmp_path):
    recipe, output = tmp_path / "chain.yaml", tmp_path / "chain"
    step = "data: alcohols.csv, training: {epochs: 1}"
    recipe.write_text(
        f"steps:\n- {{{step}, name: rings, target: ring}}\n- {{{step}, name: boil, target: boiling_K}}\n"
    )
    done = matprior("transfer", recipe, "--output", output)
    assert done.code == 0, done.err
    assert str(asked) in (output / "recipe.yaml").read_text()
    assert pd.read_csv(output / "steps.csv")["step"].tolist() == ["rings", "boil"]


def test_shift(matprior, sides, asked, tmp_path):
    done = matprior("shift", *sides, "--output", tmp_path / "shift")
    assert done.code == 0, done.err
    assert "Verdict: " in done.out


def test_fewshot_and_suggest(matprior, sides, asked, tmp_path):
    few = matprior("fewshot", *sides, "--label", "ring", "--output", tmp_path / "few")
    assert few.code == 0, few.err
    told = pd.read_csv(tmp_path / "few" / "labelled.csv")
    assert set(told["prediction"]) <= {"yes", "no"}
    assert len(told) == len(AMINES)
    found = matprior("suggest", sides[1], "--k", "3", "--output", tmp_path / "next.csv")
    assert found.code == 0, found.err
    assert set(pd.read_csv(tmp_path / "next.csv")["string"]) <= set(AMINES)


def test_compare(matprior, sides, asked, tmp_path):
    done = matprior(
        "compare", sides[0], "--target", "boiling_K", "--folds", "2", "--split", "random", "--strategies",
        "extract", "--output", tmp_path / "study",
    )  # fmt: skip
    assert done.code == 0, done.err
    models = set(pd.read_csv(tmp_path / "study" / "results.csv")["model"])
    assert f"{asked}:extract" in models
    assert any(name.startswith("scratch") for name in models)


def test_probe(matprior, sides, asked, tmp_path):
    output, record = tmp_path / "probe", tmp_path / "records.json"
    done = matprior(
        "probe", "--data", sides[0], "--colour", "boiling_K", "--near", "OCC", "--layout", "pca", "--record",
        record, "--output", output,
    )  # fmt: skip
    assert done.code == 0, done.err
    lines = pd.read_csv(output / "probe.csv")
    assert {"atoms", "molecules"} == set(lines["level"])
    assert {"contextual", "random network", "window", "fingerprint"} <= set(lines["vectors"])
    assert "boiling_K" in set(lines["property"])
    assert "CCO" not in set(pd.read_csv(output / "near.csv")["string"])
    page = (output / "report.html").read_text(encoding="utf-8")
    assert "Map of the molecules" in page
    assert page.count("<svg") == 3
    told = json.loads(record.read_text())
    assert {one["checkpoint"] for one in told if one["model"] == "fingerprint"} == {None}
    assert {one["dataset"] for one in told} == {"atoms", "molecules"}


def test_probe_refuses_strings_that_the_checkpoint_does_not_read(matprior, sides, tmp_path):
    done = matprior("probe", "matbert-small", "--data", sides[0], "--output", tmp_path / "out")
    assert done.code == 2
    assert "matbert-small reads composition" in " ".join(done.err.split())
