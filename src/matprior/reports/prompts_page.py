"""The page of `matprior prompts analyse`: what each prompt does, how alike they are, where they are heard."""

from __future__ import annotations

import numpy as np
import pandas as pd

from matprior.evaluation.prompt_effects import PromptFindings
from matprior.reports.blocks import Block
from matprior.reports.figures import panel
from matprior.reports.formats import number, percent, with_unit
from matprior.reports.tables import TextTable
from matprior.reports.theme import Figure, stand_in

LOUDEST = 2
"""Vectors per layer in the table of neighbours; nearest.csv has all."""


def prompt_blocks(found: PromptFindings) -> list[Block]:
    """Sections of the page, in reading order."""
    head, rows = effect_rows(found.effects)
    blocks = [
        Block("effects", "What each prompt is worth", found.notes,
              TextTable(head, rows, [False, False, True, True, True, True]) if rows else None,
              figures=effect_figures(found.effects), shape="two",
              note="Same rows, same last layer, another prompt. Worse: mean error with the other prompt "
                   "minus that with the task's own, with its 95 % interval (rows drawn anew). Random prompts "
                   "have the size and loudness of the learned one."),
        Block("similarity", "How alike the prompts are", figures=[similarity_figure(found.similarity)],
              shape="one"),
        Block("attention", "Where the network looks", figures=attention_figures(found.attention),
              shape="two"),
        Block("nearest", "What the vectors are like", table=nearest_table(found.nearest),
              note="The loudest vectors of each layer. Cosine between keys and values (shallow: "
                   "embeddings), both minus the mean of all elements."),
        Block("costs", "What each task costs", table=TextTable(*cost_rows(found.costs), _RIGHT)),
    ]  # fmt: skip
    return [block for block in blocks if not block.empty]


_RIGHT = [False, False, False, False, True, True, True, True]


def effect_rows(effects: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the comparison with other prompts."""
    rows = [
        [str(line.task), str(line.prompt), with_unit(number(line.own), str(line.unit)), number(line.other),
         number(line.difference, sign=True),
         f"{number(line.low, sign=True)} to {number(line.high, sign=True)}"]
        for line in effects.itertuples()
    ]  # fmt: skip
    return ["task", "prompt", "own error", "with it", "worse by", "95 % interval"], rows


def cost_rows(costs: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the costs."""
    rows = [
        [str(line["task"]), str(line["target"]), str(line["prompt"]), str(line["layers"]),
         f"{line['parameters']:,}", percent(line["share"], 2), number(line["kB"], 1),
         number(line.get("ms per 1,000", np.nan), 0)]
        for line in costs.to_dict("records")
    ]  # fmt: skip
    return ["task", "target", "prompt", "layers", "parameters", "of all", "kB", "ms per 1,000"], rows


def nearest_table(near: pd.DataFrame) -> TextTable | None:
    """The loudest vectors of each layer and what they are most like."""
    loud = near.sort_values("loudness", ascending=False, kind="stable").groupby(["task", "layer"], sort=False)
    kept = loud.head(LOUDEST).sort_values(["task", "layer", "vector"], kind="stable")
    rows = [
        [str(line.task), str(line.layer), str(line.vector), number(line.loudness, 1), str(line.elements),
         number(line.cosine, 2)]
        for line in kept.itertuples()
    ]  # fmt: skip
    head = ["task", "layer", "vector", "loudness", "most like", "cosine"]
    return TextTable(head, rows, [False, True, True, True, False, True])


def effect_figures(effects: pd.DataFrame) -> list[Figure]:
    """How much worse each other prompt is, with intervals: a panel per task."""
    pictures = []
    for task, own in effects.groupby("task", sort=False):
        name, own = f"effect-{task}", own.iloc[::-1]
        with panel(name, f"Worse with another prompt, {task}", 360, 90 + 24 * len(own)) as one:
            places = np.arange(len(own))
            one.axes.hlines(places, own["low"], own["high"], color=stand_in("blue"), linewidth=2)
            one.axes.plot(own["difference"], places, "o", color=stand_in("blue"), markersize=5)
            one.axes.axvline(0.0, color=stand_in("muted"), linewidth=1)
            one.axes.set_yticks(places, own["prompt"])
            unit = own["unit"].iloc[0]
            one.axes.set_xlabel(f"worse by ({unit})" if unit else "worse by")
            one.axes.grid(visible=False, axis="y")
        words = f"{own['measure'].iloc[0]} with the prompt named minus that with its own; bar: 95 % interval."
        pictures.append(Figure(name, str(task), words, one.svg))
    return pictures


def similarity_figure(similarity: pd.DataFrame) -> Figure:
    """Tasks against tasks as a map of cosines."""
    n, names = len(similarity), [str(name) for name in similarity]
    with panel("similarity", "Likeness of the prompts", 200 + 42 * n, 150 + 34 * n) as one:
        for (i, j), value in np.ndenumerate(similarity.to_numpy()):
            colour = stand_in("hot" if value > 0 else "cold")
            one.axes.barh(i, 1.0, left=j - 0.5, height=1.0, color=colour, alpha=min(abs(float(value)), 1.0))
            one.axes.text(j, i, number(value, 2), ha="center", va="center", fontsize=9)
        one.axes.set_xticks(range(n), names, rotation=40, ha="right")
        one.axes.set_yticks(range(n), names)
        one.axes.set(xlim=(-0.5, n - 0.5), ylim=(n - 0.5, -0.5))
        one.axes.grid(visible=False)
    words = (
        "Cosine between the shifts that two prompts cause in the vectors of the same strings: 1 is the same "
        "shift, 0 none in common, negative the opposite."
    )
    return Figure("similarity", "Likeness of what the prompts do", words, one.svg)


def attention_figures(attention: pd.DataFrame) -> list[Figure]:
    """Shares of attention per layer, a panel per task and looker."""
    pictures = []
    parts = {"prompt": "orange", "elements": "blue", "special": "grey"}
    for (task, looks), own in attention.groupby(["task", "looks"], sort=False):
        key = f"looks-{task}-{'cls' if looks == '[CLS]' else 'atoms'}"
        with panel(key, f"Where {looks} looks, {task}", 300, 110 + 26 * len(own)) as one:
            left = np.zeros(len(own))
            for part, colour in parts.items():
                one.axes.barh(own["layer"], own[part], left=left, color=stand_in(colour), label=part)
                left = left + own[part].to_numpy()
            one.axes.set_yticks(own["layer"])
            one.axes.invert_yaxis()
            one.axes.set(xlim=(0, 1), ylabel="layer", xlabel=f"share of the attention of {looks}")
            one.axes.grid(visible=False, axis="y")
            one.axes.figure.legend(loc="outside upper left", ncols=3)
        words = "Mean over heads and strings. A token that looks at the prompt takes less from its material."
        pictures.append(Figure(key, f"{task}: {looks}", words, one.svg))
    return pictures
