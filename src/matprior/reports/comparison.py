"""How the models of one target stand to each other: what every picture and sentence starts from.

Reads Results and the arithmetic of `evaluation`; nothing here writes words or draws.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from matprior.evaluation.compare import Comparison, compare
from matprior.evaluation.contestants import checkpoint_and_strategy
from matprior.evaluation.metrics import Metric, kind_of, metrics_for
from matprior.evaluation.scores import LOG, Log, fold_scores
from matprior.reports.theme import assign_colours

ROLES = {
    "pretrained": "pretrained",
    "scratch": "from scratch",
    "baseline": "simple baseline",
    "dummy": "ignores the input",
}
"""Part that a model plays in the comparison -> how the report calls it."""


def roles_of(models: Iterable[str], given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Say which part each model plays, from its name.

    Parameters
    ----------
    models : names as in Results; `name:strategy` counts as `name`
    given : name -> role, where the caller knows better

    Examples
    --------
    >>> roles_of(["dummy", "extratrees", "scratch", "matbert-small:extract"])["matbert-small:extract"]
    'pretrained'
    """
    from matprior.evaluation.baselines import BASELINES

    roles = {}
    for model in models:
        if model in BASELINES:
            roles[model] = "dummy" if model == "dummy" else "baseline"
        else:
            roles[model] = "scratch" if checkpoint_and_strategy(model)[0] is None else "pretrained"
        if given and model in given:
            if given[model] not in ROLES:
                raise ValueError(
                    f"Role {given[model]!r} of model {model!r} is unknown. Roles: {', '.join(ROLES)}."
                )
            roles[model] = given[model]
    return roles


def per_fold(results: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """Score every model in every fold; several seeds of one fold count as one value, their mean.

    Parameters
    ----------
    results : rows of one target

    Returns
    -------
    One row per fold, one column per model in the order of `results`; NaN where a model has no rows.

    Examples
    --------
    >>> rows = pd.DataFrame({"row": [1, 2], "target": "y", "fold": [0, 1], "seed": 0, "model": "m",
    ...                      "truth": [1.0, 2.0], "prediction": [1.5, 2.0]})
    >>> per_fold(rows, metrics_for("regression")[0])["m"].tolist()
    [0.5, 0.0]
    """
    values = fold_scores(results, [metric.name])
    table = values.groupby(["fold", "model"], sort=True)["value"].mean().unstack("model")
    return table[list(dict.fromkeys(results["model"]))]


@dataclass(frozen=True)
class Standing:
    """The models of one target: their results, ranking, parts and colours."""

    results: pd.DataFrame
    """Rows of this target only."""
    target: str
    unit: str
    kind: str
    """regression, binary or multiclass."""
    classes: tuple[str, ...]
    """Names of the classes; for binary the second is the one whose probability is predicted."""
    metric: Metric
    """The one that decides."""
    folds: pd.DataFrame
    """Value of the deciding metric, folds × models, as `per_fold` gives it."""
    order: tuple[str, ...]
    """Models, best first; those with no value in some fold come after the complete ones."""
    roles: dict[str, str]
    colours: dict[str, str]
    notation: str = "composition"
    """What the strings mean."""

    @property
    def best(self) -> str:
        """The model in front."""
        return self.order[0]

    @property
    def score_unit(self) -> str:
        """Unit of the deciding metric."""
        return self.metric.unit(self.unit)

    @property
    def positive(self) -> str:
        """How to call the class whose probability is predicted."""
        name = self.classes[1] if len(self.classes) == 2 else "1"
        return f"class {name}" if name in ("0", "1", "True", "False") else name

    @property
    def negative(self) -> str:
        """How to call the other class of two."""
        name = self.classes[0] if len(self.classes) == 2 else "0"
        return f"class {name}" if name in ("0", "1", "True", "False") else name

    def rows(self, model: str) -> pd.DataFrame:
        """Results of one model."""
        return self.results[self.results["model"] == model]

    def complete(self, model: str) -> bool:
        """Whether the model has a value in every fold."""
        return bool(self.folds[model].notna().all())

    def first_of(self, role: str) -> str | None:
        """Best model of a role, None if there is none with a value."""
        fit = [m for m in self.order if self.roles[m] == role and self.folds[m].notna().any()]
        return fit[0] if fit else None

    def against(self, model: str, reference: str) -> Comparison:
        """Compare two of the models, paired over their common rows."""
        return compare(self.results, model, reference, self.metric.name)

    def shown(self, n: int = 4) -> list[str]:
        """Models worth a picture, best first: the best of each role, then the next best, no dummy."""
        firsts = [self.first_of(role) for role in ("pretrained", "scratch", "baseline")]
        rest = [m for m in self.order if self.roles[m] != "dummy" and self.folds[m].notna().any()]
        chosen = list(dict.fromkeys([m for m in firsts if m] + rest))[:n] or [self.best]
        return sorted(chosen, key=self.order.index)


def standing(
    results: pd.DataFrame,
    unit: str = "",
    classes: Sequence[str] = (),
    roles: Mapping[str, str] | None = None,
    notation: str | None = None,
) -> Standing:
    """Rank the models of one target on its main metric.

    Parameters
    ----------
    results : rows of one target, at least one
    unit : of the target; empty takes what `evaluate` noted
    classes : names of the classes; empty takes what `evaluate` noted
    roles : model -> role, where the caller knows better than the names say
    notation : of the strings; left out, what `evaluate` noted
    """
    targets = list(dict.fromkeys(results["target"]))
    if len(targets) != 1:
        raise ValueError(f"Rows of one target were expected; these are of {len(targets)}: {targets}.")
    log = results.attrs.get(LOG, {})
    unit = unit or log.get("units", {}).get(targets[0], "")
    names = tuple(str(c) for c in (classes or log.get("classes", {}).get(targets[0], ())))
    results = results.copy(deep=False)
    # A results.csv read back has no notes; the comparison wants the unit from there.
    results.attrs = {LOG: Log({**log, "units": {**log.get("units", {}), targets[0]: unit}})}
    kind = kind_of(results)
    metric = metrics_for(kind)[0]
    folds = per_fold(results, metric)
    order = _ranked(folds, metric)
    parts = roles_of(order, roles)
    return Standing(
        results,
        targets[0],
        unit,
        kind,
        names,
        metric,
        folds,
        tuple(order),
        parts,
        assign_colours(order, parts),
        notation or str(log.get("notation", "composition")),
    )


def _ranked(folds: pd.DataFrame, metric: Metric) -> list[str]:
    """Best first; a model that failed in a fold was scored on other rows, so it never leads."""

    def place(model: str) -> tuple[bool, float]:
        mean = float(folds[model].mean())
        return bool(folds[model].isna().any()), -metric.gain(mean, 0.0) if math.isfinite(mean) else math.inf

    return sorted((str(model) for model in folds.columns), key=place)
