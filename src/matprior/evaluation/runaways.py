"""Answers far beyond all labels: a few of them spoil the mean error of a model that is fine elsewhere."""

from __future__ import annotations

import pandas as pd

from matprior.data.wording import counted
from matprior.evaluation.scores import LOG


def runaways(results: pd.DataFrame, most: float = 1.0) -> list[str]:
    """A sentence for every model with numbers beyond the labels by more than `most` of their whole range.

    Parameters
    ----------
    results : as `evaluate` gives them; classes cannot run away
    most : in ranges of the labels

    Examples
    --------
    >>> lines = [("x", "MgO", "gap", 0, "line", truth, told) for truth, told in ((1, 1), (2, 2), (3, 90))]
    >>> names = ["row", "string", "target", "fold", "model", "truth", "prediction"]
    >>> runaways(pd.DataFrame(lines, columns=names))[0][:58]
    'line: 1 answer to gap (of 3) lies beyond all labels (1 to '
    """
    units = results.attrs.get(LOG, {}).get("units", {})
    plain = results.copy(deep=False)
    plain.attrs = {}
    found = []
    for target, rows in plain.groupby("target", sort=False):
        if not all(pd.api.types.is_numeric_dtype(rows[name]) for name in ("truth", "prediction")):
            continue
        low, high = rows["truth"].min(), rows["truth"].max()
        for model, own in rows.groupby("model", sort=False):
            beyond = pd.concat([low - own["prediction"], own["prediction"] - high], axis=1).max(axis=1)
            far = own[beyond > most * (high - low)]
            if len(far) and high > low:
                found.append(_sentence(str(model), str(target), own, far, (low, high), units.get(target)))
    return found


def _sentence(
    model: str, target: str, own: pd.DataFrame, far: pd.DataFrame, ends: tuple[float, float], unit: str | None
) -> str:
    worst = far.iloc[int((far["prediction"] - sum(ends) / 2).abs().to_numpy().argmax())]
    tail = f" {unit}" if unit else ""
    folds = ", ".join(map(str, sorted(set(far["fold"]))))
    lie = "lies" if len(far) == 1 else "lie"
    return (
        f"{model}: {counted(len(far), 'answer')} to {target} (of {len(own):,}) {lie} beyond all labels "
        f"({ends[0]:,.4g} to {ends[1]:,.4g}{tail}) by more than their whole range, as {worst['string']} "
        f"with {worst['prediction']:,.4g}{tail} (fold {folds}). Such answers weigh heavily in its mean "
        "error; do not use it for strings of this kind."
    )
