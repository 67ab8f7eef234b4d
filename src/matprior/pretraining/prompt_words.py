"""The words of a recipe's hard prompts, and what the task head answers at each task word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from matprior.notations import classes_of
from matprior.notations.material_classes import CLASSES
from matprior.notations.prompts import is_prompt
from matprior.pretraining.corpus import PropertySource

DATABASES = ("mp", "oqmd", "aflow", "wbm", "jarvis")
"""First words of property names that say where the values are from: `[MP]` beside `[BAND_GAP]`."""


def word(name: str) -> str:
    """A prompt from a plain name.

    Examples
    --------
    >>> word("band_gap")
    '[BAND_GAP]'
    """
    found = f"[{name.upper()}]"
    if not is_prompt(found):
        raise ValueError(
            f"{name!r} makes no prompt: {found} is no word of capitals in brackets, or reads as a formula. "
            "Give the property another `task`."
        )
    return found


def asked_by(source: PropertySource) -> tuple[str, str]:
    """Task word and database word of a property; the database word is empty where the name has none.

    Examples
    --------
    >>> asked_by(PropertySource("mp_band_gap", ["gap.csv"], "gap"))
    ('[BAND_GAP]', '[MP]')
    """
    first, _, rest = source.name.partition("_")
    database = first if first in DATABASES and rest else ""
    return word(source.task or (rest if database else source.name)), word(database) if database else ""


def words_of(classes: bool, tasks: bool, properties: Sequence[PropertySource]) -> list[str]:
    """Prompts of a recipe in the order of their ids: classes, databases, tasks."""
    pairs = [asked_by(source) for source in properties if source.kind != "binary"] if tasks else []
    databases = [database for _, database in pairs if database]
    found = [word(name) for name in CLASSES] if classes else []
    return list(dict.fromkeys([*found, *databases, *(task for task, _ in pairs)]))


def tasks_of(properties: Sequence[PropertySource], columns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is answered at each task word: properties of one word share a scale, so that each database's
    answer can be asked for of any formula. Yes-or-no properties have no task word.

    Parameters
    ----------
    properties : of the recipe
    columns : their facts, as in `config.properties`
    """
    members: dict[str, list[tuple[PropertySource, str, dict[str, Any]]]] = {}
    for source, column in zip(properties, columns, strict=True):
        if source.kind != "binary":
            task, database = asked_by(source)
            members.setdefault(task, []).append((source, database, column))
    return [_task(task, several) for task, several in members.items()]


def _task(task: str, members: list[tuple[PropertySource, str, dict[str, Any]]]) -> dict[str, Any]:
    kinds = {(source.unit, source.transform) for source, _, _ in members}
    databases = [database for _, database, _ in members]
    if len(kinds) > 1 or len(set(databases)) < len(databases):
        names = ", ".join(source.name for source, _, _ in members)
        raise ValueError(
            f"{task} would ask for {names}: expected one unit and transform, and each from another "
            f"database ({', '.join(DATABASES)}; the first word of the name). Give one of them another `task`."
        )
    n, mean, scale = (np.array([column[key] for _, _, column in members]) for key in ("n", "mean", "scale"))
    middle = float((n * mean).sum() / n.sum())
    spread = float(np.sqrt((n * (scale**2 + (mean - middle) ** 2)).sum() / n.sum()))
    unit, transform = next(iter(kinds))
    return {
        "token": task,
        "unit": unit,
        "transform": transform,
        "mean": middle,
        "scale": spread,
        "properties": {source.name: database for source, database, _ in members},
    }


def class_bits(strings: Sequence[str]) -> np.ndarray:
    """Classes of `n` formulas as binary digits of one number each, int64 of shape (n, 1).

    A table of yes and no for half a million formulas would be thirty times as large.
    """
    place = {name: 1 << i for i, name in enumerate(CLASSES)}
    return np.array([[sum(place[name] for name in classes_of(one))] for one in strings], dtype=np.int64)
