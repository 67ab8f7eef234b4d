"""Classes from strings without tuning, with probabilities that mean what they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import ClassifierMixin

from matprior.estimators import probabilities
from matprior.estimators.auto import AutoEstimator
from matprior.estimators.base import as_strings, check_rows
from matprior.estimators.candidates import Problem
from matprior.estimators.classifier import MaterialClassifier, _classes
from matprior.estimators.crossfit import known_rows, oof_frame
from matprior.estimators.encoding import encoded_as
from matprior.estimators.intervals import check_coverage, label_sets
from matprior.estimators.multilabel import several
from matprior.estimators.threshold import best_threshold
from matprior.training.loop import Progress


class AutoClassifier(ClassifierMixin, AutoEstimator):
    """Predict a class with the mix of models whose probabilities are best on rows not trained on.

    Parameters as in `AutoRegressor`.

    Attributes
    ----------
    classes_ : the classes, sorted
    threshold_ : with two classes, the calibrated probability of the second from which it is predicted
    correction_ : how probabilities are calibrated
    choice_, watched_results_, members_, fitted_ : as of `AutoRegressor`

    Examples
    --------
    >>> formulas = ["NaCl", "KCl", "LiF", "MgO", "CaO", "Fe", "Cu", "Ni3Al", "FeCo", "AlCu"]
    >>> is_metal = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]
    >>> auto = AutoClassifier(model=None, candidates=["trees-fractions"]).fit(formulas, is_metal)
    >>> auto.predict_proba(["NaI"]).shape
    (1, 2)
    """

    def fit(self, strings: Any, targets: Any, progress: Progress | None = None) -> AutoClassifier:
        """Learn from strings and their classes.

        Parameters
        ----------
        strings : list, array or Series of `n` formulas
        targets : shape (n,), labels of any kind; None or NaN marks an unknown class
        progress : told the number of steps done

        Raises
        ------
        ValueError
            Lengths differ, fewer than two classes, or a string that is not a formula.
        """
        self._check_parameters()
        strings = as_strings(strings)
        if several(targets):
            raise ValueError(
                f"auto learns one label at a time; {np.shape(targets)[1]} were given. Fit one AutoClassifier "
                "per label, or MaterialClassifier for all at once."
            )
        self.target_names_ = [str(getattr(targets, "name", None) or "target")]
        labels = pd.Series(np.asarray(targets, dtype=object).ravel())
        check_rows(strings, labels.to_numpy())
        known = labels.notna().to_numpy()
        if not known.all():
            encoded_as(strings, self.notation_)  # a bad string is named with its row as the user counts them
        strings = known_rows(strings, known)
        self.classes_, codes = _classes(labels[known])
        if len(self.classes_) < 2:
            raise ValueError(
                f"All {len(codes)} rows are of one class, {self.classes_.tolist()}. Two or more are needed."
            )
        if len(self.classes_) > max(20, len(codes) // 2):
            raise ValueError(
                f"{len(self.classes_)} different classes in {len(codes)} rows: this looks like a number, "
                "not a class. Use AutoRegressor."
            )
        problem = Problem("classes", codes.astype(np.int64), len(self.classes_), notation=self.notation_)
        rows, mixed, features = self._cross_fit(strings, problem, progress)
        self._calibrate(strings, rows, mixed, codes[rows], features.vectors[rows])
        return self

    def predict_proba(self, strings: Any) -> np.ndarray:
        """Calibrated probability of each class, shape (n, c), in the order of `classes_`."""
        return self.correction_(self._answer(self._features(strings)))

    def predict(self, strings: Any) -> np.ndarray:
        """The class of each string, shape (n,). With two classes `threshold_` decides."""
        return self.label(self.predict_proba(strings))

    def label(self, probability: np.ndarray) -> np.ndarray:
        """Classes for probabilities of shape (n, c), as `predict` would say them."""
        if len(self.classes_) == 2:
            return self.classes_[(probability[:, 1] >= self.threshold_).astype(int)]
        return self.classes_[probability.argmax(1)]

    def predict_set(self, strings: Any, coverage: float = 0.9) -> list[list[Any]]:
        """For each string the classes that can't be ruled out: the truth is among them with probability
        `coverage`. A sure answer is a set of one; an empty set says that no class fits well."""
        check_coverage(coverage)
        chosen = label_sets(self.doubts_, self.predict_proba(strings), coverage)
        return [self.classes_[row].tolist() for row in chosen]

    def _calibrate(
        self, strings: list[str], rows: np.ndarray, mixed: np.ndarray, truth: np.ndarray, vectors: np.ndarray
    ) -> None:
        self.correction_ = probabilities.learn(mixed, truth, self.seed)
        told = self.correction_(mixed)
        self.doubts_ = 1 - told[np.arange(len(truth)), truth]
        self.threshold_ = best_threshold(told[:, 1], truth) if len(self.classes_) == 2 else 0.5
        method = probabilities.METHODS[self.correction_.method]
        # What is shown and scored was corrected by what other rows taught.
        shown = probabilities.held_out(mixed, truth, method, self.seed)
        self.watched_results_ = oof_frame(
            strings,
            rows,
            self.target_names_[0],
            truth=self.classes_[truth],
            prediction=self.label(shown),
            **{f"p_{label}": shown[:, i] for i, label in enumerate(self.classes_)},
        )

    def _answers_of(self, targets: Any) -> np.ndarray:
        return np.searchsorted(self.classes_, np.asarray(targets)).astype(np.int64)

    def _make_network(self, fold: int, n_rows: int) -> MaterialClassifier:
        return MaterialClassifier(**self._network_parameters(fold, n_rows))
