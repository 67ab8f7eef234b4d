"""One table of materials, ready to learn from: the only place where strings become canonical.

Nothing is lost in silence: `bad` lists what could not be read, `merged` what became one row, `changes`
what had to be interpreted, and `notes` says it in sentences. Rows are counted from 1 at the first
line below the column names, so row 1 is line 2 of a spreadsheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from matprior.data.canonical import Canonical, canonicalise
from matprior.data.columns import check_columns, find_strings, looks_like_string, split_columns
from matprior.data.files import write_atomically
from matprior.data.filling import fill_values
from matprior.data.header import name_columns
from matprior.data.merging import check_merge, merge_rows
from matprior.data.reading import BadRow, Sheet, read_source
from matprior.data.task import Task
from matprior.data.units import unit_of
from matprior.data.wording import counted, rows_named
from matprior.notations import NOTATIONS

BAD_COLUMNS = ["row", "string", "reason", "suggestion"]
CHANGE_COLUMNS = ["row", "string", "canonical", "note"]


@dataclass
class Table:
    """Rows that can be used, and an account of the others."""

    frame: pd.DataFrame
    """All columns of the input. Targets are numbers or labels, extra columns numbers where they are
    numbers; every other cell is the text of the file. NaN in a target means that nobody measured it."""
    strings: pd.Series
    """Canonical strings, length n."""
    row: np.ndarray
    """Number of each row in the file (1 is the first line below the column names), length n."""
    task: Task
    """The task with nothing left open: string column, notation, kind and units are filled in."""
    bad: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=BAD_COLUMNS))
    """row, string, reason, suggestion. A row without a valid string is left out of `frame`; one with an
    unreadable target stays, with that target unknown."""
    merged: pd.DataFrame = field(default_factory=pd.DataFrame)
    """canonical, n, rows and one `<target>_spread` per target: the range of numbers, or the share of
    labels that disagree with the majority."""
    changes: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=CHANGE_COLUMNS))
    """row, string, canonical, note: strings that had to be interpreted."""
    notes: list[str] = field(default_factory=list)
    """Sentences for people: what was chosen, merged, refused."""
    original: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Every row of the input as text, bad ones too; its index is the row number."""
    sha256: str = ""
    """Hash of the file, for the record of a result."""

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def targets(self) -> pd.DataFrame:
        """The target columns alone, shape (n, t)."""
        return self.frame[self.task.targets]

    def groups(self) -> pd.Series:
        """Family of each row (chemical system or scaffold), length n: what a grouped split keeps together."""
        notation = NOTATIONS[self.task.notation or next(iter(NOTATIONS))]
        group = {string: notation.group(string) for string in self.strings.unique()}
        return self.strings.map(group).rename("group")


def read_table(
    source: str | Path | pd.DataFrame,
    task: Task,
    strict: bool = False,
    merge_duplicates: str = "auto",
    apart: Sequence[str] = (),
) -> Table:
    """Read a table and make it ready to learn from.

    Parameters
    ----------
    source : CSV, TSV, text, Excel or Parquet file (also gzipped), or a data frame
    task : what is asked; what it leaves open is found by looking, and said in `notes`
    strict : raise at the first row that cannot be used instead of listing it in `bad`
    merge_duplicates : 'auto' (mean of numbers, majority of labels) or 'keep'
    apart : columns that must agree for rows to be merged; columns named like a fold always must

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"formula": ["Fe2O3", "O3Fe2", "NaCl"], "gap_eV": [2.0, 2.2, 8.5]})
    >>> table = read_table(frame, Task(targets="gap_eV"))
    >>> table.strings.tolist(), table.frame["gap_eV"].tolist(), table.task.units
    (['Fe2O3', 'NaCl'], [2.1, 8.5], {'gap_eV': 'eV'})
    """
    check_merge(merge_duplicates, task.kind)
    wanted = [*task.columns, *apart]
    rows, sheet = read_source(source, wanted)
    table = _prepare(name_columns(rows, sheet, wanted), task, wanted, strict)
    check_merge(merge_duplicates, table.task.kind)
    if merge_duplicates != "keep":
        folds = [name for name in split_columns(table.frame) if name not in table.task.columns]
        _merge(table, list(dict.fromkeys([*apart, *folds])))
    return table


def read_strings(source: str | Path | pd.DataFrame, task: Task | None = None, strict: bool = False) -> Table:
    """Read materials to predict: no targets, no merging, and a plain list of formulas is enough.

    Parameters
    ----------
    source : as for `read_table`, or a text file with one string a line and no column names
    task : its string column, notation and extra columns are used; its targets are not

    Examples
    --------
    >>> import pandas as pd
    >>> read_strings(pd.DataFrame({"formula": ["Fe2O3", "Xx", "O3Fe2"]})).bad["row"].tolist()
    [2]
    """
    task = replace(task or Task(), targets=[], units={}, kind=None)
    rows, sheet = read_source(source, task.columns)
    is_string = None if task.strings else looks_like_string()
    return _prepare(name_columns(rows, sheet, task.columns, is_string), task, task.columns, strict)


