"""Hard prompts: what is put beside a formula, what is asked, and what a checkpoint with them can do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import AutoTokenizer

import matprior.pretraining.run as run_module
from matprior.cli.app import app
from matprior.data.recipe import read_recipe
from matprior.estimators import MaterialRegressor, load
from matprior.models.matbert import MatBertConfig, MatBertForPreTraining
from matprior.notations import InvalidString
from matprior.notations.material_classes import CLASSES
from matprior.pretraining.asking import ask, asked
from matprior.pretraining.corpus import PropertySource
from matprior.pretraining.hard_prompts import HardPrompts
from matprior.pretraining.masking import IGNORED
from matprior.pretraining.mixture import corruption, losses
from matprior.pretraining.objectives import MaskedAtoms
from matprior.pretraining.prompt_words import class_bits, tasks_of, words_of
from matprior.pretraining.run import PretrainingRecipe, pretrain
from matprior.pretraining.saving import save
from matprior.tokens.composition import CompositionTokenizer, encode_many
from matprior.tokens.encoders import encode
from matprior.tokens.vocabulary import VOCABULARY_SIZE
from matprior.training.batches import Rows
from matprior.training.loop import TrainingOptions

REPOSITORY = Path(__file__).resolve().parents[2]
STRINGS = [f"{c}{a}{n}" for c in ("Li", "Na", "K", "Rb", "Mg", "Ca", "Sr") for a in "FOS" for n in (1, 2)]
SOURCES = [
    PropertySource("mp_band_gap", ["mp.csv"], "gap", unit="eV"),
    PropertySource("oqmd_band_gap", ["oqmd.csv"], "gap", unit="eV"),
    PropertySource("mp_hardness", ["mp.csv"], "hardness", unit="GPa", transform="log10"),
]
COLUMNS = [
    {"name": source.name, "unit": source.unit, "transform": source.transform, "n": 30} | facts
    for source, facts in zip(
        SOURCES,
        ({"mean": 1.0, "scale": 2.0}, {"mean": 3.0, "scale": 1.0}, {"mean": 0.5, "scale": 0.2}),
        strict=True,
    )
]


@pytest.fixture(scope="module")
def config(tiny_shape: dict[str, int]) -> MatBertConfig:
    words = words_of(True, True, SOURCES)
    return MatBertConfig.of_size(
        "tiny",
        vocab_size=VOCABULARY_SIZE + len(words),
        words=words,
        task_words=tasks_of(SOURCES, COLUMNS),
        properties=COLUMNS,
        **tiny_shape,
    )


@pytest.fixture(scope="module")
def folder(config: MatBertConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of random weights whose vocabulary has prompts."""
    from matprior.models.families import save_tokenizer

    found = tmp_path_factory.mktemp("prompted")
    torch.manual_seed(0)
    MatBertForPreTraining(config).save_pretrained(found)
    save_tokenizer(config, found)
    return found


def rows_of(known: np.ndarray) -> Rows:
    encoded = replace(encode_many(STRINGS), extra=class_bits(STRINGS))
    return Rows(encoded, known.astype(np.float32))


def prepared(config: MatBertConfig, **options: Any) -> HardPrompts:
    prompts = HardPrompts(**{"classes": True, "tasks": True, **options})
    prompts.prepare(config, 1.0)
    return prompts


def words_in(config: MatBertConfig, row: torch.Tensor) -> list[str]:
    return [config.words[token - VOCABULARY_SIZE] for token in row.tolist() if token >= VOCABULARY_SIZE]


def test_words_are_classes_then_databases_then_tasks(config):
    assert config.words[: len(CLASSES)] == [f"[{name}]" for name in CLASSES]
    assert config.words[len(CLASSES) :] == ["[MP]", "[OQMD]", "[BAND_GAP]", "[HARDNESS]"]
    assert words_of(False, False, SOURCES) == []


def test_properties_of_one_word_share_a_scale_that_gives_back_their_values(config):
    prompts, task = prepared(config), config.task_words[0]
    assert task["properties"] == {"mp_band_gap": "[MP]", "oqmd_band_gap": "[OQMD]"}
    for i in (0, 1):
        shared = 0.7 * prompts.factor[i] + prompts.shift[i]
        own = 0.7 * COLUMNS[i]["scale"] + COLUMNS[i]["mean"]
        assert shared * task["scale"] + task["mean"] == pytest.approx(own, abs=1e-5)


