"""Which line names the columns, and which rows below it belong to the table.

Titles and remarks above the header, blank lines, unnamed columns and lines with a cell too many are
what spreadsheets look like. A row keeps its number through all of that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import pandas as pd

from matprior.data.reading import BadRow, Sheet
from matprior.data.wording import counted


def name_columns(
    rows: list[list[str]], sheet: Sheet, wanted: Sequence[str], is_string: Callable[[str], bool] | None = None
) -> Sheet:
    """Fill `sheet` from raw rows.

    Parameters
    ----------
    rows : cells as they stand in the source
    wanted : names the caller will ask for; a line that holds one of them is the header
    is_string : given where a list without header is allowed; True for a valid formula or SMILES
    """
    top = _header_line(rows, wanted)
    if top is None:
        raise ValueError(
            f"{sheet.name} is empty: no line has a filled cell. "
            "Expected a line of column names and rows below it. Check that this is the right file."
        )
    skipped = [" ".join(" ".join(row).split()) for row in rows[:top] if any(map(str.strip, row))]
    if skipped:
        sheet.notes.append(f"Lines above the column names were skipped: {'; '.join(skipped)[:120]!r}.")
    width = _width(rows, top, sheet)
    if is_string is not None and width == 1 and is_string(rows[top][0].strip()):
        names, body = ["string"], rows[top:]
        sheet.notes.append(f"{sheet.name} has no line of column names; its only column is called 'string'.")
    else:
        names, body = _names(rows[top], width, sheet), rows[top + 1 :]
    kept, sheet.row = _aligned(body, width, sheet)
    if not kept:
        raise ValueError(
            f"{sheet.name} has a header but no rows: the only filled line is {names}. Expected at least one "
            "row below the column names. If that line is data, add a line of column names above it."
        )
    columns = list(zip(*kept, strict=True))
    filled = [
        i for i in range(width) if "".join(rows[top][i : i + 1]).strip() or any(map(str.strip, columns[i]))
    ]
    # 'str' cells stay Python objects until a column is used: converting all would double the time.
    sheet.cells = pd.DataFrame({names[i]: pd.Series(columns[i], dtype=object) for i in filled})
    sheet.doubled = {name for name in sheet.doubled if not _same_content(sheet.cells, name)}
    return sheet


def _header_line(rows: list[list[str]], wanted: Sequence[str]) -> int | None:
    """Index of the first line that is neither blank nor a title nor a '#' remark."""
    counts = [sum(1 for cell in row if cell.strip()) for row in rows[:50]]
    widest = max(counts, default=0)
    if widest == 0:
        return next((i for i, row in enumerate(rows) if any(map(str.strip, row))), None)
    for i, (row, count) in enumerate(zip(rows, counts, strict=False)):
        if count and set(wanted) & {_clean(cell) for cell in row}:
            return i
        title = count == 1 and widest > 1 and bool(row[0].strip())
        remark = row[:1] and row[0].lstrip().startswith("#") and count < widest
        if count and not title and not remark:
            return i
    return next(i for i, count in enumerate(counts) if count)


def _width(rows: list[list[str]], top: int, sheet: Sheet) -> int:
    """Cells per row: those of the header, less empty columns at the right edge, which Excel likes to save."""
    width = len(rows[top])
    below = [_filled_length(row) for row in rows[top + 1 : top + 200]]
    length, often = Counter(n for n in below if n).most_common(1)[0] if any(below) else (0, 0)
    if length > width and often > 0.5 * sum(map(bool, below)):
        raise ValueError(
            f"{sheet.name}: most rows have {length} cells, but the line of column names has {width} "
            f"({', '.join(map(repr, rows[top]))}). Expected one name per column. If numbers are written with "
            "a decimal comma, use ';' between cells or a decimal point; otherwise name the missing column."
        )
    while width > 1 and not any(len(row) >= width and row[width - 1].strip() for row in rows[top:]):
        width -= 1
    return width


def _filled_length(row: list[str]) -> int:
    """Cells up to the last filled one."""
    return next((i for i in range(len(row), 0, -1) if row[i - 1].strip()), 0)


def _clean(name: str) -> str:
    return " ".join(name.replace("\ufeff", "").split())


def _names(header: list[str], width: int, sheet: Sheet) -> list[str]:
    """One name per column, each different."""
    names: list[str] = []
    for i in range(width):
        name = _clean(header[i]) if i < len(header) else ""
        name = name or f"column {i + 1}"
        if name in names:
            sheet.doubled.add(name)
            copy = 2
            while f"{name} ({copy})" in names:
                copy += 1
            sheet.notes.append(
                f"Two columns are called {name!r}; the later one is called '{name} ({copy})' here."
            )
            name = f"{name} ({copy})"
        names.append(name)
    return names


def _aligned(body: list[list[str]], width: int, sheet: Sheet) -> tuple[list[list[str]], list[int]]:
    """Rows of exactly `width` cells, and their numbers. Blank rows keep their number but are left out."""
    kept: list[list[str]] = []
    numbers: list[int] = []
    for number, row in enumerate(body, start=1):
        if len(row) != width:
            if len(row) > width and any(map(str.strip, row[width:])):
                shown = (sheet.separator or ",").join(row)[:80]
                reason = f"the line has {len(row)} cells, but there are {width} columns"
                fix = 'put quote marks (") around a cell that holds the separator, or use a decimal point'
                sheet.bad.append(BadRow(number, shown, reason, fix))
                continue
            row = (row + [""] * width)[:width]
        if not any(row) or not any(map(str.strip, row)):
            continue
        kept.append(row)
        numbers.append(number)
    inside = numbers[-1] - len(numbers) - sum(b.row < numbers[-1] for b in sheet.bad) if numbers else 0
    if inside:  # blank lines at the end of a file are nobody's concern
        were = "was" if inside == 1 else "were"
        sheet.notes.append(
            f"{counted(inside, 'blank row')} {were} passed over; the other rows keep their numbers."
        )
    return kept, numbers


def _same_content(cells: pd.DataFrame, name: str) -> bool:
    copies = [column for column in cells.columns if column.startswith(f"{name} (") and column.endswith(")")]
    return all(cells[name].equals(cells[copy]) for copy in copies)
