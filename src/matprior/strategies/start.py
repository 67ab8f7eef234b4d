"""Where a new head begins: at what the checkpoint already says of the property, if that is much."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from matprior.strategies.base import Labelled
from matprior.strategies.extract import embed

LOSSES = ("absolute", "smooth_l1", "squared")
"""Of heads that answer one number per target, which is what a property head answers too."""
FEWEST = 10
"""With fewer known values a leave-one-out score is luck."""
MOST_PROPERTIES = 50
"""Beginning at a mixture of 20 properties helps; at one of 204 it misleads on new scaffolds (docs/log.md)."""
PENALTIES = 10.0 ** np.arange(-1, 5)


def begin_at_known(model: Any, data: Labelled, from_r2: float) -> list[float]:
    """Let the head begin at a mixture of the checkpoint's own property answers.

    A ridge from these few answers to the targets has little to over-fit with, and its solution is a plain
    linear head, for the answers are linear in the encoder's vector. Beginning a fine-tuning at a solved head
    spares the encoder the detours of a random one (Kumar et al. 2022, arXiv:2202.10054).

    Parameters
    ----------
    model : with a new head; its weights are set in place
    data : training rows, and in `known` the directions of the property head; more than `MOST_PROPERTIES` of
        them are not few, and the head begins at random
    from_r2 : leave-one-out R² from which on a target's head begins there

    Returns
    -------
    R² of each target, shape (t,); empty where the question does not arise.
    """
    if data.known is None or len(data.known) > MOST_PROPERTIES or from_r2 >= 1:
        return []
    if data.loss not in LOSSES or data.encoded.extra is not None:
        return []
    told = embed(model.eval(), data.encoded).astype(np.float64) @ data.known.T
    mean, scale = told.mean(0), told.std(0)
    scale[scale < 1e-9] = 1.0
    found = [
        _solved((told - mean) / scale, column, weights)
        for column, weights in zip(data.targets.T, _weights(data).T, strict=True)
    ]
    with torch.no_grad():
        for place, (r2, shares, bias) in enumerate(found):
            if r2 >= from_r2:
                shares = shares / scale
                model.classifier.weight[place] = torch.from_numpy(shares @ data.known)
                model.classifier.bias[place] = float(bias - shares @ mean)
    model.train()
    return [r2 for r2, _, _ in found]


def _solved(told: np.ndarray, values: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray, float]:
    """Leave-one-out R², share of each property, and bias."""
    from sklearn.linear_model import RidgeCV

    known = np.isfinite(values) & (weights > 0)
    if known.sum() < FEWEST or np.ptp(values[known]) == 0:
        return -np.inf, np.zeros(told.shape[1]), 0.0
    ridge = RidgeCV(alphas=PENALTIES).fit(told[known], values[known], weights[known])
    return 1 + ridge.best_score_ / np.var(values[known]), ridge.coef_, float(ridge.intercept_)


def _weights(data: Labelled) -> np.ndarray:
    """Of every target, shape (n, t)."""
    weights = np.ones((len(data.targets), 1)) if data.weights is None else np.asarray(data.weights, float)
    return np.broadcast_to(weights, data.targets.shape)
