"""A fitted network beside a mix that was solved without one: both answer, and the mean counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from matprior.estimators.base import as_strings
from matprior.estimators.candidates import NETWORK
from matprior.estimators.members import mean_history
from matprior.estimators.stacking import loss_of

SHARE = 0.5
"""Of the network. Weights learned on rows like those with labels would say little of rows unlike them."""


def join(auto: Any, network: Any, strings: Any, targets: Any) -> Any:
    """Let a fitted network answer beside the mix, both counting the same.

    Parameters
    ----------
    auto : fitted `AutoRegressor` or `AutoClassifier` without networks; it is changed
    network : fitted `MaterialRegressor` or `MaterialClassifier` of the same target
    strings, targets : rows that neither learned from, shape (n,): error bars are learned anew from them

    Returns
    -------
    `auto`.

    Raises
    ------
    ValueError
        The mix holds networks already, or both know other classes.

    Examples
    --------
    >>> from matprior import AutoRegressor, MaterialRegressor
    >>> formulas = ["NaCl", "KCl", "LiF", "MgO", "CaO", "NaF", "KF", "LiCl", "SrO", "BaO", "KBr", "NaBr"]
    >>> melting_K = [1074, 1043, 1121, 3125, 2886, 1269, 1131, 883, 2804, 2246, 1007, 1020]
    >>> auto = AutoRegressor(model=None, candidates=["trees-fractions"]).fit(formulas[:9], melting_K[:9])
    >>> network = MaterialRegressor(model=None, size="tiny", training={"epochs": 1})
    >>> network = network.fit(formulas[:9], melting_K[:9])
    >>> join(auto, network, formulas[9:], melting_K[9:]).stack_.weights
    {'network': 0.5, 'trees-fractions': 0.5}
    """
    if auto.members_:
        raise ValueError("This mix has networks of its own already; fit it with candidates='solved'.")
    classes = getattr(auto, "classes_", None)
    if classes is not None and not np.array_equal(classes, network.classes_):
        raise ValueError(
            f"The mix knows the classes {classes.tolist()}, the network {network.classes_.tolist()}."
        )
    strings = as_strings(strings)
    features = auto._features(strings)
    answers = auto._answers_of(targets)
    kind = "regression" if classes is None else "classes"
    alone = loss_of(auto._answer(features), answers, kind)
    auto.members_, auto.history_ = [network], mean_history([network])
    auto.training_, auto.n_training_rows_ = dict(network.training_), network.n_training_rows_
    weights = {name: (1 - SHARE) * weight for name, weight in auto.stack_.weights.items()}
    auto.stack_.weights = {NETWORK: SHARE, **weights}
    auto.choice_["weight"] *= 1 - SHARE
    mixed = auto._answer(features)
    auto._calibrate(strings, np.arange(len(strings)), mixed, answers, features.vectors)
    word = "mean absolute error" if classes is None else "log loss"
    auto.story_ = [
        *auto.story_,
        f"A fine-tuned network answers beside this mix, and both count the same: {word} "
        f"{loss_of(mixed, answers, kind):.4g} on {len(strings)} rows that neither learned from, without it "
        f"{alone:.4g}.",
    ]
    return auto
