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
    notation: str | None = "composition",
    n_jobs: int | None = -1,
    options: Mapping[str, Any] | None = None,
) -> dict[str, Factory]:
    """Name -> factory, checked before anything is trained.

    Parameters
    ----------
    models : names; or name -> factory, for models of one's own
    kind : regression, binary or multiclass
    notation : of the strings: the baselines use its features, and every checkpoint must read it; None
        where it is not known yet
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
    options = dict(options or {})
    if not names:
        raise ValueError(
            f"No models to evaluate. Name at least one, such as {', '.join(BASELINES)} or {SCRATCH}."
        )
    found: dict[str, Factory] = {}
    for name in names:
        if name in BASELINES:
            found[name] = _baseline(name, kind, notation or "composition", n_jobs)
        else:
            found[name] = _network(name, kind, {**options, "notation": notation}, n_jobs)
    _check_reached(names, options.get("strategy"))
    return found


def refuse_extra(models: Iterable[str], options: Mapping[str, Any] | None = None) -> None:
    """Raise ValueError where a model of these names can't read columns beside the strings."""
    from matprior.estimators.choice import refuse_beside_auto

    for name in models:
        if name not in BASELINES:
            own = checkpoint_and_strategy(name)[1] or (options or {}).get("strategy", "full")
            refuse_beside_auto(own, "extra")
            if _name(own) == "extract":
                raise ValueError(
                    f"{name!r} reads no extra columns: strategy 'extract' knows the strings alone. Use full, "
                    "partial or lora, or leave extra out."
                )


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


def _network(name: str, kind: str, options: dict[str, Any], n_jobs: int | None) -> Factory:
    checkpoint, strategy = checkpoint_and_strategy(name)
    default = options.get("strategy", "full")
    # A contestant that names the strategy whose options were given means that strategy with its options.
    own = default if strategy is None or strategy == _name(default) else strategy
    _check(name, checkpoint, own, options["notation"])
    chosen = options | {"strategy": own}
    # Refused here, or it would fail once per fold and be a footnote. Both imports load torch.
    if chosen.get("training"):
        from matprior.estimators.base import training_for

        training_for(1, chosen["training"])
    if further := {k: v for k, v in chosen.items() if k not in ("training", "strategy")}:
        _check_options(further, kind, own)

    def make(seed: int) -> Any:
        from matprior.estimators.choice import estimator_of  # loads torch

        return estimator_of(kind, n_jobs=n_jobs, model=checkpoint, seed=seed, **chosen)

    return make


def _check_options(options: dict[str, Any], kind: str, strategy: Any) -> None:
    """Raise for arguments this kind of estimator does not have, or values it would refuse."""
    from matprior.estimators.choice import check_parameters

    check_parameters(kind, strategy, options)
    if kind == "regression":
        from matprior.estimators.targets import chosen_head

        defaults: dict[str, Any] = {"head": "point", "loss": "absolute", "transform": "none", "bounds": None}
        asked: dict[str, Any] = {k: options.get(k, v) for k, v in defaults.items()}
        chosen_head(**asked, names=["target"])


def _name(strategy: Any) -> str:
    """Of a strategy by name, or by name and options; empty for an object of the user's own."""
    if isinstance(strategy, Mapping):
        return str(next(iter(strategy), ""))
    return strategy if isinstance(strategy, str) else ""


def _check_reached(names: list[str], strategy: Any) -> None:
    """Raise when options of a strategy were given and nobody uses that strategy."""
    if not isinstance(strategy, Mapping):
        return
    asked, networks = _name(strategy), [name for name in names if name not in BASELINES]
    used = sorted({checkpoint_and_strategy(name)[1] or asked for name in networks})
    if asked not in used:
        others = f"; they use {', '.join(used)}" if used else ""
        fix = f"Write --strategy {used[0]}" if used else "Leave them out"
        raise ValueError(
            f"Options were given for the strategy {asked!r} ({strategy[asked]!r}), and none of the models "
            f"uses it{others}. {fix}, or name a model with it, such as {SCRATCH}:{asked}."
        )


def _check(name: str, checkpoint: str | None, strategy: Any, notation: str | None) -> None:
    """Raise before anything is trained: what is wrong would otherwise fail once per fold."""
    from matprior.estimators.choice import auto_options

    auto_options(strategy)
    if checkpoint is None:
        return
    if Path(checkpoint).exists():
        _check_notation(checkpoint, notation)
        return
    near = get_close_matches(checkpoint.lower(), [*BASELINES, SCRATCH], n=1, cutoff=0.75)
    if near:
        raise ValueError(
            f"There is no model {name!r}. Did you mean {near[0]!r}? Baselines: {', '.join(BASELINES)}; "
            f"{SCRATCH!r} is the network without pretraining; anything else is a checkpoint's name or folder."
        )
    from matprior.models.zoo import find

    find(checkpoint)
    _check_notation(checkpoint, notation)


def _check_notation(checkpoint: str, notation: str | None) -> None:
    if notation is not None:
        from matprior.estimators.encoding import notation_read

        notation_read(checkpoint, notation)
