"""What a checkpoint learned, as tables and pictures: probes side by side, flat maps, neighbours."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from matprior.evaluation.probe_study import Findings
from matprior.reports.blocks import Block
from matprior.reports.figures import panel, with_brackets
from matprior.reports.formats import number, plus_minus
from matprior.reports.tables import TextTable
from matprior.reports.theme import MARKERS, Figure, stand_in

BLOCK_COLOURS = {"s": "orange", "p": "blue", "d": "green", "f": "purple"}
"""Block of the periodic table -> colour of its elements."""
STEPS = ("#46327e", "#365c8d", "#277f8e", "#1fa187", "#4ac16d", "#a0da39")
"""From low to high: six steps of viridis that can be told apart on white and on black."""
_WHAT = {"accuracy": "accuracy", "balanced_accuracy": "balanced accuracy", "R2": "R²", "ROC-AUC": "ROC-AUC"}
_WORDS = {
    "elements": "A linear probe is fitted to the vectors of four fifths of the elements and asked about the "
    "rest. Input is the embedding table, contextual the mean of the last layer over the materials of the "
    "table, properties a table of measured properties, random numbers that mean nothing; further names are "
    "tables of the package elementembeddings. A column that is the asked number itself is left out.",
    "atoms": "A linear probe is fitted to the atoms of four fifths of the molecules and asked about those of "
    "the rest. Contextual is the last layer at the atom's token, random network the same of a network "
    "without training, own token the row of the embedding table, window which tokens stand at the atom and "
    "at two places on either side. Element and aromaticity can be read from the token itself; the others "
    "need the neighbours.",
    "molecules": "Contextual is the vector a fresh head reads, random network the same of a network without "
    "training, tokens how often each token occurs, fingerprint counts of circular fragments (ECFP4). The "
    "shipped checkpoints were trained on computed descriptors; a measured property they have not seen.",
}
"""Level of a probe -> what was done."""


def levels(lines: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Lines of elements, or of atoms and of molecules, which are asked different things."""
    if "level" not in lines:
        return {"elements": lines}
    return {str(name): part for name, part in lines.groupby("level", sort=False)}


def counted(lines: pd.DataFrame) -> str:
    """How many elements, or atoms and molecules, were asked about."""
    column = "n_rows" if "level" in lines else "n_elements"
    return " · ".join(f"{int(part[column].max()):,} {name}" for name, part in levels(lines).items())


def probe_blocks(findings: Findings, quantity: str, unit: str = "", what: str = "materials") -> list[Block]:
    """Sections of the report.

    Parameters
    ----------
    findings : of `probe_checkpoint` or `probe_molecule_checkpoint`
    quantity, unit : of the colour on the map
    what : the dots on it
    """
    blocks = []
    for level, lines in levels(findings.probes).items():
        key = "probes" if level == "elements" else f"probes-{level}"
        told = f"What vectors of {level} know"
        note = "± is the standard deviation over folds. The best of a row is marked."
        table, figure = probe_table(lines, level), probe_figure(lines, key, level)
        blocks.append(Block(key, told, [_WORDS[level]], table, figures=[figure], shape="one", note=note))
    if len(findings.elements):
        figures = element_figures(findings.elements)
        blocks.append(Block("elements", "Map of the elements", figures=figures, shape="two"))
    figure = material_figure(findings.materials, quantity, unit, what)
    blocks.append(Block("materials", f"Map of the {what}", figures=[figure], shape="one"))
    if len(findings.near):
        words = ["By the cosine between centred vectors; 1 is the same direction."]
        blocks.append(Block("near", f"Nearest {what}", words, near_table(findings.near)))
    return blocks


def probe_table(lines: pd.DataFrame, level: str = "elements") -> TextTable:
    """One row per question, one column per kind of vectors."""
    size = "n_rows" if "level" in lines else "n_elements"
    names = list(dict.fromkeys(lines["vectors"]))
    rows, best = [], set()
    for place, (name, part) in enumerate(lines.groupby("property", sort=False)):
        by = part.set_index("vectors")
        cells = [plus_minus(by.loc[one, "value"], by.loc[one, "std"]) for one in names]
        head = [str(name).replace("_", " "), _WHAT[by["metric"].iloc[0]], str(by[size].iloc[0])]
        rows.append([*head, number(by["chance"].iloc[0], 2), *cells])
        best.add((place, 4 + int(np.argmax([by.loc[one, "value"] for one in names]))))
    columns = ["property", "score", level, "chance", *names]
    return TextTable(columns, rows, [False, False, *[True] * (len(columns) - 2)], best=best)


