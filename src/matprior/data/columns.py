"""Finding columns: the one that holds the strings, and the ones a task names.

The string column is found by its values, through every notation; its name only decides between equals.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from difflib import get_close_matches

import pandas as pd

from matprior.data.reading import Sheet
from matprior.data.task import Task
from matprior.notations import NOTATIONS

SAMPLE = 200
"""Distinct values looked at per column."""
_TELLING = re.compile(r"formula|composition|smiles|selfies|compound|material|alloy", re.IGNORECASE)
_SPLIT_NAMES = {"fold", "folds", "split", "splits"}
_SPLIT_VALUES = {"train", "training", "val", "valid", "validation", "test", "testing", ""}


def nearest(name: str, names: Collection[str]) -> str | None:
    """The existing name that was most likely meant, or None when nothing is near.

    Examples
    --------
    >>> nearest("Band Gap", ["formula", "band_gap_eV"])
    'band_gap_eV'
    """
    plain = {re.sub(r"[\W_]+", "", str(other)).lower(): str(other) for other in reversed(list(names))}
    wanted = re.sub(r"[\W_]+", "", name).lower()
    if wanted in plain:
        return plain[wanted]
    inside = [key for key in plain if wanted and key and (wanted in key or key in wanted)]
    found = get_close_matches(wanted, inside, n=1, cutoff=0.0) or get_close_matches(
        wanted, plain, n=1, cutoff=0.6
    )
    if found:
        return plain[found[0]]
    words = set(re.split(r"[\W_]+", name.lower())) - {""}
    shared = [str(other) for other in names if words & set(re.split(r"[\W_]+", str(other).lower()))]
    return shared[0] if shared else None


def check_columns(sheet: Sheet, names: Iterable[str]) -> None:
    """Refuse a table that lacks a named column, or has it twice with different content."""
    columns = list(sheet.cells.columns)
    for name in names:
        if name in columns and name not in sheet.doubled:
            continue
        if name in columns:
            raise ValueError(
                f"{sheet.name} has two columns called {name!r} with different content; expected one. "
                "Give one of them another name in the file."
            )
        near = nearest(name, columns)
        if sheet.separator is None:
            fix = "Each line was read as one cell; put commas or tabs between the cells."
        elif near:
            fix = f"Did you mean {near!r}?"
        elif any(_is_number(column) for column in columns):
            fix = "That line looks like data: add a line of column names above it."
        else:
            fix = "Name one of these columns."
        shown = ", ".join(map(repr, columns[:12])) + (", …" if len(columns) > 12 else "")
        raise ValueError(f"Column {name!r} is not in {sheet.name}; expected one of {shown}. {fix}")


def find_strings(sheet: Sheet, task: Task) -> tuple[str, str, list[str]]:
    """Column of strings, name of their notation, and sentences that say how they were chosen."""
    if task.notation is not None and task.notation not in NOTATIONS:
        raise ValueError(
            f"Notation {task.notation!r} is not known; expected one of {', '.join(NOTATIONS)}. "
            f"Did you mean {nearest(task.notation, NOTATIONS) or next(iter(NOTATIONS))!r}?"
        )
    allowed = [task.notation] if task.notation else list(NOTATIONS)
    if task.strings is not None:
        notation = _notation_of(sheet, task.strings, allowed)
        said = " as asked" if task.notation else ""
        return task.strings, notation, [f"Strings are in column {task.strings!r}, read as {notation}{said}."]
    taken = {*task.targets, *task.extra, task.domain}
    free = [column for column in sheet.cells.columns if column not in taken]
    ranked = sorted(
        ((_rank(sheet, column, name), column, name) for column in free for name in allowed), reverse=True
    )
    if not ranked or ranked[0][0][0] == 0:
        raise ValueError(_nothing_found(sheet, free, allowed))
    _, column, notation = ranked[0]
    # The share is not told: it weighs how strings look, so 94 % would not mean that rows were refused.
    notes = [f"Column {column!r} was chosen for the strings, read as {notation}."]
    rivals = [
        name for rank, name, _ in ranked[1:] if rank[0] and rank[2] > 0.9 and rank[4] > 0.5 and name != column
    ]
    if rivals:
        notes.append(
            f"Column {rivals[0]!r} also looks like {notation}; name it as the string column to use it."
        )
    return column, notation, notes


def _notation_of(sheet: Sheet, column: str, allowed: list[str]) -> str:
    """How the strings of a named column are written; if none is valid, as in the best column of all."""
    found = max(allowed, key=lambda name: _rank(sheet, column, name))
    if _share(sheet, column, found) == 0:
        others = [(_rank(sheet, other, name), name) for other in sheet.cells.columns for name in allowed]
        best = max(others, key=lambda other: other[0])
        found = best[1] if best[0][0] else allowed[0]
    return found


def _rank(sheet: Sheet, column: str, notation: str) -> tuple[bool, bool, float, bool, float, int]:
    """Sorts candidates: usable, telling name, share valid, named after the notation, share distinct, left."""
    share = round(_share(sheet, column, notation), 2)
    # `CO` and `CN` are formulas and SMILES alike: in a column called 'smiles' they are what it says.
    named = notation in column.lower() and share >= 0.25
    if named:
        share = max(share, *(round(_share(sheet, column, other), 2) for other in NOTATIONS))
    # A column of 'FCC' and 'BCC', or of 'C' and 'T', is full of valid formulas but says the same few things.
    distinct = sheet.cells[column].nunique() / max(len(sheet.cells), 1) if share >= 0.5 else 0.0
    telling = bool(_TELLING.search(column)) and share >= 0.5
    return share >= 0.5, telling, share, named, round(distinct, 2), -list(sheet.cells.columns).index(column)


def _share(sheet: Sheet, column: str, notation: str) -> float:
    return NOTATIONS[notation].looks_like(_sample(sheet, column))


def _sample(sheet: Sheet, column: str) -> list[str]:
    """Distinct filled values, spread over the whole column: files are often sorted."""
    cells = sheet.cells[column].iloc[:: max(1, len(sheet.cells) // (20 * SAMPLE))]
    values = [value for value in dict.fromkeys(map(str.strip, cells)) if value]
    step = max(1, len(values) // SAMPLE)
    return values[::step][:SAMPLE]


def _nothing_found(sheet: Sheet, free: list[str], allowed: list[str]) -> str:
    what = " or ".join(allowed)
    examples = " or ".join(repr(NOTATIONS[name].example) for name in allowed)
    shown = "; ".join(f"{name!r} with {', '.join(map(repr, _sample(sheet, name)[:3]))}" for name in free[:4])
    return (
        f"No column of {sheet.name} looks like {what}. Columns looked at: {shown or 'none is left'}. "
        f"Expected a column of strings such as {examples}. Name it with `strings` if it is there; "
        "names such as 'iron oxide' must be turned into formulas first."
    )


def suspects(sheet: Sheet, besides: str, notation: str) -> list[str]:
    """Other columns that look like `notation`, for the message when the named one holds nothing valid."""
    others = [column for column in sheet.cells.columns if column != besides]
    return [column for column in others if _rank(sheet, column, notation)[0]]


def split_columns(cells: pd.DataFrame) -> list[str]:
    """Columns that deal rows into parts, by name ('official_test_fold', 'split') or by value ('train')."""
    return [
        name
        for name in cells.columns
        if _SPLIT_NAMES & set(re.split(r"[\W_]+", name.lower()))
        or {str(value).strip().lower() for value in cells[name].unique()[:20]} <= _SPLIT_VALUES
    ]


def looks_like_string() -> Callable[[str], bool]:
    """A test for one cell: is it valid in any notation?"""
    return lambda cell: any(notation.looks_like([cell]) == 1 for notation in NOTATIONS.values())


def in_a_file(word: str) -> str:
    """The fix where a formula or molecule was given as the name of a table; empty for another word.

    Examples
    --------
    >>> in_a_file("MgAl2O4"), in_a_file("my_table")
    ("'MgAl2O4' reads as composition: write it into a text file, one string a line, and name that file.", '')
    """
    # A bare `C` or `CO` may be a name: only what looks like nothing else counts.
    read = next((name for name, notation in NOTATIONS.items() if notation.looks_like([word]) == 1), None)
    if read is None:
        return ""
    return f"{word!r} reads as {read}: write it into a text file, one string a line, and name that file."


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
