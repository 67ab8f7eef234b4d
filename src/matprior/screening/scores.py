"""What the best is best by: a prediction, a bound, a probability, or the chance to lie in a window."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from matprior.screening.options import Screening

COLUMNS = {"prediction": "", "upper": "_high", "lower": "_low"}
"""Score of a regression -> what follows the target's name in the column it is read from."""
WORDS = (*COLUMNS, "probability", "probability=CLASS", "target=1.5±0.2")
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_WINDOW = re.compile(rf"\s*({_NUMBER})\s*(?:±|\+-|\+/-)\s*({_NUMBER})\s*")


@dataclass(frozen=True)
class Score:
    """How strings are ordered.

    Parameters
    ----------
    column : of the answers, which is read
    sign : 1 where more is better, -1 where less is
    bars : whether error bars must be computed for every string
    window : centre and half width; the score is then the chance that the truth lies in it
    """

    column: str
    sign: int = 1
    bars: bool = False
    window: tuple[float, float] | None = None

    def keys(self, answers: pd.DataFrame) -> np.ndarray:
        """Numbers (n,) by which to order, larger is better; NaN where a string has none."""
        values = answers[self.column].to_numpy(dtype=np.float64)
        if self.window is None:
            return self.sign * values
        spread = answers[f"{self.column}_std"].to_numpy(dtype=np.float64)
        return _log_chance(values, spread, *self.window)

    def shown(self, keys: np.ndarray) -> np.ndarray:
        """The scores behind `keys`, as people want them."""
        return np.exp(keys) if self.window is not None else self.sign * keys


def score_of(estimator: Any, options: Screening) -> Score:
    """The score that the options ask of a fitted estimator.

    Raises
    ------
    ValueError
        It doesn't exist, does not suit this kind of model, or leaves open which target or class.
    """
    by = options.by or ("probability" if hasattr(estimator, "classes_") else "prediction")
    word, _, argument = (part.strip() for part in by.partition("="))
    if word not in (*COLUMNS, "probability", "target") or (argument and word in COLUMNS):
        raise ValueError(f"There is no score {by!r}. Known: {', '.join(WORDS)}.")
    if (word == "probability") != hasattr(estimator, "classes_"):
        advice = (
            "a classifier: it is screened by probability or probability=CLASS"
            if word != "probability"
            else "a regressor: it is screened by prediction, upper, lower or target=1.5±0.2"
        )
        raise ValueError(f"Score {by!r} does not suit this model, {advice}.")
    name = _target(estimator, options.target)
    sign = -1 if options.lowest else 1
    if word == "probability":
        return Score(_probability(estimator, name, argument), sign)
    if word in COLUMNS:
        return Score(name + COLUMNS[word], sign, bars=bool(COLUMNS[word]))
    found = _WINDOW.fullmatch(argument)
    if found is None or float(found[2]) <= 0:
        raise ValueError(f"Score {by!r} is not understood. Write target=VALUE±WIDTH, such as target=1.5±0.2.")
    if options.lowest:
        raise ValueError("target=… looks for the likeliest to lie in the window. Leave out --lowest.")
    return Score(name, 1, True, (float(found[1]), float(found[2])))


def _target(estimator: Any, wanted: str | None) -> str:
    names = list(estimator.target_names_)
    if wanted is None and len(names) == 1:
        return str(names[0])
    if wanted not in names:
        got = "none was named" if wanted is None else f"got {wanted!r}"
        raise ValueError(f"Which target? {got}; this model has {', '.join(names)}. Say --target {names[0]}.")
    return str(wanted)


def _probability(estimator: Any, name: str, wanted: str) -> str:
    labels = [str(label) for label in estimator.classes_]
    if not wanted and len(labels) == 2:
        wanted = labels[1]
    if wanted not in labels or (getattr(estimator, "multilabel_", False) and wanted != "1"):
        raise ValueError(
            f"Probability of which class? Got {wanted or None!r}; this model knows {', '.join(labels)}. "
            f"Write probability={labels[-1]}."
        )
    return f"{name}_p_{wanted}"


def _log_chance(values: np.ndarray, spread: np.ndarray, centre: float, width: float) -> np.ndarray:
    """Logarithm of the chance that a normal truth lies in the window: far strings still have an order."""
    from scipy.stats import norm

    spread = np.maximum(spread, 1e-12)
    # By symmetry the window may lie below: upper tails would both round to 1.
    away = np.abs(values - centre)
    high, low = norm.logcdf((width - away) / spread), norm.logcdf((-width - away) / spread)
    return high + np.log1p(-np.exp(np.minimum(low - high, -1e-300)))
