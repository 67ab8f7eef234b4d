"""What a person reads when a file of a model folder is broken: which one, what is wrong, what to do."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from matprior.models.checksums import check_marks, check_sizes
from matprior.notations import NOTATIONS

WEIGHTS = "model.safetensors"
CONFIG = "config.json"
_BROKEN = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RuntimeError,
    SafetensorError,
    zipfile.BadZipFile,
)
"""What readers of JSON, CSV, archives and safetensors raise on a file that is cut short or garbled."""


def damaged(folder: str | Path, file: str, what: str) -> ValueError:
    """The error for a broken file.

    Examples
    --------
    >>> print(damaged("mine", "config.json", "missing"))
    mine is damaged: config.json can't be used (missing). Copy it again or fit it anew.
    """
    return ValueError(f"{folder} is damaged: {file} can't be used ({what}). Copy it again or fit it anew.")


@contextmanager
def reading(folder: str | Path, file: str) -> Iterator[None]:
    """Whatever goes wrong while `file` is read becomes one sentence that names it."""
    try:
        yield
    except _BROKEN as error:
        lines = str(error).strip().splitlines() or [""]
        raise damaged(folder, file, f"{type(error).__name__}: {lines[0][:160]}") from error


def read_facts(folder: str | Path, file: str, *keys: str) -> dict[str, Any]:
    """A JSON file of a model folder as a dict that has `keys`."""
    with reading(folder, file):
        content = json.loads((Path(folder) / file).read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise damaged(folder, file, f"holds a {type(content).__name__}, not facts by name")
    for key in keys:
        if key not in content:
            raise damaged(folder, file, f"{key!r} is not in it")
    return content


def restored(folder: str | Path, file: str, kind: type, facts: dict[str, Any], allowed: Iterable[str]) -> Any:
    """An estimator of `kind` with the `parameters` it was made with and, set on it, what it has `fitted`.

    Parameters
    ----------
    file : that holds the facts
    allowed : names that fitting may set; any other is no fact but an attempt on a method
    """
    with reading(folder, file):
        estimator = kind(**facts["parameters"])
        for name, value in facts["fitted"].items():
            if name not in allowed:
                raise ValueError(f"{name!r} is nothing that was fitted")
            setattr(estimator, name, value)
    return estimator


def check_network(folder: str | Path) -> None:
    """Raise unless config and weights are there and whole, before Hugging Face makes a model of them.

    It would call a folder without a config "not a model", and fill in weights that a file lacks.
    """
    for file in (CONFIG, WEIGHTS):
        if not (Path(folder) / file).is_file():
            raise damaged(folder, file, "missing")
    config = read_facts(folder, CONFIG, "model_type")
    if (notation := config.get("notation")) is not None and notation not in (*NOTATIONS,):
        raise damaged(folder, CONFIG, f"notation is {notation!r}; expected one of {', '.join(NOTATIONS)}")
    for name in _boundless(config):
        raise damaged(folder, CONFIG, f"{name} is no finite number")
    check_marks(folder)
    with reading(folder, WEIGHTS), safe_open(Path(folder) / WEIGHTS, framework="numpy") as arrays:
        n_arrays = len(list(arrays.keys()))
    check_sizes(folder, config, n_arrays)


def _boundless(value: Any, name: str = "") -> Iterator[str]:
    """Names of numbers that are NaN or infinite, which JSON of Python may hold and no network is made of."""
    if isinstance(value, float) and not math.isfinite(value):
        yield name
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _boundless(one, str(key)[:40])
    elif isinstance(value, list):
        for one in value:
            yield from _boundless(one, name)