def test_two_properties_of_one_database_cannot_share_a_word():
    twice = [SOURCES[0], PropertySource("mp_gap", ["b.csv"], "gap", unit="eV", task="band_gap")]
    with pytest.raises(ValueError, match=r"mp_band_gap, mp_gap.*another `task`"):
        tasks_of(twice, COLUMNS[:2])


def test_the_words_beside_a_formula_are_its_own_classes_and_known_properties_of_one_database(config):
    known = np.random.default_rng(0).normal(size=(len(STRINGS), 3))
    known[::3, 0] = np.nan
    known[::2, 1] = np.nan
    prompts = prepared(config, class_share=1.0, class_drop=0.0, task_share=1.0, database_drop=0.0)
    batch = prompts.corrupt(rows_of(known).__getitems__(list(range(len(STRINGS)))), seed=0)
    from matprior.notations import classes_of

    names = [column["name"] for column in COLUMNS]
    for i, string in enumerate(STRINGS):
        words = words_in(config, batch["input_ids"][i])
        classes = [word for word in words if word[1:-1] in CLASSES]
        assert classes == [f"[{name}]" for name in classes_of(string)]
        labels = batch["task_labels"][i].isfinite()
        questions = [names[j].partition("_") for j in np.flatnonzero(labels)]
        assert 1 <= len(questions) <= 2
        assert len({database for database, _, _ in questions}) == 1
        expected = {f"[{questions[0][0].upper()}]", *(f"[{task.upper()}]" for _, _, task in questions)}
        assert set(words) - set(classes) == expected
        for j in np.flatnonzero(labels):
            at = int(batch["task_at"][i, j])
            assert (
                words_in(config, batch["input_ids"][i, at : at + 1])[0]
                == f"[{names[j].partition('_')[2].upper()}]"
            )
            assert np.isfinite(known[i, j])


def test_words_have_no_amount_are_attended_to_and_are_never_masked_atoms(config):
    rows = rows_of(np.full((len(STRINGS), 3), 0.5))
    plain = rows.__getitems__(list(range(len(STRINGS))))
    objectives = {"masked_atoms": MaskedAtoms(), "hard_prompts": prepared(config, class_share=1.0)}
    batch = corruption(objectives, 3)(plain)
    prompt = batch["input_ids"] >= VOCABULARY_SIZE
    assert prompt.any()
    assert (batch["amounts"][prompt] == 0).all()
    assert (batch["attention_mask"][prompt] == 1).all()
    assert (batch["asked"][prompt] == IGNORED).all()
    assert (batch["input_ids"][:, 0] == plain["input_ids"][:, 0]).all()  # [CLS] stays where it was
    masked = (batch["asked"] != IGNORED).any(1)
    assert masked.any()
    assert batch["task_labels"][masked].isnan().all()  # no property can be told of a formula with a hole


def test_shares_of_nought_leave_the_batch_and_its_answers_as_they_were(config):
    rows = rows_of(np.full((len(STRINGS), 3), 0.5))
    plain = rows.__getitems__(list(range(8)))
    none = prepared(config, class_share=0.0, task_share=0.0).corrupt(plain, 0)
    assert (none["input_ids"] < VOCABULARY_SIZE).all()
    torch.manual_seed(0)
    model = MatBertForPreTraining(config).eval()
    term = losses({"hard_prompts": prepared(config, task_share=0.0)}, model, none)["hard_prompts"]
    assert float(term.detach()) == 0


def test_the_tokenizer_and_the_bulk_path_give_the_same_ids(folder, config):
    texts = ["[OXIDE] Fe2O3 [BAND_GAP]", "NaCl", "[MP] [HALIDE] LiF", "SrTiO3 [MP] [HARDNESS]"]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ours = encode(texts, "composition", "amounts", 64, config.words)
    theirs = tokenizer(texts, padding=True, return_tensors="np")
    assert (ours.ids == theirs["input_ids"]).all()
    np.testing.assert_allclose(ours.amounts, theirs["amounts"], atol=1e-7)
    assert tokenizer.convert_ids_to_tokens(ours.ids[0].tolist())[:3] == ["[CLS]", "[OXIDE]", "Fe"]
    assert (encode(["NaCl"], "composition", prompts=config.words).ids == encode_many(["NaCl"]).ids).all()


