"""A table in its clean form, and an account of it row by row: rewritten, de-salted, merged, refused.

Nothing goes silently: each row of the input is in the clean table or in the account with a reason.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from matprior.data.columns import split_columns
from matprior.data.merging import merge_rows
from matprior.data.table import Table, read_strings, read_table
from matprior.data.task import Task
from matprior.notations import NOTATIONS, InvalidString

KINDS: dict[str, str] = {
    "refused": "refused: the string cannot be read",
    "unknown": "kept, a value in it cannot be read",
    "rewritten": "rewritten in canonical form",
    "salts": "counter-ions or solvents taken away",
    "charges": "neutralised",
    "tautomers": "written as the canonical tautomer",
    "merged": "merged with an earlier row of the same material",
    "conflict": "same material, other values",
}
"""Kind of change -> what happened to such rows, in words."""


class Change(NamedTuple):
    """One thing that happened to one row."""

    row: int
    before: str
    after: str
    what: str
    kind: str


@dataclass
class Standard:
    """Which changes to molecules are wanted. Compositions have none of them."""

    salts: bool = True
    """Take away common counter-ions and solvents when one organic part is left."""
    charges: bool = False
    """Neutralise by adding or taking protons."""
    tautomers: bool = False
    """Write RDKit's canonical tautomer."""

    def asked(self) -> list[str]:
        """Names of the wanted changes, in the order in which they are made."""
        return [name for name in ("salts", "charges", "tautomers") if getattr(self, name)]


@dataclass
class Cleaned:
    """The clean table and its account."""

    frame: pd.DataFrame
    """Rows that stay, with canonical strings in the string column; other cells as in the file."""
    changes: pd.DataFrame
    """row, before, after, what, kind (a key of `KINDS`), sorted by row."""
    table: Table
    """As it was read: its task, notes and bad rows."""
    notes: list[str] = field(default_factory=list)
    """Sentences for people."""

    def counts(self) -> dict[str, int]:
        """Rows per kind of change, in the order of `KINDS`; kinds that did not occur are left out."""
        rows = self.changes.groupby("kind")["row"].nunique()
        return {kind: int(rows[kind]) for kind in KINDS if kind in rows.index}


def clean_table(source: str | Path | pd.DataFrame, task: Task, standard: Standard | None = None) -> Cleaned:
    """Read a table, write every string canonically, merge duplicates, and tell what was done.

    With targets, rows of one material become one: the mean of numbers, the majority of labels. Without, only
    rows that agree in every cell do; others of the same material stay and are noted as a conflict.

    Parameters
    ----------
    source : as for `read_table`
    task : what it leaves open is found by looking; targets are optional
    standard : changes to molecules

    Examples
    --------
    >>> frame = pd.DataFrame({"smiles": ["OCC", "CCO", "C(C", "CC(=O)[O-].[Na+]"], "logS": [1, 1, 2, 3]})
    >>> cleaned = clean_table(frame, Task())
    >>> cleaned.frame["smiles"].tolist(), cleaned.counts()
    (['CCO', 'CC(=O)[O-]'], {'refused': 1, 'rewritten': 1, 'salts': 1, 'merged': 1})
    """
    table = read_table(source, task, merge_duplicates="keep") if task.targets else read_strings(source, task)
    standard = standard or Standard()
    if table.task.notation == "composition" and (standard.charges or standard.tautomers):
        raise ValueError(
            "charges and tautomers were asked for, but the strings are compositions; expected molecules. "
            "Leave the two out, or name the column of SMILES as the strings."
        )
    before = table.original.loc[table.row, str(table.task.strings)].tolist()
    strings, changes = _standard_strings(table, before, standard)
    frame = table.frame.assign(**{str(table.task.strings): strings})
    kept, targets, more, notes = _merge(frame, pd.Series(strings), before, table)
    frame = frame.iloc[kept].copy()
    frame[table.task.targets] = targets
    account = sorted([*_refusals(table), *changes, *more], key=lambda change: change.row)
    return Cleaned(
        frame.reset_index(drop=True), pd.DataFrame(account, columns=list(Change._fields)), table, notes
    )


def _standard_strings(table: Table, before: list[str], standard: Standard) -> tuple[list[str], list[Change]]:
    """The final string of each row, and what was done to reach it. Each distinct text is worked on once."""
    remarks = dict(zip(table.changes["row"], table.changes["note"], strict=True))
    notation = NOTATIONS[str(table.task.notation)]
    known: dict[str, tuple[str, list[tuple[str, str, str]]]] = {}
    strings, changes = [], []
    for row, raw, string in zip(table.row.tolist(), before, table.strings, strict=True):
        if raw.strip() != string or remarks.get(row):
            changes.append(Change(row, raw, string, remarks.get(row) or "canonical form", "rewritten"))
        if string not in known:
            known[string] = _steps(string, notation.name, standard)
        final, steps = known[string]
        changes += [Change(row, raw, after, what, kind) for kind, after, what in steps]
        strings.append(final)
    return strings, changes


