"""The mean of the weights of several candidates: one plain model that leans on none of them.

Candidates start from the same weights and see the same rows, so that their mean is a model too (Wortsman et
al. 2022, arXiv:2203.05482). An alignment that errs is thinned by the others, and what they agree on stays.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import torch
from torch import Tensor

from matprior.strategies import Labelled, Strategy, TuningOptions, strategy_of
from matprior.training.loop import Progress

Weights = dict[str, Tensor]


class Remembering(Strategy):
    """A strategy that keeps a copy of the weights it ends with, before anything is folded into them.

    Parameters
    ----------
    inner : a strategy or its name
    """

    def __init__(self, inner: Any) -> None:
        self.inner = strategy_of(inner)
        self.weights: Weights = {}

    def check(self) -> None:
        self.inner.check()

    def fit(
        self, model: Any, data: Labelled, training: TuningOptions, seed: int, progress: Progress | None = None
    ) -> tuple[Any, pd.DataFrame]:
        fitted, history = self.inner.fit(model, data, training, seed, progress)
        self.weights = {name: tensor.detach().clone() for name, tensor in fitted.state_dict().items()}
        return fitted, history


class Averaged(Strategy):
    """No training: the mean of weights that were remembered.

    Parameters
    ----------
    weights : of models of one architecture
    """

    def __init__(self, weights: list[Weights]) -> None:
        self.weights = weights

    def fit(
        self, model: Any, data: Labelled, training: TuningOptions, seed: int, progress: Progress | None = None
    ) -> tuple[Any, pd.DataFrame]:
        model.load_state_dict(mean_of_weights(self.weights))
        return model.eval(), pd.DataFrame()


def mean_of_weights(weights: list[Weights]) -> Weights:
    """Mean of each tensor; whole numbers are those of the first.

    Examples
    --------
    >>> mean_of_weights([{"w": torch.tensor([0.0])}, {"w": torch.tensor([4.0])}])
    {'w': tensor([2.])}
    """
    return {
        name: torch.stack([one[name] for one in weights]).mean(0) if tensor.is_floating_point() else tensor
        for name, tensor in weights[0].items()
    }
