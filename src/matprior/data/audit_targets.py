"""One target of a table under audit: contradictions, wrong units, outliers, constants."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.data.audit_labels import (
    FAR,
    FEWEST,
    Noise,
    expected,
    neighbour_z,
    noise_of,
    replicate_gap,
    robust_z,
)
from matprior.data.audit_units import Suspicion, suspicious_units
from matprior.data.table import Table

FEW_STRINGS = 20
"""Repeated strings below which the noise floor is a rough guess."""
FEW_WORDS = " So few repeated strings make this a rough guess."


@dataclass
class TargetAudit:
    """What an audit found about one target."""

    target: str
    unit: str
    kind: str
    noise: Noise | None = None
    """Noise floor from repeated strings, if any."""
    columns: dict[str, NDArray] = field(default_factory=dict)
    """Ending of a column of the rows -> its values, (n,)."""
    findings: list[tuple[str, list[int], str]] = field(default_factory=list)
    """Name of the check, positions of its rows, a sentence."""
    told: list[tuple[int, str]] = field(default_factory=list)
    """Position and words, for the rows."""

    def add(self, check: str, rows: list[int], words: str) -> None:
        """Note one kind of problem."""
        self.findings.append((f"{check}, {self.target}", rows, words))

    def written(self, value: float) -> str:
        """A number with the unit of the target."""
        return f"{value:.4g} {self.unit}".rstrip()


def audit_target(table: Table, target: str) -> TargetAudit:
    """Look at one target of a table read with `merge_duplicates="keep"`."""
    numbers = table.task.kind == "regression"
    values = table.frame[target].to_numpy()
    one = TargetAudit(target, table.task.units.get(target, ""), table.task.kind or "regression")
    question = _question(table)
    known = values[~pd.isna(values)]
    if len(set(known.tolist())) <= 1:
        shown = f", {known[0]}" if len(known) else ""
        one.add(
            "constant",
            list(range(len(values))),
            f"All {len(known):,} known values are one{shown}: nothing to learn.",
        )
        return one
    _contradictions(one, question, values, numbers)
    if numbers:
        _values(one, table, question, values.astype(float))
    return one


def _question(table: Table) -> NDArray:
    """String and extra columns of each row as one text, (n,): equal where labels should agree."""
    texts = table.strings.to_numpy(dtype=object)
    for name in table.task.extra:
        texts = texts + "\t" + table.frame[name].astype(str).to_numpy(dtype=object)
    return texts


def _contradictions(one: TargetAudit, question: NDArray, values: NDArray, numbers: bool) -> None:
    one.noise = floor = noise_of(question, values, numbers)
    if floor is None:
        one.add("replicates", [], "No string has two labels, so the table can't tell how noisy they are.")
        return
    if numbers:
        gap = replicate_gap(question, values.astype(float))
        one.columns["_replicate_gap"] = gap
        limit = max(3 * floor.spread, 1e-12)
        far = np.flatnonzero(np.abs(np.nan_to_num(gap)) > limit).tolist()
        words = (
            f"{floor.n_rows:,} labels of {floor.n_strings:,} repeated strings differ by "
            f"{one.written(floor.spread)} (pooled s.d.): no model can have a mean absolute error below about "
            f"{one.written(floor.error)} "
            f"or an R² above {floor.best:.3f} on such labels."
        )
        words += FEW_WORDS if floor.n_strings < FEW_STRINGS else ""
        one.told += [
            (i, f"{one.target} {one.written(gap[i])} off the other labels of this string") for i in far
        ]
    else:
        frame = pd.DataFrame({"question": question, "value": values})
        frame = frame[frame["value"].notna()]
        several = frame.groupby("question")["value"].transform("nunique") > 1
        far = frame.index[several].tolist()
        words = (
            f"{floor.spread:.1%} of the pairs of labels of one string disagree ({floor.n_strings:,} repeated "
            f"strings): about {floor.error:.1%} of labels are wrong, "
            f"and no accuracy can exceed {floor.best:.3f}."
        )
        one.told += [(i, f"{one.target}: labels of this string disagree") for i in far]
    one.add("inconsistent labels", far, words)


def _values(one: TargetAudit, table: Table, question: NDArray, values: NDArray) -> None:
    """Units and outliers of a number."""
    middle, spread = expected(list(table.strings), values, table.task.notation or "composition")
    z, near = robust_z(values), neighbour_z(values, middle, spread)
    one.columns |= {"": values, "_expected": middle, "_z": z, "_neighbour_z": near}
    gap = replicate_gap(question, values)
    wrong = _units(one, values, middle, gap, spread)
    unit, corrected = np.full(len(values), "", dtype=object), np.full(len(values), np.nan)
    for place, found in wrong.items():
        unit[place], corrected[place] = found.unit, found.corrected
        one.told.append(
            (
                place,
                f"{one.target} {values[place]:.4g} looks like {found.unit}: "
                f"would be {one.written(found.corrected)}",
            )
        )
    one.columns |= {"_likely_unit": unit, "_corrected": corrected}
    rows = list(wrong)
    shown = ", ".join(
        f"row {table.row[i]} ({table.strings.iloc[i]}, {values[i]:.4g}: {wrong[i].unit})" for i in rows[:5]
    )
    words = f"Values that would fit in another unit: {shown}{', …' if len(rows) > 5 else ''}."
    one.add("suspicious units", rows, words if rows else "No value looks as if it were in another unit.")
    _outliers(one, table, values, z, near, middle)


def _units(
    one: TargetAudit, values: NDArray, middle: NDArray, gap: NDArray, spread: NDArray
) -> dict[int, Suspicion]:
    """Suspicions by position: from replicates where there are any, else from similar materials."""
    ruler = values[np.isfinite(values)]
    if len(ruler) >= 10:
        # The ends of the range are what is in doubt.
        ruler = np.quantile(ruler, [0.005, 0.995]) + np.array([-0.05, 0.05]) * np.ptp(
            np.quantile(ruler, [0.05, 0.95])
        )
    found = {s.place: s for s in suspicious_units(values, middle, one.unit, ruler, spread)}
    for s in suspicious_units(values, values - gap, one.unit, ruler):
        # Of two labels that contradict each other the one that is nearer to similar materials is right.
        there = middle[s.place]
        if np.isfinite(there) and abs(s.corrected - there) < abs(values[s.place] - there):
            found.setdefault(s.place, s)
    return found


def _outliers(
    one: TargetAudit, table: Table, values: NDArray, z: NDArray, near: NDArray, middle: NDArray
) -> None:
    """Values far from both the table and similar materials first; then far from similar ones alone."""
    if np.isfinite(values).sum() < FEWEST:
        one.add("outliers", [], f"Fewer than {FEWEST} known values: none is judged by the others.")
        return
    size = np.abs(np.nan_to_num(near))
    far = np.flatnonzero(size > FAR)
    alone = np.flatnonzero((np.abs(np.nan_to_num(z)) > FAR) & ~np.isfinite(near))
    rows = [*far[np.argsort(-size[far], kind="stable")].tolist(), *alone.tolist()]
    for i in rows:
        whom = (
            f"similar materials have {one.written(middle[i])}"
            if np.isfinite(middle[i])
            else "far off the table"
        )
        one.told.append((i, f"{one.target} {one.written(values[i])} stands apart: {whom}"))
    extreme = int((np.abs(np.nan_to_num(z)) > FAR).sum())
    shown = ", ".join(f"row {table.row[i]} ({table.strings.iloc[i]}, {values[i]:.4g})" for i in rows[:5])
    words = f"{len(rows):,} values lie {FAR:g} robust s.d. or more from those of similar materials"
    words += f": {shown}{', …' if len(rows) > 5 else ''}." if rows else "."
    one.add("outliers", rows, f"{words} {extreme:,} lie so far from the median of the table.")
