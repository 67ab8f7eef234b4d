"""Cross-fitting: every row is answered by a model that was not trained on it.

Rows are dealt into folds once, and all candidates use the same. Rows of one composition share a fold:
the same material on both sides would flatter whoever memorises best.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from matprior.data import dealing
from matprior.estimators import candidates
from matprior.estimators.candidates import CANDIDATES, Problem
from matprior.estimators.encoding import canonical
from matprior.estimators.features import Features
from matprior.estimators.stacking import loss_of

KIND = {"composition": "composition", "smiles": "molecule", "selfies": "molecule"}
FEWEST_PER_FOLD = 4
"""Fewer rows than this in a fold: fewer folds."""


@dataclass
class Tried:
    """What came out of one candidate."""

    predictions: np.ndarray
    """Out-of-fold numbers (n,) or probabilities (n, c); NaN where no fold was trained."""
    gate: np.ndarray | None = None
    """Out-of-fold probability of the edge value, shape (n,), of two-part candidates."""
    seconds: float = 0.0
    members: list = field(default_factory=list)
    """Fitted networks, one per fold; empty for candidates that are fitted again on all rows."""
    note: str = ""

    @property
    def answered(self) -> np.ndarray:
        """Which rows have an answer, shape (n,)."""
        return np.isfinite(self.predictions.reshape(len(self.predictions), -1)).all(1)


def deal(
    strings: list[str], classes: np.ndarray | None, n_folds: int, seed: int, notation: str = "composition"
) -> np.ndarray:
    """Fold of each row, shape (n,).

    Parameters
    ----------
    strings : `n` strings; those that mean the same material share a fold
    classes : shape (n,); each is spread over the folds
    n_folds : fewer where a fold would get less than `FEWEST_PER_FOLD` rows, but at least 2

    Raises
    ------
    ValueError
        All rows are one material.
    """
    _, first, group = np.unique(canonical(strings, notation), return_index=True, return_inverse=True)
    n_groups = len(first)
    if n_groups < 2:
        raise ValueError(
            f"All {len(strings)} rows are one {KIND[notation]}, {strings[0]!r}: there is nothing to "
            "learn from."
        )
    n_folds = max(2, min(n_folds, n_groups, len(strings) // FEWEST_PER_FOLD))
    order = np.random.default_rng([seed, len(strings)]).permutation(n_groups)
    if classes is not None:
        order = order[np.argsort(classes[first][order], kind="stable")]
    fold_of_group = np.empty(n_groups, dtype=int)
    fold_of_group[order] = np.arange(n_groups) % n_folds
    return fold_of_group[group]


def deal_families(members: list[str], n_folds: int, seed: int) -> np.ndarray:
    """Fold of each row, shape (n,); a family (chemical system, scaffold) is in one fold.

    Parameters
    ----------
    members : family of each row, two or more different ones
    n_folds : fewer where there are fewer families or a fold would get too few rows, but at least 2
    """
    n_folds = max(2, min(n_folds, len(set(members)), len(members) // FEWEST_PER_FOLD))
    return dealing.deal(members, n_folds, seed, "families", {})


def out_of_fold(
    name: str, problem: Problem, features: Features, fold_of_row: np.ndarray, seed: int, n_jobs: int | None
) -> Tried:
    """A candidate that is solved, on every fold."""
    started = time.perf_counter()
    candidate = CANDIDATES[name]
    matrix = features[candidate.block]
    shape = (len(matrix), problem.n_classes) if problem.kind == "classes" else (len(matrix),)
    tried = Tried(np.full(shape, np.nan), np.full(len(matrix), np.nan) if candidate.two_part else None)
    for fold in range(fold_of_row.max() + 1):
        held = np.flatnonzero(fold_of_row == fold)
        rows = np.flatnonzero(fold_of_row != fold)
        fitted = candidates.fit(name, problem, rows, matrix, seed, n_jobs, final=False)
        tried.predictions[held] = fitted.predict(matrix[held])
        if tried.gate is not None:
            tried.gate[held] = fitted.probability_of_edge(matrix[held])
    tried.seconds = time.perf_counter() - started
    return tried


def gain_from_rows(
    problem: Problem, features: Features, fold_of_row: np.ndarray, seed: int, n_jobs: int | None
) -> float | None:
    """Error with all training rows over error with half of them, on two folds, by trees on
    fractions or fingerprints.

    None for fewer than 40 rows, where luck would speak.
    0.9 says that the second half of the rows took a tenth off the error. Only these trees are cheap enough
    to be fitted again; what they gain is a guess at what the mix would gain.
    """
    if len(fold_of_row) < 40:
        return None
    name = "trees-fractions" if problem.notation == "composition" else "trees-fingerprints"
    matrix = features[CANDIDATES[name].block]
    errors = np.zeros(2)
    for fold in range(2):
        held = np.flatnonzero(fold_of_row == fold)
        rows = np.flatnonzero(fold_of_row != fold)
        half = np.sort(np.random.default_rng([seed, fold]).permutation(rows)[: len(rows) // 2])
        for place, some in enumerate((rows, half)):
            fitted = candidates.fit(name, problem, some, matrix, seed, n_jobs, final=False)
            told = fitted.predict(matrix[held])
            errors[place] += loss_of(told, problem.answers[held], problem.kind) * len(held)
    return float(errors[0] / errors[1]) if errors[1] > 0 else 1.0


def known_rows(strings: list[str], known: np.ndarray) -> list[str]:
    """The strings whose target is known."""
    return [string for string, keep in zip(strings, known, strict=True) if keep]


def oof_frame(strings: list[str], rows: np.ndarray, target: str, **columns: Any) -> pd.DataFrame:
    """Out-of-fold answers as a table, in the form of `watched_results_`."""
    return pd.DataFrame({"string": [strings[i] for i in rows], "target": target, **columns})
