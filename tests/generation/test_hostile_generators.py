"""A generator's or describer's folder from a stranger, or from a broken disk: named and refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matprior.generation.describe import open_describer
from matprior.generation.propose import open_generator
from matprior.models.zoo import find

OPENERS: dict[str, Callable[[Path], Any]] = {
    "matgpt-small": open_generator, "molgpt-small": open_generator, "matt5-small": open_describer,
}  # fmt: skip
LARGE = {"matgpt-small": "n_embd", "molgpt-small": "n_layer", "matt5-small": "d_ff"}


@pytest.fixture(params=OPENERS)
def stranger(request, tmp_path) -> tuple[str, Path]:
    folder = tmp_path / "m"
    shutil.copytree(find(request.param), folder)
    return request.param, folder


def changed(path: Path, entries: dict[str, Any]) -> None:
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | entries), encoding="utf-8")


def test_a_network_larger_than_its_weights_is_refused_before_it_is_built(stranger):
    name, folder = stranger
    changed(folder / "matprior.json", {"sha256": {}})  # who changes the config can change its checksum
    changed(folder / "config.json", {LARGE[name]: 10**9})
    with pytest.raises(ValueError, match=rf"is damaged: config.json .*{LARGE[name]} is 1000000000"):
        OPENERS[name](folder)


def test_a_folder_without_weights_names_the_file(stranger):
    name, folder = stranger
    (folder / "model.safetensors").unlink()
    with pytest.raises(ValueError, match=r"is damaged: model.safetensors can't be used \(missing\)"):
        OPENERS[name](folder)


def test_weights_cut_short_name_the_file(stranger):
    name, folder = stranger
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"is damaged: model.safetensors can't be used"):
        OPENERS[name](folder)
