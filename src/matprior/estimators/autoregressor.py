"""Numbers from strings without tuning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import RegressorMixin

from matprior.estimators.auto import AutoEstimator
from matprior.estimators.base import as_strings, check_rows
from matprior.estimators.candidates import Problem
from matprior.estimators.crossfit import known_rows, oof_frame
from matprior.estimators.encoding import encoded_as
from matprior.estimators.intervals import Calibration, check_coverage, held_out_intervals
from matprior.estimators.regressor import MaterialRegressor, _check_known, _names, _numbers
from matprior.estimators.stacking import edge_of
from matprior.training.loop import Progress

LEVELS = (0.5, 0.8, 0.9, 0.95)
"""Coverages that are checked on the training rows."""


class AutoRegressor(RegressorMixin, AutoEstimator):
    """Predict a number from a composition with the mix of models that errs least on rows not trained on.

    Parameters
    ----------
    model : name of a shipped checkpoint, a folder, or None for no pretraining
    members : folds, and networks that are averaged; fewer where a fold would hold less than 4 rows
    budget : minutes after which nothing more is started; None takes what it needs. With a budget two fits
        may differ: the clock decides what is tried.
    training : options of the networks that differ from the defaults, as a dict (`{"epochs": 20}`)
    size : of networks from scratch: "tiny", "small" or "base"
    candidates : names to try (see `candidates.CANDIDATES`, and "network"); None tries the usual ones
    seed : same seed, same numbers
    n_jobs : cores to use; -1 is all
    held_out : what is kept away from the training to judge it by: "rows" at random, or whole "families"
        (chemical systems, scaffolds), for error bars that hold on new chemistry

    Attributes
    ----------
    choice_ : DataFrame of the candidates with their out-of-fold error, weight and seconds
    watched_results_ : DataFrame of out-of-fold predictions with 90 % bounds
    coverage_ : DataFrame of the promised and the found coverage, and the mean width
    members_, fitted_ : the networks and the other models that are in the mix

    Examples
    --------
    >>> formulas = ["NaCl", "KCl", "LiF", "MgO", "CaO", "NaF", "KF", "LiCl", "SrO", "BaO", "KBr", "NaBr"]
    >>> melting_K = [1074, 1043, 1121, 3125, 2886, 1269, 1131, 883, 2804, 2246, 1007, 1020]
    >>> auto = AutoRegressor(model=None, candidates=["trees-fractions"]).fit(formulas, melting_K)
    >>> auto.predict(["NaI", "LiBr"]).shape
    (2,)
    """

    def fit(self, strings: Any, targets: Any, progress: Progress | None = None) -> AutoRegressor:
        """Learn from strings and one number each.

        Parameters
        ----------
        strings : list, array or Series of `n` formulas
        targets : shape (n,) or (n, 1); NaN marks a value nobody measured
        progress : told the number of steps done

        Raises
        ------
        ValueError
            Lengths differ, too few rows, several targets, targets that are not numbers, or a string that is
            not a formula.
        """
        self._check_parameters()
        strings = as_strings(strings)
        values = _numbers(targets)
        names = _names(targets)
        if values.shape[1] != 1:
            raise ValueError(
                f"auto learns one target at a time; {values.shape[1]} were given ({', '.join(names)}). Fit "
                "one AutoRegressor per target, or MaterialRegressor for all at once."
            )
        self.target_names_, self._one_dimensional = names, np.ndim(targets) == 1
        check_rows(strings, values)
        known = np.isfinite(values[:, 0])
        if not known.all():
            encoded_as(strings, self.notation_)  # a bad string is named with its row as the user counts them
        _check_known(known[:, None], names)
        strings, truth = known_rows(strings, known), values[known, 0]
        rows, mixed, features = self._cross_fit(
            strings, Problem("regression", truth, edge=edge_of(truth), notation=self.notation_), progress
        )
        self._calibrate(strings, rows, mixed, truth[rows], features.vectors[rows])
        return self

    def predict(self, strings: Any) -> np.ndarray:
        """Predictions in the unit of the target, shape (n,), or (n, 1) where `fit` was given that shape."""
        told = self._answer(self._features(strings))
        return told if self._one_dimensional else told[:, None]

    def predict_interval(self, strings: Any, coverage: float = 0.9) -> pd.DataFrame:
        """Predictions with error bars: columns `prediction`, `std`, `low`, `high`.

        Parameters
        ----------
        coverage : share of truths that lie between `low` and `high`
        """
        check_coverage(coverage)
        features = self._features(strings)
        told = self._answer(features)
        low, high = self.calibration_.interval(told, features.vectors, 0, coverage)
        spread = self.calibration_.spread(features.vectors, 0)
        low, high = self._within(low), self._within(high)
        return pd.DataFrame({"prediction": told, "std": spread, "low": low, "high": high})

    def _calibrate(
        self, strings: list[str], rows: np.ndarray, mixed: np.ndarray, truth: np.ndarray, vectors: np.ndarray
    ) -> None:
        self.calibration_ = Calibration((truth - mixed)[:, None], vectors)
        low, high = self._check_coverage(truth, mixed)
        self.watched_results_ = oof_frame(
            strings, rows, self.target_names_[0], truth=truth, prediction=mixed, low=low, high=high
        )

    def _answers_of(self, targets: Any) -> np.ndarray:
        return _numbers(targets)[:, 0]

    def _within(self, bounds: np.ndarray) -> np.ndarray:
        """Bounds that do not leave the range at its edge: no truth lies there."""
        if self.stack_.edge is None:
            return bounds
        keep = np.minimum if self.stack_.upper else np.maximum
        return keep(bounds, self.stack_.edge)

    def _check_coverage(self, truth: np.ndarray, mixed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Fill `coverage_`; returns the 90 % bounds of the rows, each from the residuals of others."""
        lines, kept = [], (np.empty(0), np.empty(0))
        for level in LEVELS:
            low, high = held_out_intervals(self.calibration_, mixed, level, self.seed)
            low, high = self._within(low), self._within(high)
            found = float(np.mean((low <= truth) & (truth <= high)))
            lines.append({"promised": level, "found": found, "width": float(np.mean(high - low))})
            if level == 0.9:
                kept = low, high
        self.coverage_ = pd.DataFrame(lines)
        return kept

    def _make_network(self, fold: int, n_rows: int) -> MaterialRegressor:
        return MaterialRegressor(**self._network_parameters(fold, n_rows))
