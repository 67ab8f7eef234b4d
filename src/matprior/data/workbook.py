"""From Excel workbooks, Parquet files and data frames to rows of text cells.

The only place that knows openpyxl. Numbers become the shortest text that reads back as the same
number, so that every later step sees one kind of cell.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

if TYPE_CHECKING:
    import pandas as pd


def as_text(value: Any) -> str:
    """Text of one cell: '' for nothing, '3' for 3.0 (spreadsheets keep every number as a float)."""
    if isinstance(value, str):
        return value
    if value is None or value != value:  # NaN and NaT are the values that differ from themselves
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(float(value))
    if isinstance(value, (datetime, date, time)):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return str(value)


def frame_cells(frame: pd.DataFrame) -> list[list[str]]:
    """Header and rows of a data frame as text. Its index is not a column."""
    columns = [_column_text(frame.iloc[:, i].tolist()) for i in range(frame.shape[1])]
    rows = zip(*columns, strict=True) if columns else iter(())
    return [[as_text(name) for name in frame.columns], *map(list, rows)]


def _column_text(values: list[Any]) -> list[str]:
    # pandas.NA refuses comparison, so it is told apart by its type name.
    return ["" if type(value).__name__ == "NAType" else as_text(value) for value in values]


def parquet_cells(data: bytes, name: str) -> list[list[str]]:
    """Header and rows of a Parquet file."""
    import pandas as pd

    try:
        frame = pd.read_parquet(io.BytesIO(data))
    except (OSError, ValueError) as error:  # pyarrow's errors derive from these two
        raise ValueError(
            f"{name} starts like a Parquet file but cannot be read ({error}). "
            "Expected a complete Parquet file. Copy or download it again."
        ) from error
    if frame.index.name is not None:
        frame = frame.reset_index()
    return frame_cells(frame)


def workbook_cells(data: bytes, name: str, wanted: Sequence[str]) -> tuple[list[list[str]], list[str]]:
    """Rows of the sheet that holds the `wanted` columns (else of the first filled one), and notes."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(io.BytesIO(data), data_only=True)
    except (BadZipFile, KeyError, InvalidFileException, ValueError) as error:
        raise ValueError(
            f"{name} is a zip file but no Excel workbook that can be read. Expected .xlsx or .xlsm. "
            "Unpack it first, or open it in Excel and save it as .xlsx or CSV."
        ) from error
    sheets = {sheet.title: _sheet_rows(sheet) for sheet in book.worksheets}
    filled = {title: rows for title, (rows, _) in sheets.items() if any(any(row) for row in rows)}
    if not filled:
        raise ValueError(
            f"{name} is empty: none of its {len(sheets)} sheets has a filled cell. "
            "Expected a line of column names and rows below it. Check that the right file was saved."
        )
    titles = [title for title, rows in filled.items() if wanted and _has_names(rows, wanted)]
    chosen = titles[0] if titles else next(iter(filled))
    notes = []
    if len(filled) > 1:
        others = ", ".join(repr(title) for title in filled if title != chosen)
        notes.append(f"Sheet {chosen!r} of {name} was read; not read: {others}.")
    if spans := sheets[chosen][1]:
        notes.append(f"{spans} cells merged over several rows were filled with their value on each row.")
    return filled[chosen], notes


def _sheet_rows(sheet: Any) -> tuple[list[list[str]], int]:
    """Rows of one sheet with vertically merged cells filled in, and how many such cells there were."""
    rows = [
        [as_text(value) for value in row] for row in sheet.iter_rows(min_row=1, min_col=1, values_only=True)
    ]
    filled = 0
    for span in sheet.merged_cells.ranges:
        # Sideways merges are headings over several columns: copying them would make equal names.
        if span.min_col != span.max_col or span.max_row > len(rows):
            continue
        value = rows[span.min_row - 1][span.min_col - 1]
        for row in range(span.min_row, span.max_row):
            rows[row][span.min_col - 1] = value
        filled += bool(value)
    return rows, filled


def _has_names(rows: Iterable[list[str]], wanted: Sequence[str]) -> bool:
    tops = list(rows)[:20]
    return any(set(wanted) <= {" ".join(cell.split()) for cell in row} for row in tops)
