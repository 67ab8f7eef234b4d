"""Files of formulas and of computed properties, read in pieces: no file is in memory as a whole.

The only door to pyarrow.
"""

from __future__ import annotations

import glob
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from matprior.data.text import encoding_of

STRINGS = ("formula", "smiles")
"""What a column of strings is called where nobody says."""
PIECE = 100_000
"""Rows held as text at once."""
HEAD = 65_536
"""Bytes that tell the encoding of a file."""
KINDS = (".txt", ".csv", ".tsv", ".parquet")
"""Files that are looked for in a folder; all but Parquet also gzipped."""


@dataclass
class Source:
    """Formulas of a file, a folder or a pattern, or of some of its rows."""

    file: str
    """File, folder, or pattern such as `shards/*.parquet`, relative to the data folder."""
    where: dict[str, str | int | float | bool] = field(default_factory=dict)
    """Column -> value: only rows that have all of these values."""
    column: str = "formula"
    """Column of the formulas; a text file has none."""


def files_of(folder: Path, name: str) -> list[Path]:
    """The files that a name in a recipe stands for, in alphabetical order.

    Parameters
    ----------
    folder : where a relative name starts
    name : a file, a folder (every table and text file directly in it), or a pattern with `*`
    """
    path = folder / name
    if path.is_dir():
        found = [one for one in path.iterdir() if one.name.removesuffix(".gz").endswith(KINDS)]
    elif any(sign in name for sign in "*?["):
        found = [Path(one) for one in glob.glob(str(path), recursive=True)]
    else:
        found = [path]
    if not found or not all(one.is_file() for one in found):
        raise ValueError(
            f"Found no file {str(path)!r}; expected text, CSV, TSV or Parquet, a folder or a pattern of "
            "these. Correct the name in the recipe, or give the folder it starts from (--data-folder)."
        )
    return sorted(found)


def read_formulas(path: str | Path, source: Source | None = None) -> Iterator[str]:
    """Formulas of a text file (one a line) or of a column of CSV, TSV, Parquet; also gzipped.

    Parameters
    ----------
    source : column of the formulas and the rows that count; by default `formula` and all
    """
    source = source or Source(str(path))
    if _plain(path):
        if source.where:
            raise ValueError(f"{path} is a text file without columns; `where` needs a table.")
        yield from _lines(path)
        return
    for piece in read_pieces(path, [source.column, *source.where]):
        for column, value in source.where.items():
            piece = piece[_equals(piece[column], value)]
        yield from piece[source.column].astype(str)


def read_strings(path: str | Path) -> Iterator[str]:
    """Strings of a text file, or of the column `formula` or `smiles` of a table, in whatever letters."""
    if _plain(path):
        yield from _lines(path)
        return
    if Path(path).name.endswith(".parquet"):
        from pyarrow.parquet import read_schema

        there = list(read_schema(path).names)
    else:
        there = header(path)
    column = next((one for one in there if one.strip().lower() in STRINGS), STRINGS[0])
    yield from read_formulas(path, Source(str(path), column=column))


def read_pieces(path: str | Path, columns: list[str]) -> Iterator[pd.DataFrame]:
    """Some columns of a table, `PIECE` rows at a time. Cells of CSV and TSV stay text.

    `NaN` in a column of formulas is sodium nitride, not a gap: text is never read as missing.
    """
    columns = list(dict.fromkeys(columns))
    if Path(path).name.endswith(".parquet"):
        yield from _parquet(path, columns)
        return
    _check(path, columns, header(path))
    how: Any = form(path)
    with pd.read_csv(
        path, **how, usecols=columns, dtype=str, keep_default_na=False, chunksize=PIECE
    ) as pieces:
        yield from pieces


def header(path: str | Path) -> list[str]:
    """Names of the columns of a CSV or TSV file.

    Raises
    ------
    ValueError
        The file is empty, or no text.
    """
    how: Any = form(path)
    try:
        return [str(name) for name in pd.read_csv(path, **how, nrows=0).columns]
    except pd.errors.EmptyDataError:
        raise ValueError(f"{path} is empty. Expected a line of column names, then one row a line.") from None


def form(path: str | Path) -> dict[str, str]:
    """Separator and encoding of a CSV or TSV file, as pandas calls them."""
    opened = gzip.open if str(path).endswith(".gz") else open
    with opened(path, "rb") as stream:
        encoding, _ = encoding_of(stream.read(HEAD), Path(path).name)
    return {"sep": "\t" if ".tsv" in Path(path).name else ",", "encoding": encoding}


def _parquet(path: str | Path, columns: list[str]) -> Iterator[pd.DataFrame]:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        _check(path, columns, file.schema_arrow.names)
        for batch in file.iter_batches(batch_size=PIECE, columns=columns):
            yield batch.to_pandas()


def _lines(path: str | Path) -> Iterator[str]:
    opened = gzip.open if str(path).endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8") as lines:
        while piece := list(islice(lines, PIECE)):
            yield from (line.strip() for line in piece if line.strip())


def _plain(path: str | Path) -> bool:
    return not Path(path).name.removesuffix(".gz").endswith((".csv", ".tsv", ".parquet"))


def _equals(cells: pd.Series, value: str | int | float | bool) -> pd.Series:
    if isinstance(value, str):
        return cells.astype(str) == value
    return numbers(cells) == float(value)


def numbers(cells: pd.Series) -> pd.Series:
    """Cells as floats, True and False as 1 and 0; what is no number becomes NaN."""
    if cells.dtype == bool:
        return cells.astype(float)
    found = pd.to_numeric(cells, errors="coerce").astype(float)
    words = cells[found.isna()].astype(str).str.strip().str.lower()
    return found.fillna(words.map({"true": 1.0, "false": 0.0}))


def _check(path: str | Path, columns: list[str], there: list[str]) -> None:
    missing = [column for column in columns if column not in there]
    if missing:
        named = " and ".join(repr(column) for column in columns)
        raise ValueError(f"{path} needs columns {named}; it has {there}.")
