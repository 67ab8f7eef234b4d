"""How a pretrained model becomes the user's: one file per strategy, one line here."""

from __future__ import annotations

import difflib

from matprior.strategies.base import Labelled, Strategy
from matprior.strategies.extract import FeatureExtraction, embed
from matprior.strategies.full import FullFineTune

STRATEGIES: dict[str, type[Strategy]] = {"full": FullFineTune, "extract": FeatureExtraction}
"""Name on the command line -> class. The CLI, the docs and the exam read this."""


def strategy_of(choice: str | Strategy) -> Strategy:
    """A strategy by name, or the one given.

    Raises
    ------
    ValueError
        A name that is not in `STRATEGIES`.
    """
    if isinstance(choice, Strategy):
        return choice
    if choice not in STRATEGIES:
        near = difflib.get_close_matches(str(choice), STRATEGIES, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"There is no strategy {choice!r}. Known: {', '.join(STRATEGIES)}.{hint}")
    return STRATEGIES[choice]()


__all__ = ["STRATEGIES", "FeatureExtraction", "FullFineTune", "Labelled", "Strategy", "embed", "strategy_of"]
