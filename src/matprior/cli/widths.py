"""How wide the columns of a table in the terminal are, and where their cells fold. For `console.show_table`.

Numbers are never cut: a figure without its end is a wrong figure. Text folds at words, then behind
`_`, `/`, `:`, hyphens and commas, and only in a very narrow terminal inside a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from unicodedata import east_asian_width

GAP = 2
"""Spaces between two columns."""
NARROWEST = 8
"""A column of text is not folded to less; a table that needs more room is wider than the terminal."""
LONGEST_NUMBER = 24
"""Cells that begin with a digit and are longer, such as a list of ids, are text."""
_NUMBER = re.compile(r"[<>≤≥≈±−+-]?\s?[\d.]|[–—−-]$")
_PIECES = re.compile(r"[^\s_/,:-]*[_/,:-]+|[^\s_/,:-]+|\s+")


def is_numeric(cells: Sequence[str]) -> bool:
    """Whether the filled cells of a column are all numbers, with unit or spread or as a dash.

    Examples
    --------
    >>> is_numeric(["0.031", "<0.001", "", "–"]), is_numeric(["12 ± 3 K"]), is_numeric(["K2O", "3dsc"])
    (True, True, False)
    """
    filled = [cell for cell in cells if cell]
    return any(any(map(str.isdigit, cell)) for cell in filled) and all(
        _NUMBER.match(cell) and len(cell) <= LONGEST_NUMBER for cell in filled
    )


def wide(text: str) -> int:
    """Places that a line of text takes; Japanese characters take two."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def fold(text: str, room: int) -> str:
    """Break a text into lines of at most `room` places.

    Examples
    --------
    >>> fold("gain of the first", 8).split(chr(10)), fold("e_form_eV_per_atom", 10).split(chr(10))
    (['gain of', 'the', 'first'], ['e_form_eV_', 'per_atom'])
    """
    return "\n".join(line for part in text.split("\n") for line in _lines(part, room))


def _lines(text: str, room: int) -> list[str]:
    lines = [""]
    for word in re.findall(r"\s*\S+", text):
        if wide(lines[-1] + word) <= room:
            lines[-1] += word
            continue
        if lines[-1]:
            lines.append("")
        for piece in _PIECES.findall(word.lstrip()):
            if lines[-1] and wide(lines[-1] + piece) > room:
                lines.append("")
            for sign in piece:
                if lines[-1] and wide(lines[-1] + sign) > room:
                    lines.append("")
                lines[-1] += sign
    return lines


def widths(
    head: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool], room: int
) -> list[int]:
    """Width of each column, so that the table fits into `room` places if it can.

    Parameters
    ----------
    head : names of the columns, length c
    rows : cells as text, shape (n, c)
    numeric : columns whose cells must stay whole, length c
    """
    columns = [[row[place] for row in rows] for place in range(len(head))]
    found = [max(map(wide, [name, *cells])) for name, cells in zip(head, columns, strict=True)]
    # The first column names things, and names are copied: it gives way after the others.
    for parts, of_first in (
        (str.split,) * 2,
        (_PIECES.findall, str.split),
        (_PIECES.findall,) * 2,
        (None,) * 2,
    ):
        least = [
            max(_least([name], parts), max(map(wide, cells), default=0) if number else _least(cells, parts))
            for name, cells, number in zip(head, columns, numeric, strict=True)
        ]
        if columns:
            least[0] = max(least[0], _least(columns[0], of_first))
        _shrink(found, least, room - GAP * (len(head) - 1))
    return found


def _least(texts: Sequence[str], parts: Callable[[str], list[str]] | None) -> int:
    """Widest part that must not be folded, of all texts."""
    if parts is None:
        return min(NARROWEST, max(map(wide, texts), default=0))
    return max((wide(part) for text in texts for part in parts(text)), default=0)


def _shrink(found: list[int], least: list[int], room: int) -> None:
    """Take places from the widest columns, down to `least`, until their sum fits."""
    for _ in range(sum(found) - room):
        open_ = [place for place in range(len(found)) if found[place] > least[place]]
        if not open_:
            return
        found[max(open_, key=lambda place: found[place])] -= 1
