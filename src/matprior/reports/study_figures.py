"""Label efficiency and ablations as tables of text and pictures."""

from __future__ import annotations

import numpy as np
import pandas as pd

from matprior.reports.figures import panel
from matprior.reports.formats import number, percent, plus_minus
from matprior.reports.theme import MARKERS, Figure, stand_in


def match_rows(found: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the label efficiency, one row per data set and label count."""
    rows = []
    for line in found.itertuples():
        bound = {"more than": "> ", "at most": "≤ "}.get(str(line.bound), "")
        rows.append(
            [
                str(line.dataset), str(line.n), f"{line.metric} {line.unit}".strip(),
                plus_minus(line.pretrained, line.pretrained_std), number(line.scratch),
                number(line.baseline_same), f"{bound}{number(line.needed, 0)}",
                f"{bound}{number(line.factor, digits=2)}",
            ]
        )  # fmt: skip
    head = ["data set", "labels", "error", "pretrained", "scratch", "trees", "trees need", "factor"]
    return head, rows


def efficiency_figure(found: pd.DataFrame) -> Figure:
    """Factor of every data set: labels of the trees over labels of the pretrained model."""
    names = list(dict.fromkeys(found["dataset"]))[::-1]
    counts = sorted(set(found["n"]))
    colours = [colour for colour in MARKERS if colour != "grey"]
    with panel("label-efficiency", "Labels that trees need", 480, 110 + 40 * len(names)) as one:
        one.axes.set_xscale("log")
        offsets = np.linspace(0.16, -0.16, len(counts)) if len(counts) > 1 else [0.0]
        for offset, n, colour in zip(offsets, counts, colours, strict=False):
            own = found[found["n"] == n]
            places = np.array([names.index(name) for name in own["dataset"]]) + offset
            style = {"color": stand_in(colour), "marker": MARKERS[colour], "markersize": 7}
            one.axes.plot(own["factor"], places, linestyle="", label=f"{n:,} labels", **style)
            one.axes.hlines(places, own["factor_low"], own["factor_high"], color=stand_in(colour),
                            alpha=0.35, linewidth=3)  # fmt: skip
            for line, place in zip(own.itertuples(), places, strict=True):
                if line.bound:
                    arrow = " →" if line.bound == "more than" else "← "
                    side = "left" if line.bound == "more than" else "right"
                    one.axes.text(line.factor, place, f"  {arrow}  ", ha=side, va="center")
        one.axes.axvline(1.0, color=stand_in("muted"), linewidth=1)
        top = max(20.0, float(found["factor_high"].max()) if len(found) else 0.0)
        ticks = [tick for tick in (0.3, 1, 3, 10, 30, 100, 300) if tick <= 2 * top]
        one.axes.set_xticks(ticks, [f"{tick:g}×" for tick in ticks])
        one.axes.set_xticks([], minor=True)
        one.axes.set_yticks(range(len(names)), names)
        one.axes.set_ylim(-0.6, len(names) - 0.4)
        one.axes.grid(visible=False, axis="y")
        one.axes.set_xlabel("labels of the trees over labels of the pretrained model, at equal error")
        one.axes.figure.legend(loc="outside upper left", ncols=3, handletextpad=0.5)
    words = (
        "The better of two tree ensembles counts at every step. Pale bar: range over draws. An arrow marks a "
        "bound: trees did not get there with all labels, or were there with the fewest tried."
    )
    return Figure("label-efficiency", "Label efficiency", words, one.svg)


def ablation_rows(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Head and rows of an ablation: one row per task and label count, one column per model."""
    models = list(dict.fromkeys(table["model"]))
    rows = []
    for (dataset, n), part in table.groupby(["dataset", "n"], sort=False):
        by = part.set_index("model")
        cells = [plus_minus(by.loc[m, "error"], by.loc[m, "std"]) if m in by.index else "" for m in models]
        rows.append([str(dataset), f"{n:,}", f"{by['metric'].iloc[0]} {by['unit'].iloc[0]}".strip(), *cells])
    return ["task", "labels", "error", *models], rows


def ablation_figure(table: pd.DataFrame) -> Figure:
    """Gain of every model over the reference: a dot per task and label count, a mark for the median."""
    shown = table[table["gain"].notna() & ~table["reference"]]
    models = list(dict.fromkeys(shown["model"]))[::-1]
    with panel("ablation", "Gain of each model", 460, 80 + 34 * max(len(models), 1)) as one:
        for place, model in enumerate(models):
            gains = 100 * shown[shown["model"] == model]["gain"]
            one.axes.plot(
                [gains.median()] * 2, [place - 0.3, place + 0.3], color=stand_in("blue"), linewidth=3
            )
        one.axes.axvline(0.0, color=stand_in("muted"), linewidth=1)
        one.axes.set_yticks(range(len(models)), models)
        one.axes.set_ylim(-0.6, max(len(models), 1) - 0.4)
        one.axes.grid(visible=False, axis="y")
        spread = 100 * shown["gain"]
        if len(spread):
            one.axes.set_xlim(min(0.0, spread.min()) - 5, max(0.0, spread.max()) + 5)
        one.axes.set_xlabel("error below that of the reference (%)")
        for place, model in enumerate(models):
            own = shown[shown["model"] == model]
            tips = [f"{model}, {x.dataset}, {x.n} labels: {percent(x.gain, 1)}" for x in own.itertuples()]
            one.dots(100 * own["gain"].to_numpy(), np.full(len(own), place), tips, "blue", 3.2)
    words = "Dot: one task and label count, mean over seeds. Upright mark: median. Right of 0 is better."
    return Figure("ablation", "Ablation", words, one.svg)
