"""Saving and opening again, through `AutoTokenizer`, changes nothing: not an id, not a byte.

The known accident: a tokenizer class with its own `__init__`, or one that isn't registered, comes
back as another class without a word.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from transformers import AutoTokenizer, PretrainedConfig

from matprior.tokens.composition import CompositionTokenizer, register


class SavedConfig(PretrainedConfig):
    model_type = "matprior-saving-test"


register(SavedConfig)
register(SavedConfig)  # twice is no error: modules that call it may be reloaded

TEXTS = ["Fe2O3", "Ca0.5(PO4)2", "Fe0.62C0.00095", "CuSO4·5H2O"]


def options(tokenizer):
    return tokenizer.encoding, tokenizer.unknown, tokenizer.model_max_length, tokenizer.get_vocab()


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("with_config", [False, True])
@pytest.mark.parametrize("encoding", ["amounts", "repeat"])
@pytest.mark.parametrize("unknown", ["error", "[UNK]"])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_autotokenizer_gives_back_the_same_tokenizer(tmp_path, with_config, encoding, unknown):
    tokenizer = CompositionTokenizer(encoding=encoding, unknown=unknown, model_max_length=40)
    if with_config:
        SavedConfig().save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    assert type(loaded) is CompositionTokenizer
    assert options(loaded) == options(tokenizer)
    for text in TEXTS:
        wanted = {"return_offsets_mapping": True, "return_special_tokens_mask": True}
        assert loaded(text, **wanted) == tokenizer(text, **wanted)
    assert loaded(TEXTS, padding=True, return_tensors="np")["amounts"].tobytes() == (
        tokenizer(TEXTS, padding=True, return_tensors="np")["amounts"].tobytes()
    )


def test_saving_what_was_loaded_writes_the_same_bytes(tmp_path):
    tokenizer = CompositionTokenizer(encoding="repeat")
    tokenizer.add_special_tokens({"extra_special_tokens": ["[OXIDE]"]})
    tokenizer.add_tokens(["[BANDGAP]"])
    tokenizer.save_pretrained(tmp_path / "first")
    AutoTokenizer.from_pretrained(tmp_path / "first").save_pretrained(tmp_path / "second")
    assert files(tmp_path / "first") == files(tmp_path / "second")
    assert str(tmp_path).encode() not in b"".join(files(tmp_path / "second").values())


def test_added_tokens_keep_their_ids_and_their_kind(tmp_path):
    tokenizer = CompositionTokenizer()
    tokenizer.add_tokens(["[BANDGAP]"])
    tokenizer.add_special_tokens({"extra_special_tokens": ["[OXIDE]"]})
    tokenizer.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    assert len(loaded) == 125
    assert loaded.convert_tokens_to_ids(["[BANDGAP]", "[OXIDE]"]) == [123, 124]
    assert loaded.extra_special_tokens == ["[OXIDE]"]
    assert loaded("[OXIDE] Fe2O3 [BANDGAP]") == tokenizer("[OXIDE] Fe2O3 [BANDGAP]")
    assert loaded.add_tokens(["[METAL]"]) == 1
    assert loaded.convert_tokens_to_ids("[METAL]") == 125


def test_options_may_be_changed_on_loading(tmp_path):
    CompositionTokenizer().save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path, encoding="repeat")
    assert loaded.tokenize("Fe2O3") == ["Fe", "Fe", "O", "O", "O"]
    assert CompositionTokenizer.from_pretrained(tmp_path).encoding == "amounts"


def test_nothing_but_options_is_saved(tmp_path):
    CompositionTokenizer().save_pretrained(tmp_path)
    assert os.listdir(tmp_path) == ["tokenizer_config.json"]
