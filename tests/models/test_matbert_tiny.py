"""The shipped `matbert-tiny`: whole, small, strict, and its words mean what they say."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from transformers import AutoModelForPreTraining, AutoTokenizer

from matprior.data.recipe import read_recipe
from matprior.data.seen import SEEN, SeenFormulas
from matprior.models import zoo
from matprior.notations.material_classes import CLASSES
from matprior.pretraining.asking import ask
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


def test_it_opens_with_the_auto_classes_and_knows_its_words():
    model, tokenizer = AutoModelForPreTraining.from_pretrained(FOLDER), AutoTokenizer.from_pretrained(FOLDER)
    assert model.config.words[: len(CLASSES)] == [f"[{name}]" for name in CLASSES]
    tokens = tokenizer.convert_ids_to_tokens(tokenizer("[OXIDE] Fe2O3 [BAND_GAP]")["input_ids"])
    assert tokens == ["[CLS]", "[OXIDE]", "Fe", "O", "[BAND_GAP]", "[SEP]"]


def test_a_task_word_gets_a_sensible_answer_without_any_label():
    told = ask("matbert-tiny", ["[MP] NaCl [BAND_GAP]", "[MP] NiAl [BAND_GAP]", "[MP] MgO [FORMATION_ENERGY]",
                                "[MP] NiAl [FORMATION_ENERGY]", "NaCl [BAND_GAP]"])  # fmt: skip
    wide, metal, oxide, alloy, plain = told["value"]
    assert 3.5 < wide < 7
    assert abs(metal) < 0.3
    assert -3.6 < oxide < -2.2  # -3.0 eV/atom in the Materials Project
    assert -1.2 < alloy < -0.3
    assert 3 < plain < 7


@pytest.mark.parametrize("name", ["expt_gap", "expt_is_metal", "glass", "steels_yield", "dielectric"])
def test_no_formula_of_a_benchmark_was_seen(shared, name):
    table = pd.read_csv(shared / "compositions" / "matbench" / f"{name}.csv", keep_default_na=False)
    some = list(table["formula"])[::20]
    assert not SeenFormulas(FOLDER / SEEN).contains(some).any()
