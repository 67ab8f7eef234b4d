"""The pages of domains: how unlike two tables are, which adaptation was tried, what a chain gave."""

from __future__ import annotations

import numpy as np
import pandas as pd

from matprior.domains.choosing import Choice
from matprior.domains.shift import Shift
from matprior.domains.transfer import Transferred
from matprior.reports.blocks import Block
from matprior.reports.figures import panel
from matprior.reports.formats import number, percent
from matprior.reports.tables import TextTable
from matprior.reports.theme import Figure, stand_in

SHOWN = 40
"""Target rows listed on the page; shift.csv has all."""
DOTS = 1500
"""Rows of each side on the map."""


def shift_blocks(found: Shift) -> list[Block]:
    """Sections of the page of `matprior shift`."""
    columns, rows = number_rows(found)
    blocks = [
        Block("verdict", found.verdict.capitalize(), found.evidence,
              TextTable(columns, rows, [False, True, False]), figures=[shift_map(found)], shape="one"),
        Block("range", "Range of the property", table=range_table(found.property_range)),
        Block("rows", "Target rows farthest from the source", table=far_table(found.rows),
              note="shift.csv lists every target row."),
    ]  # fmt: skip
    return [block for block in blocks if not block.empty]


def number_rows(found: Shift) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table of numbers."""
    one = found.numbers
    rows = [
        ["domain classifier", number(one["accuracy"], 3), "accuracy on unseen rows; 0.5 is guessing"],
        ["A-distance", number(one["a_distance"], 2), "0 not to be told apart, 2 always"],
        ["MMD²", number(one["mmd2"], 4), f"p = {number(one['p_value'], 3)}"],
        ["far", percent(one["far_share"], 1), "of the target, beyond the neighbourhood of the source"],
        ["new", percent(one["new_share"], 1), "of the target, with something the source lacks"],
        ["same", percent(one["same_share"], 1), "of the target, in the source as well"],
    ]
    if "outside_range" in one:
        rows.append(["out of range", percent(one["outside_range"], 1), "of the target's labels"])
    return ["measure", "value", "what it says"], rows


def range_table(spread: pd.DataFrame) -> TextTable | None:
    """Quantiles of the property on both sides."""
    if spread.empty:
        return None
    names = ["smallest", "lower quarter", "middle", "upper quarter", "largest"]
    rows = [[name, *(number(v) for v in line)] for name, line in zip(names, spread.to_numpy(), strict=True)]
    return TextTable(["quantile", *map(str, spread.columns)], rows, [False, *[True] * spread.shape[1]])


def far_table(rows: pd.DataFrame) -> TextTable:
    """The farthest target rows."""
    shown = rows.sort_values("distance", ascending=False, kind="stable").head(SHOWN)
    cells = [
        [str(line.string), number(line.distance, 2), str(line.nearest), str(line.new)]
        for line in shown.itertuples()
    ]
    return TextTable(["string", "distance", "nearest source row", "new"], cells, [False, True, False, False])


def shift_map(found: Shift) -> Figure:
    """Both sides on the two directions in which their vectors differ most."""
    random = np.random.default_rng(0)
    parts = [side[np.sort(random.permutation(len(side))[:DOTS])] for side in found.vectors]
    both = np.concatenate(parts).astype(float)
    centred = both - both.mean(0)
    left, size, _ = np.linalg.svd(centred, full_matrices=False)
    places = left[:, :2] * size[:2]
    with panel("shift-map", "Map of source and target rows", 560, 460) as one:
        start = 0
        for part, name, colour in zip(parts, ("source", "target"), ("blue", "orange"), strict=True):
            own = places[start : start + len(part)]
            start += len(part)
            size_of_dot = 3.5 if len(both) > 800 else 6
            one.axes.plot(own[:, 0], own[:, 1], linestyle="", marker=".", alpha=0.5, label=name,
                          color=stand_in(colour), markersize=size_of_dot)  # fmt: skip
        one.axes.set(xticks=[], yticks=[])
        one.axes.figure.legend(loc="outside upper left", ncols=2, markerscale=3, handletextpad=0.2)
    words = "The two principal axes of all vectors; axes have no unit. Clouds that lie apart are unlike."
    return Figure("shift-map", "Source and target as the encoder sees them", words, one.svg)


def adaptation_rows(choice: Choice, brief: bool = False) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table of candidates; the brief one fits into a terminal of 80 columns."""
    head = ["method", "weight", "error", "gain", "noise", "plain gain", "DEV", "doubt", "told apart",
            "chosen"]  # fmt: skip
    rows = [
        [str(line.method), number(line.weight), number(line.iwv, 3), percent(line.gain, 1),
         percent(line.noise, 1), percent(line.plain_gain, 1), number(line.dev, 3), number(line.doubt, 3),
         percent(line.domain_accuracy), "yes" if line.chosen else ""]
        for line in choice.table.itertuples()
    ]  # fmt: skip
    kept = [i for i, name in enumerate(head) if not (brief and name in ("noise", "DEV"))]
    return [head[i] for i in kept], [[row[i] for i in kept] for row in rows]


def adaptation_blocks(choice: Choice, found: Shift) -> list[Block]:
    """Sections of the page of `matprior adapt`."""
    head, rows = adaptation_rows(choice)
    table = TextTable(head, rows, [False, *[True] * (len(head) - 2), False])
    note = (
        "Error: on rows no candidate learned from, in standard deviations of the property, weighted by their "
        "likeness to the target. Gain and noise are shares of the error without adaptation; plain gain: with "
        "all rows counting alike. Doubt: smaller is surer. Told apart: the domains, by a classifier on the "
        "candidate's vectors; 50 % is not at all."
    )
    words = [choice.reason, choice.bars]
    return [Block("choice", "What was tried", words, table, note=note), *shift_blocks(found)]


def step_rows(done: Transferred) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table of steps."""
    rows = [
        [str(line.step), f"{line.n_train:,}", f"{line.n_test:,}", f"{line.metric} {line.unit}".strip(),
         number(line.dummy), number(line.direct), number(line.chain), percent(line.gain, 1)]
        for line in done.steps.itertuples()
    ]  # fmt: skip
    return ["step", "learned", "tested", "error", "dummy", "direct", "chain", "gain"], rows


def probe_rows(done: Transferred) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table of probes."""
    rows = [[str(stage), *(number(v) for v in line)] for stage, line in zip(
        done.probes.index, done.probes.to_numpy(), strict=True)]  # fmt: skip
    return ["after", *map(str, done.probes.columns)], rows


def chain_blocks(done: Transferred) -> list[Block]:
    """Sections of the page of `matprior transfer`."""
    tables = []
    for head, rows in (step_rows(done), probe_rows(done)):
        tables.append(TextTable(head, rows, [False, *[True] * (len(head) - 1)]))
    return [
        Block("steps", "What the chain gave", done.notes, tables[0],
              note="On test strings that no step learned from. Direct: the same table learned straight from "
                   "the first checkpoint. Gain: share of its error that the chain saved."),
        Block("probes", "What the encoder knew after each step", table=tables[1],
              note="Error of a linear probe on the frozen encoder. A column that rises after its own step "
                   "was forgotten."),
    ]  # fmt: skip
