"""A network learns to describe; what follows by rule is said rightly even by one that has learned nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from matprior.data.recipe import read_recipe
from matprior.generation.describe import NETWORK, Saying, describe, open_describer
from matprior.generation.describing_recipe import DescriberRecipe
from matprior.generation.describing_rows import hidden_numbers, ranked, rule_facts
from matprior.generation.describing_run import pretrain_describer, save_describer
from matprior.generation.numbers import head_numbers, quantile_places, spoken_numbers
from matprior.generation.recipe import kind_of
from matprior.generation.wording import OnlyTrue, plan
from matprior.tokens.description_reading import read_description
from matprior.tokens.descriptions import FIRST_NUMBER, ID, UNK, ids_of
from matprior.tokens.facts import NUMBERS, Facts

RECIPES = Path(__file__).resolve().parents[2] / "recipes"
OWN = Saying(numbers=NETWORK)
STRANGE = ["LiFePO4", "Fe3O4", "Ni3Al", "NaCl", "Fe0.62137C9.5e-4", "Es"]
"""Formulas that no table of the tests has; two with elements never learned, one no grammar can write."""


@pytest.fixture(scope="module")
def recipe(formulas, tmp_path_factory) -> Path:
    """A recipe that learns gaps and energies of salts in a few seconds: both follow from the anion."""
    folder = tmp_path_factory.mktemp("numbers")
    rows = [f"{formula},{0.5 * (i % 8)},{-0.25 * (i % 8)}" for i, formula in enumerate(formulas)]
    (folder / "salts.csv").write_text("\n".join(["formula,gap,energy", *rows]))
    numbers = [
        {"name": name, "files": ["salts.csv"], "column": column}
        for name, column in (("band_gap", "gap"), ("formation_energy", "energy"))
    ]
    told = {
        "kind": "describer", "name": "salts", "numbers": numbers, "heldout": 0.1,
        "shape": {"width": 32, "encoder_layers": 1, "decoder_layers": 1, "heads": 2, "feed_forward": 64},
        "training": {"epochs": 30, "batch_size": 16, "learning_rate": 0.01, "head_learning_rate": 0.01,
                     "layer_decay": 1.0},
    }  # fmt: skip
    path = folder / "salts.yaml"
    path.write_text(yaml.safe_dump(told))
    return path


@pytest.fixture(scope="module")
def describer(recipe, tmp_path_factory) -> Path:
    """Folder of a network that has learned the salts."""
    chosen = read_recipe(recipe, DescriberRecipe)
    folder = tmp_path_factory.mktemp("describer")
    save_describer(pretrain_describer(chosen, recipe.parent, folder), chosen, folder)
    return folder


@pytest.fixture(scope="module")
def untrained(recipe, tmp_path_factory) -> Path:
    """The same after one step."""
    chosen = read_recipe(recipe, DescriberRecipe, ["training.epochs=1", "training.batch_size=200"])
    folder = tmp_path_factory.mktemp("untrained")
    save_describer(pretrain_describer(chosen, recipe.parent, folder), chosen, folder)
    return folder


def test_held_out_numbers_are_nearer_than_the_median(describer):
    told = json.loads((describer / "scores.json").read_text())
    errors = {(one["task"], one["model"]): one["value"] for one in told}
    for name in ("band_gap", "formation_energy"):
        assert errors[name, "salts"] < errors[name, "median"] / 2


def test_the_folder_opens_with_plain_auto_classes(describer):
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    model = AutoModelForSeq2SeqLM.from_pretrained(describer)
    tokenizer = AutoTokenizer.from_pretrained(describer)
    facts, asked = Facts(("HALIDE",), band_gap=0.0), ["classes", "band_gap"]
    only_true = OnlyTrue([plan(facts, "en", asked)], model.generation_config.num_beams)
    ids = model.generate(
        **tokenizer("<en><classes><band_gap>NaF", return_tensors="pt"), logits_processor=[only_true]
    )
    assert read_description(tokenizer.decode(ids[0], skip_special_tokens=True)) == facts


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_network_that_learned_nothing_says_what_the_rules_say(untrained, language):
    table = describe(STRANGE, untrained, Saying(language, beams=2))
    for formula, text in zip(STRANGE, table["description"], strict=True):
        said, rules = read_description(text), rule_facts(formula)
        assert (said.classes, said.roles) == (rules.classes, rules.roles)


def test_free_words_of_a_network_that_learned_nothing_are_no_description(untrained):
    table = describe(["NaCl"], untrained, Saying(free=True))
    assert table["classes"].tolist() == [""]
    assert table["description"].iloc[0]


def test_numbers_are_unknown_for_strange_elements_and_unwritable_amounts(describer):
    table = describe(["NaF", "Es", "Na0.62137F9.5e-4", "NaO-"], describer, OWN).set_index("formula")
    assert table["band_gap_eV"].notna().tolist() == [True, False, False, False]
    assert "unknown" in table.loc["Es", "description"] or "not known" in table.loc["Es", "description"]


def test_numbers_lie_in_their_interval_and_salts_know_their_relatives(describer):
    row = describe(["NaF"], describer, OWN).iloc[0]
    assert row["band_gap_eV_low"] <= row["band_gap_eV"] <= row["band_gap_eV_high"]
    assert row["learned_from"] or "KF" in row["similar"]
    assert set(row["similar"].split(", ")) & {"KF", "NaCl", "LiF", "RbF"}
    assert row["metal"]


def test_numbers_can_come_from_the_heads_of_an_encoder(describer, checkpoint):
    assert describe(["NaF"], describer, Saying(numbers=str(checkpoint)))["band_gap_eV"].isna().all()
    told = head_numbers(["NaF", "Fe"], "matbert-small")
    assert np.isfinite(told).all()
    assert told[0, 0] > 2 > told[1, 0]
    row = describe(["NaF"], describer, Saying(numbers="matbert-small")).iloc[0]
    assert row["band_gap_eV"] == pytest.approx(told[0, 0], abs=0.13)  # large gaps are told in quarters


def test_the_same_recipe_gives_the_same_weights(recipe, tmp_path):
    chosen = read_recipe(recipe, DescriberRecipe, ["training.epochs=1"])
    one, two = (
        pretrain_describer(chosen, recipe.parent, tmp_path / name).model.state_dict() for name in "ab"
    )
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_a_teacher_fills_gaps_and_leaves_tables_alone(recipe, formulas):
    from matprior.generation.describing_run import taught

    chosen = read_recipe(recipe, DescriberRecipe, ["teacher=matbert-small"])
    given = np.full((2, len(NUMBERS)), np.nan)
    given[0, 0] = 7.0
    filled = taught(chosen, formulas[:2], given)
    assert filled[0, 0] == 7.0
    assert np.isfinite(filled).all()


def test_a_hidden_number_is_written_but_not_read():
    said = torch.tensor([ids_of(["Class of the material: ", "2.20 eV", " (no metal).▁", "Fe"])] * 2)
    read, write = hidden_numbers(said, torch.tensor([True, False]))
    assert read[0].tolist() == [said[0, 0], UNK, UNK, ID["Fe"]]
    assert write[0].tolist() == [said[0, 0], ID["2.20 eV"], -100, ID["Fe"]]
    assert torch.equal(read[1], said[1])
    assert torch.equal(write[1], said[1])


def test_the_distance_of_numbers_knows_near_from_far():
    grid = torch.tensor([0.0, 1.0, 3.0])
    sure = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    assert ranked(sure, torch.tensor([1, 1, 2]), grid).tolist() == [0, 1, 3]


def test_quantiles_are_places_of_the_distribution():
    logits = torch.log(torch.tensor([[0.3, 0.3, 0.3, 0.1]]))
    assert quantile_places(logits, [0.05, 0.5, 0.95]).tolist() == [[0, 1, 3]]


def test_spoken_numbers_keep_the_order_of_the_formulas(describer):
    network = open_describer(describer)
    some = ["NaF", "Al2O3", "KI", "LiF"]
    together = spoken_numbers(network, some)
    alone = np.concatenate([spoken_numbers(network, [one]) for one in some])
    assert np.array_equal(together, alone, equal_nan=True)


def test_a_describer_is_not_fitted_and_an_encoder_describes_nothing(describer, checkpoint):
    from matprior import MaterialRegressor

    with pytest.raises(ValueError, match="describes compositions and cannot be fitted"):
        MaterialRegressor(model=describer).fit(["NaCl"] * 20, list(range(20)))
    with pytest.raises(ValueError, match="describes nothing"):
        open_describer(checkpoint)


def test_the_shipped_recipe_keeps_aside_what_the_strict_encoder_does():
    path = RECIPES / "matt5-small.yaml"
    assert kind_of(path) == "describer"
    chosen = read_recipe(path, DescriberRecipe)
    encoder = yaml.safe_load((RECIPES / "matbert-small-strict.yaml").read_text())
    assert set(encoder["exclude"]) <= set(chosen.exclude)
    assert {one.name for one in chosen.numbers} == set(NUMBERS)


def test_every_number_has_tokens_in_one_row():
    for name, number in NUMBERS.items():
        ids = [ID[number.token(value)] for value in number.grid]
        assert ids == list(range(FIRST_NUMBER[name], FIRST_NUMBER[name] + len(ids)))
