"""Scores and worst rows as tables of text, for the terminal and for HTML alike.

The cells are plain strings already rounded and with units, so the caller only lays them out;
nothing is printed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from matprior.evaluation.metrics import METRICS
from matprior.reports.comparison import ROLES, Standing, roles_of
from matprior.reports.comparison import standing as rank
from matprior.reports.formats import (
    duration,
    is_number,
    number,
    percent,
    spread_decimals,
)
from matprior.reports.summaries import row_errors

METRIC_LABELS = {
    "MAE": "mean absolute error",
    "RMSE": "root mean square error",
    "R2": "R²",
    "coverage90": "rows inside their 90 % interval",
    "interval_width": "mean width of the intervals",
    "ROC-AUC": "ROC-AUC",
    "balanced_accuracy": "balanced accuracy",
    "accuracy": "accuracy",
    "F1": "F1",
    "ECE": "calibration error",
}
"""Metric name -> how people call it in running text."""
_SHORT = {
    "R2": "R²",
    "coverage90": "in 90 % interval",
    "interval_width": "interval width",
    "ECE": "calibration error",
}
# A narrow interval is good only if it holds what it promises, so no width is called best.
_NO_BEST = {"coverage90", "interval_width"}


@dataclass(frozen=True)
class TextTable:
    """A table ready to be shown."""

    columns: list[str]
    rows: list[list[str]]
    numeric: list[bool]
    """Which columns hold numbers and are set to the right."""
    best: set[tuple[int, int]] = field(default_factory=set)
    """(row, column) of the best value of each metric."""
    marked: set[int] = field(default_factory=set)
    """Rows that deserve a second look."""

    def records(self) -> list[dict[str, str]]:
        """Rows as dicts, column by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def score_table(scores: pd.DataFrame, roles: Mapping[str, str] | None = None) -> TextTable:
    """Turn `scores.csv` into one row per model, one column per metric, the best marked.

    Parameters
    ----------
    scores : model, metric, mean, std, n_folds, seconds, unit and, where there are several, target;
        several targets are set below each other, with the target in a column in front
    roles : model -> pretrained, scratch, baseline or dummy; from the names where missing

    Examples
    --------
    >>> scores = pd.DataFrame({"model": ["dummy", "ridge"], "metric": "MAE", "mean": [1.14, 0.4],
    ...                        "std": [0.02, 0.01], "n_folds": 5, "seconds": [0.1, 2.0], "unit": "eV"})
    >>> table = score_table(scores)
    >>> table.columns, table.rows[0][:3]
    (['model', 'part', 'MAE (eV)', 'folds', 'time'], ['ridge', 'simple baseline', '0.400 ± 0.010'])
    """
    targets = list(dict.fromkeys(scores["target"])) if "target" in scores else []
    if len(targets) > 1:
        return _stacked({str(t): score_table(scores[scores["target"] == t], roles) for t in targets})
    metrics = [name for name in METRICS if name in set(scores["metric"])]
    metrics += [name for name in dict.fromkeys(scores["metric"]) if name not in metrics]
    models = _order(scores, metrics[0]) if metrics else []
    roles = roles_of(models, roles)
    head = ["model", "part"]
    cells = [[model, ROLES[roles[model]]] for model in models]
    best = set()
    for name in metrics:
        part = scores[scores["metric"] == name].drop_duplicates("model").set_index("model").reindex(models)
        unit = next((str(u) for u in part.get("unit", pd.Series(dtype=str)).dropna() if u), "")
        head.append(f"{_SHORT.get(name, name).replace('_', ' ')}" + (f" ({unit})" if unit else ""))
        for row, text in zip(cells, _metric_cells(part, name), strict=True):
            row.append(text)
        # The dummy is well calibrated by construction; calling it best would teach the wrong lesson.
        first = _best_model(part["mean"][[roles[m] != "dummy" for m in models]], name)
        if first is not None:
            best.add((models.index(first), len(head) - 1))
    main = (
        scores[scores["metric"] == metrics[0]].drop_duplicates("model").set_index("model")
        if metrics
        else scores
    )
    for row in cells:
        row += [number(main.loc[row[0], "n_folds"], 0), duration(main.loc[row[0]].get("seconds"))]
    columns = [*head, "folds", "time"]
    return TextTable(columns, cells, [i > 1 for i in range(len(columns))], best)


def _stacked(tables: Mapping[str, TextTable]) -> TextTable:
    """Tables of several targets below each other; a column that one lacks stays empty there."""
    names = [name for table in tables.values() for name in table.columns if name not in ("folds", "time")]
    columns = ["target", *dict.fromkeys(names), "folds", "time"]
    rows: list[list[str]] = []
    best: set[tuple[int, int]] = set()
    for target, table in tables.items():
        best |= {(i + len(rows), columns.index(table.columns[j])) for i, j in table.best}
        rows += [[target, *(record.get(name, "") for name in columns[1:])] for record in table.records()]
    return TextTable(columns, rows, [i > 2 for i in range(len(columns))], best)


