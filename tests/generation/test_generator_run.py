"""A recipe becomes a folder that opens without us, and what it learned is better than counting."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from matprior.data.recipe import read_recipe
from matprior.generation.lessons import lessons_of
from matprior.generation.ngram import Trigram
from matprior.generation.propose import open_generator, propose
from matprior.generation.recipe import KIND, GeneratorRecipe, kind_of
from matprior.generation.rows import IGNORED, showing, with_asked
from matprior.generation.run import pretrain_generator
from matprior.tokens.sentences import ID, PAD, TOKENS, encode_sentences
from matprior.training.batches import Rows

RECIPES = Path(__file__).resolve().parents[2] / "recipes"


def test_the_folder_opens_with_plain_auto_classes(generator):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(generator)
    tokenizer = AutoTokenizer.from_pretrained(generator)
    torch.manual_seed(0)
    ids = model.generate(**tokenizer([""] * 20, return_tensors="pt"))
    texts = tokenizer.batch_decode(ids, skip_special_tokens=True)
    assert (
        sum(text.startswith(("Na", "K", "Rb", "Cs", "Li", "Ba", "Sr", "Ca", "La", "Y")) for text in texts) > 5
    )
    assert not any("=" in tokenizer.decode(row) for row in ids)  # what people ask, it never says itself


def test_unbalanced_and_unwritable_formulas_are_counted_and_left_out(recipe_file, formulas):
    lessons = lessons_of(read_recipe(recipe_file, GeneratorRecipe), recipe_file.parent)
    assert sorted(lessons.strings) == sorted(formulas)
    assert "120 of 122 formulas are charge-neutral" in " ".join(lessons.notes)


def test_held_out_formulas_are_likelier_than_without_training(generator, untrained):
    from matprior.generation.rows import nats_per_string

    told = {one["model"]: one["value"] for one in json.loads((generator / "scores.json").read_text())}
    encoded, _ = encode_sentences(["NaCl", "MgO"])
    assert told["salts"] < nats_per_string(untrained, encoded) / 2


def test_the_same_recipe_gives_the_same_weights(recipe_file, tmp_path):
    recipe = read_recipe(recipe_file, GeneratorRecipe, ["training.epochs=1"])
    one, two = (
        pretrain_generator(recipe, recipe_file.parent, tmp_path / name).model.state_dict() for name in "ab"
    )
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_another_recipe_does_not_continue_a_run(recipe_file, generator):
    recipe = read_recipe(recipe_file, GeneratorRecipe, ["seed=7"])
    with pytest.raises(ValueError, match="another recipe"):
        pretrain_generator(recipe, recipe_file.parent, generator)


def test_what_is_asked_moves_the_proposals(generator):
    """Salts have the gap 0.5 eV x (place mod 8): asking for one value makes the right anion likelier."""
    from matprior.generation.sample import Sampling, sample

    model = open_generator(generator)
    shares = []
    for asked in ({"band_gap": 0.0}, {"band_gap": 3.5}):
        found = sample(model, 300, Sampling(seed=0), asked=asked).strings
        shares.append(np.mean([formula is not None and "F" in formula for formula in found]))
    assert shares[0] > 2 * shares[1]  # fluorides stand first of eight anions: a gap of 0


def test_properties_are_hidden_by_chance_and_rows_close_up():
    encoded, _ = encode_sentences(["NaCl", "Fe2O3"] * 200)
    gaps = np.where(np.arange(400) % 2 == 0, 1.5, np.nan)[:, None]
    rows = Rows(with_asked(encoded, gaps, ["band_gap"]))
    batch = showing(0.5, seed=0)(rows.__getitems__(list(range(400))))
    ids, labels = batch["input_ids"], batch["labels"]
    asked = (ids == ID["<band_gap=1.5>"]).any(1)
    assert not asked[1::2].any()
    assert 0.35 < asked[::2].float().mean() < 0.65
    for row, known in zip(ids.tolist(), labels.tolist(), strict=True):
        text = [TOKENS[i] for i in row if i != PAD]
        assert text[0] == "<bos>"
        assert text[-1] == "<eos>"
        assert row.index(ID["<eos>"]) == len(text) - 1  # no gap in the middle
        assert [TOKENS[i] for i in known if i != IGNORED] == [
            t for t in text if not t.startswith(("<bos", "<band"))
        ]


def test_the_trigram_knows_what_it_counted():
    encoded, _ = encode_sentences(["NaCl"] * 40 + ["MgO"] * 40)
    model = Trigram(encoded)
    strange, _ = encode_sentences(["NaO", "MgCl"])
    assert model.nats_per_string(encoded) < 1 < model.nats_per_string(strange)
    assert np.allclose(model.chances(np.array([1, 1]), np.array([1, ID["Na"]])).sum(1), 1)


def test_a_generator_is_not_fitted_and_an_encoder_writes_nothing(generator, checkpoint):
    from matprior import MaterialRegressor

    with pytest.raises(ValueError, match="writes strings and cannot be fitted"):
        MaterialRegressor(model=generator).fit(["NaCl"] * 20, list(range(20)))
    with pytest.raises(ValueError, match="writes no formulas"):
        propose(checkpoint, 3)


def test_a_property_without_tokens_is_refused_in_recipe_and_request(recipe_file, generator):
    with pytest.raises(ValueError, match="no tokens in the grammar"):
        read_recipe(recipe_file, GeneratorRecipe, ["properties=[{name: colour, files: [a.csv], column: a}]"])
    with pytest.raises(ValueError, match="cannot be asked for"):
        propose(generator, 3, asked={"colour": 1.0})


def test_the_shipped_recipe_is_one_of_a_generator():
    path = RECIPES / "matgpt-small.yaml"
    assert kind_of(path) == KIND
    assert kind_of(RECIPES / "matbert-small.yaml") is None
    assert read_recipe(path, GeneratorRecipe).name == "matgpt-small"
