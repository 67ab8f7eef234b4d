"""Pictures of Results as SVG: the door to matplotlib (`pixels` paints the finished ones).

Each function gives `theme.Figure` objects with title and caption. matplotlib draws axes in stand-in
colours (see `theme`); points that carry a tooltip are written as SVG circles over them. One picture
shows one panel, so that a phone can stack what a desk screen sets side by side.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.evaluation.metrics import score
from matprior.reports.comparison import Standing
from matprior.reports.formats import number, with_unit
from matprior.reports.tables import METRIC_LABELS
from matprior.reports.theme import MARKERS, Figure, escape, file_name, finish, stand_in

DENSE = 1500
"""Points above which a parity plot shades by count: more hide each other and weigh 100 kB a panel."""
_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",  # text stays text: small files, the page's font, found by search
    "svg.hashsalt": "matprior",  # same Results, same bytes
    "text.parse_math": False,  # a column called "E_$hull" is not TeX
    "font.size": 11.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.linewidth": 0.8,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
}
_COLOURED = {
    "text.color": "ink", "axes.labelcolor": "ink", "axes.edgecolor": "muted", "xtick.color": "muted",
    "ytick.color": "muted", "xtick.labelcolor": "ink", "ytick.labelcolor": "ink", "grid.color": "grid",
}  # fmt: skip


class Panel:
    """One set of axes on its way to becoming a picture."""

    def __init__(self, axes: Any) -> None:
        self.axes = axes
        self.svg = ""
        self._marks: list[tuple[NDArray, NDArray, Sequence[str], str, float]] = []

    def dots(self, x: NDArray, y: NDArray, tips: Sequence[str], colour: str, radius: float = 2.4) -> None:
        """Lay circles with tooltips over the axes; call it after everything that moves the limits."""
        self._marks.append((np.asarray(x), np.asarray(y), tips, colour, radius))

    def circles(self, height: float) -> str:
        """Circles in the coordinates of the finished drawing, which is `height` points high."""
        groups = []
        for x, y, tips, colour, radius in self._marks:
            points = self.axes.transData.transform(np.column_stack([x, y]))
            body = "".join(
                f'<circle cx="{px:.1f}" cy="{height - py:.1f}" r="{radius}">'
                f"<title>{escape(tip)}</title></circle>"
                for (px, py), tip in zip(points, tips, strict=True)
            )
            groups.append(f'<g fill="{stand_in(colour)}" fill-opacity=".55">{body}</g>')
        return "".join(groups)


@contextmanager
def panel(name: str, label: str, width: float = 360, height: float = 330) -> Iterator[Panel]:
    """Axes in the report's style; after the block `.svg` holds the picture."""
    import matplotlib
    from matplotlib.figure import Figure as Drawing

    style = _STYLE | {key: stand_in(colour) for key, colour in _COLOURED.items()}
    with matplotlib.rc_context(style):  # type: ignore[arg-type]
        drawing = Drawing(figsize=(width / 72, height / 72), dpi=72, layout="constrained")
        drawing.patch.set_visible(False)
        one = Panel(drawing.add_subplot())
        one.axes.patch.set_visible(False)
        yield one
        _plain_powers(one.axes)
        file = io.StringIO()
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        drawing.savefig(file, format="svg", metadata=nothing)
        svg = file.getvalue().replace("</svg>", one.circles(height) + "</svg>")
    one.svg = finish(svg, name, label)


def shades(axes: Any, values: NDArray) -> None:
    """A table of shades from 0 to 1 as one collection: single bars take half as long again to draw."""
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import to_rgba

    corners = np.array([[-0.47, -0.45], [0.47, -0.45], [0.47, 0.45], [-0.47, 0.45]])
    row, column = np.indices(values.shape).reshape(2, -1)
    colours = [to_rgba(stand_in("blue"), float(shade)) for shade in values.ravel()]
    axes.add_collection(PolyCollection(np.column_stack([column, row])[:, None] + corners, facecolors=colours))
    axes.set_xlim(-0.7, values.shape[1] - 0.3)
    axes.set_ylim(-0.6, values.shape[0] - 0.4)