def short_rows(lines: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Head and rows without spreads: seven kinds of vectors fit a terminal of 80 characters."""
    names = list(dict.fromkeys(lines["vectors"]))
    rows = []
    for name, part in lines.groupby("property", sort=False):
        by = part.set_index("vectors")["value"]
        label = str(name).replace("_", " ").replace("ionisation energy", "ionisation")
        rows.append([label, number(part["chance"].iloc[0], 2), *(number(by[one], 2) for one in names)])
    return ["property", "chance", *(name[:10] for name in names)], rows


def near_table(near: pd.DataFrame) -> TextTable:
    """Neighbours as text."""
    rows = [
        [str(line.query), str(line.rank), str(line.string), number(line.similarity, 3)]
        for line in near.itertuples(index=False)
    ]
    return TextTable(["query", "rank", "string", "similarity"], rows, [False, True, False, True])


def probe_figure(lines: pd.DataFrame, key: str = "probes", level: str = "elements") -> Figure:
    """Scores of every kind of vectors, a line of marks per question."""
    wide = lines.pivot(index="property", columns="vectors", values="value")
    wide = wide.loc[list(dict.fromkeys(lines["property"]))[::-1], list(dict.fromkeys(lines["vectors"]))]
    spread = lines.pivot(index="property", columns="vectors", values="std").loc[wide.index, wide.columns]
    colours = dict(zip(wide.columns, _colours(list(wide.columns)), strict=True))
    with panel(key, "Score of each probe", 460, 110 + 34 * len(wide)) as one:
        places = np.arange(len(wide))
        offsets = np.linspace(0.28, -0.28, wide.shape[1])
        for offset, name in zip(offsets, wide.columns, strict=True):
            style = {"color": stand_in(colours[name]), "marker": MARKERS[colours[name]], "markersize": 5}
            values = wide[name].clip(lower=0)
            one.axes.plot(values, places + offset, linestyle="", label=name, clip_on=False, **style)
            one.axes.hlines(places + offset, (values - spread[name]).clip(lower=0),
                            (values + spread[name]).clip(upper=1), color=stand_in(colours[name]), alpha=0.35,
                            linewidth=3)  # fmt: skip
        one.axes.set_yticks(places, [str(name).replace("_", " ") for name in wide.index])
        one.axes.set(xlim=(0, 1), xlabel=f"score on {level} not learned from: higher is better")
        one.axes.grid(visible=False, axis="y")
        one.axes.figure.legend(loc="outside upper left", ncols=3, handletextpad=0.5)
    words = (
        "Accuracy for group, period and block; ROC-AUC for families and oxidation states; R² for numbers, "
        "cut at 0. Pale bar: ± 1 standard deviation over folds."
    )
    if level != "elements":
        words = "Balanced accuracy for classes; R² for numbers, cut at 0. Pale bar: ± 1 standard deviation."
    return Figure(key, "Probes side by side", words, one.svg)


def _colours(names: list[str]) -> list[str]:
    wished = {"input": "sky", "contextual": "blue", "properties": "green", "random": "grey",
              "random network": "grey"}  # fmt: skip
    spare = [c for c in MARKERS if c not in wished.values()]
    return [wished.get(name) or (spare.pop(0) if spare else "purple") for name in names]


def element_figures(elements: pd.DataFrame) -> list[Figure]:
    """A flat map of symbols for every kind of vectors, coloured by block."""
    found = []
    for name, part in elements.groupby("vectors", sort=False):
        key = f"elements-{name}"
        with panel(key, f"Map of the elements, {name} vectors", 440, 400) as one:
            for block, colour in BLOCK_COLOURS.items():
                own = part[part["block"] == block]
                one.axes.plot(own["x"], own["y"], linestyle="", color=stand_in(colour), alpha=0.3,
                              marker="o", markersize=13, label=f"{block} block")  # fmt: skip
                for line in own.itertuples():
                    one.axes.text(line.x, line.y, line.symbol, ha="center", va="center", fontsize=8.5)
            one.axes.set(xticks=[], yticks=[])
            one.axes.figure.legend(loc="outside upper left", ncols=4, handletextpad=0.2)
        words = "Neighbours have like vectors; axes have no unit."
        found.append(Figure(key, f"{str(name).capitalize()} vectors", words, one.svg))
    return found


def material_figure(
    materials: pd.DataFrame, quantity: str, unit: str = "", what: str = "materials"
) -> Figure:
    """A flat map of materials or molecules, coloured in six steps that hold equally many."""
    known = materials[materials["value"].notna()]
    edges: list[float] = []
    if len(known):
        edges = np.unique(np.quantile(known["value"], np.linspace(0, 1, len(STEPS) + 1))).tolist()
    with panel("materials", f"Map of {len(materials)} {what}", 560, 520) as one:
        size = {"linestyle": "", "marker": ".", "markersize": 3.5 if len(materials) > 800 else 7}
        gone = materials[materials["value"].isna()]
        if len(gone):
            one.axes.plot(gone["x"], gone["y"], color=stand_in("grey"), alpha=0.4, label="unknown", **size)
        last = len(edges) - 2
        for place, (low, high) in enumerate(pairwise(edges)):
            inside = (known["value"] >= low) & ((known["value"] < high) | (place == last))
            colour = STEPS[round(place * (len(STEPS) - 1) / max(last, 1))]
            label = f"{number(low)} to {number(high)}"
            one.axes.plot(known["x"][inside], known["y"][inside], color=colour, label=label, **size)
        one.axes.set(xticks=[], yticks=[])
        one.axes.figure.legend(loc="outside upper left", ncols=3, markerscale=3, handletextpad=0.2,
                               title=with_brackets(quantity.replace("_", " "), unit))  # fmt: skip
    words = f"Dots are {what}. Like colours lying together mean that the vectors know the property."
    return Figure("materials", f"Coloured by {quantity.replace('_', ' ')}", words, one.svg)
