"""The shipped `matbert-tiny` and its twin with words: whole, small, strict; they know a salt from a metal."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from transformers import AutoModelForPreTraining, AutoTokenizer

from matprior.data.recipe import read_recipe
from matprior.data.seen import SEEN, SeenFormulas
from matprior.models import zoo
from matprior.pretraining.run import PretrainingRecipe

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = zoo.find("matbert-tiny")


def test_it_is_whole_small_and_made_by_the_recipe_of_the_repository():
    names = {path.name for path in FOLDER.iterdir()}
    assert names >= {"README.md", "config.json", "matprior.json", "model.safetensors", "recipe.yaml",
                     "scores.json", SEEN, "tokenizer_config.json"}  # fmt: skip
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 4e6
    written, ours = (
        read_recipe(file, PretrainingRecipe)
        for file in (FOLDER / "recipe.yaml", REPOSITORY / "recipes" / "matbert-tiny.yaml")
    )
    assert written == ours
    assert "matbert-tiny" in set(zoo.list_models()["name"])


def test_it_opens_with_the_auto_classes_and_names_its_properties():
    model, tokenizer = AutoModelForPreTraining.from_pretrained(FOLDER), AutoTokenizer.from_pretrained(FOLDER)
    answers = model.eval()(**tokenizer(["NaCl", "NiAl", "MgO"], padding=True, return_tensors="pt"))
    names = [column["name"] for column in model.config.properties]
    facts = {name: model.config.properties[names.index(name)] for name in names}

    def told(name: str) -> list[float]:
        raw = answers.property_logits[:, names.index(name)]
        return (raw * facts[name]["scale"] + facts[name]["mean"]).tolist()

    gap, energy = told("mp_band_gap"), told("mp_formation_energy")
    assert gap[0] > gap[1] + 1  # a salt and a metal
    assert abs(gap[1]) < 0.5
    assert energy[2] < energy[1]  # MgO and NiAl: -3.0 and -0.6 eV/atom in the Materials Project


@pytest.mark.parametrize("name", ["expt_gap", "expt_is_metal", "glass", "steels_yield", "dielectric"])
def test_no_formula_of_a_benchmark_was_seen(shared, name):
    table = pd.read_csv(shared / "compositions" / "matbench" / f"{name}.csv", keep_default_na=False)
    some = list(table["formula"])[::20]
    assert not SeenFormulas(FOLDER / SEEN).contains(some).any()


def test_the_twin_answers_by_word_and_reads_formulas_with_and_without_words():
    from matprior.pretraining.asking import ask

    told = ask(
        "matbert-tiny-prompted", ["[HALIDE] NaCl [BAND_GAP]", "NiAl [BAND_GAP]", "MgO [FORMATION_ENERGY]"]
    )
    assert told["task"].tolist() == ["[BAND_GAP]", "[BAND_GAP]", "[FORMATION_ENERGY]"]
    assert told["unit"].tolist() == ["eV", "eV", "eV/atom"]
    salt, metal, energy = told["value"]
    assert salt > metal + 1
    assert energy < -1
    twin = zoo.find("matbert-tiny-prompted")
    assert sum(path.stat().st_size for path in twin.iterdir()) < 4e6
    assert (twin / SEEN).read_bytes() == (FOLDER / SEEN).read_bytes()
