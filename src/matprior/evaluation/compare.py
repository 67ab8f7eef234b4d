"""Is one model better than another? Paired over folds, with an honest uncertainty, in one sentence.

Reads Results alone. Both models are scored on exactly the same rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.evaluation.baselines import BASELINES
from matprior.evaluation.contestants import checkpoint_and_strategy
from matprior.evaluation.metrics import Metric, column, find_metric, kind_of, metrics_for
from matprior.evaluation.scores import LOG, runs
from matprior.evaluation.statistics import bootstrap, corrected_t_test, holm, rounded

SIGNIFICANT = 0.05
"""A p-value below this counts as more than chance."""


@dataclass(frozen=True)
class Comparison:
    """A paired comparison. Gains are positive where `model` is better, whatever the metric's direction."""

    model: str
    reference: str
    target: str
    metric: str
    unit: str
    value: float
    """Mean of the metric over the common folds, for `model`."""
    reference_value: float
    gain: float
    """Mean over folds by how much `model` is better."""
    standard_error: float
    """Of the gain, corrected for overlapping training rows (Nadeau and Bengio)."""
    p_value: float
    """Two-sided, of a gain this large where the models are equally good; NaN where it cannot be known."""
    wins: int
    losses: int
    n_folds: int
    n_rows: int
    """Distinct test rows that both models answered."""

    @property
    def clear(self) -> bool:
        """Whether the difference is more than chance."""
        return self.p_value < SIGNIFICANT

    def sentence(self, subject: str = "", reference: str = "") -> str:
        """One sentence with the numbers.

        Parameters
        ----------
        subject : what is judged, such as "Pretraining"; without it the models are named
        reference : words after the reference's value, such as "from scratch"

        Examples
        --------
        >>> numbers = Comparison("a", "b", "gap", "MAE", "eV", .31, .40, .09, .01, .001, 5, 0, 5, 100)
        >>> numbers.sentence("Pretraining", "from scratch")
        'Pretraining helped here: MAE 0.31 vs 0.40 eV from scratch, better by 0.09 ± 0.01 eV on 5 of 5 folds.'
        """
        means = [self.value, self.reference_value, abs(self.gain)]
        value, other, gain, error = rounded(means, self.standard_error)
        unit = f" {self.unit}" if self.unit else ""
        numbers = f"{self.metric} {value} vs {other}{unit} {reference}".rstrip()
        if not self.n_folds:
            return f"{self.model} and {self.reference} cannot be compared: no fold has a {self.metric}."
        if self.gain == 0:
            tail = "no difference"
        else:
            better, count = ("better", self.wins) if self.gain > 0 else ("worse", self.losses)
            spread = f" ± {error}" if error else ""
            folds = f"{count} of {self.n_folds} folds" if self.n_folds > 1 else "the one test set"
            doubt = "" if self.clear or math.isnan(self.p_value) else f" (p = {self.p_value:.2g})"
            tail = f"{better} by {gain}{spread}{unit} on {folds}{doubt}"
        return f"{self._opening(subject)}: {numbers}, {tail}."

    def _opening(self, subject: str) -> str:
        if subject:
            if self.clear:
                return f"{subject} helped here" if self.gain > 0 else f"{subject} did not help here"
            return f"{subject} did not clearly help here" if self.gain > 0 else f"{subject} did not help here"
        if not self.clear:
            return f"{self.model} and {self.reference} are not clearly different"
        return f"{self.model} is {'better' if self.gain > 0 else 'worse'} than {self.reference}"


def compare(
    results: pd.DataFrame, model: str, reference: str, metric: str | None = None, target: str | None = None
) -> Comparison:
    """Compare two models of one evaluation on the rows that both answered.

    Seeds of one fold are averaged first: they share training and test rows, so they are no further
    evidence. The standard error over k folds is that of Nadeau and Bengio (2003, Mach. Learn. 52:239),
    sqrt((1/k + n_test/n_train) s²), with `train_test_ratio` for the quotient. With one fold it is a bootstrap
    over its rows, and says nothing about another choice of training rows.

    Parameters
    ----------
    results : as `evaluate` gives them, or a `results.csv` read back
    model, reference : names in the column `model`
    metric : a name in `METRICS`; None for the main one of the kind
    target : needed if there are several
    """
    rows = _of_target(results, target)
    plain = rows.copy(deep=False)
    plain.attrs = {}
    rule = find_metric(metric) if metric else metrics_for(kind_of(plain))[0]
    first, second = common_rows(_of_model(plain, model), _of_model(plain, reference))
    values, others = by_fold(first, rule), by_fold(second, rule)
    folds = [fold for fold in values.index if np.isfinite(values[fold]) and np.isfinite(others[fold])]
    gains = np.array([rule.gain(values[fold], others[fold]) for fold in folds])
    error, p_value = float("nan"), float("nan")
    if len(folds) > 1:
        error, p_value = corrected_t_test(gains, train_test_ratio(results, rows))
    elif len(folds) == 1:
        error, p_value = one_fold(first, second, rule)
    name = rows["target"].iloc[0]
    unit = rule.unit(results.attrs.get(LOG, {}).get("units", {}).get(name, ""))
    gain = float(gains.mean()) if folds else math.nan
    means = (float(values[folds].mean()), float(others[folds].mean()), gain)
    counts = (int((gains > 0).sum()), int((gains < 0).sum()), len(folds), int(first["row"].nunique()))
    return Comparison(model, reference, name, rule.name, unit, *means, error, p_value, *counts)


