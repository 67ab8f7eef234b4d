"""The page of an explanation: what each part contributes, what would happen without it, what lies near."""

from __future__ import annotations

import numpy as np
import pandas as pd

from matprior.evaluation.explain_atoms import drawn, top_atoms
from matprior.evaluation.explanation import Explanation
from matprior.notations import NOTATIONS
from matprior.reports.blocks import Block
from matprior.reports.figures import panel, shades, with_brackets
from matprior.reports.formats import is_number, number, percent, with_unit
from matprior.reports.molecule_figures import molecule_figure
from matprior.reports.periodic import element_map
from matprior.reports.tables import TextTable
from matprior.reports.theme import Figure, stand_in

DRAWN = 8
"""Strings with a picture of their own; the CSV files have all."""
LISTED = 60
NAMED = 8
"""Parts of a string that its line of the table names."""


def explain_blocks(found: Explanation) -> list[Block]:
    """Sections of the page, in reading order; what has nothing to show is left out."""
    told = TextTable(*answer_rows(found), [False, True, True, True, False]) if found.contributions else None
    blocks = [
        Block("contributions", "What each part contributes", _words(found), told, figures=_bars(found),
              note="" if told is None else NOTE),
        Block("elements", "By element", figures=_elements(found), shape="wide", wide=True),
        Block("molecules", "Molecules", figures=_drawings(found)),
        _what_if_block(found),
        Block("near", "Nearest training rows", table=near_table(found.nearest, found.unit)),
        Block("attention", "Where the network looks", figures=_attention(found)),
    ]  # fmt: skip
    return [block for block in blocks if not block.empty]


def _what_if_block(found: Explanation) -> Block:
    if found.what_ifs.empty:
        return Block("what-ifs", "What if")
    words = ["Asked of the whole model. “far” marks strings unlike its training rows."]
    table = TextTable(*what_if_rows(found), [False, False, True, True, False])
    return Block("what-ifs", "What if", words, table)


NOTE = (
    "Integrated gradients: the contributions of a row add up to its answer minus the one with “all hidden”. "
    "“missed” is the share of that difference that they leave unexplained (at most 2 %). A what-if asks "
    "about another material, so it need not be the opposite of a contribution."
)
"""How to read the table of contributions."""


def _words(found: Explanation) -> list[str]:
    what = [] if found.contributions is None else [f"Explained is {found.contributions.what}."]
    return [*what, *found.notes]


def answer_rows(found: Explanation) -> tuple[list[str], list[list[str]]]:
    """Head and rows: string, answer, that of the hidden string, what the check found, parts by their size."""
    told = found.contributions
    head = ["string", "answer", "all hidden", "missed", "contributions"]
    if told is None:
        return head, []
    head[-1] = with_brackets(head[-1], told.unit)
    rows = []
    by = {str(name): own for name, own in told.parts.groupby("string", sort=False)}
    for line in told.strings.head(LISTED).itertuples():
        own = by[str(line.string)].sort_values("contribution", key=lambda v: -v.abs(), kind="stable")
        answer, hidden = (with_unit(number(value), told.unit) for value in (line.answer, line.hidden))
        rows.append(
            [str(line.string), answer, hidden, percent(line.gap, 2),
             _parts(own) if line.complete else "refused: not complete"]
        )  # fmt: skip
    return head, rows


def _parts(own: pd.DataFrame) -> str:
    """The largest contributions by name, and the sum of the others: the line must add up."""
    words = [f"{one.part} {number(one.contribution, sign=True)}" for one in own.head(NAMED).itertuples()]
    others = own["contribution"].iloc[NAMED:]
    if len(others):
        words.append(f"{len(others)} smaller {number(others.sum(), sign=True)}")
    return ", ".join(words)


