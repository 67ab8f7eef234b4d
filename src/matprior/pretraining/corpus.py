"""Where pretraining gets its formulas and their computed properties, and what it must not see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from matprior.notations import NOTATIONS, InvalidString
from matprior.pretraining.sources import Source, files_of, numbers, read_formulas, read_pieces

__all__ = ["Corpus", "PropertySource", "Source", "read_corpus", "read_formulas"]

TRANSFORMS = {
    "none": lambda x: x,
    "log10": lambda x: np.log10(np.where(x > 0, x, np.nan)),
    "is_zero": lambda x: np.where(np.isfinite(x), x <= 0, np.nan),
}
"""Name in a recipe -> what is done to a property before it is standardised. `is_zero` of a computed gap
says: a metal."""
KINDS = ("number", "binary")
MERGES = ("median", "min", "max", "mean")


@dataclass
class PropertySource:
    """One computed property: which column of which files."""

    name: str
    """Name of the property; files given under one name are merged."""
    files: list[str]
    """Tables (CSV or TSV, also gzipped, or Parquet), folders or patterns of these, from the data folder."""
    column: str
    """Column with the values."""
    unit: str = ""
    """Unit of the values."""
    merge: str = "median"
    """How several values of one formula become one: median, min, max or mean."""
    transform: str = "none"
    """none, log10, or is_zero (1 where the value is 0 or less, else 0)."""
    kind: str = "number"
    """number, or binary for values of 0 and 1, which are learned as the logit of a chance."""
    task: str = ""
    """Task word without brackets, such as band_gap, where hard prompts ask for it; made from the name
    when left out."""

    def __post_init__(self) -> None:
        for name, known in (("transform", TRANSFORMS), ("kind", KINDS), ("merge", MERGES)):
            if getattr(self, name) not in known:
                raise ValueError(
                    f"Property {self.name!r} has {name} {getattr(self, name)!r}; expected one of "
                    f"{', '.join(known)}."
                )


@dataclass
class Corpus:
    """Distinct formulas and a table of properties with gaps."""

    strings: list[str]
    """Canonical formulas, `n`."""
    values: np.ndarray
    """Properties, shape (n, p), float32, transformed but not standardised; NaN where unknown."""
    notes: list[str] = field(default_factory=list)
    """What was read, merged, left out: sentences."""


def read_corpus(
    folder: Path,
    sources: Sequence[str | Source],
    properties: list[PropertySource],
    exclude: list[str],
    only_listed: bool = True,
) -> Corpus:
    """Distinct formulas with their properties.

    Parameters
    ----------
    folder : where relative paths start
    sources : files, folders or patterns of files of formulas; a `Source` takes some of their rows
    properties : computed properties
    exclude : files, or names of data sets, whose formulas must not occur, compared by reduced formula
        within 1e-4
    only_listed : leave out property rows whose formula is not in `sources`; otherwise they join
    """
    notes: list[str] = []
    listed: dict[str, int] = {}
    bad = sum(_list_source(folder, source, listed, notes) for source in sources)
    columns = [_property_column(folder, source, listed, only_listed, notes) for source in properties]
    strings = list(listed)
    values = np.full((len(strings), len(properties)), np.nan, dtype=np.float32)
    for index, (rows, known) in enumerate(columns):
        values[rows, index] = known
    if bad:
        notes.append(f"{bad:,} lines are not formulas and were left out.")
    return _without(Corpus(strings, values, notes), folder, exclude)


def _list_source(folder: Path, source: str | Source, listed: dict[str, int], notes: list[str]) -> int:
    """Add the formulas of a source to `listed`; the number of lines that are none."""
    notation = NOTATIONS["composition"]
    source = Source(source) if isinstance(source, str) else source
    before, read, bad = len(listed), 0, 0
    for path in files_of(folder, source.file):
        for string in read_formulas(path, source):
            read += 1
            try:
                listed.setdefault(notation.canonical(string), len(listed))
            except InvalidString:
                bad += 1
    rows = ", ".join(f"{column} = {value}" for column, value in source.where.items())
    where = f" where {rows}" if rows else ""
    notes.append(f"{source.file}{where}: {read:,} formulas, {len(listed) - before:,} new.")
    return bad


def _property_column(
    folder: Path, source: PropertySource, listed: dict[str, int], only_listed: bool, notes: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers and merged, transformed values of one property; adds formulas to `listed` if allowed."""
    parts = [
        _rows_of(piece, source.column, listed, only_listed)
        for name in source.files
        for path in files_of(folder, name)
        for piece in read_pieces(path, ["formula", source.column])
    ]
    table = pd.concat(parts)
    table["value"] = TRANSFORMS[source.transform](table["value"].to_numpy(float))
    table = table[(table["row"] >= 0) & np.isfinite(table["value"])]
    merged = table.groupby("row")["value"].agg(source.merge)
    if source.kind == "binary":
        merged = _as_binary(merged, source)
    notes.append(f"{source.name}: {len(merged):,} formulas with a value ({len(table):,} rows).")
    return merged.index.to_numpy(), merged.to_numpy(np.float32)


def _as_binary(values: pd.Series, source: PropertySource) -> pd.Series:
    if not values.between(0, 1).all():
        strange = values[~values.between(0, 1)].iloc[0]
        raise ValueError(
            f"Property {source.name!r} is binary and has the value {strange:g} in column "
            f"{source.column!r}; expected 0 and 1. Use kind: number, or transform: is_zero."
        )
    return (values >= 0.5).astype(float)  # polymorphs that disagree: yes, if as many say so as say no


def _rows_of(piece: pd.DataFrame, column: str, listed: dict[str, int], only_listed: bool) -> pd.DataFrame:
    """Row number (-1: none) and value of each line of a piece."""
    notation = NOTATIONS["composition"]
    keys = []
    for string in piece["formula"].astype(str):
        try:
            key = notation.canonical(string)
        except InvalidString:
            key = ""
        keys.append(key)
        if key and not only_listed:
            listed.setdefault(key, len(listed))
    row = [listed.get(key, -1) for key in keys]
    return pd.DataFrame({"row": row, "value": numbers(piece[column]).to_numpy()})


def _without(corpus: Corpus, folder: Path, exclude: list[str]) -> Corpus:
    """The corpus without every formula of the excluded files and data sets."""
    if not exclude:
        return corpus
    from matprior.data.leakage import FormulaSet

    seen = [FormulaSet(list(_excluded(folder, name))) for name in exclude]
    for name, formulas in zip(exclude, seen, strict=True):
        hidden = formulas.contains(corpus.strings)
        corpus.notes.append(f"--exclude {name}: {int(hidden.sum()):,} formulas removed.")
        keep = np.flatnonzero(~hidden)
        corpus = Corpus([corpus.strings[i] for i in keep], corpus.values[keep], corpus.notes)
    return corpus


def _excluded(folder: Path, name: str) -> Iterator[str]:
    """Formulas of a file, or of the data set of that name."""
    from matprior.data import catalog

    if (folder / name).exists() or "/" in name or "." in name or "*" in name:
        for path in files_of(folder, name):
            yield from read_formulas(path)
        return
    try:
        entry = catalog.show(name)
    except ValueError as error:
        raise ValueError(f"--exclude {name}: no such file in {str(folder)!r}. {error}") from None
    if entry.notation != "composition":
        raise ValueError(f"--exclude {name}: expected a set of formulas; it holds {entry.notation}.")
    yield from read_formulas(catalog.get(name, folder if folder != Path() else None))
