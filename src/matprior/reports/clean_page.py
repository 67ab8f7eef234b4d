"""What the page of `matprior clean` shows: how many rows changed, how, and examples of each kind."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from matprior.data.cleaning import KINDS, Cleaned
from matprior.data.wording import counted
from matprior.notations import InvalidString
from matprior.reports.blocks import Block
from matprior.reports.tables import TextTable
from matprior.reports.theme import Figure

MOST_ROWS = 40
"""Rows shown per kind of change; `changes.csv` holds all."""
MOST_DRAWINGS = 4
"""Molecules drawn before and after."""
_LONG = 44
"""Longer strings are cut on the page."""


def clean_blocks(cleaned: Cleaned) -> list[Block]:
    """Sections of the page: a summary, then one per kind of change."""
    counts = cleaned.counts()
    read, left = len(cleaned.table.original), len(cleaned.frame)
    are = "is" if left == 1 else "are"
    words = [f"{counted(read, 'row')} came, {counted(left, 'row')} {are} in the clean table."]
    if not counts:
        words.append("Nothing had to be changed.")
    rows = [[KINDS[kind].capitalize(), f"{n:,}"] for kind, n in counts.items()]
    table = TextTable(["what", "rows"], rows, [False, True]) if rows else None
    blocks = [Block("summary", "Summary", [*words, *cleaned.table.notes, *cleaned.notes], table=table)]
    blocks += [_block(kind, cleaned) for kind in counts]
    return blocks


def _block(kind: str, cleaned: Cleaned) -> Block:
    found = cleaned.changes[cleaned.changes["kind"] == kind]
    shown = found.head(MOST_ROWS)
    cells = [[f"{row:,}", _cut(before), _cut(after), what] for row, before, after, what in _rows(shown)]
    note = (
        f"The first {MOST_ROWS} of {len(found):,}; changes.csv holds all." if len(found) > MOST_ROWS else ""
    )
    return Block(
        kind,
        f"{KINDS[kind][0].upper()}{KINDS[kind][1:]}",
        table=TextTable(["row", "before", "after", "what"], cells, [True, False, False, False]),
        figures=_drawings(kind, found, str(cleaned.table.task.notation)),
        note=note,
    )


def _rows(changes: pd.DataFrame) -> Iterator[tuple[int, str, str, str]]:
    return zip(*(changes[name].tolist() for name in ("row", "before", "after", "what")), strict=True)


def _cut(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"


def _drawings(kind: str, found: pd.DataFrame, notation: str) -> list[Figure]:
    """Molecules whose chemistry changed, before and after."""
    if notation != "smiles" or kind not in ("salts", "charges", "tautomers"):
        return []
    from matprior.notations.smiles_drawing import svg

    figures = []
    for row, before, after, _ in _rows(found.drop_duplicates("after").head(MOST_DRAWINGS)):
        for stage, string in (("before", before), ("after", after)):
            try:
                drawing = re.sub(r"\sxmlns(?::\w+)?='[^']*'", "", svg(string))
            except InvalidString:
                continue
            name = f"{kind}-{row}-{stage}"
            figures.append(Figure(name, f"Row {row}, {stage}", _cut(string), drawing))
    return figures
