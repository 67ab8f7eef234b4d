"""The mean of networks that were fitted elsewhere, as a fitted `auto`: one model that answers and saves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matprior.estimators import narration
from matprior.estimators.autoclassifier import AutoClassifier
from matprior.estimators.autoregressor import AutoRegressor
from matprior.estimators.candidates import NETWORK
from matprior.estimators.classifier import MaterialClassifier
from matprior.estimators.domain import Domain
from matprior.estimators.features import Features, Pretrained
from matprior.estimators.members import mean_history, training_told
from matprior.estimators.stacking import Stack


def mean_of_networks(networks: Sequence[Any], learned: list[str], watched: list[str], values: Any) -> Any:
    """Average networks of one target that learned the same rows.

    The absolute error of a mean is at most the mean of the absolute errors, on any rows whatever: it needs no
    proof that it helps.

    Parameters
    ----------
    networks : fitted `MaterialRegressor`s or `MaterialClassifier`s of one checkpoint
    learned : strings they learned from
    watched, values : rows that none of them learned from, which give the error bars, shape (v,)

    Returns
    -------
    Fitted `AutoRegressor` or `AutoClassifier`.

    Examples
    --------
    >>> from matprior import MaterialRegressor
    >>> formulas = ["NaCl", "KCl", "LiF", "MgO", "CaO", "NaF", "KF", "LiCl", "SrO", "BaO"]
    >>> melting_K = [1074, 1043, 1121, 3125, 2886, 1269, 1131, 883, 2804, 2246]
    >>> one, two = (
    ...     MaterialRegressor(model=None, size="tiny", training={"epochs": 1}, seed=seed).fit(
    ...         formulas, melting_K, watched=[8, 9]
    ...     )
    ...     for seed in (0, 1)
    ... )
    >>> both = mean_of_networks([one, two], formulas[:8], formulas[8:], melting_K[8:])
    >>> mean = (one.predict(["NaI"]) + two.predict(["NaI"])) / 2
    >>> bool(abs(both.predict(["NaI"]) - mean)[0] < 1e-6)
    True
    """
    first = networks[0]
    kind = AutoClassifier if isinstance(first, MaterialClassifier) else AutoRegressor
    mean: Any = kind(
        model=first.model, members=len(networks), training=first.training, size=first.size,
        candidates=[NETWORK], seed=first.seed, notation=first.notation,
    )  # fmt: skip
    for name in ("target_names_", "_one_dimensional", "classes_"):
        if hasattr(first, name):
            setattr(mean, name, getattr(first, name))
    mean.pretrained_ = None if first.model is None else Pretrained.open(first.model)
    features = Features(learned, mean.pretrained_, first.notation_)
    mean.domain_ = Domain.learn(features.vectors, features.encoded)
    mean.stack_, mean.fitted_, mean.members_ = Stack({NETWORK: 1.0}), {}, list(networks)
    mean.history_, mean.training_ = mean_history(mean.members_), training_told(mean.members_, first.training)
    mean.n_training_rows_, mean.folds_, mean.seconds_ = len(learned), [], 0.0
    told, truth = mean._answer(Features(watched, mean.pretrained_, first.notation_)), mean._answers_of(values)
    mean.choice_ = narration.choice_table({NETWORK: told}, {NETWORK: 0.0}, mean.stack_, truth)
    mean.story_ = [f"The mean of {len(networks)} networks that differ by their seed alone."]
    return mean.calibrate(watched, values)
