"""The page of an audit: what was found, how noisy the labels are, and which rows to look at first."""

from __future__ import annotations

import numpy as np
import pandas as pd

from matprior.data.audit import Audit
from matprior.data.audit_targets import TargetAudit
from matprior.data.wording import counted
from matprior.reports.blocks import Block
from matprior.reports.figures import panel, with_brackets
from matprior.reports.formats import number, percent, with_unit
from matprior.reports.tables import TextTable
from matprior.reports.theme import Figure, file_name, stand_in

SHOWN = 40
"""Rows listed on the page; audit.csv has all."""
DOTS = 3000
"""Rows drawn at most: more hide each other and make the page heavy."""


def audit_blocks(found: Audit) -> list[Block]:
    """Sections of the page, in reading order; what has nothing to show is left out."""
    columns, rows = finding_rows(found)
    blocks = [
        Block("findings", "What was found", table=TextTable(columns, rows, [False, True, False]),
              note="Nothing was changed. audit.csv lists every row with its problems in words."),
        Block("against", "Held against other tables and checkpoints", table=overlap_table(found)),
        *(_target_block(found, one) for one in found.targets),
        Block("near", "Nearest pairs", ["Different strings that are almost one material, nearest first."]
              if len(found.near) else [], near_table(found)),
        Block("rows", "Rows to look at", table=row_table(found),
              note=f"The {SHOWN} rows with most problems."),
    ]  # fmt: skip
    return [block for block in blocks if not block.empty]


def finding_rows(found: Audit) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table of findings."""
    return ["check", "rows", "what"], [[one.check, f"{one.n:,}", one.words] for one in found.findings]


def overlap_table(found: Audit) -> TextTable | None:
    """How many rows occur in each table and checkpoint."""
    if found.overlaps.empty:
        return None
    rows = [
        [str(line.name), str(line.kind), number(line.strings, 0), number(line.same, 0),
         percent(line.share, 1), number(line.near, 0)]
        for line in found.overlaps.itertuples()
    ]  # fmt: skip
    head = ["held against", "kind", "its strings", "rows in it", "share", "rows almost in it"]
    return TextTable(head, rows, [False, False, True, True, True, True])


def near_table(found: Audit) -> TextTable | None:
    """The nearest pairs, those that reach into another part of the split first."""
    if found.near.empty:
        return None
    shown = found.near.sort_values("across", ascending=False, kind="stable").head(SHOWN)
    rows = [
        [str(line.string), str(line.other), number(line.distance, 4), str(line.rows), str(line.other_rows),
         "yes" if line.across else ""]
        for line in shown.itertuples()
    ]  # fmt: skip
    head = ["string", "almost the same", "difference", "rows", "and rows", "across parts"]
    return TextTable(head, rows, [False, False, True, False, False, False])


def row_table(found: Audit) -> TextTable | None:
    """Rows with most problems."""
    bad = found.rows[found.rows["problems"] != ""]
    if bad.empty:
        return None
    order = bad["problems"].str.count("; ").sort_values(ascending=False, kind="stable").index[:SHOWN]
    rows = [[str(line.string), str(line.row), str(line.problems)] for line in bad.loc[order].itertuples()]
    return TextTable(["string", "row", "problems"], rows, [False, True, False])


def _target_block(found: Audit, one: TargetAudit) -> Block:
    words = [text for _, _, text in one.findings]
    figures = [] if "_expected" not in one.columns else _figures(found.rows, one)
    return Block(f"target-{file_name(one.target)}", one.target.replace("_", " "), words, figures=figures)


def _figures(rows: pd.DataFrame, one: TargetAudit) -> list[Figure]:
    values, expected = one.columns[""].astype(float), one.columns["_expected"].astype(float)
    drawn = np.flatnonzero(np.isfinite(values) & np.isfinite(expected))
    if not len(drawn):
        return []
    marked = {place for place, _ in one.told}
    flagged = np.array([place for place in drawn if place in marked], dtype=int)[:DOTS]
    plain = np.setdiff1d(drawn, flagged)
    if len(plain) > DOTS:
        plain = np.sort(np.random.default_rng(0).permutation(plain)[:DOTS])
    name = f"expected-{file_name(one.target)}"
    with panel(name, f"{one.target}: each row against similar materials", 440, 400) as chart:
        axes = chart.axes
        ends = [float(np.nanmin(values[drawn])), float(np.nanmax(values[drawn]))]
        axes.plot(ends, ends, color=stand_in("muted"), linewidth=1, linestyle=(0, (4, 3)))
        axes.plot(expected[plain], values[plain], linestyle="", marker=".", markersize=4, alpha=0.5,
                  color=stand_in("blue"))  # fmt: skip
        if _skewed(values[drawn]):
            axes.set(xscale="log", yscale="log")
        axes.set_xlabel(with_brackets("median of similar materials", one.unit))
        axes.set_ylabel(with_brackets("label in the table", one.unit))
        tips = [
            f"{rows['string'].iloc[i]} (row {rows['row'].iloc[i]})\n"
            f"label {with_unit(number(values[i]), one.unit)}\n"
            f"similar materials {with_unit(number(expected[i]), one.unit)}"
            for i in flagged
        ]
        chart.dots(expected[flagged], values[flagged], tips, "orange", 3.2)
    caption = (
        f"Each dot is a row: its label against the median label of the most similar other materials. Orange: "
        f"{counted(len(flagged), 'row')} with a finding; look there for wrong units, signs and formulas."
    )
    return [Figure(name, "Labels against similar materials", caption, chart.svg)]


def _skewed(values: np.ndarray) -> bool:
    """Whether positive values span so much that a linear axis would show the largest alone."""
    return bool(values.min() > 0 and values.max() > 300 * np.median(values) / 10)
