"""Every string of a column in its one spelling, with an account of those that have none.

Each distinct text is read once: tables repeat their materials.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from matprior.data.columns import suspects
from matprior.data.reading import BadRow, Sheet
from matprior.data.task import Task
from matprior.notations import NOTATIONS, InvalidString, parse
from matprior.notations.prompts import split_prompts

_NOTHING_TO_SAY = re.compile(r"(?:(?:[A-Z][a-z]?|[()\[\]])(?:[1-9]\d?)?)+")
"""Formulas so plain that no notation has a remark on them: asking would double the reading time."""


@dataclass
class Canonical:
    """Canonical strings of the readable rows, and what happened to the others."""

    strings: list[str] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    """Position in the sheet of each canonical string."""
    bad: list[BadRow] = field(default_factory=list)
    errors: dict[int, InvalidString] = field(default_factory=dict)
    """Row number -> the error, as the notation raised it."""
    changes: list[tuple[int, str, str, str]] = field(default_factory=list)


def canonicalise(sheet: Sheet, task: Task) -> Canonical:
    """Read the string column of a sheet through the notation of the task."""
    column, notation = cast("str", task.strings), cast("str", task.notation)
    read = _reader(task)
    known: dict[str, str | InvalidString] = {}
    remarks: dict[str, str] = {}
    result = Canonical()
    for position, (number, cell) in enumerate(zip(sheet.row, sheet.cells[column], strict=True)):
        if cell not in known:
            try:
                known[cell], remarks[cell] = read(cell)
            except InvalidString as error:
                known[cell] = error
        answer = known[cell]
        if isinstance(answer, InvalidString):
            result.errors[number] = answer.at_row(number)
            result.bad.append(bad_row(number, cell, answer))
            continue
        result.strings.append(answer)
        result.kept.append(position)
        if remarks.get(cell):
            result.changes.append((number, cell, answer, remarks[cell]))
    if not result.kept:
        _refuse(sheet, column, notation, result)
    return result


def _reader(task: Task) -> Callable[[str], tuple[str, str]]:
    """The function from text to canonical string and remarks, with the meaning of the amounts settled."""
    notation = NOTATIONS[cast("str", task.notation)]
    if task.amount_unit == "atoms":

        def read(string: str) -> tuple[str, str]:
            canonical = notation.canonical(string)
            if _NOTHING_TO_SAY.fullmatch(string):
                return canonical, ""
            return canonical, "; ".join(notation.describe_changes(string))

        return read
    if notation.name != "composition":
        raise ValueError(
            f"Task.amount_unit is {task.amount_unit!r}, but the strings are {notation.name}; amounts have "
            "a unit in compositions only. Leave it at 'atoms'."
        )

    def read_percent(string: str) -> tuple[str, str]:
        prompted = split_prompts(string)
        composition = parse(prompted.formula, unit=task.amount_unit)
        return prompted.around(composition.canonical), "; ".join(composition.notes)

    return read_percent


def bad_row(number: int, cell: str, error: InvalidString) -> BadRow:
    """A string that could not be read, as a line of the list of bad rows."""
    if not cell.strip():
        return BadRow(number, cell, "the string is empty", "fill in the material, or delete the row")
    place = f" at character {error.position + 1}" if error.position is not None else ""
    what, semicolon, advice = error.reason.partition("; ")  # the place belongs to what is wrong
    return BadRow(number, cell, f"{what}{place}{semicolon}{advice}", error.suggestion or "")


def _refuse(sheet: Sheet, column: str, notation: str, result: Canonical) -> None:
    """A table without one readable string is a wrong column, not a table of bad rows."""
    others = suspects(sheet, column, notation)
    fix = f"Did you mean column {others[0]!r}?" if others else "Check the first rows of that column."
    first = next(iter(result.errors.values()), None)
    raise ValueError(
        f"No string in column {column!r} of {sheet.name} ({len(sheet.row):,} rows) is a valid {notation}; "
        f"expected strings such as {NOTATIONS[notation].example!r}. The first: {first} {fix}"
    )