def what_if_rows(found: Explanation, most: int = LISTED) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the what-ifs, the largest change of each string first."""
    frame = found.what_ifs.assign(size=lambda table: table["difference"].abs())
    frame = frame.sort_values(["size"], ascending=False, kind="stable")
    order = {string: place for place, string in enumerate(dict.fromkeys(found.what_ifs["string"]))}
    each = max(2, most // max(len(order), 1))
    frame = frame.groupby("string", sort=False).head(each)
    frame = frame.sort_values("string", key=lambda names: names.map(order), kind="stable").head(most)
    rows = [
        [str(line.string), str(line.change), with_unit(number(line.difference, sign=True), found.unit),
         with_unit(number(line.after), found.unit), "" if getattr(line, "in_domain", True) else "far"]
        for line in frame.itertuples()
    ]  # fmt: skip
    return ["string", "change", "difference", "answer then", ""], rows


def near_table(near: pd.DataFrame, unit: str) -> TextTable | None:
    """Nearest rows with their labels."""
    if near.empty:
        return None
    rows = [
        [str(line.string), str(line.rank), str(line.near),
         _label(line.label, unit),
         number(line.distance, 3)]
        for line in near.head(LISTED).itertuples()
    ]  # fmt: skip
    head = ["string", "rank", "training row", "label", "distance"]
    return TextTable(head, rows, [False, True, False, True, True])


def _label(label: object, unit: str) -> str:
    return with_unit(number(label), unit) if is_number(label) else str(label or "")


def _bars(found: Explanation) -> list[Figure]:
    told = found.contributions
    if told is None:
        return []
    pictures = []
    known = told.strings[told.strings["complete"]]
    for place, line in enumerate(known.head(DRAWN).itertuples()):
        own = told.parts[told.parts["string"] == line.string].iloc[::-1]
        name = f"parts-{place}"
        with panel(name, f"Contributions of {line.string}", 330, 84 + 22 * len(own)) as one:
            colours = [stand_in("hot" if value > 0 else "cold") for value in own["contribution"]]
            one.axes.barh(range(len(own)), own["contribution"], color=colours, height=0.7)
            one.axes.axvline(0.0, color=stand_in("muted"), linewidth=1)
            one.axes.set_yticks(range(len(own)), own["part"])
            one.axes.grid(visible=False, axis="y")
            one.axes.set_xlabel(with_brackets("contribution", told.unit))
        caption = (
            f"Answer {with_unit(number(line.answer), told.unit)}; with every part hidden "
            f"{with_unit(number(line.hidden), told.unit)}. Orange raises the answer, blue lowers it."
        )
        pictures.append(Figure(name, str(line.string), caption, one.svg))
    return pictures


def _elements(found: Explanation) -> list[Figure]:
    values = found.by_element()
    if found.notation != "composition" or values.empty or found.contributions is None:
        return []
    svg = element_map(values, "mean contribution", found.contributions.unit, "material")
    top = str(values["value"].abs().idxmax())
    most = with_unit(number(values.loc[top, "value"], sign=True), found.contributions.unit)
    caption = (
        "Mean contribution over the materials that contain the element: orange raises the answer, blue "
        f"lowers it. Strongest: {top} ({most})."
    )
    return [Figure("elements", "Contribution by element", caption, svg)]


def _drawings(found: Explanation) -> list[Figure]:
    """Molecules with the atoms that count most coloured."""
    told = found.contributions
    if found.notation == "composition" or told is None:
        return []
    pictures = []
    known = told.strings[told.strings["complete"]]
    for place, string in enumerate(known["string"].head(DRAWN)):
        own = told.parts[told.parts["string"] == string]
        smiles, weights = drawn(NOTATIONS[found.notation], str(string), own["contribution"].tolist())
        caption = "Coloured: atoms that carry at least half of the largest contribution, in either direction."
        pictures.append(molecule_figure(f"molecule-{place}", smiles, caption, top_atoms(weights)))
    return pictures


def _attention(found: Explanation) -> list[Figure]:
    """Layers downwards, parts across, stronger colour for more attention."""
    pictures = []
    if found.attention.empty:
        return []
    for place, (string, own) in enumerate(list(found.attention.groupby("string", sort=False))[:DRAWN]):
        wide = own.pivot(index="layer", columns="place", values="weight")
        labels = own.drop_duplicates("place").set_index("place")["part"][wide.columns]
        name = f"attention-{place}"
        with panel(
            name, f"Attention for {string}", 120 + 26 * min(wide.shape[1], 40), 90 + 24 * len(wide)
        ) as one:
            top = float(np.nanmax(wide.to_numpy())) or 1.0
            shades(one.axes, wide.to_numpy() / top)
            one.axes.set_xticks(range(wide.shape[1]), labels)
            one.axes.set_yticks(range(len(wide)), [str(layer) for layer in wide.index])
            one.axes.invert_yaxis()
            one.axes.grid(visible=False)
            one.axes.set_ylabel("layer")
        caption = (
            f"What [CLS] looks at, mean over heads; full colour is {percent(top)}. It is no contribution."
        )
        pictures.append(Figure(name, str(string), caption, one.svg))
    return pictures