def _plain_powers(axes: Any) -> None:
    """Write ticks of logarithmic axes as 0.01 and 100: our text is not TeX, which is their default."""
    from matplotlib.ticker import LogFormatter, LogFormatterMathtext

    class Plain(LogFormatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return f"{x:g}" if super().__call__(x, pos) else ""

    for axis in (axes.xaxis, axes.yaxis):
        if isinstance(axis.get_major_formatter(), LogFormatterMathtext):
            axis.set_major_formatter(Plain())
        if isinstance(axis.get_minor_formatter(), LogFormatterMathtext):
            axis.set_minor_formatter(Plain())


def parity(standing: Standing) -> list[Figure]:
    """Measured against predicted, one panel per model worth showing, all on the same axes.

    Parameters
    ----------
    standing : models of one regression target, from `comparison.standing`
    """
    shown = standing.results[standing.results["model"].isin(standing.shown())]
    values = shown[["truth", "prediction"]].to_numpy(dtype=float)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    edge = 0.04 * ((high - low) or 1.0)
    return [
        _parity_panel(
            standing.rows(model), model, standing.colours[model], standing.unit, (low - edge, high + edge)
        )
        for model in standing.shown()
    ]


def _parity_panel(
    rows: pd.DataFrame, model: str, colour: str, unit: str, limits: tuple[float, float]
) -> Figure:
    name = f"parity-{file_name(model)}"
    truth, prediction = (rows[c].to_numpy(dtype=float) for c in ("truth", "prediction"))
    facts = f"MAE {with_unit(number(score(rows, 'MAE')), unit)}, R² {number(score(rows, 'R2'), 2)}"
    with panel(name, f"Measured against predicted, {model}: {facts}", 310, 304) as one:
        axes = one.axes
        axes.plot(limits, limits, color=stand_in("muted"), linewidth=1, linestyle=(0, (4, 3)), zorder=1)
        axes.set(xlim=limits, ylim=limits, aspect="equal")
        axes.set_xlabel(with_brackets("measured", unit))
        axes.set_ylabel(with_brackets("predicted", unit))
        dense = len(rows) > DENSE
        chosen = np.argsort(-np.abs(prediction - truth), kind="stable")[: 40 if dense else None]
        if dense:
            _shade(axes, truth, prediction, colour, limits)
        tips = [
            f"{s} (row {r})\nmeasured {with_unit(number(t), unit)}\npredicted {with_unit(number(p), unit)}"
            for s, r, t, p in rows.iloc[chosen][["string", "row", "truth", "prediction"]].itertuples(
                index=False
            )
        ]
        one.dots(truth[chosen], prediction[chosen], tips, colour, 2.2 if dense else 2.6)
    how = "Stronger colour: more rows (logarithmic). Dots: the 40 largest errors. " if dense else ""
    return Figure(name, model, f"{facts}. {how}Dashed: perfect prediction.", one.svg)


def _shade(axes: Any, x: NDArray, y: NDArray, colour: str, limits: tuple[float, float]) -> None:
    """Hexagons as opaque as the logarithm of their count, which works on white and on black paper."""
    from matplotlib.colors import to_rgb

    cells = axes.hexbin(x, y, gridsize=42, extent=(*limits, *limits), mincnt=1, linewidths=0)
    counts = np.asarray(cells.get_array(), dtype=float)
    opacity = 0.16 + 0.84 * np.log1p(counts) / np.log1p(counts.max())
    cells.set_array(None)
    cells.set_facecolors([(*to_rgb(stand_in(colour)), a) for a in opacity])


def with_brackets(text: str, unit: str) -> str:
    """Axis label: the quantity, then its unit in round brackets where it has one."""
    return f"{text} ({unit})" if unit else text


def score_bars(standing: Standing) -> Figure:
    """Main score of every model: each fold a dot, the mean a bar mark, the spread a line."""
    metric, order = standing.metric, list(reversed(standing.order))
    colours, unit = standing.colours, standing.score_unit
    label = METRIC_LABELS.get(metric.name, metric.name)
    with panel("scores", f"{label} of each model", 420, 64 + 34 * len(order)) as one:
        axes = one.axes
        for place, model in enumerate(order):
            values = standing.folds[model].dropna()
            if values.empty:
                continue
            colour, mean = stand_in(colours[model]), values.mean()
            spread = values.std() if len(values) > 1 else 0.0
            axes.plot([mean - spread, mean + spread], [place] * 2, color=colour, linewidth=5, alpha=0.3)
            axes.plot([mean] * 2, [place - 0.28, place + 0.28], color=colour, linewidth=3)
        axes.set_yticks(range(len(order)), order)
        axes.set_ylim(-0.6, len(order) - 0.4)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(f"{with_brackets(label, unit)}: {metric.better} is better")
        for place, model in enumerate(order):
            values = standing.folds[model].dropna()
            tips = [f"{model}, fold {f}: {with_unit(number(v), unit)}" for f, v in values.items()]
            one.dots(values.to_numpy(), np.full(len(values), place), tips, colours[model], 3.0)
    words = "Dot: one test fold (mean over seeds). Upright mark: mean. Pale bar: ± 1 standard deviation."
    return Figure("scores", f"{label[0].upper()}{label[1:]} by model", words, one.svg)


def fold_dots(standing: Standing) -> Figure:
    """The leading models fold by fold: a pair is judged on the same rows, so lines that never cross count."""
    metric = standing.metric
    label = METRIC_LABELS.get(metric.name, metric.name)
    with panel("folds", f"{label} by fold", 420, 300) as one:
        places = np.arange(len(standing.folds))
        for model in standing.shown():
            colour = standing.colours[model]
            style = {"color": stand_in(colour), "marker": MARKERS[colour], "markersize": 6, "linewidth": 1.4}
            one.axes.plot(places, standing.folds[model], label=model, **style)
        one.axes.set_xticks(places, [str(fold) for fold in standing.folds.index])
        one.axes.set(xlabel="test fold", ylabel=with_brackets(label, standing.score_unit))
        one.axes.margins(x=0.08, y=0.12)
        one.axes.figure.legend(loc="outside upper left", ncols=2, handletextpad=0.5)
    caption = (
        "The same test rows for every model in a fold. Lines that do not cross are a consistent difference."
    )
    return Figure("folds", "Fold by fold", caption, one.svg)
