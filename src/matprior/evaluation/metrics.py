"""Numbers that say how good predictions are, each with its direction and its unit.

The only door to `sklearn.metrics`. A metric reads rows of Results and nothing else: it never sees a
model. scikit-learn is imported inside the functions, so listing `METRICS` costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

BINS = 10
"""Equal-width bins of probability in the expected calibration error."""
PROBABILITY_PREFIX = "p_"
"""Results of more than two classes carry one column per class: this prefix and the class."""


@dataclass(frozen=True)
class Metric:
    """A number with a direction and a unit.

    Examples
    --------
    >>> METRICS["MAE"].gain(0.31, reference=0.40) > 0  # a smaller error is a gain
    True
    >>> METRICS["RMSE"].unit("eV"), METRICS["R2"].unit("eV")
    ('eV', '')
    """

    name: str
    """As written in scores, reports and results files."""
    function: Callable[..., float]
    """Takes the arrays named in `reads`, in that order."""
    reads: tuple[str, ...]
    """What `column` must give: truth, prediction, low, high, label, class or probability."""
    better: Literal["lower", "higher", "goal"]
    """Which way is up; "goal" means the nearer to `goal` the better."""
    unit_power: int
    """1 if the number is in the target's unit, 2 if in its square, 0 if it has none."""
    kinds: tuple[str, ...]
    """The kinds of task it is for: regression, binary, multiclass."""
    goal: float | None = None
    """The wanted value where `better` is "goal"."""

    def __call__(self, rows: pd.DataFrame) -> float:
        """Value on rows of Results of one model and target, all rows together."""
        arrays = [column(rows, name) for name in self.reads]
        if not len(rows) or any(len(array) == 0 for array in arrays):
            return float("nan")
        return float(self.function(*arrays))

    def unit(self, target_unit: str) -> str:
        """Unit of the number, given the unit of the target."""
        if not target_unit or self.unit_power == 0:
            return ""
        return target_unit if self.unit_power == 1 else f"({target_unit})^{self.unit_power}"

    def gain(self, value: float, reference: float) -> float:
        """By how much `value` is better than `reference`; negative if it is worse."""
        if self.better == "higher":
            return value - reference
        if self.better == "lower":
            return reference - value
        return abs(reference - (self.goal or 0.0)) - abs(value - (self.goal or 0.0))


def kind_of(rows: pd.DataFrame) -> str:
    """Kind of task that rows of Results come from: regression, binary or multiclass.

    >>> kind_of(pd.DataFrame({"truth": [1.5], "prediction": [1.4]}))
    'regression'
    """
    if "label" not in rows or not rows["label"].notna().any():
        return "regression"
    return "multiclass" if class_columns(rows) else "binary"


def class_columns(rows: pd.DataFrame) -> list[str]:
    """Probability columns in use, in the order of the table."""
    columns = [str(name) for name in rows.columns if str(name).startswith(PROBABILITY_PREFIX)]
    return [name for name in columns if rows[name].notna().any()]


