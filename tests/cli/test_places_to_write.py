"""Every verb that writes, on a disk that is full and in a folder that takes nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from asked_verbs import Place, Verb
from errors_page import NOT_ASKED, VERBS, commands
from whole import drafts, files, room_for, torn
from wrong_tables import good_text

FURTHER: dict[str, Verb] = {
    "generate": Verb(
        lambda p: ["generate", "--model", p.generator, "--n", 3, "--output", p.out / "new.csv"], False,
        ("new.csv",),
    ),
    "prompts take": Verb(
        lambda p: ["prompts", "take", p.tasks, "is_oxide", "--output", p.out], False, ("model.safetensors",)
    ),
    "data get": Verb(
        lambda p: ["data", "get", "inorganic_melting_point", "--output", p.out / "t.csv"], False, ("t.csv",)
    ),
}  # fmt: skip
"""Verbs that read no table and write."""
SILENT = {"ask", "tokenize", "prompts list", "models list", "models show", "data list", "data show", "serve"}
"""Verbs that write no file of results. `serve --keep` keeps what is trained on its page (`tests/web`)."""
READS = {name for name, verb in VERBS.items() if not verb.leaves and name != "prompts add"}
WRITERS = {name: verb for name, verb in {**VERBS, **FURTHER}.items() if name not in READS}
"""Verbs that write, by name."""
SAYS_FULL = "Make room, or choose another --output, and give the command again."


def called(verb: Verb, place: Place) -> list[object]:
    """The words of a call whose own inputs are all written."""
    place.table.write_text(good_text(), encoding="utf-8")
    return verb.call(place)


def test_every_verb_writes_or_is_known_not_to():
    named = {name for name in commands() if any(one == name or one.startswith(f"{name} ") for one in WRITERS)}
    assert named | SILENT == commands()
    assert not named & SILENT
    assert SILENT - set(NOT_ASKED) == {"tokenize"}


def _rooms() -> Iterator[object]:
    """Every verb with room for nothing and for small files; of verbs that take seconds one is a slow test."""
    for name, verb in WRITERS.items():
        yield pytest.param(name, 4_000, id=f"{name}-small files fit")
        slow = [pytest.mark.slow] if verb.heavy else []
        yield pytest.param(name, 8, marks=slow, id=f"{name}-nothing fits")


@pytest.mark.parametrize(("name", "room"), _rooms())
def test_a_full_disk_is_told_and_leaves_whole_files_alone(matprior, exam_place, name: str, room: int):
    words = called(WRITERS[name], exam_place)
    with room_for(room):
        done = matprior(*words)
    said = " ".join(done.err.split())
    assert "Traceback" not in said, said
    assert not drafts(exam_place.out.parent)
    assert not torn(exam_place.out)
    if done.code == 0:  # everything was small enough
        assert room > 8
        assert files(exam_place.out) >= {*WRITERS[name].leaves}
    else:
        assert done.code == 2, said
        assert SAYS_FULL in said
    assert room > 8 or not files(exam_place.out)


@pytest.mark.skipif(sys.platform != "linux", reason="knows a folder that even root can not write to in Linux")
@pytest.mark.parametrize("name", WRITERS)
def test_a_folder_that_takes_nothing_is_named_before_the_table_is_read(matprior, exam_place, name: str):
    place = replace(exam_place, out=Path("/sys/kernel/out"))
    words = called(WRITERS[name], place)
    place.table.unlink()
    done = matprior(*words)
    said = " ".join(done.err.split())
    assert done.code == 2, said
    assert "/sys/kernel/out" in said
    assert any(word in said for word in ("Permission denied", "not permitted", "Read-only"))


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_in_the_way_is_named_and_kept(matprior, exam_place, name: str):
    in_the_way = exam_place.table.with_name("file")
    in_the_way.write_text("mine")
    place = replace(exam_place, out=in_the_way / "below")
    words = called(WRITERS[name], place)
    place.table.unlink()
    done = matprior(*words)
    assert done.code == 2, done.err
    assert f"Not a directory: '{in_the_way}'" in " ".join(done.err.split())
    assert in_the_way.read_text() == "mine"
