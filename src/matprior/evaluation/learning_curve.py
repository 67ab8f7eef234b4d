"""Error against the number of labels, and what the next measurements would buy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from matprior.evaluation.contestants import Factory
from matprior.evaluation.label_counts import Progress, fill_cells
from matprior.evaluation.label_task import LabelTask, doubling_counts, fitting_counts
from matprior.evaluation.power_law import Gain, PowerLaw, fit_power_law

FEWEST_LABELS = 10
"""Below this neither trees nor networks learn, and the smallest counts would bend the whole curve."""


def learning_curve(
    task: LabelTask,
    models: Iterable[str] | Mapping[str, Factory],
    counts: Sequence[int] | None = None,
    draws: int = 3,
    file: str | Path | None = None,
    progress: Progress | None = None,
    n_jobs: int | None = -1,
) -> pd.DataFrame:
    """Train every model on nested subsets of growing size and test each on the same rows.

    Parameters
    ----------
    task : from `label_task`
    models : names (see `contestants`), or name -> function of the seed
    counts : numbers of labels; doubling from 25 to all rows for None
    draws : times the subsets are drawn anew; the draw is the seed of the model too
    file : CSV of finished cells, which are not trained again
    progress, n_jobs : as for `fill_cells`

    Returns
    -------
    Cells with the columns `label_counts.COLUMNS`.
    """
    if draws < 1:
        raise ValueError(f"draws is {draws}; at least 1 is needed, 3 to see a spread.")
    n_train = len(task.train)
    chosen = doubling_counts(n_train) if counts is None else fitting_counts(counts, n_train)
    if not chosen or chosen[0] < FEWEST_LABELS:
        raise ValueError(
            f"The label counts {list(counts or chosen)} do not fit {n_train} training rows; expected counts "
            f"from {FEWEST_LABELS} to {n_train}."
        )
    names = dict(models) if isinstance(models, Mapping) else list(dict.fromkeys(models))
    plan = [(name, n, draw) for draw in range(draws) for n in chosen for name in names]
    return fill_cells(task, names, plan, file, progress, n_jobs)


def fit_curves(cells: pd.DataFrame) -> dict[str, PowerLaw]:
    """Model -> power law through its cells; models with too few label counts are left out."""
    found = {}
    for model, part in cells[cells["error"].notna()].groupby("model", sort=False):
        if part["n"].nunique() >= 3:
            found[str(model)] = fit_power_law(part["n"], part["error"])
    return found


def told(gain: Gain, model: str, metric: str, unit: str = "", spread: float = 0.0) -> str:
    """What more measurements would buy, as a sentence.

    Parameters
    ----------
    gain : from `PowerLaw.gain`
    spread : of single runs about the curve, as a share of the error

    Examples
    --------
    >>> told(Gain(800, 50, 0.412, 0.404, 0.003, 0.012), "matbert-small", "MAE", "eV")
    '50 more measurements (850 in place of 800) would bring the MAE of matbert-small from 0.412 to 0.404 eV: \
0.008 eV less (90 % interval 0.003 to 0.012), that is 1.9 %.'
    """
    tail = f" {unit}" if unit else ""
    share = gain.gain / gain.before if gain.before else 0.0
    text = (
        f"{gain.more:,} more measurements ({gain.n + gain.more:,} in place of {gain.n:,}) would bring the "
        f"{metric} of {model} from {gain.before:.3g} to {gain.after:.3g}{tail}: {gain.gain:.2g}{tail} less "
        f"(90 % interval {gain.low:.2g} to {gain.high:.2g}), that is {100 * share:.2g} %."
    )
    if 0 < share < spread:
        text += (
            f" Another draw of training rows moves it more ({100 * spread:.2g} %): one try would not show it."
        )
    return text


LINES = [
    "model",
    "metric",
    "unit",
    "a",
    "b",
    "c",
    "spread",
    "n",
    "more",
    "before",
    "after",
    "gain",
    "low",
    "high",
]
"""Columns of a table of fitted curves."""


def curve_lines(cells: pd.DataFrame, curves: Mapping[str, PowerLaw], n: int, more: int) -> pd.DataFrame:
    """Fitted curves as a table: model, a, b, c, and the gain of `more` labels on top of n."""
    rows = []
    for model, curve in curves.items():
        gain = curve.gain(n, more)
        part = cells[cells["model"] == model].iloc[0]
        rows.append(
            {
                "model": model, "metric": part["metric"], "unit": part["unit"],
                "a": curve.a, "b": curve.b, "c": curve.c, "spread": curve.spread, "n": n, "more": more,
                "before": gain.before, "after": gain.after, "gain": gain.gain,
                "low": gain.low, "high": gain.high,
            }
        )  # fmt: skip
    # Without a curve it is still a table that every reader opens.
    return pd.DataFrame(rows, columns=LINES)
