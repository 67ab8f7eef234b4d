"""From the name of a strategy to an unfitted estimator: the one place that knows which class it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from matprior.strategies import strategy_of

AUTO = "auto"
"""The strategy that compares and mixes; a class of its own, for it holds several models."""
MIXES_WITH = ("model", "training", "size", "seed", "notation", "held_out")
"""Parameters that `auto` shares with single networks."""
HEADS = {
    "gp": "gp-pretrained",
    "extratrees": "extratrees-pretrained",
    "lightgbm": "lightgbm-pretrained",
    "mlp": "mlp-pretrained",
}
"""Head of `extract` that does not fit into the network -> the candidate of `auto` that it is."""


def estimator_of(kind: str, strategy: Any, n_jobs: int | None = -1, **parameters: Any) -> Any:
    """An unfitted estimator for a kind of question and a strategy.

    Parameters
    ----------
    kind : regression, binary or multiclass
    strategy : as of `MaterialRegressor`, or "auto", or `{"auto": {"members": 3}}`, or
        `{"extract": {"head": "gp"}}` with a head of `HEADS`
    n_jobs : cores of `auto`
    parameters : further ones of the estimator, such as model, training and seed

    Raises
    ------
    ValueError
        A strategy or an option that does not exist.

    Examples
    --------
    >>> type(estimator_of("regression", "auto")).__name__
    'AutoRegressor'
    >>> estimator_of("regression", {"extract": {"head": "gp"}}).candidates
    ['gp-pretrained']
    """
    options = auto_options(strategy)
    chosen = check_parameters(kind, strategy, parameters)
    if options is None:
        return chosen(strategy=strategy, **parameters)
    return chosen(n_jobs=n_jobs, **parameters, **options)


def check_parameters(kind: str, strategy: Any, names: Iterable[str]) -> type:
    """The class for a kind of question and a strategy, if it has the parameters `names`.

    Raises
    ------
    ValueError
        It has not: a head for classes, for instance, or one for `auto`.
    """
    from matprior.estimators import AutoClassifier, AutoRegressor, MaterialClassifier, MaterialRegressor

    if auto_options(strategy) is not None:
        refuse_beside_auto(strategy, *names)
        return AutoRegressor if kind == "regression" else AutoClassifier
    chosen = MaterialRegressor if kind == "regression" else MaterialClassifier
    for name in sorted(set(names) - set(chosen._get_param_names())):
        raise ValueError(
            f"{name!r} is not an option of {chosen.__name__}; the target is learned as {kind}. "
            "Leave it out, or set --kind."
        )
    return chosen


def refuse_beside_auto(strategy: Any, *names: str) -> None:
    """Raise ValueError when one of the named things is asked of a strategy that mixes and can't do it."""
    if auto_options(strategy) is None:
        return
    for name in only_networks_know(names):
        raise ValueError(
            f"{name!r} can't be used with strategy {_said(strategy)} yet: it compares several models, and "
            f"only single networks know {name!r}. Leave it out, or use --strategy full."
        )


def only_networks_know(names: Iterable[str]) -> list[str]:
    """Those of the names of parameters that `auto` has no use for, sorted.

    Examples
    --------
    >>> only_networks_know(["seed", "head"])
    ['head']
    """
    return sorted({*names} - {*MIXES_WITH})


def _said(strategy: Any) -> str:
    if not isinstance(strategy, Mapping):
        return repr(strategy)
    ((name, options),) = strategy.items()
    return repr(name) if name == AUTO else f"{name!r} with head {options['head']!r}"


def auto_options(strategy: Any) -> dict[str, Any] | None:
    """Arguments of `AutoRegressor` that a strategy asks for; None where it asks for a single network.

    Raises
    ------
    ValueError
        A strategy or an option that does not exist, or something the strategy needs is not installed.
    """
    name, options = strategy, dict[str, Any]()
    if isinstance(strategy, Mapping) and len(strategy) == 1:
        ((name, given),) = strategy.items()
        options = dict(given)
    if name == AUTO:
        return _checked(options)
    if name == "extract" and options.get("head", "ridge") != "ridge":
        head = options.pop("head")
        if head not in HEADS:
            raise ValueError(f"There is no head {head!r}. Known: ridge, {', '.join(HEADS)}.")
        if options:
            raise ValueError(f"Head {head!r} has no option {sorted(options)[0]!r}: it chooses its own.")
        return {"candidates": [HEADS[head]]}
    strategy_of(strategy).check()
    return None


def _checked(options: dict[str, Any]) -> dict[str, Any]:
    known = ("members", "budget", "candidates")
    for unknown in options.keys() - set(known):
        raise ValueError(f"Strategy 'auto' has no option {unknown!r}. Known: {', '.join(known)}.")
    if isinstance(options.get("candidates"), str):  # one line of a command
        options["candidates"] = [name.strip() for name in options["candidates"].split(",")]
    return options
