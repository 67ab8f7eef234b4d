"""The networks of `auto`: one per fold, trained without that fold, several at once where there are cores."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import asdict, is_dataclass, replace
from typing import Any

import numpy as np

from matprior.estimators.base import training_for
from matprior.estimators.crossfit import Tried
from matprior.orphans import leave_with_parent

Told = Callable[[int], None]
"""Called with the number of networks done."""
SMALLEST_BATCH = 16
"""Rows per step of networks that are averaged. A few hundred rows in batches of 8 take twice as long, and the
mean of networks is no better for it (docs/log.md)."""
SHARE_OF_EPOCHS = 0.6
"""Of the epochs of a single network: on so few rows the rest made the mean no better, on thousands it did."""


def train_members(
    make: Callable[[int], Any],
    strings: list[str],
    answers: np.ndarray,
    fold_of_row: np.ndarray,
    n_jobs: int | None = -1,
    seconds_left: float | None = None,
    told: Told | None = None,
) -> Tried:
    """Train one network per fold, all rows of other folds teaching it.

    Parameters
    ----------
    make : from the number of a fold to an unfitted estimator
    answers : numbers or class indices, shape (n,)
    n_jobs : networks at once; each gets its share of the cores. Two networks with one thread each are
        done sooner than one after the other with two threads, for batches are small.
    seconds_left : when it is used up no further network is started; the first batch tells how long one takes
    told : told the number of networks done

    Returns
    -------
    Out-of-fold predictions, NaN on folds that were not trained, and the fitted networks.
    """
    started = time.perf_counter()
    n_folds = int(fold_of_row.max()) + 1
    at_once = _at_once(n_folds, n_jobs)
    tried = Tried(np.full(len(strings), np.nan))
    slowest = 0.0
    for first in range(0, n_folds, at_once):
        spent = time.perf_counter() - started
        if seconds_left is not None and spent + slowest > seconds_left:
            tried.note = (
                f"did not fit into the budget: {len(tried.members)} of {n_folds} networks were trained"
            )
            break
        folds = list(range(first, min(first + at_once, n_folds)))
        work = [(make(fold), strings, answers, np.flatnonzero(fold_of_row == fold)) for fold in folds]
        for fold, (member, predicted) in zip(
            folds, _run(work, at_once, _threads(len(folds), n_jobs)), strict=True
        ):
            _write(tried, predicted, fold_of_row == fold)
            tried.members.append(member)
        slowest = max(slowest, time.perf_counter() - started - spent)
        if told is not None:
            told(len(tried.members))
    tried.seconds = time.perf_counter() - started
    return tried


def options_for_members(training: Any, n_rows: int | None = None) -> Any:
    """The user's training options, with the last weights kept. Where the number of rows is said and the rest
    is left open, few rows are taken `SMALLEST_BATCH` at a time over fewer epochs.

    The fold a network does not learn from scores it. Were its best epoch chosen there too, its score would
    flatter it against candidates that never saw the fold, and the error bars would be too narrow.
    """
    if is_dataclass(training) and not isinstance(training, type):
        return replace(training, keep="last")
    chosen = {**(training or {}), "keep": "last"}
    if n_rows is not None and (usual := training_for(n_rows, None)).batch_size < SMALLEST_BATCH:
        epochs = round(SHARE_OF_EPOCHS * usual.epochs)
        return {"batch_size": SMALLEST_BATCH, "epochs": epochs, **chosen}
    return chosen


def mean_history(members: list) -> Any:
    """Loss by epoch, averaged over networks."""
    import pandas as pd

    frames = [member.history_ for member in members if len(member.history_)]
    if not frames:
        return pd.DataFrame(columns=["step", "epoch", "train_loss", "validation_loss"])
    joined = pd.concat(frames, ignore_index=True)
    # Steps to an epoch differ by one between folds; epochs do not.
    return joined.groupby(joined["epoch"].round(3), as_index=False).mean(numeric_only=True)


def training_told(members: list, training: Any) -> dict[str, Any]:
    """The options the networks were trained with; the user's where none was trained."""
    if members:
        return dict(members[0].training_)
    return (
        asdict(training)
        if is_dataclass(training) and not isinstance(training, type)
        else dict(training or {})
    )


def _at_once(n_folds: int, n_jobs: int | None) -> int:
    """Networks that are trained at the same time."""
    import torch

    if torch.cuda.is_available():
        return 1  # they would queue for one device
    return max(1, min(_cores(n_jobs), n_folds))


def _threads(n_networks: int, n_jobs: int | None) -> int:
    """Threads of each of some networks; the last ones of an odd number share the cores among fewer."""
    return max(1, _cores(n_jobs) // n_networks)


def _cores(n_jobs: int | None) -> int:
    return (os.cpu_count() or 1) if n_jobs is None or n_jobs < 1 else n_jobs


def _run(work: list[tuple], at_once: int, threads: int) -> list[tuple[Any, np.ndarray]]:
    if at_once == 1:
        return [_train(*one) for one in work]
    from joblib import Parallel, delayed

    # Loky, unlike the standard library, asks no script for a guard around its main part.
    workers = Parallel(n_jobs=at_once, backend="loky", max_nbytes=None, initializer=leave_with_parent)
    return workers(delayed(_train)(*one, threads) for one in work)


def _train(
    estimator: Any, strings: list[str], answers: np.ndarray, held: np.ndarray, threads: int | None = None
) -> tuple[Any, np.ndarray]:
    """A network trained without the rows `held`, and what it says of them; runs in a process of its own."""
    if threads is not None:
        import torch

        torch.set_num_threads(threads)
    estimator.fit(strings, answers, watched=held)
    shown = [strings[i] for i in held]
    return estimator, getattr(estimator, "predict_proba", estimator.predict)(shown)


def _write(tried: Tried, predicted: np.ndarray, held: np.ndarray) -> None:
    if predicted.ndim == 2 and tried.predictions.ndim == 1:
        tried.predictions = np.full((len(tried.predictions), predicted.shape[1]), np.nan)
    tried.predictions[held] = predicted
