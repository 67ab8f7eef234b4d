"""Rows of one material become one row: their mean or majority, with the spread written down.

Two rows are the same question only when the canonical string, every extra column, the domain and the
fold agree. A hardness at 25 °C and one at 800 °C are two rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from matprior.data.task import Task

MERGES = ("auto", "mean", "majority", "keep")
"""What can be done with duplicates; 'auto' is the mean of numbers and the majority of labels."""


@dataclass
class Merge:
    """Merged rows: positions of the rows that stay, their targets, what was merged, and sentences on it."""

    kept: np.ndarray
    targets: pd.DataFrame
    merged: pd.DataFrame
    notes: list[str] = field(default_factory=list)


def check_merge(how: str, kind: str | None) -> None:
    """Refuse a way of merging that does not fit the kind of target."""
    if how not in MERGES:
        raise ValueError(
            f"merge_duplicates is {how!r}; expected one of {', '.join(MERGES)}. "
            "Use 'keep' to leave every row as it is."
        )
    if (how == "mean" and kind in ("binary", "multiclass")) or (how == "majority" and kind == "regression"):
        raise ValueError(
            f"merge_duplicates is {how!r}, but the target is of kind {kind!r}: numbers have a mean, labels "
            "have a majority. Leave it at 'auto'."
        )


def merge_rows(
    frame: pd.DataFrame, strings: pd.Series, row: np.ndarray, task: Task, apart: Sequence[str] = ()
) -> Merge:
    """Merge rows that ask the same question.

    Parameters
    ----------
    frame : n rows, targets already read
    strings : canonical strings, length n
    row : numbers of the rows in the file, length n
    task : names the targets, the extra columns and the domain
    apart : further columns that must agree, such as a fold
    """
    keys = [*task.extra, *([task.domain] if task.domain else []), *apart]
    code = _same_question(frame, strings, keys)
    kept = np.unique(code, return_index=True)[1]
    again = np.bincount(code)[code] > 1
    targets = frame[task.targets].copy()
    if not again.any():
        return Merge(
            kept, targets.iloc[kept], _merged_frame([], task), _parted(strings.iloc[kept], keys, apart)
        )
    members: dict[int, list[int]] = {}
    for position in np.flatnonzero(again):
        members.setdefault(int(code[position]), []).append(int(position))
    groups = list(members.values())
    names = strings.tolist()
    records: list[dict[str, object]] = [
        {"canonical": names[group[0]], "n": len(group), "rows": ", ".join(str(row[i]) for i in group)}
        for group in groups
    ]
    ties = 0
    for name in task.targets:
        values, spreads, unsettled = _settle(targets[name], groups, task.kind == "regression")
        targets[name] = values
        ties += unsettled
        for record, spread in zip(records, spreads, strict=True):
            record[f"{name}_spread"] = spread
    merged = _merged_frame(records, task)
    notes = [_summary(merged, task, int(again.sum())), *_differing(frame, groups, [*keys, *task.columns])]
    if ties:
        notes.append(f"Materials with as many labels for as against: {ties}; their label counts as unknown.")
    return Merge(kept, targets.iloc[kept], merged, notes + _parted(strings.iloc[kept], keys, apart))


def _settle(target: pd.Series, groups: list[list[int]], numbers: bool) -> tuple[pd.Series, list[float], int]:
    """One target with the first row of each group settled, the spreads, and how many stayed undecided."""
    values = target.to_numpy(dtype=object, copy=True)
    spreads = []
    unsettled = 0
    for group in groups:
        known = [values[i] for i in group if values[i] == values[i]]
        values[group[0]], spread = (_mean if numbers else _majority)(known)
        spreads.append(spread)
        unsettled += bool(known) and values[group[0]] != values[group[0]]
    return pd.Series(values, index=target.index).infer_objects(), spreads, unsettled


def _same_question(frame: pd.DataFrame, strings: pd.Series, keys: Sequence[str]) -> np.ndarray:
    """Group number of each row, in order of first appearance, length n."""
    code = pd.factorize(strings)[0].astype(np.int64)
    for name in keys:
        other = pd.factorize(frame[name], use_na_sentinel=False)[0]
        code = pd.factorize(code * (int(other.max(initial=0)) + 1) + other)[0]
    return code


def _mean(values: list[float]) -> tuple[float, float]:
    """Mean and range; NaN where nothing is known."""
    if not values:
        return np.nan, np.nan
    return float(np.mean(values)), float(max(values) - min(values))


def _majority(labels: list[object]) -> tuple[object, float]:
    """Most frequent label and the share that disagrees. A tie is no answer, whatever came first."""
    if not labels:
        return np.nan, np.nan
    (label, votes), *rest = Counter(labels).most_common()
    tie = bool(rest) and rest[0][1] == votes
    return (np.nan if tie else label), 0.5 if tie else 1 - votes / len(labels)


def _merged_frame(records: list[dict[str, object]], task: Task) -> pd.DataFrame:
    columns = ["canonical", "n", "rows", *(f"{name}_spread" for name in task.targets)]
    return pd.DataFrame(records, columns=columns)


def _summary(merged: pd.DataFrame, task: Task, n_rows: int) -> str:
    """One sentence: how many rows became how many, and how far they were apart."""
    several = "one material that occurs" if len(merged) == 1 else f"{len(merged):,} materials that occur"
    text = f"{n_rows:,} rows of {several} more than once were merged"
    if not task.targets:
        return f"{text}."
    if task.kind != "regression":
        split = int((merged[[f"{name}_spread" for name in task.targets]] > 0).any(axis=1).sum())
        return f"{text} to their most frequent label; in {split:,} of them the labels disagree."
    parts = []
    for name in task.targets:
        spread = merged[f"{name}_spread"].dropna()
        if spread.empty:
            continue
        unit = f" {task.units[name]}" if task.units.get(name) else ""
        worst = merged.iloc[int(np.nanargmax(merged[f"{name}_spread"]))]
        where = f"{worst['canonical']}, rows {worst['rows'][:40]}"
        middle, most = f"{spread.median():.3g}{unit}", f"{spread.max():.3g}{unit}"
        parts.append(f"{name!r} differs by {middle} (median), at most {most} ({where})")
    return f"{text} to their mean: {'; '.join(parts)}." if parts else f"{text}."


def _differing(frame: pd.DataFrame, groups: list[list[int]], settled: list[str]) -> list[str]:
    """Say which other columns differed within merged rows: there the first row wins."""
    differing = []
    for name in frame.columns:
        if name in settled:
            continue
        values = frame[name].tolist()
        if any(values[i] != values[group[0]] for group in groups for i in group[1:]):
            differing.append(name)
    if not differing:
        return []
    shown = ", ".join(map(repr, differing[:6]))
    return [
        f"Merged rows differ in {shown}; the first row's value is kept. "
        "Name a column as extra if the answer depends on it."
    ]


def _parted(strings: pd.Series, keys: Sequence[str], apart: Sequence[str]) -> list[str]:
    """Say when one material stays in several rows because a column keeps its rows apart."""
    several = int((strings.value_counts() > 1).sum())
    if not several or not keys:
        return []
    what = "One material keeps" if several == 1 else f"{several:,} materials keep"
    text = f"{what} several rows, because these differ in {', '.join(map(repr, keys))}."
    if len(apart) == len(keys):
        text += " A model tested by that column has seen these materials in training."
    return [text]
