"""A saved estimator: the same numbers to the last bit, plain files, open to everybody."""

from __future__ import annotations

import json
import pickletools
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.numpy import load_file, save_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from matprior.estimators import MaterialClassifier, MaterialRegressor, load
from matprior.strategies import STRATEGIES
from matprior.training.loop import TrainingOptions

NEW = ["NaI", "Ca(OH)2", "Fe2O3", "LiCoO2"]


@pytest.fixture
def fitted(regressor, strings, values):
    """A regressor of two targets with gaps."""
    targets = pd.DataFrame({"melting_K": values, "gap_eV": 10 - values / 100})
    targets.iloc[::7, 1] = np.nan
    return regressor(strategy="extract").fit(strings, targets)


def is_pickle(path: Path) -> bool:
    try:
        operations = list(pickletools.genops(path.read_bytes()))
    except Exception:  # not a pickle: the parser may stumble over anything
        return path.read_bytes()[:4] == b"PK\x03\x04"  # torch's zip of pickles
    return operations[-1][0].name == "STOP" and len(operations) > 2


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_loaded_regressor_answers_bit_for_bit_the_same(name, regressor, strings, values, tmp_path):
    before = regressor(strategy=name).fit(strings, values)
    before.save(tmp_path / "m")
    after = MaterialRegressor.load(tmp_path / "m")
    np.testing.assert_array_equal(after.predict(NEW), before.predict(NEW))
    for coverage in (0.5, 0.9, 0.99):
        pd.testing.assert_frame_equal(
            after.predict_interval(NEW, coverage), before.predict_interval(NEW, coverage), check_exact=True
        )
    assert after.predict(NEW).shape == (4,)


def test_several_targets_survive_with_names_and_intervals(fitted, tmp_path):
    after = MaterialRegressor.load(fitted.save(tmp_path / "m"))
    assert after.target_names_ == ["melting_K", "gap_eV"]
    np.testing.assert_array_equal(after.predict(NEW), fitted.predict(NEW))
    pd.testing.assert_frame_equal(after.predict_interval(NEW), fitted.predict_interval(NEW), check_exact=True)


@pytest.mark.parametrize("labels", [["no", "yes"], [0, 1], [False, True]])
def test_a_loaded_classifier_answers_bit_for_bit_the_same(labels, classifier, strings, families, tmp_path):
    given = [labels[int(family == "oxide")] for family in families]
    before = classifier(strategy="extract").fit(strings, given)
    after = MaterialClassifier.load(before.save(tmp_path / "m"))
    np.testing.assert_array_equal(after.predict_proba(NEW), before.predict_proba(NEW))
    assert after.threshold_ == before.threshold_
    assert after.predict(strings).tolist() == before.predict(strings).tolist()
    assert after.classes_.tolist() == labels


def test_plain_hugging_face_gives_the_same_numbers_in_the_units_of_the_user(fitted, strings, tmp_path):
    folder = fitted.save(tmp_path / "m")
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    batch = AutoTokenizer.from_pretrained(folder)(strings, padding=True, return_tensors="pt")
    with torch.no_grad():
        plain = model(**batch).logits.numpy()
    np.testing.assert_allclose(plain, fitted.predict(strings), rtol=1e-4, atol=1e-3)
    assert 300 < plain[:, 0].mean() < 900


def test_no_file_in_the_folder_is_a_pickle(fitted, regressor, strings, values, tmp_path):
    for estimator in (fitted, regressor().fit(strings, values)):
        folder = estimator.save(tmp_path / "m")
        names = {path.name for path in folder.iterdir()}
        assert {"config.json", "model.safetensors", "matprior.json", "tokenizer_config.json"} <= names
        assert [path.name for path in folder.rglob("*") if path.is_file() and is_pickle(path)] == []


def test_the_pickle_detector_of_this_file_detects(tmp_path):
    import pickle

    (tmp_path / "a").write_bytes(pickle.dumps({"x": np.arange(3)}))
    torch.save({"x": torch.zeros(2)}, tmp_path / "b")
    (tmp_path / "c").write_text('{"x": 1}')
    assert [is_pickle(tmp_path / name) for name in "abc"] == [True, True, False]


def test_parameters_survive_and_a_loaded_model_can_be_fitted_again(
    regressor, strings, values, tmp_path, checkpoint
):
    options = TrainingOptions(epochs=2, batch_size=16)
    before = regressor(training=options, strategy=STRATEGIES["full"](), model=checkpoint, seed=3).fit(
        strings, values
    )
    after = load(before.save(tmp_path / "m"))
    assert isinstance(after, MaterialRegressor)
    assert (after.seed, after.strategy, after.model) == (3, "full", str(checkpoint))
    np.testing.assert_array_equal(after.fit(strings, values).predict(NEW), before.predict(NEW))


@pytest.mark.parametrize("given", [STRATEGIES["partial"](layers=1), {"partial": {"layers": 1}}])
def test_the_options_of_the_strategy_survive(given, regressor, strings, values, tmp_path):
    before = regressor(strategy=given).fit(strings, values)
    after = load(before.save(tmp_path / "m"))
    assert after.strategy == STRATEGIES["partial"](layers=1)
    np.testing.assert_array_equal(after.fit(strings, values).predict(NEW), before.predict(NEW))