def test_a_word_the_model_lacks_is_an_error_that_names_the_nearest(folder, config, checkpoint):
    with pytest.raises(InvalidString, match=r"row 2.*\[OXIDES\] is none of.*Did you mean '\[OXIDE\] Fe2O3'"):
        encode(["NaCl", "[OXIDES] Fe2O3"], "composition", prompts=config.words)
    with pytest.raises(InvalidString, match=r"\[OXIDE\] is a hard prompt"):
        MaterialRegressor(checkpoint, training={"epochs": 1}).fit(["[OXIDE] Fe2O3"] * 12, np.arange(12.0))
    with pytest.raises(InvalidString, match=r"\[OXIDE\] is a hard prompt"):
        CompositionTokenizer()("[OXIDE] Fe2O3")


def test_weighted_pooling_sees_prompts_only_through_the_atoms(folder, config):
    model = MatBertForPreTraining.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    with torch.no_grad():
        vectors = [
            model(**tokenizer(text, return_tensors="pt")).pooler_output
            for text in ("Fe2O3", "[OXIDE] Fe2O3", "Fe2O3 [OXIDE]", "[HALIDE] Fe2O3")
        ]
    assert torch.allclose(vectors[1], vectors[2], atol=1e-6)  # the place of a prompt has no meaning
    assert not torch.allclose(vectors[0], vectors[1], atol=1e-6)
    assert not torch.allclose(vectors[1], vectors[3], atol=1e-6)


def test_fit_predict_and_folder_take_prompts(folder, tmp_path):
    strings = [f"[HALIDE] {string} [BAND_GAP]" for string in STRINGS]
    fitted = MaterialRegressor(folder, training={"epochs": 1}).fit(strings, np.arange(float(len(STRINGS))))
    fitted.save(tmp_path / "fitted")
    again = load(tmp_path / "fitted")
    np.testing.assert_array_equal(again.predict(strings[:4]), fitted.predict(strings[:4]))
    assert (fitted.predict(strings[:4]) != fitted.predict(STRINGS[:4])).all()


def test_the_command_line_takes_prompts(folder, tmp_path, capsys):
    table = pd.DataFrame(
        {"formula": [f"[OXIDE] {s} [BAND_GAP]" for s in STRINGS], "gap_eV": range(len(STRINGS))}
    )
    table.to_csv(tmp_path / "table.csv", index=False)
    run = ["fit", str(tmp_path / "table.csv"), "--target", "gap_eV", "--model", str(folder), "--strategy",
           "full", "--set",
           "epochs=1", "--output", str(tmp_path / "model")]  # fmt: skip
    app(run, standalone_mode=False)
    answered = tmp_path / "out.csv"
    run = ["predict", str(tmp_path / "model"), str(tmp_path / "table.csv"), "--output", str(answered)]
    app(run, standalone_mode=False)
    out = pd.read_csv(answered)
    assert list(out["formula"]) == list(table["formula"])
    assert np.isfinite(out.iloc[:, 2]).all()


def test_asking_reads_the_answer_at_the_task_word_in_its_unit(folder, config):
    told = ask(folder, ["[OXIDE] Fe2O3 [BAND_GAP]", "[MP] NaCl [BAND_GAP] [HARDNESS]"])
    assert told["task"].tolist() == ["[BAND_GAP]", "[BAND_GAP]", "[HARDNESS]"]
    assert told["unit"].tolist() == ["eV", "eV", "GPa"]
    model = MatBertForPreTraining.from_pretrained(folder).eval()
    raw = asked(model, encode_many(["NaCl"]), ["[MP]", "[BAND_GAP]"])[0]
    task = config.task_words[0]
    alone = ask(folder, ["NaCl [MP] [BAND_GAP]"])["value"][0]
    assert alone == pytest.approx(raw * task["scale"] + task["mean"], abs=1e-5)
    with pytest.raises(ValueError, match=r"asks for nothing.*\[BAND_GAP\]"):
        ask(folder, ["Fe2O3"])


def test_the_command_line_shows_prompts_as_tokens_of_the_model_that_has_them(folder, capsys):
    app(["tokenize", "[MP] OFe", "--model", str(folder)], standalone_mode=False)
    assert "[MP] FeO [CLS] [MP] Fe:0.5 O:0.5 [SEP]" in " ".join(capsys.readouterr().out.split())
    with pytest.raises(ValueError, match=r"\[OXIDE\] is a hard prompt"):
        app(["tokenize", "[OXIDE] Fe2O3"], standalone_mode=False)


def test_the_command_line_asks(folder, capsys):
    app(["ask", "[MP] NaCl [BAND_GAP]", "--model", str(folder)], standalone_mode=False)
    line = capsys.readouterr().out.splitlines()[-1].split()
    assert line[:4] == ["[MP]", "NaCl", "[BAND_GAP]", "[BAND_GAP]"]
    assert line[-1] == "eV"


