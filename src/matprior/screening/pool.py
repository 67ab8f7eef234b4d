"""A pool of strings to go through: files of any size, read a piece at a time and cut into chunks."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from matprior.data.columns import find_strings
from matprior.data.reading import Sheet
from matprior.data.task import Task
from matprior.notations import NOTATIONS
from matprior.pretraining.sources import PIECE, files_of, header, read_pieces

TABLES = (".csv", ".tsv", ".parquet")
SMILES_FILES = (".smi", ".smiles")
"""Text files in which a name may follow the string."""
HEAD = 1000
"""Rows that are looked at to find the column of the strings."""
HEAD_BYTES = 1 << 20
"""Start of a file whose checksum tells whether it is still the same."""


@dataclass(frozen=True)
class Chunk:
    """Neighbouring rows of one file."""

    number: int
    """Counted from 0 over the whole pool."""
    position: int
    """Of the first row, over the whole pool."""
    file: str
    rows: list[int]
    """Number of each row in its file: of a table below the line of names, of a text file the line."""
    strings: list[str]


@dataclass
class Pool:
    """Files and what is in them."""

    files: list[Path]
    column: str | None
    """Of the strings; None for text files."""
    notation: str
    notes: list[str] = field(default_factory=list)

    def chunks(self, size: int) -> Iterator[Chunk]:
        """All rows in their order; a chunk never spans two files."""
        number = position = 0
        for path in self.files:
            rows: list[int] = []
            strings: list[str] = []
            for new_rows, new_strings in _pieces(path, self.column):
                rows, strings = rows + new_rows, strings + new_strings
                whole = len(rows) // size * size
                for start in range(0, whole, size):
                    part = slice(start, start + size)
                    yield Chunk(number, position + start, path.name, rows[part], strings[part])
                    number += 1
                rows, strings, position = rows[whole:], strings[whole:], position + whole
            if rows:
                yield Chunk(number, position, path.name, rows, strings)
                number, position = number + 1, position + len(rows)

    def estimate(self) -> int:
        """About how many rows there are: lines, or what a Parquet file says of itself."""
        return sum(_count(path) for path in self.files)

    def facts(self) -> list[dict[str, Any]]:
        """What tells whether the files are still the same."""
        found = []
        for path in self.files:
            state = path.stat()
            with open(path, "rb") as stream:
                head = hashlib.sha256(stream.read(HEAD_BYTES)).hexdigest()
            found.append({"name": path.name, "size": state.st_size, "mtime": state.st_mtime, "head": head})
        return found


def open_pool(name: str, strings: str | None, notation: str | None) -> Pool:
    """A pool by the name of a file, a folder, or a pattern with `*`.

    Parameters
    ----------
    strings : column of the strings; found by looking when None
    notation : of the model; found by looking when None
    """
    if not Path(name).exists() and not any(sign in name for sign in "*?["):
        raise ValueError(
            f"Pool {name!r} was not found; expected a file, a folder or a pattern such as 'p/*.csv'."
        )
    files = files_of(Path(), name)
    tables = [path for path in files if _is_table(path)]
    if tables and len(tables) < len(files):
        raise ValueError(f"{name} holds tables and text files. Screen one kind at a time.")
    head = _head(files[0], strings)
    sheet = Sheet(head, list(range(1, len(head) + 1)), files[0].name)
    if not len(head):
        raise ValueError(f"{files[0]} holds no row. Expected one string a line, or a table.")
    task = Task(strings=strings if tables else "string", notation=notation)
    column, notation, notes = find_strings(sheet, task)
    if tables and NOTATIONS[notation].looks_like([column]) >= 0.5:
        raise ValueError(
            f"The first line of {files[0].name} looks like data, not like names of columns: {column!r}. Add "
            "a line such as 'formula' above it, or call the file .txt."
        )
    return Pool(files, column if tables else None, notation, notes if tables else [])


def _head(path: Path, strings: str | None) -> pd.DataFrame:
    if not _is_table(path):
        lines = islice(_pieces(path, None), 1)
        return pd.DataFrame({"string": next((strings for _, strings in lines), [])[:HEAD]}, dtype="str")
    names = [strings] if strings else _names(path)
    piece = next(read_pieces(path, names), pd.DataFrame(columns=names))
    return piece.head(HEAD).map(_text)


def _names(path: Path) -> list[str]:
    if path.name.endswith(".parquet"):
        from pyarrow.parquet import ParquetFile

        with ParquetFile(path) as file:
            return list(file.schema_arrow.names)
    return header(path)


def _pieces(path: Path, column: str | None) -> Iterator[tuple[list[int], list[str]]]:
    """Row numbers and strings, some at a time."""
    try:
        if column is None:
            yield from _lines(path)
            return
        row = 1
        for piece in read_pieces(path, [column]):
            yield list(range(row, row + len(piece))), [_text(cell) for cell in piece[column]]
            row += len(piece)
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not text in UTF-8 ({error.reason} at byte {error.start}). Expected CSV, TSV, "
            "Parquet, or text with one string a line; save it as one of these."
        ) from None


def _lines(path: Path) -> Iterator[tuple[list[int], list[str]]]:
    first_word = path.name.removesuffix(".gz").endswith(SMILES_FILES)
    opened: Any = gzip.open if path.name.endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8-sig") as stream:
        numbered = ((row, line.strip()) for row, line in enumerate(stream, start=1))
        filled = ((row, line.split()[0] if first_word else line) for row, line in numbered if line)
        while piece := list(islice(filled, PIECE)):
            yield [row for row, _ in piece], [line for _, line in piece]


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    missing = cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and cell != cell)
    return "" if missing else str(cell)


def _is_table(path: Path) -> bool:
    return path.name.removesuffix(".gz").endswith(TABLES)


def _count(path: Path) -> int:
    if path.name.endswith(".parquet"):
        from pyarrow.parquet import ParquetFile

        with ParquetFile(path) as file:
            return int(file.metadata.num_rows)
    opened: Any = gzip.open if path.name.endswith(".gz") else open
    lines = 0
    with opened(path, "rb") as stream:
        while block := stream.read(HEAD_BYTES):
            lines += block.count(b"\n")
            last = block[-1:]
    unended = lines > 0 and last != b"\n"
    return max(1, lines + unended - _is_table(path))
