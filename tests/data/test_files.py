"""Ctrl-C at every line of the two writers: the old or the new content stands there, and no draft."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from matprior.data import files


def interrupted(work: Callable[[], None], line: int) -> bool:
    """Press Ctrl-C when the given line of the writers is reached; whether there was one so late."""
    left = line
    pressed = False

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal left, pressed
        if frame.f_code.co_filename != files.__file__:
            return None
        if event == "line":
            left -= 1
            if left == 0:
                pressed = True
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return pressed


def write_file(folder: Path) -> None:
    with files.write_atomically(folder / "table.csv") as draft:
        draft.write_text("new")


def write_model(folder: Path) -> None:
    with files.write_folder(folder / "model") as draft:
        (draft / "below").mkdir()
        for name in ("config.json", "below/more.json", "model.safetensors"):
            (draft / name).write_text("new")


@pytest.mark.parametrize("write", [write_file, write_model])
def test_ctrl_c_at_any_line_leaves_no_draft_and_no_half_file(write, tmp_path):
    line, stopped = 0, True
    while stopped:
        line += 1
        folder = tmp_path / str(line)
        folder.mkdir()
        (folder / "table.csv").write_text("old")
        stopped = interrupted(lambda folder=folder: write(folder), line)
        assert [path.name for path in folder.rglob(".*")] == [], f"line {line} of the writer"
        told = {path.name: path.read_text() for path in folder.rglob("*") if path.is_file()}
        assert set(told.values()) <= {"old", "new"}
        if "model.safetensors" in told:  # moved last
            assert {"config.json", "more.json"} <= set(told)
    assert line > 8
    assert "new" in told.values()


def test_an_error_inside_keeps_the_old_file(tmp_path):
    (tmp_path / "table.csv").write_text("old")

    def half() -> None:
        with files.write_atomically(tmp_path / "table.csv") as draft:
            draft.write_text("ne")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]
    assert (tmp_path / "table.csv").read_text() == "old"
