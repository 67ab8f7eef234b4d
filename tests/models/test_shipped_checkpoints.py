"""What comes with the package is whole, says what it is, and is small enough to come with it."""

import json
import shutil

import pytest

from matprior.models.checksums import check_marks
from matprior.models.families import DESCRIBERS, GENERATORS, type_of
from matprior.models.zoo import find, shipped


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_checksum_of_a_shipped_checkpoint_agrees(name):
    folder = find(name)
    told = json.loads((folder / "matprior.json").read_text(encoding="utf-8"))

    check_marks(folder)

    assert {"config.json", "model.safetensors", "seen.safetensors", "tokenizer_config.json"} <= set(
        told["sha256"]
    )
    assert told["name"] == name


def test_a_shipped_checkpoint_with_one_changed_byte_is_refused_by_name(tmp_path):
    copy = shutil.copytree(find("matbert-tiny"), tmp_path / "copy")
    content = bytearray((copy / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (copy / "model.safetensors").write_bytes(content)

    with pytest.raises(ValueError, match=r"model\.safetensors"):
        check_marks(copy)


def bytes_of(folder):
    return sum(file.stat().st_size for file in folder.rglob("*"))


def test_encoders_take_at_most_60_megabytes_and_everything_at_most_100():
    encoders = [folder for folder in shipped().values() if type_of(folder) not in (*GENERATORS, *DESCRIBERS)]
    assert len(encoders) >= 5
    assert sum(map(bytes_of, encoders)) <= 60e6
    assert sum(map(bytes_of, shipped().values())) <= 100e6


def test_what_writes_takes_at_most_15_megabytes_each():
    writers = [folder for folder in shipped().values() if type_of(folder) in (*GENERATORS, *DESCRIBERS)]
    assert len(writers) >= 3
    assert all(bytes_of(folder) <= 15e6 for folder in writers)
