"""Classes from strings, with probabilities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import ClassifierMixin

from matprior.estimators.base import MaterialEstimator, as_strings, check_rows
from matprior.estimators.threshold import best_threshold
from matprior.estimators.watched import given_positions
from matprior.tokens.composition import encode_many
from matprior.training.loop import Progress, answers


class MaterialClassifier(ClassifierMixin, MaterialEstimator):
    """Predict a class from a composition. Parameters as in `MaterialRegressor`.

    Attributes
    ----------
    classes_ : the classes, sorted
    threshold_ : with two classes, the probability of the second from which it is predicted; chosen on
        the watched rows for balanced accuracy

    Examples
    --------
    >>> formulas = ["NaCl", "KCl", "LiF", "MgO", "CaO", "Fe", "Cu", "Ni3Al", "FeCo", "AlCu"]
    >>> is_metal = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]
    >>> model = MaterialClassifier(model=None, size="tiny", training={"epochs": 2}).fit(formulas, is_metal)
    >>> model.predict_proba(["NaI"]).shape
    (1, 2)
    """

    def fit(
        self, strings: Any, targets: Any, progress: Progress | None = None, watched: Any = None
    ) -> MaterialClassifier:
        """Learn from strings and their classes.

        Parameters
        ----------
        strings : list, array or Series of `n` formulas
        targets : shape (n,), labels of any kind; None or NaN marks an unknown class
        progress : told the number of steps done
        watched : positions of the rows to watch instead of training on them; drawn by `validation` when
            left out

        Raises
        ------
        ValueError
            Lengths differ, fewer than two classes, or a string that is not a formula.
        """
        strings = as_strings(strings)
        self.target_names_ = [str(getattr(targets, "name", None) or "target")]
        # object: NumPy would turn a gap among strings into the class "nan"
        labels = pd.Series(np.asarray(targets, dtype=object).ravel())
        check_rows(strings, labels.to_numpy())
        known = labels.notna().to_numpy()
        if not known.all():
            encode_many(strings)  # a bad string is named with its row as the user counts them
        strings = [string for string, keep in zip(strings, known, strict=True) if keep]
        self.classes_, codes = _classes(labels[known])
        if len(self.classes_) < 2:
            raise ValueError(
                f"All {len(codes)} rows are of one class, {self.classes_.tolist()}. Two or more are needed."
            )
        if len(self.classes_) > max(20, len(codes) // 2):
            raise ValueError(
                f"{len(self.classes_)} different classes in {len(codes)} rows: this looks like a number, "
                "not a class. Use MaterialRegressor."
            )
        watched = self._watched(len(codes), codes) if watched is None else given_positions(watched, known)
        model = self._new_model(len(self.classes_), "single_label_classification")
        model.config.id2label = {i: str(name) for i, name in enumerate(self.classes_)}
        model.config.label2id = {str(name): i for i, name in enumerate(self.classes_)}
        self._learn(strings, codes.astype(np.int64), watched, model, "cross_entropy", progress)
        self.threshold_ = 0.5
        shown = [strings[i] for i in watched]
        if len(self.classes_) == 2:
            self.threshold_ = best_threshold(self.predict_proba(shown)[:, 1], codes[watched])
        self.watched_results_ = pd.DataFrame(
            {
                "string": shown,
                "target": self.target_names_[0],
                "truth": self.classes_[codes[watched]],
                "prediction": self.predict(shown),
            }
        )
        return self

    def predict_proba(self, strings: Any) -> np.ndarray:
        """Probability of each class, shape (n, c), in the order of `classes_`."""
        self._check_fitted()
        return answers(self.model_, self._encode(strings), lambda out: out.logits.softmax(-1))

    def predict(self, strings: Any) -> np.ndarray:
        """The class of each string, shape (n,). With two classes `threshold_` decides."""
        return self.label(self.predict_proba(strings))

    def label(self, probability: np.ndarray) -> np.ndarray:
        """Classes for probabilities of shape (n, c), as `predict` would say them."""
        if len(self.classes_) == 2:
            return self.classes_[(probability[:, 1] >= self.threshold_).astype(int)]
        return self.classes_[probability.argmax(1)]

    @classmethod
    def load(cls, folder: str | Path) -> MaterialClassifier:
        """Read a folder written by `save`."""
        from matprior.estimators.folder import load

        return load(folder, cls)


def _classes(labels: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """The classes, sorted, and the class index of each label."""
    kinds = sorted({type(label).__name__ for label in labels})
    if "str" in kinds and len(kinds) > 1:
        raise ValueError(f"Labels are of several kinds: {', '.join(kinds)}. Make them all strings.")
    return np.unique(np.asarray(labels.tolist()), return_inverse=True)