def _steps(string: str, notation: str, standard: Standard) -> tuple[str, list[tuple[str, str, str]]]:
    """The string after each wanted change, one at a time, so that each has its own line."""
    steps = []
    for name in standard.asked():
        only = {option: option == name for option in ("salts", "charges", "tautomers")}
        try:
            after, notes = NOTATIONS[notation].standardise(string, **only)
        except InvalidString:  # SELFIES cannot write what came out: the row stays as it was
            continue
        if notes:
            steps.append((name, after, "; ".join(notes)))
            string = after
    return string, steps


def _refusals(table: Table) -> list[Change]:
    kept = set(table.row.tolist())
    columns = (table.bad[name].tolist() for name in ("row", "string", "reason", "suggestion"))
    return [
        Change(
            row, string, "",
            reason + (f"; perhaps {suggestion}" if suggestion else ""),
            "unknown" if row in kept else "refused",
        )
        for row, string, reason, suggestion in zip(*columns, strict=True)
    ]  # fmt: skip


def _merge(
    frame: pd.DataFrame, strings: pd.Series, before: list[str], table: Table
) -> tuple[np.ndarray, pd.DataFrame, list[Change], list[str]]:
    """Positions that stay, their targets, what was merged, and sentences."""
    task = table.task
    if not task.targets:
        return _drop_repeats(frame, strings, before, table)
    folds = [name for name in split_columns(frame) if name not in task.columns]
    merge = merge_rows(frame, strings, table.row, task, folds)
    place = {row: i for i, row in enumerate(table.row.tolist())}
    changes = []
    for record in merge.merged.to_dict("records"):
        first, *others = map(int, str(record["rows"]).split(", "))
        told, differ = _disagreement(record, task)
        kind = "conflict" if differ else "merged"
        for row in others:
            i = place[row]
            changes.append(Change(row, before[i], strings[i], f"merged into row {first}{told}", kind))
    return merge.kept, merge.targets, changes, merge.notes


def _disagreement(record: dict[Hashable, Any], task: Task) -> tuple[str, bool]:
    """How far the targets of merged rows are apart, in words, and whether they are."""
    parts = []
    for name in task.targets:
        spread = float(record[f"{name}_spread"])
        if spread > 0 and task.kind == "regression":
            unit = f" {task.units[name]}" if task.units.get(name) else ""
            parts.append(f"{name!r} differs by {spread:.4g}{unit}, the mean is kept")
        elif spread > 0:
            kept = "no label has a majority, so it is unknown" if spread == 0.5 else "the majority is kept"
            parts.append(f"{name!r} differs, {kept}")
    return (": " + "; ".join(parts) if parts else ""), bool(parts)


def _drop_repeats(
    frame: pd.DataFrame, strings: pd.Series, before: list[str], table: Table
) -> tuple[np.ndarray, pd.DataFrame, list[Change], list[str]]:
    """Without targets only whole repeats go; the same material with other cells is noted and stays."""
    cells = frame.astype(str).apply(tuple, axis=1).tolist()
    first: dict[str, int] = {}
    seen: dict[tuple[str, ...], int] = {}
    kept, changes, others = [], [], set()
    for i, (string, row) in enumerate(zip(strings, table.row.tolist(), strict=True)):
        if cells[i] in seen:
            what = f"merged into row {table.row[seen[cells[i]]]}: every cell agrees"
            changes.append(Change(row, before[i], string, what, "merged"))
            continue
        seen[cells[i]] = i
        kept.append(i)
        if string in first:
            differ = [
                name for name, a, b in zip(frame, cells[first[string]], cells[i], strict=True) if a != b
            ]
            shown = ", ".join(map(repr, differ[:4])) + (", …" if len(differ) > 4 else "")
            what = f"the same material as row {table.row[first[string]]}, with another {shown}; both are kept"
            changes.append(Change(row, before[i], string, what, "conflict"))
            others.add(string)
        first.setdefault(string, i)
    notes = []
    if others:
        several = "One material stays" if len(others) == 1 else f"{len(others):,} materials stay"
        notes.append(f"{several} in several rows with different cells; name a target to merge them.")
    return np.array(kept, dtype=np.int64), frame.iloc[kept][[]], changes, notes
