"""Answers of any fitted estimator as named columns: values with error bars, or classes with probabilities."""

from __future__ import annotations

from typing import Any

import pandas as pd

IN_DOMAIN = "in_domain"
"""Column that says whether a string is like the training rows."""


def answer(estimator: Any, strings: list[str], coverage: float, **beside: Any) -> pd.DataFrame:
    """Answer columns, one row per string: `<target>`, then `_std`, `_low`, `_high` or `_p_<class>`, and
    `in_domain` where the folder knows its training rows.

    Parameters
    ----------
    estimator : fitted
    strings : `n` strings
    coverage : share of truths between low and high
    beside : `extra` columns, where the estimator was fitted with some
    """
    if hasattr(estimator, "tasks_"):  # all tasks in one pass, each column with its task's name
        frame = estimator.predict_interval(strings, coverage=coverage, domain=True)
        return frame.rename(columns={f"{name}_prediction": name for name in estimator.tasks_})
    frame = bars(estimator, strings, coverage, **beside)
    if hasattr(estimator, "domain_"):
        frame[IN_DOMAIN] = estimator.in_domain(strings)
    return frame


def bars(estimator: Any, strings: list[str], coverage: float, **beside: Any) -> pd.DataFrame:
    """As `answer`, without the question whether strings are like the training rows."""
    if hasattr(estimator, "classes_"):
        return classes(estimator, strings, **beside)
    name = estimator.target_names_[0]
    frame = estimator.predict_interval(strings, coverage, **beside)
    names = {"prediction": name, "std": f"{name}_std", "low": f"{name}_low", "high": f"{name}_high"}
    several = {f"{target}_prediction": target for target in estimator.target_names_}
    return frame.rename(columns=names if len(estimator.target_names_) == 1 else several)


def classes(estimator: Any, strings: list[str], **beside: Any) -> pd.DataFrame:
    """Class and probabilities: `<target>` and `<target>_p_<class>`; of several labels `<label>_p_1`."""
    probability = estimator.predict_proba(strings, **beside)
    said = estimator.label(probability)
    if getattr(estimator, "multilabel_", False):
        columns = {}
        for i, label in enumerate(estimator.target_names_):
            columns[label], columns[f"{label}_p_1"] = said[:, i], probability[:, i]
        return pd.DataFrame(columns)
    name = estimator.target_names_[0]
    columns = {f"{name}_p_{label}": probability[:, i] for i, label in enumerate(estimator.classes_)}
    return pd.DataFrame({name: said, **columns})


def values(estimator: Any, strings: list[str], **beside: Any) -> pd.DataFrame:
    """Values alone, `<target>` each, or what `classes` gives: the cheapest answer there is."""
    if hasattr(estimator, "classes_"):
        return classes(estimator, strings, **beside)
    told = estimator.predict(strings, **beside)
    names = estimator.target_names_
    return pd.DataFrame(told if told.ndim == 2 else told[:, None], columns=names)


def without_clashes(frame: pd.DataFrame, answers: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """A table that can stand beside its answers: measured values must not vanish behind predictions.

    Returns
    -------
    The table, and old name -> new name of the columns that were called like an answer.

    Examples
    --------
    >>> table, answers = pd.DataFrame({"gap": [1.0]}), pd.DataFrame({"gap": [1.1]})
    >>> without_clashes(table, answers)[1]
    {'gap': 'gap_input'}
    """
    names = [str(name) for name in answers.columns]
    taken = {str(name) for name in frame} | set(names)
    renamed: dict[str, str] = {}
    for name in (name for name in names if name in frame):
        free = f"{name}_input"
        while free in taken:
            free += "_"
        renamed[name] = free
        taken.add(free)
    return frame.rename(columns=renamed), renamed
