"""The page of a few-shot answer: how good the support is, where everything lies, and what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from matprior.evaluation.material_map import flat_map
from matprior.fewshot.quality import SupportQuality
from matprior.reports.blocks import Block
from matprior.reports.figures import panel
from matprior.reports.formats import number, percent
from matprior.reports.tables import TextTable
from matprior.reports.theme import Figure, stand_in

if TYPE_CHECKING:
    from matprior.estimators.prototypes import PrototypeClassifier

DOTS = 800
"""Queries drawn at most."""
SHOWN = 40
"""Rows listed on the page; labelled.csv has all."""
COLOURS = ("blue", "orange", "green", "purple", "amber", "sky", "grey")
"""Of the classes; beyond seven they repeat, and the tooltips tell them apart."""


def fewshot_blocks(
    few: PrototypeClassifier, strings: Sequence[str], answers: pd.DataFrame, quality: SupportQuality
) -> list[Block]:
    """Sections of the page, in reading order.

    Parameters
    ----------
    few : fitted classifier
    strings : the `q` strings that were answered
    answers : prediction, probability and nearest of each
    quality : of the support set
    """
    blocks = [
        Block("support", "The support set", [quality.verdict], _quality_table(quality)),
        Block("map", "Where everything lies", figures=[_map(few, strings, answers)], shape="one"),
        Block("classes", "What was answered", table=_class_table(few, answers)),
        Block("unsure", "Least sure", ["Labels of these rows would teach the classifier most."],
              _row_table(strings, answers.sort_values("probability", kind="stable").head(SHOWN)),
              note=f"The {SHOWN} rows with the smallest probability of their class."),
    ]  # fmt: skip
    return [block for block in blocks if not block.empty]


def _quality_table(quality: SupportQuality) -> TextTable:
    rows = [
        ["rows", str(quality.n)],
        ["distance to the nearest support row, as a share of random sets'", number(quality.coverage, 2)],
        ["random sets that cover the queries less well", percent(quality.coverage_percentile)],
        ["random sets that are expected to answer less well", percent(quality.expected_percentile)],
        ["evenness of the classes, 0 to 1", number(quality.balance, 2)],
    ]
    return TextTable(["figure", "value"], rows, [False, True])


def _class_table(few: PrototypeClassifier, answers: pd.DataFrame) -> TextTable:
    rows = []
    for code, name in enumerate(few.classes_.tolist()):
        own = answers[answers["prediction"] == name]
        sure = number(own["probability"].mean(), 2) if len(own) else "–"
        examples = ", ".join(few.support_[i] for i in np.flatnonzero(few.support_codes_ == code)[:4])
        rows.append([str(name), str((few.support_codes_ == code).sum()), f"{len(own):,}", sure, examples])
    head = ["class", "support rows", "answered so", "mean probability", "such as"]
    return TextTable(head, rows, [False, True, True, True, False])


def _row_table(strings: Sequence[str], rows: pd.DataFrame) -> TextTable:
    cells = [
        [strings[place], str(line.prediction), number(line.probability, 2), str(line.second), str(line.like)]
        for place, line in zip(rows.index, rows.itertuples(), strict=True)
    ]
    head = ["string", "class", "probability", "second", "like"]
    return TextTable(head, cells, [False, False, True, False, False])


def _map(few: PrototypeClassifier, strings: Sequence[str], answers: pd.DataFrame) -> Figure:
    """Support, prototypes and queries on the two widest axes of their features."""
    drawn = np.sort(np.random.default_rng(0).permutation(len(strings))[:DOTS])
    queries = few.embed([strings[i] for i in drawn])
    support, centres = few.embed(few.support_), few.prototypes_.metric.centres
    places = flat_map(np.vstack([support, centres, queries]), "pca")
    own, middle, asked = np.split(places, [len(support), len(support) + len(centres)])
    told = answers.iloc[drawn].reset_index(drop=True)
    with panel(
        "fewshot-map", f"Map of {len(support)} support rows and {len(drawn)} queries", 560, 520
    ) as chart:
        axes = chart.axes
        for code, name in enumerate(few.classes_.tolist()):
            colour = stand_in(COLOURS[code % len(COLOURS)])
            axes.plot(*middle[code], linestyle="", marker="*", markersize=17, color=colour, label=str(name))
            mine = few.support_codes_ == code
            axes.plot(*own[mine].T, linestyle="", marker="s", markersize=7, color=colour)
        axes.set(xticks=[], yticks=[])
        axes.figure.legend(loc="outside upper left", ncols=4, handletextpad=0.2)
        for code, name in enumerate(few.classes_.tolist()):
            mine = (told["prediction"] == name).to_numpy()
            tips = [
                f"{strings[drawn[i]]}\n{name}, probability {number(told['probability'][i], 2)}\n"
                f"like {told['like'][i]}"
                for i in np.flatnonzero(mine)
            ]
            chart.dots(asked[mine, 0], asked[mine, 1], tips, COLOURS[code % len(COLOURS)])
    caption = (
        "Stars are prototypes, squares support rows, dots queries in the colour of their answer. Two axes "
        "show only part of the distances that decide."
    )
    return Figure("fewshot-map", "Support, prototypes and queries", caption, chart.svg)
