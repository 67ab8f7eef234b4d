"""A model folder from a stranger, or from a broken disk: named, refused, and never run."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matprior.estimators import MaterialRegressor, load
from matprior.estimators.autofolder import _learners
from matprior.models.checksums import FORMAT

MARKER = "MATPRIOR_TEST_MARKER"
EVIL = f'import os, pathlib\npathlib.Path(os.environ["{MARKER}"]).touch()\n'


@pytest.fixture(scope="module")
def saved(checkpoint, salts, tmp_path_factory) -> Path:
    estimator = MaterialRegressor(model=str(checkpoint), strategy="extract").fit(*salts)
    return estimator.save(tmp_path_factory.mktemp("saved") / "m")


@pytest.fixture
def folder(saved, tmp_path) -> Path:
    """A copy that may be changed."""
    shutil.copytree(saved, tmp_path / "m")
    return tmp_path / "m"


@pytest.fixture
def marker(tmp_path, monkeypatch) -> Path:
    """A file that is there once something has been run; to ask for leave to run it counts as well."""
    path = tmp_path / "ran"
    monkeypatch.setenv(MARKER, str(path))
    monkeypatch.setattr("builtins.input", lambda *words: path.touch() or "y")
    return path


@pytest.fixture
def change(agree) -> Callable[..., None]:
    """Change facts in a JSON file; checksums are made to agree."""

    def make(folder: Path, file: str, **entries: Any) -> None:
        content = json.loads((folder / file).read_text(encoding="utf-8"))
        (folder / file).write_text(json.dumps(content | entries), encoding="utf-8")
        agree(folder)

    return make


def one_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("file", ["model.safetensors", "calibration.safetensors", "domain.safetensors"])
def test_one_changed_bit_is_found_by_its_checksum(file, folder):
    one_bit(folder / file)
    with pytest.raises(ValueError, match=rf"m is damaged: {file} .*its checksum is not the one in matprior"):
        load(folder)


def test_every_file_that_decides_an_answer_has_a_checksum(folder):
    told = json.loads((folder / "matprior.json").read_text(encoding="utf-8"))["sha256"]
    names = {path.name for path in folder.iterdir()} - {"matprior.json", "history.csv"}
    assert set(told) == names


def test_a_folder_half_overwritten_by_another_model_is_no_model(folder, saved, checkpoint, salts, tmp_path):
    strings, values = salts
    other = MaterialRegressor(model=str(checkpoint), strategy="extract", seed=1).fit(strings, values[::-1])
    other.save(tmp_path / "other")
    # Where a save into a folder that was in use is killed, some files are of one model and some of the other.
    shutil.copyfile(tmp_path / "other" / "matprior.json", folder / "matprior.json")
    with pytest.raises(ValueError, match=r"is damaged: .*its checksum"):
        load(folder)


def test_a_folder_of_a_version_without_checksums_is_taken_as_it_is(folder, saved):
    facts = json.loads((folder / "matprior.json").read_text(encoding="utf-8"))
    del facts["sha256"], facts["format"]
    (folder / "matprior.json").write_text(json.dumps(facts), encoding="utf-8")
    np.testing.assert_array_equal(load(folder).predict(["NaI"]), load(saved).predict(["NaI"]))


def test_a_folder_of_another_format_is_told_with_what_to_install(folder, change):
    change(folder, "matprior.json", format=FORMAT + 1)
    with pytest.raises(
        ValueError, match=rf"format {FORMAT + 1}; this version of matprior reads format {FORMAT}"
    ):
        load(folder)


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/hostname", "a/../../secret.txt"])
def test_facts_can_not_make_us_read_files_elsewhere(name, folder, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    facts = json.loads((folder / "matprior.json").read_text(encoding="utf-8"))
    facts["sha256"][name] = "00"
    (folder / "matprior.json").write_text(json.dumps(facts), encoding="utf-8")
    with pytest.raises(ValueError, match="is no file of the folder"):
        load(folder)


def test_the_name_of_a_learner_can_not_leave_the_folder(tmp_path):
    told = {
        "../../secret": {
            "kind": "value",
            "n_classes": 0,
            "edge": 0.0,
            "seen": None,
            "parts": {"value": "text"},
        }
    }
    with pytest.raises(ValueError, match="is no name of a learner"):
        _learners(tmp_path, told)


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
def test_code_that_lies_in_the_folder_is_not_run_and_nobody_is_asked(file, folder, change, marker):
    (folder / "evil.py").write_text(EVIL)
    mapped = dict.fromkeys(("AutoConfig", "AutoModel", "AutoModelForSequenceClassification"), "evil.Evil")
    mapped["AutoTokenizer"] = ["evil.Evil", "evil.Evil"]
    change(folder, file, auto_map=mapped, tokenizer_class="Evil", trust_remote_code=True)
    outcome(folder)
    assert not marker.exists()
    assert "evil" not in sys.modules


def outcome(folder: Path) -> str:
    """What comes of a folder: a number for a string, or a refusal in words."""
    try:
        answer = load(folder).predict(["NaCl"])
    except ValueError as error:
        return str(error)
    assert answer.shape == (1,)
    return "answered"


class Bomb:
    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return exec, (EVIL,)


def test_a_pickle_in_the_place_of_the_weights_is_not_opened(folder, agree, marker):
    import pickle

    import torch

    (folder / "model.safetensors").unlink()
    torch.save({"weights": Bomb()}, folder / "pytorch_model.bin")
    agree(folder)
    assert "model.safetensors can't be used (missing)" in outcome(folder)
    (folder / "model.safetensors").write_bytes(pickle.dumps(Bomb()))
    agree(folder)
    assert "model.safetensors can't be used" in outcome(folder)
    assert not marker.exists()
    with pytest.MonkeyPatch.context() as patch:  # the bomb is one
        patch.setenv(MARKER, str(marker))
        pickle.loads(pickle.dumps(Bomb()))
    assert marker.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("num_hidden_layers", 10**9),
        ("hidden_size", 10**12),
        ("vocab_size", 10**12),
        ("num_attention_heads", 0),
    ],
)
def test_a_network_that_the_weights_can_not_fill_is_not_built(name, value, folder, change):
    change(folder, "config.json", **{name: value})
    assert f"config.json can't be used ({name} is {value}" in outcome(folder)


def test_a_header_that_claims_exabytes_is_refused(folder, agree):
    weights = folder / "model.safetensors"
    weights.write_bytes((2**60).to_bytes(8, "little") + weights.read_bytes()[8:])
    agree(folder)
    assert "model.safetensors can't be used" in outcome(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_in_the_place_of_a_file_does_not_hang(folder):
    (folder / "config.json").unlink()
    os.mkfifo(folder / "config.json")
    assert "config.json can't be used (missing)" in outcome(folder)


@pytest.mark.parametrize(
    "entries",
    [
        {"parameters": {"]raining": None}},
        {"parameters": {"training": {"epochs": "many"}, "no_such_option": 1}},
        {"parameters": 7},
        {"fitted": {"predict": 1}},
        {"fitted": {"__class__": "str"}},
        {"fitted": [1, 2]},
    ],
)
def test_facts_that_no_estimator_has_are_told_as_damage(entries, folder, change):
    change(folder, "matprior.json", **entries)

    with pytest.raises(ValueError, match=r"is damaged: matprior\.json"):
        load(folder)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_config_with_a_number_that_is_none_is_refused(folder, change, number):
    # Found by fuzzing: NaN is neither below 0 nor above 1, so that no check of a share refuses it.
    change(folder, "config.json", hidden_dropout_prob=number)
    facts = json.loads((folder / "matprior.json").read_text(encoding="utf-8"))
    del facts["sha256"]
    (folder / "matprior.json").write_text(json.dumps(facts), encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"config\.json can't be used .hidden_dropout_prob is no finite number"
    ):
        load(folder)
