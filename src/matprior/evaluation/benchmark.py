"""Every model on every fold and seed, into one table of Results.

Models are fitted one target at a time on the rows whose target is known. Nothing here knows what a
string means or how a network is trained; it keeps the books: who was trained on what, what came out,
how long it took, what failed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.evaluation.contestants import Factory, contestants, refuse_extra
from matprior.evaluation.metrics import PROBABILITY_PREFIX, class_name
from matprior.evaluation.questions import Question, folds_of, question_of
from matprior.evaluation.records import append_records, record, records
from matprior.evaluation.scores import LOG, Log, best_model, failures, fold_scores, histories, runs, scores

if TYPE_CHECKING:
    from matprior.data.table import Table

__all__ = [
    "append_records", "best_model", "evaluate", "failures", "fold_scores", "histories", "record", "records",
    "runs", "scores",
]  # fmt: skip

COVERAGE = 0.9
"""Share of the truths that the intervals low..high should hold."""
FURTHER = (0.5, 0.8, 0.95)
"""Shares of further intervals, in columns such as low50 and high50."""
COLUMNS = ["row", "string", "target", "fold", "seed", "model", "truth", "prediction", "std", "low", "high"]
"""Columns of Results. Numbers with error bars add those of `FURTHER`, classes `label`, and more than two
classes one `p_<class>` each."""
Progress = Callable[[int, int, str], None]
"""Called with fits done, fits in all, and what is being fitted."""


def evaluate(
    table: Table,
    models: Iterable[str] | Mapping[str, Factory],
    split: Any,
    seeds: Sequence[int] = (0,),
    progress: Progress | None = None,
    options: Mapping[str, Any] | None = None,
    n_jobs: int | None = -1,
) -> pd.DataFrame:
    """Fit every model on the training rows of every fold and let it answer the test rows.

    Parameters
    ----------
    table : as `read_table` gives it; the columns that its task names as `extra` are learned from too
    models : names (see `contestants`), or name -> function of the seed that gives an unfitted model
    split : a splitter of `matprior.data.split`, or a list of (train, test) pairs of positions
    seeds : of the models; the folds stay the same, so that models and seeds are compared on equal rows
    progress : called before every fit and at the end
    options : further arguments of the estimators, such as a number of epochs
    n_jobs : processes of the baselines

    Returns
    -------
    Results: one row per (row, target, fold, seed, model). For two classes `truth` and `label` are 0 or 1
    and `prediction` is the probability of 1. A model that fails on a fold has no rows there; see
    `failures(results)`, `runs(results)`, `histories(results)`.
    """
    questions = [question_of(table, target) for target in table.task.targets]
    kind, notation = table.task.kind or "regression", table.task.notation or "composition"
    if table.task.extra and not isinstance(models, Mapping):
        refuse_extra(models, options)
    makers = contestants(models, kind, notation, n_jobs, options)
    plan = _plan(questions, makers, folds_of(split, table), seeds)
    parts, log = [], Log(runs=[], histories=[])
    for done, fit in enumerate(plan):
        if progress:
            told = f"{fit.model}, {fit.question.target}, fold {fit.fold}, seed {fit.seed}"
            progress(done, len(plan), told)
        answers, run, history = _run(fit)
        log["runs"].append(fit.where | run)
        log["histories"] += [fit.where | line for line in history]
        if answers is not None:
            parts.append(answers.assign(**fit.where))
    if progress:
        progress(len(plan), len(plan), "")
    log["notation"] = notation
    log["units"] = {q.target: table.task.units.get(q.target, "") for q in questions}
    log["classes"] = {q.target: [class_name(c) for c in q.classes] for q in questions}
    return _results(parts, log)


@dataclass
class Fit:
    """One model to be trained once."""

    question: Question
    fold: int | str
    train: NDArray
    test: NDArray
    seed: int
    model: str
    make: Factory

    @property
    def where(self) -> dict[str, Any]:
        """The columns of Results that say which fit a row comes from."""
        return {"model": self.model, "target": self.question.target, "fold": self.fold, "seed": self.seed}


def _plan(
    questions: list[Question],
    makers: dict[str, Factory],
    folds: list[tuple[int | str, NDArray, NDArray]],
    seeds: Sequence[int],
) -> list[Fit]:
    if not len(seeds):
        raise ValueError("No seeds to evaluate with; expected at least one, such as seeds=[0].")
    return [
        Fit(question, fold, train, test, int(seed), name, make)
        for question in questions
        for fold, train, test in folds
        for seed in seeds
        for name, make in makers.items()
    ]


def _run(fit: Fit) -> tuple[pd.DataFrame | None, dict[str, Any], list[dict[str, Any]]]:
    """Results rows (None after a failure), the line for the log, and the loss history of one fit."""
    question = fit.question
    train, test = fit.train[question.known[fit.train]], fit.test[question.known[fit.test]]
    shared = int(np.isin(question.strings[test], question.strings[train]).sum())
    run = {"seconds": 0.0, "n_train": len(train), "n_test": len(test), "n_shared": shared, "error": ""}
    start, history, answers = time.perf_counter(), [], None
    try:
        model = fit.make(fit.seed)
        model.fit(list(question.strings[train]), question.values[train], **question.beside(train))
        history = _history(model)
        answers = _answers(question, model, test) if len(test) else None
    except Exception as error:  # whatever a model raises, the other models and folds still count
        run["error"] = f"{type(error).__name__}: {error}"
    run["seconds"] = time.perf_counter() - start
    return answers, run, history


def _history(model: Any) -> list[dict[str, Any]]:
    frame = getattr(model, "history_", None)
    return (
        []
        if frame is None
        else [{str(k): v for k, v in line.items()} for line in pd.DataFrame(frame).to_dict("records")]
    )


def _answers(question: Question, model: Any, test: NDArray) -> pd.DataFrame:
    strings, beside = list(question.strings[test]), question.beside(test)
    frame = pd.DataFrame({"row": question.rows[test], "string": strings, "truth": question.truth(test)})
    if question.kind == "regression":
        if hasattr(model, "predict_interval"):
            told = model.predict_interval(strings, coverage=COVERAGE, **beside)
            told = told[["prediction", "std", "low", "high"]].to_numpy(dtype=float)
            frame[["prediction", "std", "low", "high"]] = told
            for share in FURTHER:
                told = model.predict_interval(strings, coverage=share, **beside)[["low", "high"]]
                frame[[f"low{100 * share:.0f}", f"high{100 * share:.0f}"]] = told.to_numpy(dtype=float)
        else:
            frame["prediction"] = np.asarray(model.predict(strings, **beside), dtype=float)
    else:
        _add_classes(frame, question, model, np.asarray(model.predict_proba(strings, **beside), dtype=float))
    wrong = int(pd.isna(frame["prediction"].replace([np.inf, -np.inf], np.nan)).sum())
    if wrong:
        raise ArithmeticError(f"no finite prediction for {wrong} of {len(frame)} test rows")
    return frame


def _add_classes(frame: pd.DataFrame, question: Question, model: Any, told: NDArray) -> None:
    place = {class_name(c): i for i, c in enumerate(model.classes_)}
    # A class that the training rows lack was given no probability.
    names, absent = [class_name(c) for c in question.classes], np.zeros(len(told))
    columns = [told[:, place[name]] if name in place else absent for name in names]
    if question.kind == "binary":
        frame["prediction"] = columns[1]
        frame["label"] = (columns[1] >= getattr(model, "threshold_", 0.5)).astype(int)
        return
    labels = np.array(names)[np.column_stack(columns).argmax(axis=1)]
    frame["truth"] = [class_name(value) for value in frame["truth"]]
    frame["prediction"] = frame["label"] = labels
    for name, values in zip(names, columns, strict=True):
        frame[PROBABILITY_PREFIX + name] = values


class Corrigible(RuntimeError, ValueError):
    """No model answered, for reasons that the user can correct; a study notes it as it notes a fault."""


def _results(parts: list[pd.DataFrame], log: Log) -> pd.DataFrame:
    if not parts:
        errors = list(dict.fromkeys(run["error"] for run in log["runs"] if run["error"]))
        # A mistake of the user's stays one, though it was caught so that other models could go on.
        corrigible = bool(errors) and all(error.startswith("ValueError: ") for error in errors)
        raise (Corrigible if corrigible else RuntimeError)(
            f"No model gave an answer on any fold. First errors: {'; '.join(errors[:3]) or 'none'}."
        )
    results = pd.concat(parts, ignore_index=True)
    for name in COLUMNS:
        if name not in results:
            results[name] = np.nan
    results = results[COLUMNS + [name for name in results.columns if name not in COLUMNS]]
    results.attrs[LOG] = log
    return results
