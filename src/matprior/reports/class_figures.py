"""Pictures for yes-or-no targets: separation, reliability of the probabilities, ROC curve."""

from __future__ import annotations

import numpy as np

from matprior.data.wording import counted
from matprior.evaluation.metrics import score
from matprior.reports.comparison import Standing
from matprior.reports.figures import panel
from matprior.reports.formats import number, percent
from matprior.reports.summaries import reliability, roc_points
from matprior.reports.theme import Figure, file_name, stand_in


def separation(standing: Standing) -> list[Figure]:
    """Stated probabilities of the rows of one class (up) and the other (down), one panel per model."""
    return [_separation_panel(standing, model) for model in standing.shown()]


def _separation_panel(standing: Standing, model: str) -> Figure:
    rows, colour = standing.rows(model), standing.colours[model]
    name = f"separation-{file_name(model)}"
    edges = np.linspace(0, 1, 21)
    truth, p = rows["truth"].to_numpy(dtype=float), rows["prediction"].to_numpy(dtype=float)
    up, down = (np.histogram(p[truth == c], bins=edges)[0] for c in (1, 0))
    area = number(score(rows, "ROC-AUC"))
    with panel(name, f"Stated probability by true class, {model}", 310, 270) as one:
        axes, middle = one.axes, (edges[:-1] + edges[1:]) / 2
        style = {"width": 0.043, "color": stand_in(colour)}
        axes.bar(middle, up, **style)
        axes.bar(middle, -down, alpha=0.4, **style)
        axes.axhline(0, color=stand_in("muted"), linewidth=0.8)
        axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):,.0f}")
        axes.margins(y=0.16)  # room for the two words
        axes.set(xlim=(0, 1), xlabel=f"stated probability of {standing.positive}", ylabel="predictions")
        axes.text(0.5, 0.98, f"truth: {standing.positive}", transform=axes.transAxes, ha="center", va="top")
        axes.text(
            0.5, 0.02, f"truth: {standing.negative}", transform=axes.transAxes, ha="center", va="bottom"
        )
    words = (
        f"ROC-AUC {area} over all test rows together. "
        f"A good model piles {standing.positive} up at the right, the other at the left."
    )
    return Figure(name, model, words, one.svg)


def reliability_panels(standing: Standing) -> list[Figure]:
    """Does "70 % sure" come true in 70 % of the rows? One panel per model."""
    return [_reliability_panel(standing, model) for model in standing.shown(3)]


def _reliability_panel(standing: Standing, model: str) -> Figure:
    rows, colour = standing.rows(model), standing.colours[model]
    name = f"reliability-{file_name(model)}"
    bins = reliability(rows)
    with panel(name, f"Stated probability against share found, {model}", 310, 304) as one:
        axes = one.axes
        axes.plot([0, 1], [0, 1], color=stand_in("muted"), linewidth=1, linestyle=(0, (4, 3)))
        axes.vlines(bins["stated"], bins["low"], bins["high"], color=stand_in(colour), linewidth=4, alpha=0.3)
        axes.plot(bins["stated"], bins["found"], color=stand_in(colour), linewidth=1.4)
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
        axes.set(xlabel=f"stated probability of {standing.positive}", ylabel="share found")
        tips = [
            f"{counted(n, 'prediction')}: stated {percent(stated)}, found {percent(found)}"
            for stated, found, n in zip(bins["stated"], bins["found"], bins["n"].tolist(), strict=True)
        ]
        one.dots(bins["stated"].to_numpy(), bins["found"].to_numpy(), tips, colour, 4)
    error = number(score(rows, "ECE"), 3)
    words = f"Calibration error {error}. On the dashed line probabilities can be taken at their word."
    return Figure(name, model, words, one.svg)


def roc_curves(standing: Standing) -> Figure:
    """ROC curves of the leading models in one panel, all test rows together."""
    dashes = ["-", (0, (5, 1.5)), (0, (1, 1)), (0, (5, 1, 1, 1))]
    with panel("roc", "ROC curves", 400, 420) as one:
        one.axes.plot([0, 1], [0, 1], color=stand_in("muted"), linewidth=1, linestyle=(0, (4, 3)))
        for model, look in zip(standing.shown(), dashes, strict=False):
            rows = standing.rows(model)
            false, true = roc_points(*(rows[c].to_numpy(dtype=float) for c in ("truth", "prediction")))
            keep = np.unique(np.linspace(0, len(false) - 1, 300).astype(int))  # 300 points draw any curve
            style = {"color": stand_in(standing.colours[model]), "linewidth": 1.8, "linestyle": look}
            one.axes.plot(false[keep], true[keep], label=f"{model} {number(score(rows, 'ROC-AUC'))}", **style)
        one.axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
        one.axes.set(xlabel="false positive rate", ylabel="true positive rate")
        one.axes.legend(loc="lower right")
    words = "Number: area under the curve with all test folds together. Dashed diagonal: guessing."
    return Figure("roc", "ROC curves", words, one.svg)
