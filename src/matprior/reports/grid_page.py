"""The page of a comparison: who is better, by how much, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from matprior.evaluation.metrics import Metric, kind_of, metrics_for
from matprior.evaluation.ranks import Ranking
from matprior.evaluation.scores import fold_scores, scores
from matprior.reports.blocks import Block
from matprior.reports.comparison import roles_of
from matprior.reports.figures import panel, with_brackets
from matprior.reports.formats import number, plus_minus, with_unit
from matprior.reports.tables import METRIC_LABELS, TextTable, score_table
from matprior.reports.theme import MARKERS, Figure, assign_colours, file_name, stand_in

Parts = Sequence[tuple[str, str, str, pd.DataFrame]]


def grid_blocks(
    parts: Parts, pairs: pd.DataFrame, ranks: Ranking | None, sentences: Sequence[str]
) -> list[Block]:
    """Sections of the page.

    Parameters
    ----------
    parts : from `grid.blocks`
    pairs : from `ranks.all_pairs`
    ranks : from `ranks.ranking`; None where nothing can be ranked
    sentences : the verdicts
    """
    found = [Block("verdict", "In a sentence", list(sentences))]
    if ranks is not None:
        found.append(
            Block("ranks", "Mean ranks", ranking_words(ranks), figures=[rank_figure(ranks)], shape="one")
        )
    found.append(Block("curves", "Error and labels", figures=band_figures(parts)))
    for target, split, labels, rows in parts:
        key = file_name(f"scores-{target}-{split}-{labels}")
        title = f"Scores: {target}, {split}, {labels} labels"
        found.append(
            Block(key, title, table=score_table(scores(rows), roles_of(dict.fromkeys(rows["model"]))))
        )
    note = (
        "p is of a t-test over folds whose variance is corrected for overlapping training rows (Nadeau and "
        "Bengio); p (Holm) is corrected for all comparisons on this page. Marked: below 0.05 after it."
    )
    found.append(Block("pairs", "Every pair", table=pair_table(pairs), note=note))
    return [block for block in found if not block.empty]


def pair_table(pairs: pd.DataFrame) -> TextTable | None:
    """Differences of all pairs, the surest first."""
    if pairs.empty:
        return None
    shown = pairs.sort_values("p_value", kind="stable")
    rows = [
        [f"{line.model} − {line.reference}", str(line.split), str(line.labels), str(line.metric),
         with_unit(plus_minus(line.gain, line.standard_error), str(line.unit)),
         f"{line.wins} : {line.losses}", number(line.p_value, digits=2), number(line.p_holm, digits=2)]
        for line in shown.itertuples()
    ]  # fmt: skip
    head = ["pair", "split", "labels", "metric", "gain of the first", "folds won", "p", "p (Holm)"]
    marked = {place for place, clear in enumerate(shown["clear"]) if clear}
    return TextTable(head, rows, [False] * 4 + [True] * 4, marked=marked)


def ranking_words(ranks: Ranking) -> list[str]:
    """What the picture of ranks says."""
    order = ", ".join(f"{name} {rank:.2f}" for name, rank in ranks.ranks.items())
    words = [f"Mean ranks over {ranks.n_cases} folds (1 is best): {order}."]
    if np.isfinite(ranks.friedman):
        words.append(f"That all are equally good has p = {ranks.friedman:.2g} (Friedman).")
    if np.isfinite(ranks.distance):
        words.append(f"Nemenyi's critical difference is {ranks.distance:.2f} ranks.")
    told = "; ".join(", ".join(clique) for clique in ranks.cliques)
    words.append(
        f"Not told apart ({ranks.test}): {told}." if told else f"Every pair is told apart ({ranks.test})."
    )
    words.append("Folds of one table share training rows: the tests are somewhat too sure of themselves.")
    return words


def rank_figure(ranks: Ranking) -> Figure:
    """Critical-difference diagram: models on a line of mean ranks, bars over those not told apart."""
    names, places = list(ranks.ranks.index), ranks.ranks.to_numpy()
    colours = assign_colours(names, roles_of(names))
    k, rows = len(names), len(ranks.cliques)
    with panel("ranks", "Mean ranks of the models", 560, 100 + 14 * k + 12 * rows) as one:
        axes = one.axes
        # Names stand outwards, the outermost highest: no name crosses the stem of another.
        half = (k + 1) // 2
        axes.set_xlim(1 - 0.3 * k, k + 0.3 * k)
        axes.set_ylim(-(half + 0.8), 1.6 + 0.5 * rows)
        axes.plot([1, k], [0, 0], color=stand_in("ink"), linewidth=1)
        for place, (name, rank) in enumerate(zip(names, places, strict=True)):
            left = place < half
            row, colour = place + 1 if left else k - place, stand_in(colours[name])
            axes.plot([rank, rank], [0, -row], color=colour, linewidth=1.2)
            axes.plot([rank], [0], marker=MARKERS[colours[name]], markersize=7, color=colour)
            side = {"ha": "right" if left else "left", "va": "center"}
            axes.text(rank + (-0.05 if left else 0.05), -row, f"{name} ({rank:.2f})", **side)
        for row, clique in enumerate(ranks.cliques, start=1):
            ends = ranks.ranks[[clique[0], clique[-1]]]
            axes.plot([ends.iloc[0] - 0.03, ends.iloc[1] + 0.03], [0.5 * row] * 2, color=stand_in("ink"),
                      linewidth=4, solid_capstyle="round")  # fmt: skip
        if np.isfinite(ranks.distance) and ranks.distance < k - 1:
            height = 1.0 + 0.5 * rows
            axes.plot([1, 1 + ranks.distance], [height] * 2, color=stand_in("muted"), linewidth=2, marker="|")
            axes.text(
                1.05 + ranks.distance,
                height,
                f"CD {ranks.distance:.2f}",
                va="center",
                color=stand_in("muted"),
            )
        axes.set_yticks([])
        axes.set_xticks(range(1, k + 1))
        axes.spines["left"].set_visible(False)
        axes.grid(visible=False)
        axes.set_xlabel("mean rank (1 is best)")
    caption = (
        f"Mean rank over {ranks.n_cases} folds. Models under one thick bar are not told apart ({ranks.test})."
        " CD: Nemenyi's critical difference."
    )
    return Figure("ranks", "Critical differences", caption, one.svg)


def band_figures(parts: Parts) -> list[Figure]:
    """Per target and split the main score against the number of labels, with a band over folds and seeds."""
    cells = []
    for target, split, labels, rows in parts:
        metric = metrics_for(kind_of(rows))[0]
        n = float(rows["n_train"].mean())
        unit = metric.unit(rows.attrs.get("evaluation", {}).get("units", {}).get(target, ""))
        own = fold_scores(rows, [metric.name]).assign(split=split, labels=labels, n=n, unit=unit)
        cells.append((metric, own))
    if not cells:
        return []
    frame = pd.concat([own for _, own in cells], ignore_index=True)
    return [
        _band_figure(own, str(target), str(split), cells[0][0])
        for (target, split), own in frame.groupby(["target", "split"], sort=False)
        if own["labels"].nunique() > 1
    ]


def _band_figure(cells: pd.DataFrame, target: str, split: str, metric: Metric) -> Figure:
    models = list(dict.fromkeys(cells["model"]))
    colours = assign_colours(models, roles_of(models))
    name, label = file_name(f"labels-{target}-{split}"), METRIC_LABELS.get(metric.name, metric.name)
    with panel(name, f"{label} against the number of labels", 460, 360) as one:
        one.axes.set_xscale("log")
        for model in models:
            by = cells[cells["model"] == model].groupby("n")["value"].agg(["mean", "std"]).sort_index()
            colour, spread = stand_in(colours[model]), by["std"].fillna(0.0)
            one.axes.plot(
                by.index, by["mean"], color=colour, marker=MARKERS[colours[model]], markersize=5, label=model
            )
            one.axes.fill_between(by.index, by["mean"] - spread, by["mean"] + spread, color=colour,
                                  alpha=0.15, linewidth=0)  # fmt: skip
        counts = sorted(set(cells["n"]))
        one.axes.set_xticks(counts, [f"{n:,.0f}" for n in counts])
        one.axes.set_xticks([], minor=True)
        one.axes.set(xlabel="labels", ylabel=with_brackets(label, str(cells["unit"].iloc[0])))
        one.axes.figure.legend(loc="outside upper left", ncols=2, handletextpad=0.5)
    words = "Mark: mean over folds and seeds. Band: ± 1 standard deviation."
    caption = f"Split {split}. {words} {metric.better.capitalize()} is better."
    return Figure(name, f"{label[0].upper()}{label[1:]} against labels, {split}", caption, one.svg)
