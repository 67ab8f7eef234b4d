"""Targets become numbers or labels, extra columns numbers or text; what is neither is told row by row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from matprior.data.kinds import decide_kind, read_target
from matprior.data.reading import BadRow
from matprior.data.task import Task
from matprior.data.units import unit_of
from matprior.data.values import read_numbers


def fill_values(
    frame: pd.DataFrame, row: np.ndarray, task: Task, comma_file: bool
) -> tuple[Task, list[BadRow], list[str]]:
    """Replace text by values in `frame`, in place.

    Parameters
    ----------
    frame : n rows of text
    row : numbers of the rows in the file, length n
    task : its kind may be open
    comma_file : whether commas separate the cells of the file

    Returns
    -------
    The task with its kind, the cells that count as unknown because they cannot be read, and notes.
    """
    notes: list[str] = []
    problems: list[tuple[int, str, str]] = []
    cells = {name: frame[name].tolist() for name in task.targets}
    if cells and task.kind is None:
        kind, notes = decide_kind(cells, comma_file)
        task = replace(task, kind=kind)
    for name in task.targets:
        reading = read_target(name, cells[name], task.kind or "regression", task.units[name], comma_file)
        frame[name] = pd.Series(reading.values, index=frame.index).infer_objects()
        notes += [_target_note(frame[name], task), *reading.notes]
        problems += reading.problems
    for name in task.extra:
        problems += _fill_extra(frame, name, comma_file, notes)
    strings = frame[task.strings].tolist()
    bad = [BadRow(int(row[i]), strings[i], f"{reason}; taken as unknown", fix) for i, reason, fix in problems]
    return task, bad, notes


def _fill_extra(
    frame: pd.DataFrame, name: str, comma_file: bool, notes: list[str]
) -> list[tuple[int, str, str]]:
    """Numbers where most filled cells are numbers; otherwise the text, with its spaces put in order."""
    cells = frame[name].tolist()
    reading = read_numbers(cells, name, unit_of(name), comma_file)
    filled = sum(1 for cell in cells if cell.strip())
    if np.isfinite(reading.values).sum() < 0.5 * max(filled, 1):
        frame[name] = pd.Series([" ".join(cell.split()) for cell in cells], dtype="str", index=frame.index)
        return []
    frame[name] = reading.values
    notes += reading.notes
    return reading.problems


def _target_note(values: pd.Series, task: Task) -> str:
    """Target 'gap_eV' (regression in eV): 4,604 of 4,604 values are known, from 0 to 11.7."""
    known = values.dropna()
    unit = f" in {task.units[str(values.name)]}" if task.units[str(values.name)] else ""
    text = f"Target {values.name!r} ({task.kind}{unit}): {len(known):,} of {len(values):,} values are known"
    if task.kind == "regression":
        return f"{text}, from {known.min():.6g} to {known.max():.6g}."
    counts = known.value_counts()
    shown = ", ".join(f"{label} ({n:,})" for label, n in counts.head(6).items())
    return f"{text}; classes: {shown}{', …' if len(counts) > 6 else ''}."
