"""What is wrong with a table before anything is learned from it: one look at strings and labels.

Every row keeps its number in the file, so that each finding can be looked up. Nothing is changed: an audit
reports, people decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matprior.data.audit_near import NEAR, near_pairs
from matprior.data.audit_targets import TargetAudit, audit_target
from matprior.data.seen import SeenFormulas
from matprior.data.table import Table

PROBLEMS = "problems"
"""Column of the rows that says in words what was found."""


@dataclass(frozen=True)
class Finding:
    """One kind of problem, with its rows."""

    check: str
    n: int
    """Rows concerned."""
    words: str
    """A sentence for people."""


@dataclass
class Audit:
    """What an audit found."""

    rows: pd.DataFrame
    """One line per row of the table: row, string, canonical, what was found of it, and `problems`."""
    findings: list[Finding] = field(default_factory=list)
    targets: list[TargetAudit] = field(default_factory=list)
    overlaps: pd.DataFrame = field(default_factory=pd.DataFrame)
    """One line per table or checkpoint it was held against: name, kind, same, near, share."""
    near: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Pairs of near-duplicates: string, other, distance, rows, other_rows, across."""

    @property
    def n_problems(self) -> int:
        """Rows with at least one problem."""
        return int((self.rows[PROBLEMS] != "").sum())


def audit(
    table: Table,
    split: str | None = None,
    against: Mapping[str, Sequence[str]] | None = None,
    seen: Mapping[str, str | Path] | None = None,
    tolerance: float = NEAR,
) -> Audit:
    """Look for duplicates, leaks, contradictions, wrong units and outliers.

    Parameters
    ----------
    table : read with `merge_duplicates="keep"`; its targets are looked at, its extra columns say which
        labels of one string answer the same question
    split : column that deals the rows into parts
    against : name -> canonical strings of another table
    seen : name -> file of hashes of what a checkpoint learned from (`matprior.data.seen`)
    tolerance : see `near_pairs`

    Examples
    --------
    >>> from matprior.data import Task, read_table
    >>> frame = pd.DataFrame({"formula": ["Fe2O3", "O3Fe2", "NaCl"], "gap_eV": [2.0, 2.2, 8.5],
    ...                       "part": ["train", "test", "train"]})
    >>> table = read_table(frame, Task(targets="gap_eV"), merge_duplicates="keep")
    >>> found = audit(table, split="part")
    >>> [one.check for one in found.findings][:2], found.rows["problems"].tolist()[2]
    (['duplicates', 'duplicates across splits'], '')
    """
    notation = table.task.notation or "composition"
    found = Audit(_start(table, split))
    told: list[list[str]] = [[] for _ in range(len(table))]
    _duplicates(found, told, split)
    _near(found, told, notation, tolerance)
    _against(found, told, against or {}, seen or {}, notation, tolerance)
    for target in table.task.targets:
        one = audit_target(table, target)
        found.targets.append(one)
        found.findings += [Finding(check, len(rows), words) for check, rows, words in one.findings]
        found.rows = found.rows.assign(**{f"{target}{name}": values for name, values in one.columns.items()})
        for place, words in one.told:
            told[place].append(words)
    found.rows[PROBLEMS] = ["; ".join(words) for words in told]
    return found


def _start(table: Table, split: str | None) -> pd.DataFrame:
    if split is not None and split not in table.frame:
        raise ValueError(
            f"There is no column {split!r}. Columns: {', '.join(map(str, table.frame.columns))}."
        )
    rows = pd.DataFrame({"row": table.row, "string": table.frame[table.task.strings].to_numpy()})
    rows["canonical"] = table.strings.to_numpy()
    rows["split"] = "" if split is None else table.frame[split].astype(str).to_numpy()
    return rows


def _duplicates(found: Audit, told: list[list[str]], split: str | None) -> None:
    """Fill n_same, same_rows and same_across; rows of one canonical string."""
    rows = found.rows
    groups = rows.groupby("canonical", sort=False)
    rows["n_same"] = groups["row"].transform("size")
    listed = groups["row"].agg(lambda own: " ".join(map(str, own)))
    rows["same_rows"] = rows["canonical"].map(listed).where(rows["n_same"] > 1, "")
    rows["same_across"] = groups["split"].transform("nunique") > 1
    again, across = rows["n_same"] > 1, rows["same_across"].to_numpy()
    materials = rows["canonical"][again].nunique()
    words = f"{_n(int(again.sum()), 'row')} carry one of {_n(materials, 'string')} that occur more than once"
    if split is not None:
        words += f"; {_n(int((again & ~across).sum()), 'row')} of them inside one part"
    found.findings.append(Finding("duplicates", int(again.sum()), f"{words}."))
    if split is not None:
        n = int(rows["canonical"][across].nunique())
        words = f"{_n(n, 'string')} stand in more than one part of {split!r}: tested on what was learned."
        found.findings.append(Finding("duplicates across splits", int(across.sum()), words))
    for place in np.flatnonzero(again):
        where = "in another part: " if across[place] else ""
        told[place].append(f"same material {where}rows {rows['same_rows'].iloc[place][:60]}")