def test_a_checkpoint_without_task_words_says_so(checkpoint):
    with pytest.raises(ValueError, match="without task words"):
        ask(checkpoint, ["Fe2O3 [BAND_GAP]"])


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory, tiny_shape: dict[str, int]) -> Path:
    """A checkpoint pretrained with prompts on a property that follows from the formula."""
    data = tmp_path_factory.mktemp("data")
    many = [f"{c}{a}{n}" for c in ("Li", "Na", "K", "Rb", "Cs", "Mg", "Ca", "Sr", "Ba", "Zn")
            for a in ("F", "Cl", "O", "S") for n in (1, 2, 3)]  # fmt: skip
    values = [4.0 * (i // 3 % 4) for i in range(len(many))]
    lines = [f"{s},{v},{10 - v}" for s, v in zip(many, values, strict=True)]
    (data / "mp.csv").write_text("formula,gap,hardness\n" + "\n".join(lines), encoding="utf-8")
    (data / "corpus.txt").write_text("\n".join(many), encoding="utf-8")
    recipe = PretrainingRecipe(
        name="try", size="tiny", sources=["corpus.txt"], properties=[
            PropertySource("mp_band_gap", ["mp.csv"], "gap", unit="eV"),
            PropertySource("mp_hardness", ["mp.csv"], "hardness", unit="GPa"),
        ],
        heldout=0.1, hard_prompts=HardPrompts(classes=True, tasks=True, task_share=0.7),
        training=TrainingOptions(epochs=40, batch_size=32, learning_rate=5e-3, head_learning_rate=5e-3,
                                 layer_decay=1.0),
    )  # fmt: skip
    real = run_module._config

    def config(recipe: PretrainingRecipe, columns: list[dict[str, Any]]) -> MatBertConfig:
        found = real(recipe, columns)
        for name, value in {**tiny_shape, "initializer_range": 0.1}.items():
            setattr(found, name, value)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_module, "_config", config)
        return save(pretrain(recipe, data, data / "out"), recipe, data / "checkpoint")


def test_after_pretraining_the_task_word_decides_the_answer(learned):
    told = ask(learned, ["NaO2 [MP] [BAND_GAP]", "NaO2 [MP] [HARDNESS]", "KF [MP] [BAND_GAP]"])
    gap, hardness, other = told["value"]
    assert gap == pytest.approx(8, abs=2)
    assert hardness == pytest.approx(2, abs=2)
    assert other == pytest.approx(0, abs=2)


def test_a_checkpoint_without_prompts_keeps_its_vocabulary(checkpoint, learned):
    old, new = (MatBertForPreTraining.from_pretrained(folder) for folder in (checkpoint, learned))
    assert old.config.vocab_size == VOCABULARY_SIZE
    assert old.asked is None
    assert new.config.vocab_size == VOCABULARY_SIZE + len(new.config.words)
    ids = AutoTokenizer.from_pretrained(learned)("Fe2O3")["input_ids"]
    assert ids == CompositionTokenizer()("Fe2O3")["input_ids"]


def test_repeat_encoding_has_no_place_for_prompts(tmp_path):
    recipe = PretrainingRecipe(encoding="repeat", hard_prompts=HardPrompts(classes=True))
    with pytest.raises(ValueError, match="hard_prompts need encoding: amounts"):
        pretrain(recipe, tmp_path, tmp_path / "out")


def test_the_tiny_recipe_leaves_out_what_the_strict_one_does_and_asks_for_every_number():
    strict, tiny = (
        read_recipe(REPOSITORY / "recipes" / f"{name}.yaml", PretrainingRecipe)
        for name in ("matbert-small-strict", "matbert-tiny")
    )
    assert (tiny.exclude, tiny.sources, tiny.only_listed) == (
        strict.exclude,
        strict.sources,
        strict.only_listed,
    )
    numbers = [source.name for source in strict.properties if source.kind == "number"]
    assert [source.name for source in tiny.properties] == numbers
    columns = [{"name": one.name, "mean": 0.0, "scale": 1.0, "n": 10} for one in tiny.properties]
    tasks = tasks_of(tiny.properties, columns)
    assert sum(len(task["properties"]) for task in tasks) == len(tiny.properties)
    formation = next(task for task in tasks if task["token"] == "[FORMATION_ENERGY]")
    assert set(formation["properties"].values()) == {"[MP]", "[OQMD]", "[WBM]"}
