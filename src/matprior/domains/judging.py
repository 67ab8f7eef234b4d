"""What a chain of tables gave and what it made the encoder forget."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def error_of(truth: NDArray, answers: NDArray, kind: str) -> float:
    """Mean absolute error of numbers; of classes the mean share of a class that is missed.

    Examples
    --------
    >>> error_of(np.array(["a", "a", "b"]), np.array(["a", "b", "b"]), "binary")
    0.25
    """
    if kind == "regression":
        return float(np.abs(truth.astype(float) - answers).mean())
    missed = pd.Series(truth != answers).groupby(pd.Series(truth)).mean()
    return float(missed.mean())


def score_line(one: Any, chained: Any, straight: Any) -> dict[str, Any]:
    """How the chain's model, the direct one and the dummy do on a table's test rows.

    Parameters
    ----------
    one : `Material` of the step
    chained, straight : fitted estimators; `straight` is None for the first step
    """
    number = one.kind == "regression"
    guess = np.median(one.values.astype(float)) if number else pd.Series(one.values).mode()[0]
    dummy = error_of(one.truth, np.full(len(one.truth), guess), one.kind)
    own = error_of(one.truth, chained.predict(one.test), one.kind)
    direct = np.nan if straight is None else error_of(one.truth, straight.predict(one.test), one.kind)
    return {
        "step": one.step.name, "n_train": len(one.strings), "n_test": len(one.test),
        "metric": "MAE" if number else "1 - balanced accuracy", "unit": one.unit if number else "",
        "dummy": dummy, "direct": direct, "chain": own, "gain": 1 - own / direct if direct else np.nan,
    }  # fmt: skip


def forgotten(probes: pd.DataFrame, stages: list[str]) -> list[str]:
    """What the encoder knew of each table right after its step, against what it knows at the end."""
    words = []
    for name in map(str, probes.columns):
        if name == stages[-1]:
            continue
        known = probes[name].to_numpy(float)
        then, now = known[list(probes.index).index(name)], known[-1]
        change = 100 * (now / then - 1) if then else 0.0
        words.append(
            f"{name}: a linear probe erred by {then:.4g} right after its step and errs by {now:.4g} at the "
            f"end ({change:+.1f} %)."
        )
    return words
