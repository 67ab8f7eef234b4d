"""Masking strategies side by side: one table over all, one by chemical group, and the picture of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from matprior.data.wording import counted
from matprior.reports.figures import panel
from matprior.reports.formats import number, percent, plus_minus
from matprior.reports.theme import MARKERS, Figure, stand_in

BASELINES = ("unigram", "cooccurrence", "substitution")
"""What a masked atom is guessed with without a network; the same for every strategy."""


def contestant_scores(lines: pd.DataFrame, task: str, metric: str) -> pd.DataFrame:
    """One metric of the masked-atom scores: a row per group, a column per baseline and strategy.

    Parameters
    ----------
    lines : as `evaluation.masking_study.compare_masking` gives them
    task : masked_atom (one row, called "") or masked_atom_group
    """
    rows = lines[(lines["task"] == task) & (lines["metric"] == metric)]
    who = rows["model"].where(rows["model"] != "network", rows["strategy"])
    table = rows.assign(who=who).drop_duplicates(["group", "who"])
    strategies = list(dict.fromkeys(rows["strategy"]))
    wide = table.pivot(index="group", columns="who", values="value")
    baselines = [name for name in BASELINES if name in wide]  # older runs have no substitution baseline
    return wide.loc[list(dict.fromkeys(table["group"])), [*baselines, *strategies]]


def overall_rows(lines: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table over all held-out formulas."""
    found = {m: contestant_scores(lines, "masked_atom", m).iloc[0] for m in ("cross_entropy", "perplexity")}
    shares = {m: contestant_scores(lines, "masked_atom", m).iloc[0] for m in ("top1", "top5")}
    groups = contestant_scores(lines, "masked_atom_group", "top1").mean()
    asked = lines[lines["task"] == "masking"].set_index(["strategy", "metric"])
    rows = []
    for who in groups.index:
        asks = largest = ""
        if who not in BASELINES:
            asks = number(asked.loc[(who, "asked_per_formula"), "value"], 2)
            most = asked.loc[(who, "largest_share")]
            largest = f"{percent(most['value'])} {most['group']}"
        told = [number(found[m][who], 3 if m == "cross_entropy" else 1) for m in found]
        rows.append(
            [
                who,
                asks,
                largest,
                *told,
                *(percent(shares[m][who], 1) for m in shares),
                percent(groups[who], 1),
            ]
        )
    head = [
        "strategy", "atoms asked", "most asked", "cross-entropy", "perplexity", "top-1", "top-5",
        "top-1, mean of groups",
    ]  # fmt: skip
    return head, rows


def group_rows(lines: pd.DataFrame, metric: str = "top1") -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table by chemical group of the hidden atom."""
    table = contestant_scores(lines, "masked_atom_group", metric)
    counts = lines[lines["task"] == "masked_atom_group"].drop_duplicates("group").set_index("group")["n"]
    rows = [
        [str(group), f"{int(counts[group]):,}", *(percent(v, 1) if metric != "cross_entropy" else number(v, 3)
                                                   for v in values)]
        for group, values in zip(table.index, table.to_numpy(), strict=True)
    ]  # fmt: skip
    return ["group", "rows", *table.columns], rows


def downstream_rows(lines: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the fine-tuned scores: one row per task, one column per starting point."""
    rows = lines[lines["task"] == "downstream"]
    strategies = list(dict.fromkeys(rows["strategy"]))
    told = []
    for (group, metric, unit), part in rows.groupby(["group", "metric", "unit"], sort=False):
        by = part.set_index("strategy")
        cells = [plus_minus(by.loc[s, "value"], by.loc[s, "std"]) for s in strategies]
        told.append([str(group), f"{metric} ({unit})" if unit else str(metric), *cells])
    return ["task", "metric", *strategies], told


def group_figure(lines: pd.DataFrame) -> Figure:
    """Top-1 accuracy by chemical group: a mark per strategy, a grey bar for the co-occurrence baseline."""
    table = contestant_scores(lines, "masked_atom_group", "top1").iloc[::-1]
    strategies = [name for name in table.columns if name not in BASELINES]
    colours = dict(zip(strategies, [c for c in MARKERS if c != "grey"], strict=False))
    with panel("compare-masking", "Top-1 accuracy by chemical group", 460, 110 + 30 * len(table)) as one:
        axes, places = one.axes, np.arange(len(table))
        grey = {"height": 0.66, "color": stand_in("grey"), "alpha": 0.3}
        axes.barh(places, table["cooccurrence"], label="co-occurrence", **grey)
        offsets = np.linspace(0.22, -0.22, len(strategies)) if len(strategies) > 1 else [0.0]
        for offset, name in zip(offsets, strategies, strict=True):
            style = {"color": stand_in(colours[name]), "marker": MARKERS[colours[name]], "markersize": 6}
            axes.plot(table[name], places + offset, linestyle="", label=name, clip_on=False, **style)
        axes.set_yticks(places, [str(group).replace("_", " ") for group in table.index])
        axes.set_ylim(-0.6, len(table) - 0.4)
        axes.set_xlim(left=0)
        axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g} %")
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("hidden atom named first: higher is better")
        axes.figure.legend(loc="outside upper left", ncols=3, handletextpad=0.5)
        for offset, name in zip(offsets, strategies, strict=True):
            tips = [f"{name}, {group}: {percent(v, 1)}" for group, v in table[name].items()]
            one.dots(table[name].to_numpy(), places + offset, tips, colours[name], 2.4)
    n = lines.loc[lines["task"] == "masked_atom", "n"]
    words = (
        f"One atom hidden in each of {counted(int(n.iloc[0]) if len(n) else 0, 'held-out formula')}, drawn "
        "uniformly for every strategy. Groups overlap. Grey: co-occurrence, which needs no network."
    )
    return Figure("compare-masking", "Masking strategies by chemical group", words, one.svg)