def _order(scores: pd.DataFrame, metric: str) -> list[str]:
    main = scores[scores["metric"] == metric].drop_duplicates("model")
    higher = metric in METRICS and METRICS[metric].better == "higher"
    main = main.sort_values("mean", ascending=not higher, na_position="last", kind="stable")
    return [str(m) for m in dict.fromkeys([*main["model"], *scores["model"]])]


def _metric_cells(part: pd.DataFrame, name: str) -> list[str]:
    """Text of one metric's column, all with the same number of decimals."""
    if name == "coverage90":
        return [percent(mean, 1) for mean in part["mean"]]
    decimals = spread_decimals(part["std"], part["mean"])
    return [
        number(mean, decimals) + (f" ± {number(std, decimals)}" if is_number(std) and is_number(mean) else "")
        for mean, std in zip(part["mean"], part["std"], strict=True)
    ]


def _best_model(means: pd.Series, name: str) -> str | None:
    known = means.dropna()
    if known.empty or len(known) < 2 or name in _NO_BEST or name not in METRICS:
        return None
    return str(known.idxmax() if METRICS[name].better == "higher" else known.idxmin())


def worst_rows(results: pd.DataFrame, n: int = 20, standing: Standing | None = None) -> pd.DataFrame:
    """Rows on which the best model is most wrong, with a hint where the label itself is in doubt.

    Parameters
    ----------
    results : rows of one target
    n : rows at most; for classes only wrong rows count
    standing : ranking of the models, where it is known already

    Returns
    -------
    row, string, truth, prediction (mean over seeds), signed (prediction − truth), others (median
    prediction of the other models, without the dummy) and suspect: the error is large beside the
    typical one and at least two other models say nearly the same as the best one.
    """
    standing = standing or rank(results)
    kind = standing.kind
    own = row_errors(standing.rows(standing.best))
    table = own.groupby(["row", "string", "truth"], sort=False).agg(
        prediction=("prediction", "first" if kind == "multiclass" else "mean"),
        signed=("signed", "mean"),
        error=("error", "mean"),
    )
    # The mean over seeds is what the table shows, so it is also what counts as wrong.
    table["size"] = table["error"] if kind == "multiclass" else table["signed"].abs()
    if kind != "regression":
        table = table[table["error"] > 0]
    worst = table.nlargest(n, "size").reset_index().drop(columns=["error", "size"])
    if kind == "multiclass":
        return worst.assign(others=np.nan, suspect=False)
    return _second_opinion(worst, standing, typical=float(own["signed"].abs().median()))


def _second_opinion(worst: pd.DataFrame, standing: Standing, typical: float) -> pd.DataFrame:
    """Add what the other models say about the worst rows, and whether they side against the label."""
    peers = [m for m in standing.order if m != standing.best and standing.roles[m] != "dummy"]
    results = standing.results
    rows = results[results["model"].isin(peers) & results["row"].isin(worst["row"])]
    views = rows.groupby(["row", "model"])["prediction"].mean().unstack("model").reindex(worst["row"])
    far = views.sub(worst["prediction"].to_numpy(), axis=0).abs().max(axis=1).to_numpy()
    error = worst["signed"].abs().to_numpy()
    enough = views.notna().sum(axis=1).to_numpy() >= 2
    return worst.assign(
        others=views.median(axis=1).to_numpy(),
        suspect=(error > 4 * typical) & (far < error / 3) & enough,
    )


def worst_table(
    worst: pd.DataFrame,
    unit: str = "",
    kind: str = "regression",
    classes: tuple[str, str] = ("class 0", "class 1"),
) -> TextTable:
    """Text of `worst_rows`.

    Parameters
    ----------
    worst : as `worst_rows` gives it
    unit : of the target
    kind : regression, binary or multiclass
    classes : how to call the two classes of a binary target
    """
    tail = f" ({unit})" if unit else ""
    head = {
        "regression": [f"{name}{tail}" for name in ("measured", "predicted", "error", "other models")],
        "binary": ["true class", f"probability of {classes[1]}", "other models"],
        "multiclass": ["true class", "predicted class"],
    }[kind]
    decimals = spread_decimals([], worst["signed"].abs().nlargest(3)) if kind == "regression" else 2
    cells = []
    for item in worst.itertuples():
        row = [str(item.row), str(item.string)]
        if kind == "regression":
            row += [number(value, decimals) for value in (item.truth, item.prediction)]
            row += [number(item.signed, decimals, sign=True), number(item.others, decimals)]
        elif kind == "binary":
            row += [classes[1 if item.truth == 1 else 0], number(item.prediction, 2), number(item.others, 2)]
        else:
            row += [str(item.truth), str(item.prediction)]
        cells.append(row)
    columns = ["row", "string", *head]
    numeric = [i == 0 or (i > 1 and not name.endswith(" class")) for i, name in enumerate(columns)]
    marked = {i for i, flag in enumerate(worst["suspect"]) if flag}
    return TextTable(columns, cells, numeric, marked=marked)
