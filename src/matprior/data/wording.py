"""Counts in sentences, right for one and for many. Whoever writes sentences for people may use it."""

from __future__ import annotations

from collections.abc import Sequence


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> counted(1, "row"), counted(4604, "row"), counted(2, "class", "classes")
    ('1 row', '4,604 rows', '2 classes')
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def rows_named(numbers: Sequence[int], most: int = 5) -> str:
    """Name the first rows of a list by their numbers.

    Examples
    --------
    >>> rows_named([2]), rows_named([2, 4]), rows_named([2, 4, 9], most=2)
    ('row 2', 'rows 2, 4', 'rows 2, 4, …')
    """
    shown = ", ".join(map(str, numbers[:most])) + (", …" if len(numbers) > most else "")
    return f"row {shown}" if len(numbers) == 1 else f"rows {shown}"
