"""What comes with the package is whole, says what it is, and is small enough to come with it."""

import json
import shutil

import pytest

from matprior.models.checksums import check_marks
from matprior.models.zoo import find, shipped

MOST_BYTES = 60_000_000


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


def test_all_shipped_checkpoints_together_take_at_most_60_megabytes():
    taken = sum(file.stat().st_size for folder in shipped().values() for file in folder.rglob("*"))

    assert taken <= MOST_BYTES