def class_name(value: object) -> str:
    """A class as text, the same before and after a trip through CSV (1, 1.0 and '1' are one class)."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def column(rows: pd.DataFrame, name: str) -> NDArray:
    """Array that a metric asks for by name.

    Parameters
    ----------
    rows : n rows of Results of one model and one target
    name : a column of Results; or "class", the index (n,) of the true class; or "probability",
        (n,) for two classes and (n, k) for k classes
    """
    binary = kind_of(rows) == "binary"
    if name == "probability":
        source = "prediction" if binary else class_columns(rows)
        return rows[source].to_numpy(dtype=float)
    if name == "class" and not binary:
        index = {c.removeprefix(PROBABILITY_PREFIX): i for i, c in enumerate(class_columns(rows))}
        return np.array([index[class_name(value)] for value in rows["truth"]], dtype=int)
    if name == "class":
        return rows["truth"].to_numpy(dtype=float).astype(int)
    if kind_of(rows) == "multiclass":
        return np.array([class_name(value) for value in rows[name]])
    return rows[name].to_numpy(dtype=float)


def score(results: pd.DataFrame, metric: str | Metric) -> float:
    """Value of one metric on all the rows given, taken together.

    Parameters
    ----------
    results : rows of one model and one target
    metric : a name in `METRICS`, or a metric

    Examples
    --------
    >>> rows = pd.DataFrame({"truth": [1.0, 2.0], "prediction": [1.5, 2.0]})
    >>> score(rows, "MAE")
    0.25
    """
    for name in ("model", "target"):
        if name in results and results[name].nunique() > 1:
            raise ValueError(
                f"score() got rows of {results[name].nunique()} {name}s ({sorted(results[name].unique())}). "
                f"One was expected: choose the rows of one {name}, or use scores() for all of them."
            )
    return (find_metric(metric) if isinstance(metric, str) else metric)(results)


def find_metric(name: str) -> Metric:
    """The metric of that name; an error that lists the names if there is none."""
    if name not in METRICS:
        plain = name.lower().replace("-", "_")
        same = [known for known in METRICS if known.lower().replace("-", "_") == plain]
        hint = f" Did you mean {same[0]!r}?" if same else ""
        raise ValueError(f"There is no metric {name!r}.{hint} Known metrics: {', '.join(METRICS)}.")
    return METRICS[name]


def metrics_for(kind: str, has_interval: bool = True) -> list[Metric]:
    """Metrics that apply to a kind of task, the main one first."""
    chosen = [metric for metric in METRICS.values() if kind in metric.kinds]
    return [metric for metric in chosen if has_interval or "low" not in metric.reads]


def mean_absolute_error(truth: NDArray, prediction: NDArray) -> float:
    return float(np.abs(truth - prediction).mean())


def root_mean_squared_error(truth: NDArray, prediction: NDArray) -> float:
    return float(np.sqrt(np.square(truth - prediction).mean()))


def r2(truth: NDArray, prediction: NDArray) -> float:
    """Share of the variance explained; NaN where the truth does not vary, so that no fold invents a 0."""
    from sklearn.metrics import r2_score

    return float(r2_score(truth, prediction)) if np.ptp(truth) > 0 else float("nan")


def roc_auc(truth: NDArray, probability: NDArray) -> float:
    """Area under the ROC curve from probabilities; one class against the rest, averaged over classes.

    Classes that the rows lack (or that fill all of them) have no curve and are left out.
    """
    from sklearn.metrics import roc_auc_score

    if probability.ndim == 1:
        hits = [(truth == 1, probability)]
    else:
        hits = [(truth == c, probability[:, c]) for c in range(probability.shape[1])]
    areas = [roc_auc_score(hit, p) for hit, p in hits if 0 < hit.sum() < len(hit)]
    return float(np.mean(areas)) if areas else float("nan")


def balanced_accuracy(truth: NDArray, label: NDArray) -> float:
    """Mean over the classes present of the share of their rows that was recognised."""
    return float(np.mean([(label[truth == c] == c).mean() for c in np.unique(truth)]))


def accuracy(truth: NDArray, label: NDArray) -> float:
    return float((truth == label).mean())


def f1(truth: NDArray, label: NDArray) -> float:
    """F1 of class 1 for two classes, the mean over the classes for more."""
    from sklearn.metrics import f1_score

    average = "macro" if truth.dtype.kind in "OUS" else "binary"
    return float(f1_score(truth, label, average=average, zero_division=0))


def expected_calibration_error(truth: NDArray, probability: NDArray) -> float:
    """Mean distance between the stated probability and the share that came true, over equal-width bins.

    Two classes: the probability of class 1. More: the probability of the class held likeliest.
    """
    if probability.ndim == 2:
        stated, came_true = probability.max(axis=1), probability.argmax(axis=1) == truth
    else:
        stated, came_true = probability, truth == 1
    bins = np.minimum((stated * BINS).astype(int), BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    gap = np.bincount(bins, stated, BINS) - np.bincount(bins, came_true, BINS)
    return float(np.abs(gap).sum() / counts.sum())


def coverage(truth: NDArray, low: NDArray, high: NDArray) -> float:
    """Share of the rows whose truth lies inside the interval, among those that have one."""
    known = np.isfinite(low) & np.isfinite(high)
    return float(((truth >= low) & (truth <= high))[known].mean()) if known.any() else float("nan")


def interval_width(low: NDArray, high: NDArray) -> float:
    known = np.isfinite(low) & np.isfinite(high)
    return float((high - low)[known].mean()) if known.any() else float("nan")


_R, _C = ("regression",), ("binary", "multiclass")
_P, _L = ("class", "probability"), ("truth", "label")
METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("MAE", mean_absolute_error, ("truth", "prediction"), "lower", 1, _R),
        Metric("RMSE", root_mean_squared_error, ("truth", "prediction"), "lower", 1, _R),
        Metric("R2", r2, ("truth", "prediction"), "higher", 0, _R),
        Metric("coverage90", coverage, ("truth", "low", "high"), "goal", 0, _R, goal=0.9),
        Metric("interval_width", interval_width, ("low", "high"), "lower", 1, _R),
        Metric("ROC-AUC", roc_auc, _P, "higher", 0, _C),
        Metric("balanced_accuracy", balanced_accuracy, _L, "higher", 0, _C),
        Metric("accuracy", accuracy, _L, "higher", 0, _C),
        Metric("F1", f1, _L, "higher", 0, _C),
        Metric("ECE", expected_calibration_error, _P, "lower", 0, _C),
    )
}
"""Name -> metric, the main one of each kind first. Scores, reports and tests/evaluation/ read this."""
