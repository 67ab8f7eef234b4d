"""From the name of a model to a fresh, unfitted one.

A name is a baseline (`extratrees`), `scratch` (the network without pretraining), or a checkpoint's name
or folder; `name:strategy` chooses how the network is fine-tuned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from matprior.evaluation.baselines import BASELINES

SCRATCH = "scratch"
"""The network without pretraining, as a contestant."""
NO_MODEL = (SCRATCH, "none")
"""Names that mean: without pretraining."""

Factory = Callable[[int], Any]
"""Takes a seed, gives an unfitted model with `fit`, `predict`, and `predict_proba` or `predict_interval`."""


def contestants(
    models: Iterable[str] | Mapping[str, Factory],
    kind: str,
    notation: str = "composition",
    n_jobs: int | None = -1,
    options: Mapping[str, Any] | None = None,
) -> dict[str, Factory]:
    """Name -> factory, checked before anything is trained.

    Parameters
    ----------
    models : names; or name -> factory, for models of one's own
    kind : regression, binary or multiclass
    notation : whose features the baselines use
    n_jobs : processes of the baselines
    options : further arguments of `MaterialRegressor` or `MaterialClassifier`

    Examples
    --------
    >>> contestants(["dummy"], "regression")["dummy"](0).fit(["NaCl"], [1.0]).predict(["KCl"]).tolist()
    [1.0]
    """
    if isinstance(models, Mapping):
        return dict(models)
    names = [models] if isinstance(models, str) else list(dict.fromkeys(models))
    if not names:
        raise ValueError(
            f"No models to evaluate. Name at least one, such as {', '.join(BASELINES)} or {SCRATCH}."
        )
    found: dict[str, Factory] = {}
    for name in names:
        if name in BASELINES:
            found[name] = _baseline(name, kind, notation, n_jobs)
        else:
            found[name] = _network(name, kind, dict(options or {}))
    return found


def checkpoint_and_strategy(name: str) -> tuple[str | None, str | None]:
    """Parts of the name of a network; None for no pretraining and for the default strategy.

    >>> checkpoint_and_strategy("scratch:full"), checkpoint_and_strategy("matbert-small")
    ((None, 'full'), ('matbert-small', None))
    """
    stem, colon, strategy = name.rpartition(":")
    if not colon or Path(name).exists() or set(strategy) & set("/\\"):  # C:\models is a folder
        stem, strategy = name, ""
    return (None if stem in NO_MODEL else stem), strategy or None


def _baseline(name: str, kind: str, notation: str, n_jobs: int | None) -> Factory:
    base = BASELINES[name](kind=kind, notation=notation, n_jobs=n_jobs)
    return lambda seed: replace(base, seed=seed)


def _network(name: str, kind: str, options: dict[str, Any]) -> Factory:
    checkpoint, strategy = checkpoint_and_strategy(name)
    _check(name, checkpoint, strategy)
    chosen = options | ({"strategy": strategy} if strategy else {})
    # Refused here, or it would fail once per fold and be a footnote. Both imports load torch.
    if chosen.get("training"):
        from matprior.estimators.base import training_for

        training_for(1, chosen["training"])
    if further := {k: v for k, v in chosen.items() if k not in ("training", "strategy")}:
        _check_options(further, kind)

    def make(seed: int) -> Any:
        from matprior.estimators import MaterialClassifier, MaterialRegressor  # loads torch

        estimator = MaterialRegressor if kind == "regression" else MaterialClassifier
        return estimator(model=checkpoint, seed=seed, **chosen)

    return make


def _check_options(options: dict[str, Any], kind: str) -> None:
    """Raise for arguments this kind of estimator does not have, or values it would refuse."""
    from matprior.estimators import MaterialClassifier, MaterialRegressor

    estimator = MaterialRegressor if kind == "regression" else MaterialClassifier
    for name in options.keys() - set(estimator._get_param_names()):
        raise ValueError(
            f"{name!r} is no option of {estimator.__name__}, and the target is {kind}. Leave it out."
        )
    if kind == "regression":
        from matprior.estimators.targets import chosen_head

        defaults: dict[str, Any] = {"head": "point", "loss": "smooth_l1", "transform": "none", "bounds": None}
        chosen_head(**{k: options.get(k, v) for k, v in defaults.items()}, names=["target"])


def _check(name: str, checkpoint: str | None, strategy: str | None) -> None:
    """Raise before anything is trained: a wrong name would otherwise fail once per fold."""
    if strategy is not None:
        from matprior.strategies import strategy_of

        strategy_of(strategy)
    if checkpoint is None or Path(checkpoint).exists():
        return
    near = get_close_matches(checkpoint.lower(), [*BASELINES, SCRATCH], n=1, cutoff=0.75)
    if near:
        raise ValueError(
            f"There is no model {name!r}. Did you mean {near[0]!r}? Baselines: {', '.join(BASELINES)}; "
            f"{SCRATCH!r} is the network without pretraining; anything else is a checkpoint's name or folder."
        )
    from matprior.models.zoo import find

    find(checkpoint)
