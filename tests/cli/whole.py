"""Full disks, and whether files are whole: what the exams of wrong input look for."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def files(folder: Path) -> set[str]:
    """Names of the files below a folder; none where there is no folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def drafts(folder: Path) -> list[str]:
    """What was being written: drafts begin with a dot."""
    return sorted(str(path) for path in folder.rglob(".*"))


def _table(path: Path) -> bool:
    import pandas as pd

    pd.read_csv(path)
    # Every line is closed, so none was cut.
    return path.read_bytes().endswith(b"\n")


def _weights(path: Path) -> bool:
    from safetensors import safe_open

    with safe_open(path, framework="np") as held:
        return len(list(held.keys())) >= 0


def _recipe(path: Path) -> bool:
    import yaml

    return bool(yaml.safe_load(path.read_text(encoding="utf-8")))


def _ends(word: str) -> Callable[[Path], bool]:
    return lambda path: path.read_text(encoding="utf-8").rstrip().endswith(word)


WHOLE: dict[str, Callable[[Path], bool]] = {
    ".csv": _table,
    ".json": lambda path: json.loads(path.read_text(encoding="utf-8")) is not None,
    ".safetensors": _weights,
    ".yaml": _recipe,
    ".html": _ends("</html>"),
    ".svg": _ends("</svg>"),
    ".md": lambda path: path.read_text(encoding="utf-8").endswith("\n"),
    ".png": lambda path: path.read_bytes().endswith(b"IEND\xaeB`\x82"),
}
"""Ending of a file -> whether one is whole; raises where it cannot be read at all."""


def torn(folder: Path) -> list[str]:
    """Files below a folder that are not whole."""
    return sorted(name for name in files(folder) if not _is_whole(folder / name))


def _is_whole(path: Path) -> bool:
    if path.stat().st_size == 0:
        return False
    try:
        return WHOLE.get(path.suffix, lambda path: True)(path)
    except Exception:  # whatever a reader raises on half a file
        return False


@contextmanager
def room_for(n: int) -> Iterator[None]:
    """No file can grow beyond `n` bytes: what a full disk is to a program that writes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