def test_the_history_survives(regressor, strings, values, tmp_path):
    before = regressor().fit(strings, values)
    after = load(before.save(tmp_path / "m"))
    pd.testing.assert_frame_equal(after.history_, before.history_, check_dtype=False)


def test_saving_replaces_what_was_there_and_leaves_no_drafts(regressor, strings, values, tmp_path):
    regressor(strategy="extract").fit(strings, values * 100).save(tmp_path / "m")
    (tmp_path / "m" / "notes.txt").write_text("mine")
    second = regressor(strategy="extract").fit(strings, values)
    second.save(tmp_path / "m")
    np.testing.assert_array_equal(load(tmp_path / "m").predict(NEW), second.predict(NEW))
    assert (tmp_path / "m" / "notes.txt").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_saving_what_was_loaded_writes_the_same_weights(fitted, tmp_path):
    load(fitted.save(tmp_path / "one")).save(tmp_path / "two")
    for name in ("model.safetensors", "calibration.safetensors"):
        one, two = ((tmp_path / folder / name).read_bytes() for folder in ("one", "two"))
        assert one == two, name


def test_a_folder_that_can_not_be_written_leaves_nothing_behind(fitted, tmp_path, monkeypatch):
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("matprior.estimators.folder.save_file", fail)
    with pytest.raises(OSError, match="disk full"):
        fitted.save(tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_a_fitted_model_is_refused_with_a_hint(tmp_path, checkpoint):
    with pytest.raises(ValueError, match=r"not a fitted matprior model.*no matprior.json"):
        load(tmp_path)
    for path in Path(checkpoint).iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "matprior.json").write_text(json.dumps({"name": "matbert", "kind": "pretrained"}))
    with pytest.raises(ValueError, match=r"is a pretrained checkpoint, not a fitted model.*matprior fit"):
        load(tmp_path)


def test_the_other_kind_of_estimator_is_refused(fitted, tmp_path):
    with pytest.raises(ValueError, match="holds a MaterialRegressor, not a MaterialClassifier"):
        MaterialClassifier.load(fitted.save(tmp_path / "m"))


def test_a_file_in_the_place_of_the_folder_is_refused(fitted, tmp_path):
    (tmp_path / "m").write_text("x")
    with pytest.raises(ValueError, match=r"is a file\. Give the name of a folder"):
        fitted.save(tmp_path / "m")


def halved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garbled(path: Path) -> None:
    path.write_bytes(b"\x00garbage" * 40)


DAMAGE = [
    ("model.safetensors", halved),
    ("model.safetensors", garbled),
    ("model.safetensors", Path.unlink),
    ("matprior.json", halved),
    ("matprior.json", lambda path: path.write_text("[1, 2]")),
    ("matprior.json", lambda path: path.write_text('{"estimator": "MaterialRegressor"}')),
    ("config.json", Path.unlink),
    ("config.json", halved),
    ("config.json", lambda path: path.write_text("{}")),
    ("tokenizer_config.json", halved),
    ("calibration.safetensors", halved),
]


@pytest.fixture(scope="module")
def saved(checkpoint, salts, tmp_path_factory) -> Path:
    estimator = MaterialRegressor(model=str(checkpoint), strategy="extract").fit(*salts)
    return estimator.save(tmp_path_factory.mktemp("saved") / "m")


@pytest.mark.parametrize(("file", "damage"), DAMAGE)
def test_a_damaged_file_is_named_with_what_to_do(file, damage, saved, tmp_path):
    folder = tmp_path / "m"
    shutil.copytree(saved, folder)
    damage(folder / file)
    with pytest.raises(ValueError, match=rf"m is damaged: {file} .*Copy it again or fit it anew"):
        load(folder)


def test_weights_that_a_file_lacks_are_not_made_up(saved, tmp_path):
    folder = tmp_path / "m"
    shutil.copytree(saved, folder)
    weights = load_file(folder / "model.safetensors")
    del weights["classifier.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    facts = json.loads((folder / "matprior.json").read_text())
    del facts["sha256"]  # as if this were what was saved
    (folder / "matprior.json").write_text(json.dumps(facts))
    with pytest.raises(ValueError, match=r"is damaged: model.safetensors .*1 weights .*classifier.weight"):
        load(folder)


def test_a_damaged_checkpoint_is_named_when_it_is_fitted(checkpoint, regressor, strings, values, tmp_path):
    shutil.copytree(checkpoint, tmp_path / "c")
    halved(tmp_path / "c" / "model.safetensors")
    with pytest.raises(ValueError, match=r"c is damaged: model.safetensors"):
        regressor(model=str(tmp_path / "c")).fit(strings, values)


def test_a_shipped_checkpoint_is_told_from_a_folder_that_is_no_model():
    with pytest.raises(ValueError, match=r"'matbert-small' is a pretrained .*--model matbert-small"):
        load("matbert-small")
