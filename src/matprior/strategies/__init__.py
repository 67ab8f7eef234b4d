"""How a pretrained model becomes the user's: one file per strategy, one line here."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from matprior.strategies.base import Labelled, Strategy, TuningOptions
from matprior.strategies.extract import FeatureExtraction, embed
from matprior.strategies.full import FullFineTune
from matprior.strategies.lora import LoRA
from matprior.strategies.partial import PartialFineTune
from matprior.strategies.prompts import PromptTuning

STRATEGIES: dict[str, type[Strategy]] = {
    "full": FullFineTune,
    "extract": FeatureExtraction,
    "partial": PartialFineTune,
    "lora": LoRA,
    "prompts": PromptTuning,
}
"""Name on the command line -> class. The CLI, the docs and the exam read this."""


def strategy_of(choice: str | Mapping[str, Mapping[str, Any]] | Strategy) -> Strategy:
    """A strategy by name, by name and options as `told` writes them, or the one given.

    Raises
    ------
    ValueError
        A name that is not in `STRATEGIES`, or an option the strategy does not have.

    Examples
    --------
    >>> strategy_of({"partial": {"layers": 1}}).layers
    1
    """
    if isinstance(choice, Strategy):
        return choice
    if isinstance(choice, str):
        name, options = choice, dict[str, Any]()
    else:
        if len(choice) != 1:
            raise ValueError(
                f"One strategy has one name, got {dict(choice)!r}. Write {{'name': {{options}}}}."
            )
        ((name, given),) = choice.items()
        options = dict(given)
    if name == "auto":
        raise ValueError(
            "Strategy 'auto' mixes several models and is a class of its own: use AutoRegressor or "
            "AutoClassifier in place of MaterialRegressor or MaterialClassifier."
        )
    if name not in STRATEGIES:
        near = difflib.get_close_matches(str(name), STRATEGIES, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"There is no strategy {name!r}. Known: {', '.join(STRATEGIES)}.{hint}")
    known = [field.name for field in fields(STRATEGIES[name])]
    for unknown in set(options) - set(known):
        near = difflib.get_close_matches(unknown, known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(
            f"Strategy {name!r} has no option {unknown!r}. Known: {', '.join(known) or 'none'}.{hint}"
        )
    return STRATEGIES[name](**options)


def told(choice: str | Mapping[str, Mapping[str, Any]] | Strategy) -> str | dict[str, dict[str, Any]]:
    """A strategy as plain data: its name, with its options where they are not the defaults.

    Examples
    --------
    >>> told(PartialFineTune()), told(PartialFineTune(layers=1))
    ('partial', {'partial': {'layers': 1, 'stage_epochs': 0}})
    """
    if isinstance(choice, Mapping):
        choice = strategy_of(choice)
    if isinstance(choice, str):
        return choice
    for name, kind in STRATEGIES.items():
        if type(choice) is kind:
            return name if choice == kind() else {name: asdict(choice)}
    return type(choice).__name__  # a strategy of the user's own can't be named better


__all__ = [
    "STRATEGIES",
    "FeatureExtraction",
    "FullFineTune",
    "Labelled",
    "LoRA",
    "PartialFineTune",
    "PromptTuning",
    "Strategy",
    "TuningOptions",
    "embed",
    "strategy_of",
    "told",
]
