"""What the page shows about one target, section by section, in reading order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from matprior.reports import class_figures, figures, story, training_figures
from matprior.reports.comparison import Standing
from matprior.reports.formats import percent
from matprior.reports.molecule_figures import molecule_figure
from matprior.reports.periodic import residuals_by_element
from matprior.reports.summaries import confusion
from matprior.reports.tables import TextTable, score_table, worst_rows, worst_table
from matprior.reports.theme import Figure

DRAWN = 6
"""Molecules of the worst rows that are drawn."""


@dataclass
class Block:
    """One section: heading, words, at most one table, pictures, a note below."""

    key: str
    title: str
    words: list[str] = field(default_factory=list)
    table: TextTable | None = None
    matrix: dict[str, Any] | None = None
    """Confusion table, where the target is a class."""
    figures: list[Figure] = field(default_factory=list)
    shape: str = ""
    """How the pictures are laid out: "" side by side, "two" larger, "one" below each other."""
    wide: bool = False
    """Whether a picture may be scrolled sideways on a phone."""
    note: str = ""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.words or self.table or self.matrix or self.figures)


def target_blocks(
    standing: Standing, scores: pd.DataFrame, histories: pd.DataFrame | None, prefix: str = ""
) -> list[Block]:
    """Sections of one target; what the Results cannot show is left out.

    Parameters
    ----------
    scores : rows of this target
    histories : loss histories of this target, if any model keeps one
    prefix : put before the names of the pictures, where a page holds several targets
    """
    pictures = [figures.score_bars(standing)]
    if len(standing.folds) > 1 and len(standing.order) > 1:
        pictures.append(figures.fold_dots(standing))
    blocks = [
        Block("scores", "Scores", table=score_table(scores, standing.roles), figures=pictures, shape="two",
              note="◂ best of its column. Time is for one fit and its predictions."),
        *(_regression_blocks(standing) if standing.kind == "regression" else _class_blocks(standing)),
        Block("elements", "Errors by element", figures=residuals_by_element(standing),
              shape="wide", wide=True),
        _training_block(standing, histories),
        _worst_block(standing),
    ]  # fmt: skip
    shown = [block for block in blocks if not block.empty]
    for block in shown:
        block.figures = [_renamed(figure, prefix) for figure in block.figures]
    return shown


def _renamed(figure: Figure, prefix: str) -> Figure:
    svg = figure.svg
    for mark in ('id="', 'href="#', "url(#"):
        svg = svg.replace(f"{mark}{figure.name}-", f"{mark}{prefix}{figure.name}-")
    return replace(figure, name=prefix + figure.name, svg=svg)


def _regression_blocks(standing: Standing) -> list[Block]:
    return [
        Block("parity", "Measured against predicted", figures=figures.parity(standing),
              note="Test rows only, each predicted by a model that was not fitted to it."),
        Block("uncertainty", "How sure are the models?",
              figures=training_figures.interval_coverage(standing)),
    ]  # fmt: skip


def _class_blocks(standing: Standing) -> list[Block]:
    blocks = [Block("classes", "Right and wrong classes", matrix=_matrix(standing))]
    if standing.kind == "binary":
        blocks[0].figures = [class_figures.roc_curves(standing)]
        blocks[0].shape = "one"
        blocks.append(
            Block(
                "separation",
                "How well are the classes told apart?",
                figures=class_figures.separation(standing),
            )
        )
        blocks.append(
            Block(
                "reliability",
                "Can the probabilities be believed?",
                figures=class_figures.reliability_panels(standing),
            )
        )
    return blocks


def _matrix(standing: Standing) -> dict[str, Any]:
    table = confusion(standing.rows(standing.best))
    names = dict(zip(("0", "1"), standing.classes, strict=False)) if standing.kind == "binary" else {}
    shares = table.div(table.sum(axis=1).clip(lower=1), axis=0)
    rows = [
        {
            "name": names.get(truth, truth),
            "cells": [
                {
                    "text": f"{table.loc[truth, label]:,} ({percent(shares.loc[truth, label])})",
                    "shade": round(60 * shares.loc[truth, label]),
                    "right": truth == label,
                }
                for label in table.columns
            ],
        }
        for truth in table.index
    ]
    seeds = standing.rows(standing.best)["seed"].nunique()
    caption = f"{standing.best}: test rows" + (
        f", counted once for each of {seeds} seeds" if seeds > 1 else ""
    )
    return {"caption": caption, "columns": [names.get(c, c) for c in table.columns], "rows": rows}


def _training_block(standing: Standing, histories: pd.DataFrame | None) -> Block:
    if histories is None or histories.empty:
        return Block("training", "Training")
    if "model" in histories:  # best model first, as everywhere on the page
        place = {model: index for index, model in enumerate(standing.order)}
        histories = histories.sort_values("model", key=lambda names: names.map(place), kind="stable")
    return Block(
        "training", "Training", story.training(histories), figures=training_figures.loss_curves(histories)
    )


def _worst_block(standing: Standing) -> Block:
    worst = worst_rows(standing.results, standing=standing)
    if worst.empty:
        return Block("worst", "Worst rows", [f"{standing.best} gave every test row its right class."])
    words = [f"The {len(worst)} test rows on which {standing.best} is most wrong."]
    if worst["suspect"].any():
        words.append(
            "Marked rows: the other models side with the prediction against the table. Look at these labels "
            "first; a wrong sign, unit, phase or formula is as likely as a hard material."
        )
    table = worst_table(worst, standing.unit, standing.kind, (standing.negative, standing.positive))
    note = (
        "Other models: median of their predictions, without the dummy."
        if standing.kind != "multiclass"
        else ""
    )
    drawn = [
        molecule_figure(f"worst-{place}", str(row.string), _error_words(row, standing))
        for place, row in enumerate(worst.head(DRAWN).itertuples())
        if standing.notation == "smiles"
    ]
    return Block("worst", "Worst rows", words, table, note=note, figures=drawn)


def _error_words(row: Any, standing: Standing) -> str:
    if standing.kind != "regression":
        return f"Row {row.row}."
    unit = f" {standing.unit}" if standing.unit else ""
    return f"Row {row.row}: measured {row.truth:.3g}{unit}, predicted {row.prediction:.3g}{unit}."
