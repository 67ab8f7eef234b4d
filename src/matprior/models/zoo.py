"""Checkpoints by name: those that ship with the package, and any folder."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd

CHECKPOINTS = {"composition": "matbert-small", "smiles": "molbert-small"}
"""Notation -> the checkpoint that is used where none is named."""
STRICT = {"matbert-small": "matbert-small-strict"}
"""Checkpoint -> its twin that was kept from the formulas of benchmarks."""


def checkpoint_for(notation: str | None) -> str:
    """Name of the checkpoint that reads a notation, for where the user names none.

    Raises
    ------
    ValueError
        No shipped checkpoint reads it.

    Examples
    --------
    >>> checkpoint_for("smiles")
    'molbert-small'
    """
    chosen = CHECKPOINTS.get(notation or "composition")
    if chosen is None:
        raise ValueError(
            f"No checkpoint in the package reads {notation}. Name one of your own, or say none to learn from "
            f"scratch. There are checkpoints for {' and '.join(CHECKPOINTS)}."
        )
    return chosen


def shipped() -> dict[str, Path]:
    """Name -> folder of every checkpoint inside the package."""
    root = Path(str(resources.files("matprior"))) / "models" / "checkpoints"
    return {path.parent.name: path.parent for path in sorted(root.glob("*/config.json"))}


def find(name: str | Path) -> Path:
    """Folder of a checkpoint, given its name or its folder.

    Raises
    ------
    ValueError
        Neither a shipped name nor a folder with a `config.json`.
    """
    known = shipped()
    if str(name) in known:
        return known[str(name)]
    if (Path(name) / "config.json").is_file():
        return Path(name)
    near = difflib.get_close_matches(str(name), known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(
        f"There is no model {str(name)!r}: not a shipped checkpoint ({', '.join(known) or 'none here'}) and "
        f"not a folder with a config.json.{hint}"
    )


def card(name: str | Path) -> Path:
    """Where the card of a checkpoint or of any fitted model lies, one of several parts too.

    Raises
    ------
    ValueError
        Neither a shipped name nor a folder of a model.
    """
    # A mixture of models has no config.json of its own: its parts have.
    mixed = str(name) not in shipped() and (Path(name) / "matprior.json").is_file()
    return (Path(name) if mixed else find(name)) / "README.md"


def facts(name: str | Path) -> dict[str, Any]:
    """What a checkpoint's `matprior.json` says of it, with its size in MB and parameters."""
    folder = find(name)
    file = folder / "matprior.json"
    told = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    weights = folder / "model.safetensors"
    return {
        "name": folder.name,
        **told,
        "MB": round(weights.stat().st_size / 1e6, 1) if weights.exists() else None,
    }


def list_models() -> pd.DataFrame:
    """Shipped checkpoints: name, notation they read, parameters, MB, what they learned from, licence."""
    columns = ["name", "notation", "parameters", "MB", "strings", "properties", "licence"]
    table = pd.DataFrame([facts(name) for name in shipped()]).rename(columns={"formulas": "strings"})
    table["notation"] = table["notation"].fillna("composition")
    return table.reindex(columns=columns)


@contextmanager
def quiet() -> Iterator[None]:
    """Hugging Face's load reports and bars off: a table of weight names is not what our users asked for."""
    from transformers.utils import logging

    level = logging.get_verbosity()
    bars = logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