def compare_all(results: pd.DataFrame, reference: str, metric: str | None = None) -> pd.DataFrame:
    """Every other model against one, for every target: a row of `Comparison` fields each.

    The p-values are not corrected for the number of models.
    """
    pairs = results[["target", "model"]].drop_duplicates()
    found = [
        compare(results, model, reference, metric, target)
        for target, model in pairs.itertuples(index=False)
        if model != reference
    ]
    return pd.DataFrame([vars(one) for one in found], columns=list(Comparison.__dataclass_fields__))


def verdict(results: pd.DataFrame, metric: str | None = None, target: str | None = None) -> str | None:
    """Whether pretraining helped, in a sentence; None without both a pretrained model and `scratch`.

    With several pretrained models the best is judged, its p-value corrected for the choice (Holm);
    strategies are compared with their own from-scratch twin (`name:lora` with `scratch:lora`) where that
    was run.
    """
    rows = _of_target(results, target)
    models = [str(name) for name in rows["model"].unique()]
    pretrained = [m for m in models if m not in BASELINES and checkpoint_and_strategy(m)[0] is not None]
    twins = {m: _twin(m, models) for m in pretrained}
    judged = [compare(rows, m, twin, metric) for m, twin in twins.items() if twin]
    judged = [one for one in judged if one.n_folds]
    if not judged:
        return None
    corrected = holm([one.p_value for one in judged])
    judged = [replace(one, p_value=float(p)) for one, p in zip(judged, corrected, strict=True)]
    best = max(judged, key=lambda one: find_metric(one.metric).gain(one.value, 0.0))
    chosen = f" {best.model} is the best of {len(judged)} models with pretraining." if len(judged) > 1 else ""
    return best.sentence("Pretraining", "from scratch") + chosen


def _twin(model: str, models: list[str]) -> str | None:
    """Network without pretraining to compare with: of the same strategy if there is one, else the first."""
    strategies = {
        m: checkpoint_and_strategy(m)[1]
        for m in models
        if m not in BASELINES and checkpoint_and_strategy(m)[0] is None
    }
    same = [m for m, strategy in strategies.items() if strategy == checkpoint_and_strategy(model)[1]]
    return next(iter([*same, *strategies]), None)


def by_fold(rows: pd.DataFrame, metric: Metric) -> pd.Series:
    """Value of a metric per fold, seeds averaged, for rows of one model."""
    values = {key: metric(part) for key, part in rows.groupby(["fold", "seed"], sort=False)}
    series = pd.Series(values, dtype=float)
    series.index = pd.MultiIndex.from_tuples(list(values), names=["fold", "seed"])
    return series.groupby(level="fold", sort=False).mean()


def common_rows(first: pd.DataFrame, second: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows (fold and row number) of each that every seed of both models answered."""
    keys: set[tuple] | None = None
    for part in (first, second):
        for _, answers in part.groupby("seed"):
            found = set(zip(answers["fold"], answers["row"], strict=True))
            keys = found if keys is None else keys & found
    if not keys:
        raise ValueError(
            f"Models {first['model'].iloc[0]!r} and {second['model'].iloc[0]!r} share no test row that all "
            "their seeds answered. Compare models of one evaluation, with the same splits and seeds."
        )
    index = pd.MultiIndex.from_tuples(sorted(keys, key=str))
    return tuple(p[pd.MultiIndex.from_frame(p[["fold", "row"]]).isin(index)] for p in (first, second))  # type: ignore[return-value]


def train_test_ratio(results: pd.DataFrame, rows: pd.DataFrame) -> float:
    """Rows tested per row trained on, which tells how far training sets overlap.

    From the log of the evaluation; where a model was given only some of the rows of a fold, from the rows
    that it could have been given: a hundred drawn of thousands overlap less than the thousands do.
    """
    sizes = rows.drop_duplicates(["fold", "row"]).groupby("fold").size()
    ratios = [float((sizes / (sizes.sum() - sizes)).mean())]
    log = runs(results)
    log = log[(log["target"] == rows["target"].iloc[0]) & (log["n_train"] > 0)]
    if len(log):
        ratios.append(float((log["n_test"] / log["n_train"]).mean()))
    return min(ratios)


def one_fold(first: pd.DataFrame, second: pd.DataFrame, metric: Metric) -> tuple[float, float]:
    """Standard error and p-value from the rows of the single test set, seeds averaged."""

    def arrays(rows: pd.DataFrame) -> list[list[NDArray]]:
        ordered = [part.sort_values("row", kind="stable") for _, part in rows.groupby("seed")]
        return [[column(part, name) for name in metric.reads] for part in ordered]

    ours, theirs = arrays(first), arrays(second)

    def gain(drawn: NDArray) -> float:
        value, other = (
            np.mean([metric.function(*(array[drawn] for array in seed)) for seed in model])
            for model in (ours, theirs)
        )
        return metric.gain(float(value), float(other))

    return bootstrap(gain, len(ours[0][0]))


def _of_target(results: pd.DataFrame, target: str | None) -> pd.DataFrame:
    known = list(dict.fromkeys(results["target"]))
    if target is None and len(known) != 1:
        raise ValueError(f"The results hold {len(known)} targets ({known}); say which one to compare.")
    if target is not None and target not in known:
        raise ValueError(f"There is no target {target!r} in the results. Targets: {known}.")
    return results if target is None else results[results["target"] == target]


def _of_model(rows: pd.DataFrame, model: str) -> pd.DataFrame:
    found = rows[rows["model"] == model]
    if found.empty:
        names = list(dict.fromkeys(rows["model"]))
        raise ValueError(f"There is no answer of model {model!r} in the results. Models: {names}.")
    return found
