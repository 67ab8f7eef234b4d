"""From any source a person may point at to a `Sheet`: named columns of text, rows with their numbers.

What kind of file it is, is decided by its first bytes and not by its ending: a spreadsheet called
`.csv` and a web page called `.xlsx` are both common.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from matprior.data.text import SEPARATORS, decode, read_cells
from matprior.data.workbook import frame_cells, parquet_cells, workbook_cells

ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".parquet", ".gz")
"""Names that are proposed when a path is wrong. What is read is decided by content."""
_OWN = ("bad_rows.csv", "changes.csv")
_NO_TABLE = {
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls) or one protected by a password",
    b"%PDF": "a PDF",
    b"<!DOCTYPE": "a web page",
    b"<!doctype": "a web page",
    b"<html": "a web page",
    b"<?xml": "an XML file",
    b"{": "a JSON file",
    b"[{": "a JSON file",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}


class BadRow(NamedTuple):
    """One thing that could not be used: where, what came, why, and what would be right."""

    row: int
    string: str
    reason: str
    suggestion: str = ""


@dataclass
class Sheet:
    """Named columns of text. `row` counts from 1 at the first line below the column names."""

    cells: pd.DataFrame
    row: list[int]
    name: str
    notes: list[str] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    doubled: set[str] = field(default_factory=set)
    """Names that stood over two columns with different content."""
    separator: str | None = ","
    sha256: str = ""


def read_source(source: str | Path | pd.DataFrame, wanted: Sequence[str]) -> tuple[list[list[str]], Sheet]:
    """Raw rows of `source`, and a still empty `Sheet` that carries its name, notes and hash.

    Parameters
    ----------
    source : path of a table, or a data frame
    wanted : column names the caller will ask for; they choose the sheet of a workbook
    """
    if isinstance(source, pd.DataFrame):
        rows = frame_cells(source)
        digest = hashlib.sha256("\x1e".join("\x1f".join(row) for row in rows).encode("utf-8", "replace"))
        return rows, Sheet(pd.DataFrame(), [], "the data frame", sha256=digest.hexdigest())
    path = _existing_file(source)
    data = path.read_bytes()
    sheet = Sheet(pd.DataFrame(), [], path.name, sha256=hashlib.sha256(data).hexdigest())
    data = _unpacked(data, path.name)
    if not data.strip():
        raise ValueError(
            f"{path.name} is empty (0 characters). Expected a line of column names and rows below it. "
            "Check that the export finished and that this is the right file."
        )
    if data.startswith(b"PK\x03\x04"):
        rows, notes = workbook_cells(data, path.name, wanted)
        sheet.notes += notes
        return rows, sheet
    if data.startswith(b"PAR1"):
        return parquet_cells(data, path.name), sheet
    for start, what in _NO_TABLE.items():
        if data.lstrip().startswith(start):
            raise ValueError(
                f"{path.name} is {what}, not a table. Expected CSV, TSV, plain text, Excel (.xlsx) or "
                "Parquet. Open it where it came from and save the table as CSV or .xlsx."
            )
    text, notes = decode(data, path.name)
    sheet.notes += notes
    rows, sheet.separator = read_cells(text, path.name)
    if sheet.separator not in (",", None):
        kind = SEPARATORS.get(sheet.separator or "", repr(sheet.separator))
        sheet.notes.append(f"Cells are separated by a {kind}.")
    return rows, sheet


def _existing_file(source: str | Path) -> Path:
    """The path as a file, or an error that shows what lies near it."""
    if not isinstance(source, (str, Path)):
        raise ValueError(
            f"The table is a {type(source).__name__}: {str(source)[:60]!r}. Expected the path of a file or "
            "a pandas DataFrame. Write the rows into a DataFrame with named columns first."
        )
    path = Path(source).expanduser()
    if path.is_file():
        return path
    folder = path if path.is_dir() else path.parent
    tables = _tables_in(folder)
    if path.is_dir():
        inside = f"Tables in it: {', '.join(tables[:8])}." if tables else "It holds no table."
        raise ValueError(f"{str(source)!r} is a folder; expected a file. {inside} Name one file.")
    if not folder.is_dir():
        fix = f"The folder {str(folder)!r} does not exist either; check the spelling of the path."
    elif near := _meant(path.name, tables):
        fix = f"Did you mean {str(folder / near)!r}?"
    else:
        from matprior.data.columns import in_a_file  # which imports this module

        there = f"Tables in that folder: {', '.join(tables[:8]) or 'none'}. Check the name and the folder."
        fix = in_a_file(str(source)) or there
    raise ValueError(f"File {str(source)!r} was not found; expected the path of a table. {fix}")


def _tables_in(folder: Path) -> list[str]:
    """Names of what may be a table; our own lists of bad rows and changes are nobody's input."""
    if not folder.is_dir():
        return []
    names = sorted(path.name for path in folder.iterdir())
    return [name for name in names if name.endswith(ENDINGS) and not name.endswith(_OWN)]


def _meant(name: str, tables: list[str]) -> str | None:
    """The table whose name, its ending aside, is nearly the one that came; None rather than a far one."""
    stems = {table.lower().split(".")[0]: table for table in reversed(tables)}
    near = get_close_matches(name.lower().split(".")[0], stems, n=1, cutoff=0.7)
    return stems[near[0]] if near else None


def _unpacked(data: bytes, name: str) -> bytes:
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(
            f"{name} is a damaged gzip file ({error}). Expected a complete .gz. Copy or download it again."
        ) from error
