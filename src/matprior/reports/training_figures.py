"""Pictures of how sure and how trained the models are: intervals, spreads and loss curves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from matprior.data.wording import counted
from matprior.reports.comparison import Standing
from matprior.reports.figures import panel, with_brackets
from matprior.reports.formats import number, percent, with_unit
from matprior.reports.summaries import coverage, overfitting, promises, spread_bins
from matprior.reports.theme import Figure, file_name, stand_in


def interval_coverage(standing: Standing, nominal: float = 0.9) -> list[Figure]:
    """Do the intervals hold what they promise, and does a larger stated spread mean a larger error?

    Parameters
    ----------
    standing : models of one regression target
    nominal : share of rows that the intervals promise to hold

    Returns
    -------
    Nothing where no model states intervals.
    """
    table, colours, unit = coverage(standing.results), standing.colours, standing.unit
    table = table.loc[[model for model in standing.order if model in table.index]]
    if table.empty:
        return []
    figures = [_coverage_panel(table, colours, unit, nominal)]
    told = promises(standing.results)
    for model in standing.shown(3):
        own = told[told["model"] == model]
        if len(own) > 1:
            figures.append(_promise_panel(own, model, colours[model], unit))
        bins = spread_bins(standing.rows(model))
        if len(bins):
            figures.append(_spread_panel(bins, model, colours[model], unit))
    return figures


def _coverage_panel(table: pd.DataFrame, colours: Mapping[str, str], unit: str, nominal: float) -> Figure:
    label = f"Share of rows inside the {percent(nominal)} interval"
    with panel("coverage", label, 400, 76 + 30 * len(table)) as one:
        axes, order = one.axes, list(reversed(table.index))
        axes.axvline(nominal, color=stand_in("muted"), linewidth=1, linestyle=(0, (4, 3)))
        for place, model in enumerate(order):
            low, high = table.loc[model, ["low", "high"]]
            axes.plot([low, high], [place] * 2, color=stand_in(colours[model]), linewidth=5, alpha=0.3)
        axes.set_yticks(range(len(order)), order)
        low, high = table["low"].min(), max(table["high"].max(), nominal)
        axes.set(ylim=(-0.6, len(order) - 0.4), xlim=(low - 0.03, min(1.0, high + 0.03)))
        axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g} %")
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("rows inside their interval")
        for place, model in enumerate(order):
            share, width = table.loc[model, ["coverage", "width"]]
            tip = f"{model}: {percent(share, 1)} inside, mean width {with_unit(number(width), unit)}"
            one.dots(np.array([share]), np.array([place]), [tip], colours[model], 4.5)
    words = (
        f"Dashed: the promised {percent(nominal)}. Left of it the intervals are too narrow. "
        "Pale bar: 95 % interval of the share."
    )
    return Figure("coverage", "Do the intervals keep their promise?", words, one.svg)


def _promise_panel(own: pd.DataFrame, model: str, colour: str, unit: str) -> Figure:
    name = f"promises-{file_name(model)}"
    with panel(name, f"Promised share against share found, {model}", 310, 304) as one:
        axes = one.axes
        axes.plot([0, 1], [0, 1], color=stand_in("muted"), linewidth=1, linestyle=(0, (4, 3)))
        axes.vlines(own["promised"], own["low"], own["high"], color=stand_in(colour), linewidth=4, alpha=0.3)
        axes.plot(own["promised"], own["coverage"], color=stand_in(colour), linewidth=1.4)
        low = min(0.45, float(own["low"].min()) - 0.03)
        axes.set(xlim=(low, 1.0), ylim=(low, 1.0), aspect="equal")
        axes.set(xlabel="share promised", ylabel="share found")
        tips = [
            f"{percent(promised)} promised, {percent(found, 1)} found, "
            f"mean width {with_unit(number(width), unit)}"
            for promised, found, width in own[["promised", "coverage", "width"]].itertuples(index=False)
        ]
        one.dots(own["promised"].to_numpy(), own["coverage"].to_numpy(), tips, colour, 4)
    widths = ", ".join(
        f"{percent(row.promised)}: {with_unit(number(row.width), unit)}" for row in own.itertuples()
    )
    words = (
        f"On the dashed line every bar keeps its promise; below it bars are too narrow. Mean width {widths}."
    )
    return Figure(name, f"Bars of {model}", words, one.svg)


def _spread_panel(bins: pd.DataFrame, model: str, colour: str, unit: str) -> Figure:
    name = f"spread-{file_name(model)}"
    top = 1.08 * float(bins[["stated", "found"]].to_numpy().max())
    with panel(name, f"Stated spread against error found, {model}", 310, 304) as one:
        one.axes.plot([0, top], [0, top], color=stand_in("muted"), linewidth=1, linestyle=(0, (4, 3)))
        one.axes.plot(bins["stated"], bins["found"], color=stand_in(colour), linewidth=1.4)
        one.axes.set(xlim=(0, top), ylim=(0, top), aspect="equal")
        one.axes.set_xlabel(with_brackets("stated spread", unit))
        one.axes.set_ylabel(with_brackets("error found", unit))
        tips = [
            f"{counted(n, 'prediction')}: stated {number(s)}, found {with_unit(number(f), unit)}"
            for s, f, n in bins.itertuples(index=False)
        ]
        one.dots(bins["stated"].to_numpy(), bins["found"].to_numpy(), tips, colour, 4)
    words = (
        "Rows in equal groups by stated standard deviation; both axes are root mean squares. A rising line: "
        "the model knows where it is unsure. Above the dashes it is surer than it should be."
    )
    return Figure(name, f"Spread of {model}", words, one.svg)


def loss_curves(histories: pd.DataFrame) -> list[Figure]:
    """Training and validation loss by epoch, one panel per model, each fold and seed a thin line.

    Parameters
    ----------
    histories : epoch, train_loss, validation_loss (either may be missing in a row) and, where
        known, model, fold, seed, target
    """
    if histories.empty or "epoch" not in histories:
        return []
    histories = histories if "model" in histories else histories.assign(model="model")
    watched = overfitting(histories)["best_epoch"]
    best_epochs = {str(model): float(epoch) for model, epoch in watched.items()}
    figures = []
    for model, part in histories.groupby("model", sort=False):
        figure = _loss_panel(str(model), part, best_epochs.get(str(model)))
        figures += [figure] if figure else []
    return figures


def _loss_panel(model: str, part: pd.DataFrame, best_epoch: float | None) -> Figure | None:
    keys = [key for key in ("target", "fold", "seed") if key in part]
    runs = [run for _, run in part.groupby(keys, dropna=False)] if keys else [part]
    lines = {"train_loss": ("training", "amber", (0, (4, 2))), "validation_loss": ("validation", "blue", "-")}
    known = {name: look for name, look in lines.items() if name in part and part[name].notna().sum() > 1}
    if not known:
        return None
    values = np.concatenate([part[name].dropna().to_numpy(dtype=float) for name in known])
    name = f"loss-{file_name(model)}"
    with panel(name, f"Loss by epoch, {model}", 360, 290) as one:
        for column, (word, colour, dashes) in known.items():
            style = {"color": stand_in(colour), "linestyle": dashes}
            for run in runs:
                line = run[["epoch", column]].dropna()
                one.axes.plot(line["epoch"], line[column], linewidth=0.8, alpha=0.4, **style)
            middle = _middle(runs, column)
            one.axes.plot(middle.index, middle, linewidth=2.2, label=word, **style)
        if best_epoch is not None:
            one.axes.axvline(best_epoch, color=stand_in("muted"), linewidth=1, linestyle=(0, (1, 2)))
        # A first epoch 30 times above the rest would flatten all that matters into one line.
        if values.min() > 0 and np.quantile(values, 0.98) > 20 * np.quantile(values, 0.1):
            one.axes.set_yscale("log")
        one.axes.set(xlabel="epoch", ylabel="loss")
        one.axes.figure.legend(loc="outside upper left", ncols=2)
    words = f"Thin: {counted(len(runs), 'run')} (fold and seed). Thick: their median."
    mark = "" if best_epoch is None else f" Dotted: the typical best epoch, {number(best_epoch, 0)}."
    return Figure(name, f"Training of {model}", words + mark, one.svg)


def _middle(runs: list[pd.DataFrame], column: str) -> pd.Series:
    """Median over runs at each epoch, as far as at least half of the runs went (early stopping)."""
    table = pd.concat([run[["epoch", column]].dropna() for run in runs])
    grouped = table.groupby(table["epoch"].round(2))[column]
    return grouped.median()[grouped.size() >= max(1, len(runs) / 2)]
