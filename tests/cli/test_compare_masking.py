"""`matprior compare-masking`: all strategies on one budget, nothing done twice, refusals that help."""

from __future__ import annotations

import pandas as pd
import pytest

import matprior.evaluation.masking_study as study
from matprior.data.recipe import read_recipe
from matprior.pretraining.choices import MASKINGS
from matprior.pretraining.run import PretrainingRecipe

RECIPE = (
    "name: own\nsize: tiny\nsources: [table.csv]\nheldout: 0.3\n"
    "masked_atoms: {masking: {masked_share: 1.0}}\ntraining: {epochs: 1, batch_size: 16}\n"
)


@pytest.fixture
def recipe(table, tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE)
    return path


def test_strategies_are_compared_written_and_not_run_twice(matprior, table, recipe, tmp_path, monkeypatch):
    output = tmp_path / "study"
    command = [
        "compare-masking", recipe, "--output", output, "--data-folder", tmp_path, "--data", table,
        "--target", "melting_point_K", "--folds", 2, "--tune", "epochs=1",
    ]  # fmt: skip
    some = matprior(*command[:6], "--strategies", "balanced")
    assert some.code == 0, some.err
    calls = []
    real = study._pretrain
    monkeypatch.setattr(study, "_pretrain", lambda *given: (calls.append(given[1]), real(*given)))
    done = matprior(*command)
    assert done.code == 0, done.err
    assert calls == [name for name in MASKINGS if name != "balanced"]
    assert all(name in done.out for name in [*MASKINGS, "cooccurrence", "alkali", "atoms asked"])

    lines = pd.read_csv(output / "compare-masking.csv", keep_default_na=False)
    assert set(lines["strategy"]) == {*MASKINGS, "scratch"}
    held = lines[lines["task"] == "masked_atom"]
    assert set(held["n"].astype(int)) == {10}
    for model in ("unigram", "cooccurrence"):  # the same formulas and the same hidden atoms for all
        values = held[(held["model"] == model) & (held["metric"] == "cross_entropy")]["value"]
        assert values.nunique() == 1
    asked = lines[lines["metric"] == "asked_per_formula"].set_index("strategy")["value"].astype(float)
    assert asked["group_within"] == 1.0
    downstream = lines[lines["task"] == "downstream"]
    assert list(downstream["strategy"]) == ["scratch", *MASKINGS]
    assert set(downstream["metric"]) == {"MAE"}
    assert set(downstream["n"].astype(int)) == {2}
    assert "<svg" in (output / "compare-masking.svg").read_text()
    recipes = [read_recipe(output / name / "recipe.yaml", PretrainingRecipe) for name in MASKINGS]
    assert [one.masked_atoms.masking.strategy for one in recipes] == list(MASKINGS)
    assert {(one.seed, one.training.epochs, one.size) for one in recipes} == {(0, 1, "tiny")}

    before = (output / "compare-masking.csv").read_bytes()
    monkeypatch.setattr(study, "evaluate", lambda *given: pytest.fail("fine-tuned twice"))
    monkeypatch.setattr(study, "_pretrain", lambda *given: pytest.fail("pretrained twice"))
    assert matprior(*command).code == 0
    assert (output / "compare-masking.csv").read_bytes() == before

    other = matprior(*command, "--set", "seed=1")
    assert other.code == 2
    assert "finished run of another recipe" in other.err


def test_refusals_come_before_any_training(matprior, table, recipe, tmp_path, monkeypatch):
    monkeypatch.setattr(study, "_pretrain", lambda *given: pytest.fail("trained"))
    start = ["compare-masking", recipe, "--output", tmp_path / "o", "--data-folder", tmp_path]
    for more, words in (
        (["--strategies", "balancd"], "Did you mean 'balanced'?"),
        (["--data", table], "1 --data and 0 --target"),
        (["--data", table, "--target", "no_such_column"], "no_such_column"),
    ):
        done = matprior(*start, *more)
        assert done.code == 2
        assert words in done.err