def write_bad_rows(table: Table, folder: str | Path, name: str = "bad_rows.csv") -> Path | None:
    """Write the bad rows into `folder` and return the path; None, and no file, when no row is bad."""
    path = Path(folder) / name
    if table.bad.empty:
        path.unlink(missing_ok=True)  # a list from an earlier run would be read as this one's
        return None
    with write_atomically(path) as draft:
        # The mark makes spreadsheets read subscripts and middle dots as what they are.
        table.bad.to_csv(draft, index=False, encoding="utf-8-sig")
    return path


def bad_rows_beside(output: Path) -> Path:
    """Where bad rows are listed if the results are one file: beside it, and called after it.

    Examples
    --------
    >>> bad_rows_beside(Path("runs/best.csv")).name
    'best_bad_rows.csv'
    """
    return output.with_name(f"{output.stem}_bad_rows.csv")


def _prepare(sheet: Sheet, task: Task, wanted: Sequence[str], strict: bool) -> Table:
    """A table with canonical strings and read values, not merged yet."""
    check_columns(sheet, wanted)
    column, notation, notes = find_strings(sheet, task)
    units = {name: task.units.get(name, unit_of(name)) for name in task.targets}
    task = replace(task, strings=column, notation=notation, units=units)
    found = canonicalise(sheet, task)
    frame = sheet.cells.iloc[found.kept].reset_index(drop=True)
    row = np.asarray(sheet.row, dtype=np.int64)
    table = Table(frame, pd.Series(found.strings, name="string", dtype="str"), row[found.kept], task)
    table.original = sheet.cells.set_axis(pd.Index(row, name="row"))
    table.changes = pd.DataFrame(found.changes, columns=CHANGE_COLUMNS)
    table.sha256 = sheet.sha256
    table.notes = [
        f"{sheet.name}: {counted(len(sheet.row), 'row')} and {counted(sheet.cells.shape[1], 'column')}.",
        *sheet.notes,
        *notes,
    ]
    table.notes += _bad_notes(table, sheet, found)
    table.task, problems, notes = fill_values(frame, table.row, task, sheet.separator == ",")
    table.notes += notes
    if problems:
        shown = rows_named([item.row for item in problems])
        table.notes.append(f"Values that cannot be read and count as unknown: {len(problems):,} ({shown}).")
    bad = sorted([*sheet.bad, *found.bad, *problems], key=lambda item: item.row)
    table.bad = pd.DataFrame(bad, columns=BAD_COLUMNS)
    if strict and bad:
        _refuse(bad, found, sheet.name)
    return table


def _refuse(bad: list[BadRow], found: Canonical, name: str) -> None:
    first = bad[0]
    if first.row in found.errors:
        raise found.errors[first.row]
    raise ValueError(
        f"Row {first.row} of {name} ({first.string!r}) cannot be used: {first.reason}; expected no bad row "
        f"(`strict`). {first.suggestion.capitalize() or 'Correct the cell'}. Bad rows in all: {len(bad)}."
    )


def _bad_notes(table: Table, sheet: Sheet, found: Canonical) -> list[str]:
    """How many strings were refused or interpreted, and where to look first."""
    notes = []
    refused = sorted([*sheet.bad, *found.bad])
    if refused:
        total = counted(len(sheet.row) + len(sheet.bad), "row")
        were = "was left out because its" if len(refused) == 1 else "were left out because their"
        error = found.errors.get(refused[0].row)
        fix = f" Did you mean {error.suggestion!r}?" if error and error.suggestion else ""
        notes.append(
            f"{len(refused):,} of {total} {were} string or line cannot be read "
            f"({rows_named([item.row for item in refused])}). "
            f"The first: {refused[0].string!r}, {refused[0].reason}.{fix}"
        )
    if len(table.changes):
        first = table.changes.iloc[0]
        notes.append(
            f"{counted(len(table.changes), 'string')} had to be interpreted, such as {first['string']!r} "
            f"in row {first['row']}: {first['note']}."
        )
    return notes


def _merge(table: Table, apart: Sequence[str]) -> None:
    """Merge duplicates in place."""
    merge = merge_rows(table.frame, table.strings, table.row, table.task, apart)
    frame = table.frame.iloc[merge.kept].copy()
    frame[table.task.targets] = merge.targets
    table.frame = frame.reset_index(drop=True)
    table.strings = table.strings.iloc[merge.kept].reset_index(drop=True)
    table.row = table.row[merge.kept]
    table.merged = merge.merged
    table.notes += merge.notes
