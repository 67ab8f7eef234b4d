"""What `auto` did, as a table and in plain sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from matprior.data.units import unit_of
from matprior.estimators.candidates import WITHOUT_PRETRAINING
from matprior.estimators.stacking import MANY, Stack, loss_of


@dataclass(frozen=True)
class Facts:
    """What the sentences need beside the scores."""

    kind: str
    target: str
    """Its name, which may carry a unit."""
    n_rows: int
    n_folds: int
    left_out: dict[str, str]
    """Candidate -> why it was not tried."""
    gain: float | None
    """Error with all rows over error with half of them; None where it was not measured."""


def choice_table(
    told: Mapping[str, np.ndarray], seconds: Mapping[str, float], stack: Stack, answers: np.ndarray
) -> pd.DataFrame:
    """One row per candidate: out-of-fold loss, with two classes also ROC-AUC, weight, seconds."""
    lines = []
    for name, predictions in told.items():
        line: dict[str, object] = {"candidate": name}
        if predictions.ndim == 1:
            line["MAE"] = loss_of(predictions, answers, "regression")
        else:
            line["log_loss"] = loss_of(predictions, answers, "classes")
            if predictions.shape[1] == 2:
                line["ROC-AUC"] = area_under_curve(predictions[:, 1], answers)
        line["weight"] = stack.weights.get(name, 0.0)
        line["seconds"] = round(seconds[name], 2)
        lines.append(line)
    return pd.DataFrame(lines)


def story(
    choice: pd.DataFrame,
    stack: Stack,
    told: Mapping[str, np.ndarray],
    gates: Mapping[str, np.ndarray],
    answers: np.ndarray,
    facts: Facts,
) -> list[str]:
    """Sentences: tried, chosen, gate, left out, more data."""
    score = "MAE" if facts.kind == "regression" else "log_loss"
    word = "mean absolute error" if score == "MAE" else "log loss"
    ranked = choice.sort_values(score, kind="stable")
    best, error = ranked["candidate"].iloc[0], float(ranked[score].iloc[0])
    mixed = loss_of(stack.combine(told, gates), answers, facts.kind)
    unit = f" {unit_of(facts.target)}".rstrip() if facts.kind == "regression" else ""
    lines = [
        f"Tried {len(choice)} candidates on {facts.n_folds} folds of {facts.n_rows:,} rows; "
        f"{_answered(len(answers), facts.n_rows)}.",
        f"Best single candidate: {best}, {word} {error:.4g}{unit}.",
        _mix(stack, mixed, error, f"{word} {mixed:.4g}{unit}", len(answers)),
    ]
    plain = ranked[ranked["candidate"].isin(WITHOUT_PRETRAINING)]
    if len(plain):
        base, reference = plain["candidate"].iloc[0], float(plain[score].iloc[0])
        lines.append(
            f"Best without any network: {base}, {reference:.4g}{unit}; the mix is {_by(mixed, reference)}."
        )
    if stack.threshold is not None:
        lines.append(
            f"Rows whose probability of exactly {stack.edge:g} is above {stack.threshold:.2f} are answered "
            f"{stack.edge:g}."
        )
    lines += [f"Left out: {name}, which {why}." for name, why in facts.left_out.items()]
    return lines + _more_data(facts, word)


def area_under_curve(probability: np.ndarray, truth: np.ndarray) -> float:
    """ROC-AUC: how often a row of class 1 is placed above one of class 0; NaN with one class.

    Examples
    --------
    >>> float(area_under_curve(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1])))
    0.75
    """
    from scipy.stats import rankdata

    positive = int(truth.sum())
    negative = len(truth) - positive
    if not positive or not negative:
        return float("nan")
    ranks = rankdata(probability)[truth.astype(bool)].sum()
    return float((ranks - positive * (positive + 1) / 2) / (positive * negative))


def _answered(n: int, of: int) -> str:
    """How many rows were judged: a budget may end before every fold was answered."""
    if n == of:
        return "every row was answered by models not trained on it"
    return f"{n:,} of {of:,} rows were answered by models not trained on them, and count here"


def _mix(stack: Stack, mixed: float, single: float, score: str, n: int) -> str:
    shares = sorted(stack.weights.items(), key=lambda item: -item[1])
    listed = ", ".join(f"{name} {100 * weight:.0f} %" for name, weight in shares)
    how = "" if n >= MANY else " (with so few rows only single candidates and pairs are compared)"
    if len(shares) == 1 and stack.threshold is None:
        return f"The answer is that of {shares[0][0]} alone: no mix was better{how}."
    gain = f"{_by(mixed, single)} than the best single candidate"
    return f"The answer is a mix of {listed}: {score}, {gain}{how}."


def _by(value: float, reference: float) -> str:
    if reference <= 0:
        return "as low"
    change = 100 * (value / reference - 1)
    return f"{abs(change):.1f} % {'lower' if change <= 0 else 'higher'}"


def _more_data(facts: Facts, word: str) -> list[str]:
    if facts.gain is None:
        return ["Too few rows to say what more of them would bring."]
    spared = 100 * (1 - facts.gain)
    if spared < 2:
        return [
            "Trees trained on half of the rows were about as good: more rows of the same kind would probably "
            "change little."
        ]
    return [
        f"Trees trained on half of the rows had a {100 * (1 / facts.gain - 1):.0f} % higher {word}: twice as "
        f"many rows would probably lower it by about {spared:.0f} %."
    ]
