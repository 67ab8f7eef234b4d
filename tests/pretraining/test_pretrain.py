"""A whole pretraining in the small: from files of formulas to a checkpoint that learns a new property."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForPreTraining, AutoTokenizer

import matprior.pretraining.run as run_module
from matprior.data.recipe import read_recipe
from matprior.estimators import MaterialRegressor
from matprior.models.matbert import MatBertConfig, MatBertForPreTraining
from matprior.models.zoo import facts
from matprior.pretraining.corpus import PropertySource
from matprior.pretraining.masking import Masking
from matprior.pretraining.objectives import Contrastive, Denoising, MaskedAtoms
from matprior.pretraining.result import split_rows
from matprior.pretraining.run import Pretrained, PretrainingRecipe, corpus_of, pretrain, systems_of
from matprior.pretraining.saving import save
from matprior.tokens.composition import encode_many
from matprior.training.loop import TrainingOptions

CATIONS = ["Li", "Na", "K", "Rb", "Cs", "Cu", "Ag", "Tl", "Mg", "Ca", "Sr", "Ba", "Zn", "Cd"]
ANIONS = ["F", "Cl", "Br", "I", "O", "S", "Se", "Te"]


class Killed(Exception):
    """Stands for the power cut."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """224 formulas; one property known for all of them, one for a third."""
    folder = tmp_path_factory.mktemp("data")
    strings = [f"{c}{a}{n}" for c in CATIONS for a in ANIONS for n in (1, 2)]
    numbers = [(i // 16) + 3.0 * (i // 2 % 8) for i in range(len(strings))]
    (folder / "corpus.txt").write_text("\n".join(strings), encoding="utf-8")
    gaps = [f"{s},{y}" for s, y in zip(strings, numbers, strict=True)]
    (folder / "gap.csv").write_text("formula,gap\n" + "\n".join(gaps), encoding="utf-8")
    (folder / "hard.csv").write_text(
        "formula,K\n"
        + "\n".join(f"{s},{10 + 2 * y}" for s, y in list(zip(strings, numbers, strict=True))[::3]),
        encoding="utf-8",
    )
    return folder


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch, tiny_shape: dict[str, int]) -> PretrainingRecipe:
    """Two properties, 2 epochs of a network of 2 layers; dropout is on, so that a resume must restore it."""
    changes = {**tiny_shape, "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1}
    changes["initializer_range"] = (
        0.1  # 0.02 suits wide networks; one of 32 units would learn nothing in 30 epochs
    )

    real = run_module._config

    def config(recipe: PretrainingRecipe, columns: list[dict[str, Any]]) -> MatBertConfig:
        found = real(recipe, columns)
        for name, value in changes.items():
            setattr(found, name, value)
        return found

    monkeypatch.setattr(run_module, "_config", config)
    return PretrainingRecipe(
        name="try",
        size="tiny",
        sources=["corpus.txt"],
        properties=[
            PropertySource("gap", ["gap.csv"], "gap", unit="eV"),
            PropertySource("hardness", ["hard.csv"], "K", unit="GPa", transform="log10"),
        ],
        heldout=0.1,
        training=TrainingOptions(
            epochs=2, batch_size=32, save_every=5,
            learning_rate=3e-3, head_learning_rate=3e-3, layer_decay=1.0,
        ),
    )  # fmt: skip


def weights(result: Pretrained) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in result.model.state_dict().items()}


def test_a_pretraining_runs_is_continued_after_a_kill_and_its_folder_fine_tunes(data, recipe, tmp_path):
    whole = pretrain(recipe, data, tmp_path / "whole")

    def killer(done: int, total: int, what: str) -> None:
        if done == 8:  # in the middle of the second epoch of 7 steps; the last checkpoint is step 5
            raise Killed

    with pytest.raises(Killed):
        pretrain(recipe, data, tmp_path / "broken", killer)
    again = pretrain(recipe, data, tmp_path / "broken")
    for name, tensor in weights(whole).items():
        assert torch.equal(tensor, weights(again)[name]), name
    assert again.scores == whole.scores
    assert whole.n_strings == 224 - 22

    folder = save(whole, recipe, tmp_path / "checkpoint")
    opened = AutoModelForPreTraining.from_pretrained(folder)
    assert isinstance(opened, MatBertForPreTraining)
    for name, tensor in whole.model.state_dict().items():
        assert torch.equal(tensor, opened.state_dict()[name]), name
    batch = AutoTokenizer.from_pretrained(folder)(["NaCl", "Fe2O3"], padding=True, return_tensors="pt")
    assert opened(**batch).property_logits.shape == (2, 2)

    strings = [f"{c}{a}" for c in CATIONS[:6] for a in ANIONS]
    fitted = MaterialRegressor(folder, training={"epochs": 1}).fit(strings, np.arange(48.0))
    assert np.isfinite(fitted.predict(["NaCl", "Fe2O3"])).all()


def test_the_saved_folder_repeats_the_run_and_tells_its_facts(data, recipe, tmp_path):
    result = pretrain(recipe, data, tmp_path / "out")
    folder = save(result, recipe, tmp_path / "out")
    assert read_recipe(folder / "recipe.yaml", PretrainingRecipe) == recipe
    assert json.loads((folder / "scores.json").read_text(encoding="utf-8")) == result.scores
    told = facts(folder)
    assert (told["kind"], told["formulas"], told["properties"]) == ("pretrained", 202, 2)
    assert told["parameters"] == result.model.num_parameters()
    assert [column["name"] for column in result.model.config.properties] == ["gap", "hardness"]
    assert not [path for path in folder.iterdir() if path.suffix in (".bin", ".pt", ".pkl", ".pth")]


def test_the_heads_are_trained_not_only_the_encoder(data, recipe, tmp_path):
    start: list[dict[str, torch.Tensor]] = []
    recipe = replace(recipe, training=replace(recipe.training, epochs=1))
    real = run_module.train

    def train(model: torch.nn.Module, *args: Any, **kwargs: Any) -> Any:
        start.append({name: tensor.clone() for name, tensor in model.state_dict().items()})
        return real(model, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_module, "train", train)
        result = pretrain(recipe, data, tmp_path)
    for name in (
        "cls.predictions.transform.dense.weight",
        "cls.predictions.bias",
        "properties.weight",
        "matbert.pooler.0.weight",
        "matbert.amount_encoding.project.weight",
        "matbert.bert.embeddings.word_embeddings.weight",
    ):
        assert not torch.equal(start[0][name], result.model.state_dict()[name]), name


def test_scores_stand_beside_their_baselines_and_pretraining_teaches(data, recipe, tmp_path):
    training = replace(recipe.training, epochs=30, save_every=1000)
    recipe = replace(recipe, training=training, property_weight=5.0)
    result = pretrain(recipe, data, tmp_path)
    masked = {record["model"]: record for record in result.scores if record["task"] == "masked_atom"}
    assert masked.keys() == {"unigram", "cooccurrence", "substitution", "network"}
    assert masked["network"]["cross_entropy"] < masked["unigram"]["cross_entropy"]
    assert {record["n"] for record in masked.values()} == {22}
    properties = {record["task"]: record for record in result.scores if "MAE" in record}
    assert properties["gap"]["MAE"] < 0.8 * properties["gap"]["MAE_dummy"]
    assert properties["hardness"]["unit"] == "log10(GPa)"


def test_masked_atoms_alone_need_no_property(data, recipe, tmp_path):
    recipe = replace(recipe, properties=[], limit=60, training=replace(recipe.training, epochs=1))
    recipe = replace(recipe, masked_atoms=MaskedAtoms(masking=Masking(strategy="balanced")))
    result = pretrain(recipe, data, tmp_path)
    assert result.model.config.properties is None
    assert {record["task"] for record in result.scores} == {"masked_atom", "masked_atom_group", "views"}
    assert not hasattr(recipe.masked_atoms.masking.choice, "weights")
    assert result.n_strings == 54


def test_objectives_are_combined_by_their_weights_and_one_is_needed(data, recipe, tmp_path):
    assert list(recipe.objectives()) == ["masked_atoms", "properties"]
    only = replace(recipe, masked_atoms=MaskedAtoms(weight=0.0), denoising=Denoising(weight=0.5))
    assert list(only.objectives()) == ["denoising", "properties"]
    only = replace(only, limit=60, training=replace(recipe.training, epochs=1))
    assert {r["task"] for r in pretrain(only, data, tmp_path / "a").scores} >= {"masked_atom", "gap"}
    none = replace(recipe, masked_atoms=MaskedAtoms(weight=0.0), property_weight=0.0)
    with pytest.raises(ValueError, match="every weight is 0"):
        pretrain(none, data, tmp_path / "b")


@pytest.fixture
def everything(recipe, data) -> PretrainingRecipe:
    """All objectives at once, a yes-or-no property, learned scales, one epoch of 7 steps."""
    metal = PropertySource("metal", ["gap.csv"], "gap", kind="binary", transform="is_zero")
    return replace(
        recipe,
        properties=[*recipe.properties, metal],
        property_balance="uncertainty",
        contrastive=Contrastive(weight=0.2),
        denoising=Denoising(weight=0.2),
        training=replace(recipe.training, epochs=1, save_every=3),
    )


def test_all_objectives_survive_a_kill_and_are_scored(data, everything, tmp_path):
    whole = pretrain(everything, data, tmp_path / "whole")

    def killer(done: int, total: int, what: str) -> None:
        assert "rows/s" in what
        if done == 5:
            raise Killed

    with pytest.raises(Killed):
        pretrain(everything, data, tmp_path / "broken", killer)
    again = pretrain(everything, data, tmp_path / "broken")
    assert weights(again).keys() == weights(whole).keys()
    for name, tensor in weights(whole).items():
        assert torch.equal(tensor, weights(again)[name]), name
    assert not [name for name in weights(whole) if name.startswith(("projection", "scales"))]

    found = {record["task"]: record for record in whole.scores}
    assert 0 <= found["views"]["alignment"] <= 4
    assert -8 <= found["views"]["uniformity"] <= 0
    assert 0 <= found["denoising"]["top1"] <= 1
    columns = {column["name"]: column for column in whole.model.config.properties}
    assert columns["metal"]["kind"] == "binary"
    assert (columns["metal"]["mean"], columns["metal"]["scale"]) == (0, 1)
    assert all(column["learned_scale"] > 0 for column in columns.values())
    history = json.loads((tmp_path / "whole" / "run" / "history.json").read_text())
    (watched,) = [row for row in history if "heldout_masked_atoms" in row]
    names = ["contrastive", "masked_atoms", "denoising", "properties"]
    assert [key for key in watched if key.startswith("heldout_")] == [f"heldout_{name}" for name in names]
    assert all(np.isfinite(value) for value in watched.values())
    folder = save(whole, everything, tmp_path / "out")
    assert "masked atoms, denoising and 3 computed properties" in facts(folder)["objectives"]
    assert read_recipe(folder / "recipe.yaml", PretrainingRecipe) == everything


def test_the_contrastive_objective_pulls_views_together(data, recipe, tmp_path):
    training = replace(recipe.training, epochs=6, save_every=1000)
    only = replace(recipe, properties=[], masked_atoms=MaskedAtoms(weight=0.0), training=training)
    only = replace(only, contrastive=Contrastive(share=1.0))
    pretrain(only, data, tmp_path)
    history = json.loads((tmp_path / "run" / "history.json").read_text())
    losses = [row["heldout_contrastive"] for row in history if "heldout_contrastive" in row]
    assert losses[-1] < losses[0] - 0.05


def test_the_repeat_encoding_pretrains_too(data, recipe, tmp_path):
    recipe = replace(recipe, encoding="repeat", limit=60, training=replace(recipe.training, epochs=1))
    result = pretrain(recipe, data, tmp_path)
    assert result.model.config.encoding == result.tokenizer.encoding == "repeat"


def test_a_hidden_amount_is_learned_and_scored_beside_the_median(data, recipe, tmp_path):
    # The cation decides: A X for the first seven, A X2 for the others.
    strings = [f"{c}{a}{1 if i < 7 else 2}" for i, c in enumerate(CATIONS) for a in ANIONS]
    (data / "ionic.txt").write_text("\n".join(strings), encoding="utf-8")
    training = replace(recipe.training, epochs=25, batch_size=16, save_every=1000)
    # The divergence of a fraction is some 0.05, that of an element some 4.
    atoms = MaskedAtoms(predict_amount=True, amount_weight=50.0, masking=Masking(masked_share=1.0))
    recipe = replace(recipe, sources=["ionic.txt"], properties=[], masked_atoms=atoms, training=training)
    result = pretrain(recipe, data, tmp_path / "run")
    (amount,) = [record for record in result.scores if record["task"] == "masked_amount"]
    assert amount["MAE"] < amount["MAE_dummy"]
    opened = AutoModelForPreTraining.from_pretrained(save(result, recipe, tmp_path / "out"))
    assert torch.equal(opened.fraction.weight, result.model.fraction.weight)


def test_the_repeat_encoding_has_no_amount_to_predict(data, recipe, tmp_path):
    recipe = replace(recipe, encoding="repeat", masked_atoms=MaskedAtoms(predict_amount=True))
    with pytest.raises(ValueError, match="predict_amount needs encoding: amounts, got 'repeat'"):
        pretrain(recipe, data, tmp_path)


def test_a_model_without_an_amount_head_is_what_it_was(tiny_shape):
    torch.manual_seed(0)
    plain = MatBertForPreTraining(MatBertConfig.of_size("tiny", **tiny_shape))
    torch.manual_seed(0)
    more = MatBertForPreTraining(MatBertConfig.of_size("tiny", **tiny_shape, predict_amount=True))
    assert set(more.state_dict()) - set(plain.state_dict()) == {"fraction.weight", "fraction.bias"}
    batch = torch.tensor([[2, 13, 30, 3]]), torch.tensor([[0, 0.6, 0.4, 0]])
    assert plain(*batch).amount_logits is None
    assert more(*batch).amount_logits.shape == (1, 4)


def test_an_unknown_element_starts_from_the_mean_of_all(data, recipe, tmp_path):
    recipe = replace(recipe, limit=60, training=replace(recipe.training, epochs=1))
    vectors = pretrain(recipe, data, tmp_path).model.get_input_embeddings().weight
    torch.testing.assert_close(vectors[1], vectors[5:].mean(0))


def test_a_property_with_too_few_values_is_named(data, recipe, tmp_path):
    (data / "few.csv").write_text("formula,y\nNaCl,1\nKCl,2\n", encoding="utf-8")
    recipe = replace(recipe, properties=[PropertySource("rare", ["few.csv"], "y")])
    with pytest.raises(ValueError, match=r"'rare' has \d known values; at least 10"):
        pretrain(recipe, data, tmp_path)


def test_mean_and_scale_of_a_property_come_from_learning_rows_alone(data, recipe, tmp_path):
    recipe = replace(recipe, limit=100, training=replace(recipe.training, epochs=1))
    result = pretrain(recipe, data, tmp_path / "a")
    gap = result.model.config.properties[0]
    assert gap["n"] == result.n_strings == 90


def test_a_finished_folder_is_not_trained_again(data, recipe, tmp_path):
    recipe = replace(recipe, limit=60, training=replace(recipe.training, epochs=1))
    first = pretrain(recipe, data, tmp_path / "out")
    steps: list[int] = []
    second = pretrain(recipe, data, tmp_path / "out", lambda done, total, what: steps.append(done))
    assert steps == []
    assert second.scores == first.scores
    shutil.rmtree(tmp_path / "out")


def test_chemical_systems_kept_aside_share_no_formula_with_those_learned_from(data, recipe, tmp_path):
    recipe.heldout_by = "system"
    plain = encode_many(corpus_of(recipe, data).strings)
    systems = systems_of(plain)
    learn, kept = split_rows(len(systems), recipe, systems)
    assert not set(systems[learn]) & set(systems[kept])
    assert len(learn) + len(kept) == len(systems)
    assert len(kept) == round(0.1 * len(systems))  # every system of this corpus has two formulas
    salt, other_amounts, with_oxygen = systems_of(encode_many(["NaCl", "Na2Cl3", "NaClO"]))
    assert salt == other_amounts != with_oxygen


def test_an_unknown_kind_of_kept_rows_is_refused_before_anything_is_read(data, recipe, tmp_path):
    recipe.heldout_by = "element"
    with pytest.raises(ValueError, match="heldout_by is 'element'; expected formula or system"):
        pretrain(recipe, data, tmp_path / "out")
