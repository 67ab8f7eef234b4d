"""Regression or classes: what the values of a target say when the task does not."""

from __future__ import annotations

import re
from typing import cast

import numpy as np

from matprior.data.task import Kind
from matprior.data.units import unit_of
from matprior.data.values import UNKNOWN_LABELS, Reading, read_labels, read_numbers

_LIKE_NUMBER = re.compile(r"\s*[<>≤≥~≈±+−-]*\s*\d")
FEW = 10
"""As many different whole numbers or fewer may be class labels, which is then said."""


def decide_kind(targets: dict[str, list[str]], comma_file: bool) -> tuple[Kind, list[str]]:
    """The kind all targets share, and sentences about what could be read otherwise."""
    kinds: dict[str, Kind] = {}
    notes: list[str] = []
    for name, cells in targets.items():
        kinds[name], note = _look(name, cells, comma_file)
        notes += note
    found = set(kinds.values())
    if found == {"binary", "multiclass"}:
        return "multiclass", notes
    if len(found) > 1:
        listed = ", ".join(f"{name!r} looks like {kind}" for name, kind in kinds.items())
        raise ValueError(
            f"The targets are of different kinds: {listed}. Expected one kind for all. "
            "Set `kind` in the task if they are the same, or learn them one after another."
        )
    return found.pop(), notes


def _look(name: str, cells: list[str], comma_file: bool) -> tuple[Kind, list[str]]:
    known = [cell for cell in cells if cell.strip().lower() not in UNKNOWN_LABELS]
    if not known:
        raise ValueError(
            f"Target {name!r} has no known value in {len(cells)} rows. Expected numbers or class labels. "
            "Check that this is the right column; spreadsheet formulas must be saved with their results."
        )
    values = read_numbers(known, name, unit_of(name), comma_file).values
    finite = values[np.isfinite(values)]
    different = np.unique(finite)
    if len(finite) == len(known) and different.tolist() in ([0, 1], [-1, 1]):
        return "binary", []
    # Limits and ranges ('>8', '3-4') are no numbers, but they do not make a column of classes either.
    begun = sum(1 for cell in known if _LIKE_NUMBER.match(cell))
    if len(finite) >= 0.5 * len(known) or (4 * len(finite) >= len(known) and begun >= 0.6 * len(known)):
        if (
            len(different) <= FEW
            and len(finite) >= 3 * len(different)
            and np.all(different == different.round())
        ):
            note = f"Target {name!r} holds only {len(different)} whole numbers and is learned as a number; "
            return "regression", [note + "set the kind to 'multiclass' if they are classes."]
        return "regression", []
    labels = {" ".join(cell.split()).casefold() for cell in known}
    if len(labels) > 2 and len(labels) > max(3, 0.5 * len(known)):
        raise ValueError(
            f"Target {name!r} holds text, neither numbers nor classes: {len(labels)} different values in "
            f"{len(known)} rows, such as {', '.join(map(repr, known[:3]))}. Expected numbers or a few "
            "labels that repeat. Choose another target column."
        )
    return cast("Kind", "binary" if len(labels) <= 2 else "multiclass"), []


def read_target(name: str, cells: list[str], kind: Kind, unit: str, comma_file: bool) -> Reading:
    """Values of one target as its kind wants them; raises where the column as a whole cannot be learned."""
    if kind == "regression":
        reading = read_numbers(cells, name, unit, comma_file)
        if not np.isfinite(reading.values).any():
            shown = (
                ", ".join(repr(cell) for cell in dict.fromkeys(cells) if cell.strip()) or "only empty cells"
            )
            raise ValueError(
                f"Target {name!r} holds no number: {shown[:80]}. Expected numbers for a regression. "
                "Choose another column, or set the kind to 'binary' or 'multiclass' for labels."
            )
        return reading
    reading = read_labels(cells, name)
    known = [value for value in reading.values if value == value]
    labels = sorted(set(known), key=lambda label: (isinstance(label, str), label))
    shown = ", ".join(map(repr, labels[:6])) + (", …" if len(labels) > 6 else "")
    if len(labels) < 2:
        raise ValueError(
            f"Target {name!r} has one class only ({shown or 'no known label'}). Expected two or more. "
            "Add rows of another class, or choose another column."
        )
    if kind == "binary" and len(labels) > 2:
        raise ValueError(
            f"Target {name!r} has {len(labels)} classes ({shown}), but 'binary' means two. "
            "Set the kind to 'multiclass', or 'regression' if these are measured numbers."
        )
    return reading
