"""Search for training options with optuna, inside the training rows and with a journal that survives.

Needs the extra `matprior[hpo]`. This is the only file that imports optuna.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone

from matprior.data.split import RandomFolds
from matprior.estimators.base import as_strings, training_for
from matprior.models.heads import POOLINGS
from matprior.training.loop import Progress

if TYPE_CHECKING:
    import optuna

JOURNAL = "tuning.jsonl"
"""Name of the journal that `matprior fit --tune` keeps in the model's folder."""
SEARCHED = (
    "learning_rate",
    "head_learning_rate",
    "layer_decay",
    "dropout",
    "epochs",
    "batch_size",
    "pooling",
)
"""Training options that are searched, unless they are given."""
SMALLEST = 1e-6
"""Probabilities are not taken for less: one sure mistake must not decide a search."""


def tune(
    strings: Any,
    targets: Any,
    n_trials: int = 20,
    estimator: Any = None,
    folds: int = 3,
    journal: str | Path | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Search training options by cross-validation on these rows, and on no others.

    The first trial is the defaults for this number of rows, so that the result is never worse than they
    are on the inner folds. Give training rows only: a score on rows of the search flatters.

    Parameters
    ----------
    strings : `n` formulas, or a `Table`
    targets : as `fit` takes them
    n_trials : trials in all, those in the journal among them
    estimator : unfitted `MaterialRegressor` or `MaterialClassifier`; options in its `training` stay as
        they are. None is a `MaterialRegressor()`
    folds : inner folds; each trial is fitted so many times
    journal : file that keeps every finished trial; a search that broke off is continued from it
    progress : told the number of trials done

    Returns
    -------
    Training options: the best found, with those that were given.

    Raises
    ------
    ValueError
        Nothing to search, too few rows, optuna missing, or a journal of another search.
    """
    if estimator is None:
        from matprior.estimators.regressor import MaterialRegressor

        estimator = MaterialRegressor()
    strings = as_strings(getattr(strings, "strings", strings))
    values = np.asarray(targets)
    fixed = _fixed(estimator.training)
    free = [name for name in SEARCHED if name not in fixed]
    _check(estimator, len(strings), n_trials, folds, free)
    number = RandomFolds(n_splits=folds, seed=estimator.seed).folds(strings)
    default = vars(training_for(int((1 - 1 / folds) * len(strings)), fixed or None))
    default["pooling"] = default["pooling"] or "cls"
    study = _study(estimator.seed, journal, _mark(strings, values, estimator, folds))
    if not study.trials:
        study.enqueue_trial({name: default[name] for name in free})

    def objective(trial: optuna.Trial) -> float:
        options = {**fixed, **_suggest(trial, default, free)}
        losses = []
        for fold in range(folds):
            learn, test = np.flatnonzero(number != fold), np.flatnonzero(number == fold)
            model = clone(estimator).set_params(training=options)
            model.fit([strings[i] for i in learn], values[learn])
            losses.append(_loss(model, [strings[i] for i in test], values[test]))
        return float(np.mean(losses))

    _run(study, objective, n_trials, progress)
    return {**fixed, **study.best_params}


def _check(estimator: Any, n_rows: int, n_trials: int, folds: int, free: list[str]) -> None:
    if n_trials < 1 or folds < 2:
        raise ValueError(f"Expected at least 1 trial and 2 folds, got {n_trials} and {folds}. Try 20 and 3.")
    if n_rows < 10 * folds:
        raise ValueError(
            f"{n_rows} rows are too few to search on {folds} inner folds; at least {10 * folds} are needed. "
            "Fit without a search: the defaults suit few rows."
        )
    if not hasattr(estimator, "strategy"):
        raise ValueError(
            f"{type(estimator).__name__} compares several models itself; its training options are not "
            "searched. Search with MaterialRegressor or MaterialClassifier, or leave the search out."
        )
    from matprior.strategies import FeatureExtraction, strategy_of

    if isinstance(strategy_of(estimator.strategy), FeatureExtraction):
        raise ValueError(
            "The strategy 'extract' solves its head and has no training options to search. "
            "Use full, partial or lora."
        )
    if not free:
        raise ValueError(
            f"All of {', '.join(SEARCHED)} were given: nothing is left to search. Leave one out."
        )


def _fixed(training: Any) -> dict[str, Any]:
    """Options the user chose; those of a dataclass that differ from their defaults."""
    if is_dataclass(training) and not isinstance(training, type):
        return {f.name: getattr(training, f.name) for f in fields(training)
                if getattr(training, f.name) != f.default}  # fmt: skip
    return dict(training or {})


def _suggest(trial: optuna.Trial, default: dict[str, Any], free: list[str]) -> dict[str, Any]:
    """One setting of the options that are searched, around the defaults for this number of rows."""
    epochs, batch = default["epochs"], default["batch_size"]
    space: dict[str, Callable[[str], Any]] = {
        "learning_rate": lambda name: trial.suggest_float(name, 3e-5, 2e-3, log=True),
        "head_learning_rate": lambda name: trial.suggest_float(name, 1e-4, 5e-3, log=True),
        "layer_decay": lambda name: trial.suggest_float(name, 0.5, 1.0),
        "dropout": lambda name: trial.suggest_float(name, 0.0, 0.4),
        "epochs": lambda name: trial.suggest_int(name, max(1, epochs // 2), 2 * epochs, log=True),
        "batch_size": lambda name: trial.suggest_int(name, max(1, batch // 2), 2 * batch, log=True),
        "pooling": lambda name: trial.suggest_categorical(name, list(POOLINGS)),
    }
    return {name: space[name](name) for name in free}


def _loss(model: Any, strings: list[str], truth: np.ndarray) -> float:
    """Of one inner fold, smaller is better: error over the spread of the targets, or log loss."""
    if hasattr(model, "classes_"):
        probability = model.predict_proba(strings)
        place = {label: column for column, label in enumerate(np.asarray(model.classes_).tolist())}
        told = [
            probability[row, place[label]] if label in place else 0.0
            for row, label in enumerate(truth.tolist())
        ]
        return float(-np.log(np.clip(told, SMALLEST, 1)).mean())
    truth = truth.astype(float)
    error = np.abs(model.predict(strings) - truth)
    # Each target by its own spread, or one in kelvin would outweigh another in eV.
    spread = np.nanmean(np.abs(truth - np.nanmedian(truth, axis=0)), axis=0)
    return float(np.nanmean(np.nanmean(error, axis=0) / np.where(spread > 0, spread, 1.0)))


def _mark(strings: list[str], values: np.ndarray, estimator: Any, folds: int) -> str:
    """What a journal belongs to: rows, model, strategy, fixed options, folds."""
    from matprior.strategies import told

    about = [strings, values.tolist(), type(estimator).__name__, str(estimator.model), estimator.size,
             told(estimator.strategy), _fixed(estimator.training), estimator.seed, folds]  # fmt: skip
    return hashlib.sha256(json.dumps(about, default=str).encode()).hexdigest()


def _study(seed: int, journal: str | Path | None, mark: str) -> optuna.Study:
    try:
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend
    except ImportError as error:
        raise ValueError(
            f"A search needs optuna, which can't be loaded ({error}). "
            'Install it with: pip install "matprior[hpo]"'
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = None
    if journal is not None:
        Path(journal).parent.mkdir(parents=True, exist_ok=True)
        storage = JournalStorage(JournalFileBackend(str(journal)))
    study = optuna.create_study(study_name="matprior", storage=storage, load_if_exists=True)
    if study.user_attrs.setdefault("mark", mark) != mark:
        raise ValueError(
            f"{journal} belongs to a search on other rows, another model or other options. "
            "Choose another folder, or remove that file to search anew."
        )
    study.set_user_attr("mark", mark)
    # The number of trials joins the seed: a continued search must not draw its first trials again.
    study.sampler = optuna.samplers.TPESampler(seed=seed + 1000 * len(study.trials), n_startup_trials=8)
    return study


def _run(
    study: optuna.Study, objective: Callable[[Any], float], n_trials: int, progress: Progress | None
) -> None:
    from optuna.trial import TrialState

    def finished() -> int:
        return len(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)))

    while (done := finished()) < n_trials:
        if progress:
            progress(done, n_trials, f"best {study.best_value:.4g}" if done else "the defaults first")
        study.optimize(objective, n_trials=1)
    if progress:
        progress(n_trials, n_trials, f"best {study.best_value:.4g}")
