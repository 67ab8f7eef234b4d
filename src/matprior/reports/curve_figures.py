"""Error against the number of labels, as a picture and as a table of text."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from matprior.evaluation.power_law import PowerLaw
from matprior.reports.comparison import roles_of
from matprior.reports.figures import panel, with_brackets
from matprior.reports.formats import number, plus_minus, with_unit
from matprior.reports.theme import MARKERS, Figure, assign_colours, stand_in


def curve_rows(cells: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table: label counts downwards, models across, mean ± spread over draws."""
    models = list(dict.fromkeys(cells["model"]))
    rows = []
    for n, part in cells.groupby("n"):
        by = part.groupby("model")["error"].agg(["mean", "std"])
        told = [plus_minus(*by.loc[model]) if model in by.index else "" for model in models]
        rows.append([f"{int(str(n)):,}", *told])
    return ["labels", *models], rows


def curve_figure(
    cells: pd.DataFrame,
    curves: Mapping[str, PowerLaw],
    name: str = "learning-curve",
    until: int | None = None,
) -> Figure:
    """Every run a dot, every fitted curve a line with its band.

    Parameters
    ----------
    cells : as `learning_curve` gives them
    curves : from `fit_curves`
    name : of the picture
    until : last label count of the lines; the largest of the cells for None
    """
    cells = cells[cells["error"].notna()]
    models = list(dict.fromkeys(cells["model"]))
    roles = roles_of(models)
    colours = assign_colours(models, roles)
    counts = sorted(set(cells["n"]))
    metric, unit = (cells["metric"].iloc[0], cells["unit"].iloc[0]) if len(cells) else ("error", "")
    end = max(until or 0, counts[-1] if counts else 0)
    with panel(name, f"{metric} against the number of labels", 460, 340) as one:
        one.axes.set_xscale("log")
        fine = np.geomspace(counts[0], end, 60) if counts else np.array([])
        for model in models:
            colour, own = colours[model], cells[cells["model"] == model]
            means = own.groupby("n")["error"].mean()
            style = {"color": stand_in(colour), "marker": MARKERS[colour], "markersize": 6}
            one.axes.plot(means.index, means, linestyle="" if model in curves else "-", label=model, **style)
            if model in curves:
                low, high = curves[model].band(fine)
                one.axes.plot(fine, curves[model](fine), color=stand_in(colour), linewidth=1.4)
                one.axes.fill_between(fine, low, high, color=stand_in(colour), alpha=0.15, linewidth=0)
        one.axes.set_xticks(counts, [f"{n:,}" for n in counts])
        one.axes.set_xticks([], minor=True)
        one.axes.set_ylim(bottom=0)
        one.axes.set(xlabel="labels", ylabel=with_brackets(metric, unit))
        one.axes.figure.legend(loc="outside upper left", ncols=3, handletextpad=0.5)
        for model in models:
            own = cells[cells["model"] == model]
            tips = [
                f"{model}, {line.n} labels, draw {line.draw}: {with_unit(number(line.error), unit)}"
                for line in own.itertuples()
            ]
            one.dots(own["n"].to_numpy(), own["error"].to_numpy(), tips, colours[model], 2.4)
    words = "Small dot: one draw. Mark: mean over draws. Line and band: a power law with its 90 % interval."
    return Figure(name, f"{metric} against labels", words, one.svg)