def _near(found: Audit, told: list[list[str]], notation: str, tolerance: float) -> None:
    """Fill near, near_distance and near_across with the nearest other string of the table."""
    rows = found.rows
    names = list(dict.fromkeys(rows["canonical"]))
    left, right, distance = near_pairs(names, None, notation, tolerance)
    members = rows.groupby("canonical", sort=False).agg(rows=("row", list), parts=("split", set))
    pairs = pd.DataFrame(
        {"string": [names[i] for i in left], "other": [names[j] for j in right], "distance": distance}
    )
    parts = members["parts"].to_dict()
    pairs["across"] = [
        len(parts[a] | parts[b]) > 1 for a, b in zip(pairs["string"], pairs["other"], strict=True)
    ]
    for side, name in (("string", "rows"), ("other", "other_rows")):
        pairs[name] = [" ".join(map(str, members["rows"][one])) for one in pairs[side]]
    found.near = pairs.sort_values("distance", kind="stable", ignore_index=True)
    both = pd.concat([pairs, pairs.rename(columns={"string": "other", "other": "string"})])
    nearest = both.sort_values("distance", kind="stable").drop_duplicates("string").set_index("string")
    rows["near"] = rows["canonical"].map(nearest["other"]).fillna("")
    rows["near_distance"] = rows["canonical"].map(nearest["distance"])
    across = set(both.loc[both["across"].astype(bool), "string"])
    rows["near_across"] = rows["canonical"].isin(across)
    has = rows["near"] != ""
    words = f"{_n(len(pairs), 'pair')} of different strings are almost one material"
    lead = f", such as {found.near['string'][0]} and {found.near['other'][0]}." if len(pairs) else "."
    found.findings.append(Finding("near-duplicates", int(has.sum()), words + lead))
    if rows["split"].nunique() > 1:
        words = f"{int(pairs['across'].sum()):,} of these pairs have one side in another part."
        found.findings.append(Finding("near-duplicates across splits", int(rows["near_across"].sum()), words))
    for place in np.flatnonzero(has):
        where = " (pairs reach into another part)" if rows["near_across"].iloc[place] else ""
        told[place].append(f"almost {rows['near'].iloc[place]}{where}")


def _against(
    found: Audit,
    told: list[list[str]],
    tables: Mapping[str, Sequence[str]],
    seen: Mapping[str, str | Path],
    notation: str,
    tolerance: float,
) -> None:
    """Fill `held_by` and `near_in`; one line of `overlaps` per table and checkpoint."""
    names = list(dict.fromkeys(found.rows["canonical"]))
    held: dict[str, list[str]] = {name: [] for name in names}
    close: dict[str, list[str]] = {name: [] for name in names}
    lines: list[tuple[str, str, int, int, int | None]] = []
    for other, strings in tables.items():
        distinct = list(dict.fromkeys(strings))
        same = set(distinct) & set(names)
        left, _, _ = near_pairs(names, distinct, notation, tolerance)
        near = {names[i] for i in left} - same
        lines.append((other, "table", len(distinct), _rows(found, same), _rows(found, near)))
        _note(held, same, other)
        _note(close, near, other)
    for model, file in seen.items():
        formulas = SeenFormulas(file)
        hits = formulas.contains(names)
        same = {name for name, hit in zip(names, hits, strict=True) if hit}
        lines.append((model, "checkpoint", len(formulas), _rows(found, same), None))
        _note(held, same, model)
    columns = ["name", "kind", "strings", "same", "near"]
    found.overlaps = pd.DataFrame(lines, columns=columns).assign(
        share=lambda frame: frame["same"].astype(float) / max(len(found.rows), 1)
    )
    found.findings += [_overlap(line, len(found.rows)) for line in found.overlaps.to_dict("records")]
    found.rows["held_by"] = [" ".join(held[one]) for one in found.rows["canonical"]]
    found.rows["near_in"] = [" ".join(close[one]) for one in found.rows["canonical"]]
    for place, one in enumerate(found.rows["canonical"]):
        if held[one]:
            told[place].append(f"held by {', '.join(held[one])}")
        if close[one]:
            told[place].append(f"almost in {', '.join(close[one])}")


def _overlap(line: Mapping[Any, Any], n: int) -> Finding:
    """One line of `overlaps` in words."""
    words = f"{_n(int(line['same']), 'row')} of {n:,} ({line['share']:.1%}) "
    if line["kind"] == "checkpoint":
        words += "were among the strings this checkpoint learned from."
    else:
        words += f"occur there; {_n(int(line['near']), 'more row')} almost do."
    return Finding(f"held by {line['name']}", int(line["same"]), words)


def _rows(found: Audit, strings: set[str]) -> int:
    return int(found.rows["canonical"].isin(strings).sum())


def _note(where: dict[str, list[str]], strings: set[str], name: str) -> None:
    for string in strings:
        where[string].append(name)


def _n(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
