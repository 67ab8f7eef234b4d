"""Where pretraining gets its formulas and their computed properties, and what it must not see."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from matprior.notations import NOTATIONS, InvalidString

TRANSFORMS = {"none": lambda x: x, "log10": lambda x: np.log10(np.where(x > 0, x, np.nan))}
"""Name in a recipe -> what is done to a property before it is standardised."""


@dataclass
class PropertySource:
    """One computed property: which column of which files."""

    name: str
    """Name of the property; files given under one name are merged."""
    files: list[str]
    """Tables (CSV, also gzipped), relative to the data folder."""
    column: str
    """Column with the values."""
    unit: str = ""
    """Unit of the values."""
    merge: str = "median"
    """How several values of one formula become one: median, min or mean."""
    transform: str = "none"
    """none or log10."""


@dataclass
class Corpus:
    """Distinct formulas and a table of properties with gaps."""

    strings: list[str]
    """Canonical formulas, `n`."""
    values: np.ndarray
    """Properties, shape (n, p), float32, transformed but not standardised; NaN where unknown."""
    notes: list[str] = field(default_factory=list)
    """What was read, merged, left out: sentences."""


def read_formulas(path: str | Path) -> Iterator[str]:
    """Formulas of a text file (one a line) or of the `formula` column of CSV, TSV, Parquet; also gzipped."""
    name = Path(path).name.removesuffix(".gz")
    if name.endswith(".parquet"):
        yield from pd.read_parquet(path)["formula"]
    elif name.endswith((".csv", ".tsv")):
        yield from read_column(path, "formula")["formula"]
    else:
        opened = gzip.open if str(path).endswith(".gz") else open
        with opened(path, "rt", encoding="utf-8") as lines:
            yield from (line.strip() for line in lines if line.strip())


def read_column(path: str | Path, column: str) -> pd.DataFrame:
    """Columns `formula` and `column` of a table. `NaN` in the formula column is sodium nitride, not a gap."""
    separator = "\t" if ".tsv" in Path(path).name else ","
    table = pd.read_csv(
        path, sep=separator, keep_default_na=False, na_values={column: [""]}, low_memory=False
    )
    if column not in table or "formula" not in table:
        raise ValueError(f"{path} needs columns 'formula' and {column!r}; it has {list(table.columns)}.")
    return table[["formula"] if column == "formula" else ["formula", column]]


def read_corpus(
    folder: Path,
    sources: list[str],
    properties: list[PropertySource],
    exclude: list[str],
    only_listed: bool = True,
) -> Corpus:
    """Distinct formulas with their properties.

    Parameters
    ----------
    folder : where relative paths start
    sources : files of formulas
    properties : computed properties
    exclude : files whose formulas must not occur, compared by reduced formula within 1e-4
    only_listed : leave out property rows whose formula is not in `sources`; otherwise they join
    """
    notation = NOTATIONS["composition"]
    notes: list[str] = []
    listed: dict[str, int] = {}
    bad = 0
    for source in sources:
        before, read = len(listed), 0
        for string in read_formulas(folder / source):
            read += 1
            try:
                listed.setdefault(notation.canonical(string), len(listed))
            except InvalidString:
                bad += 1
        notes.append(f"{source}: {read:,} formulas, {len(listed) - before:,} new.")
    columns = [_property_column(folder, source, listed, only_listed, notes) for source in properties]
    strings = list(listed)
    values = np.full((len(strings), len(properties)), np.nan, dtype=np.float32)
    for index, (rows, numbers) in enumerate(columns):
        values[rows, index] = numbers
    if bad:
        notes.append(f"{bad:,} lines are not formulas and were left out.")
    return _without(Corpus(strings, values, notes), folder, exclude)


def _property_column(
    folder: Path, source: PropertySource, listed: dict[str, int], only_listed: bool, notes: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers and merged, transformed values of one property; adds formulas to `listed` if allowed."""
    notation = NOTATIONS["composition"]
    parts = []
    for file in source.files:
        table = read_column(folder / file, source.column)
        keys = []
        for string in table["formula"]:
            try:
                key = notation.canonical(string)
            except InvalidString:
                key = ""
            keys.append(key)
            if key and not only_listed:
                listed.setdefault(key, len(listed))
        row = pd.Series([listed.get(key, -1) for key in keys])
        parts.append(
            pd.DataFrame({"row": row, "value": pd.to_numeric(table[source.column], errors="coerce")})
        )
    table = pd.concat(parts)
    table["value"] = TRANSFORMS[source.transform](table["value"].to_numpy(float))
    table = table[(table["row"] >= 0) & np.isfinite(table["value"])]
    merged = table.groupby("row")["value"].agg(source.merge)
    notes.append(f"{source.name}: {len(merged):,} formulas with a value ({len(table):,} rows).")
    return merged.index.to_numpy(), merged.to_numpy(np.float32)


def _without(corpus: Corpus, folder: Path, exclude: list[str]) -> Corpus:
    """The corpus without every formula of the excluded files."""
    if not exclude:
        return corpus
    from matprior.data.leakage import FormulaSet

    for file in exclude:
        hidden = FormulaSet(list(read_formulas(folder / file))).contains(corpus.strings)
        corpus.notes.append(f"--exclude {file}: {int(hidden.sum()):,} formulas removed.")
        keep = np.flatnonzero(~hidden)
        corpus = Corpus([corpus.strings[i] for i in keep], corpus.values[keep], corpus.notes)
    return corpus
