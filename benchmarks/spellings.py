"""A network asked in several ways after one training: averages over more and more spellings of a molecule."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd


class Trained:
    """The network that was trained last, for all contestants that ask it."""

    def __init__(self, make: Callable[[int], Any]) -> None:
        self.make = make
        self.rows: tuple[Any, ...] = ()
        self.seconds: dict[int, list[float]] = {}
        """Further spellings -> seconds of each prediction of the test rows."""

    def on(self, seed: int, strings: list[str], targets: np.ndarray) -> Any:
        """The network trained on these rows."""
        rows = (seed, tuple(strings), tuple(np.asarray(targets).tolist()))
        if rows != self.rows:
            self.network, self.rows = self.make(seed).fit(strings, targets), rows
        return self.network


class Spelled:
    """Contestant that averages over `n` further spellings."""

    def __init__(self, trained: Trained, seed: int, n: int) -> None:
        self.trained, self.seed, self.n = trained, seed, n

    def fit(self, strings: list[str], targets: np.ndarray) -> Spelled:
        """Train, or take the network that another contestant trained on these rows."""
        network = self.trained.on(self.seed, strings, targets)
        self.classes_ = getattr(network, "classes_", None)
        self.threshold_ = getattr(network, "threshold_", 0.5)
        return self

    def predict_interval(self, strings: list[str], coverage: float) -> pd.DataFrame:
        """As of `MaterialRegressor`."""
        return self._timed(self.trained.network.predict_interval, strings, coverage=coverage)

    def predict_proba(self, strings: list[str]) -> np.ndarray:
        """As of `MaterialClassifier`."""
        return self._timed(self.trained.network.predict_proba, strings)

    def _timed(self, ask: Callable[..., Any], strings: list[str], **further: Any) -> Any:
        start = time.perf_counter()
        told = ask(strings, variants=self.n, **further)
        self.trained.seconds.setdefault(self.n, []).append(time.perf_counter() - start)
        return told


def spelling_contestants(
    model: str, make: Callable[[int], Any], numbers: list[int]
) -> tuple[dict[str, Any], Trained]:
    """Name -> factory for no further spelling and for each number of them, and what they share."""
    trained = Trained(make)
    return {_name(model, n): lambda seed, n=n: Spelled(trained, seed, n) for n in [0, *numbers]}, trained


def per_number(found: list[dict[str, Any]], model: str, trained: Trained) -> list[dict[str, Any]]:
    """Records under the name of the model, with `variants` and the seconds a prediction took."""
    told = []
    plain = {one["target"]: one for one in found if one["model"] == model}
    for n, seconds in trained.seconds.items():
        for one in found:
            if one["model"] != _name(model, n):
                continue
            same = {key: plain[one["target"]][key] for key in ("model", "checkpoint", "strategy")}
            cost = {"predict_seconds": round(float(np.mean(seconds)), 3)}
            told.append(one | same | cost | ({"variants": n} if n else {}))
    return told


def _name(model: str, n: int) -> str:
    return f"{model}+{n}" if n else model
