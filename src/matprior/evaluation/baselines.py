"""Simple models that a pretrained one must beat: honest, strong, and with the estimators' face.

Each is a scikit-learn learner on the notation's classical features. Intervals and the decision
threshold come from predictions on inner folds of the training rows, never from test rows.
scikit-learn is imported inside the functions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from matprior.estimators.extra import as_extra
from matprior.estimators.learners import extra_trees, filler, linear
from matprior.estimators.threshold import best_threshold
from matprior.evaluation.uncertainty import Conformal, Quantiles

N_INNER = 5
"""Inner folds for intervals and thresholds."""
MIN_CALIBRATION = 20
"""Training rows below which no interval and no threshold is learned: 4 rows a fold would be noise."""


@dataclass
class Baseline(ABC):
    """What the baselines share: features, inner folds, intervals, threshold.

    Examples
    --------
    >>> model = Dummy().fit(["NaCl", "KCl", "LiF"], [1.0, 2.0, 9.0])
    >>> model.predict(["MgO"]).tolist()
    [2.0]
    """

    kind: str = "regression"
    """regression, binary or multiclass."""
    seed: int = 0
    """Of the learner and of the inner folds."""
    n_jobs: int | None = -1
    """Processes of the learner; -1 is all cores."""
    notation: str = "composition"
    """Which notation's features are used."""

    @abstractmethod
    def learner(self, share: float) -> Any:
        """A fresh scikit-learn learner; `share` of the full size is enough on inner folds."""

    def matrix(self, strings: list[str]) -> NDArray:
        """Features of shape (n, f)."""
        from matprior.estimators.columns import classical

        return classical(strings, "statistics", self.notation)

    def spread(self, model: Any, matrix: NDArray) -> NDArray:
        """How unsure the fitted learner is of each row, shape (n,); zeros where it cannot tell."""
        return np.zeros(len(matrix))

    def fit(self, strings: Iterable[str], targets: ArrayLike, extra: Any = None) -> Baseline:
        """Learn from n strings and n targets (numbers, or classes of any type); NaN targets are left out.

        Parameters
        ----------
        extra : n rows of further columns of numbers, NaN where unknown; then predictions need them too
        """
        strings = list(strings)
        kept, values = known_rows(strings, targets, self.kind)
        answers = values
        self.extra_names_: list[str] | None = None
        if extra is not None:
            own, self.extra_names_ = as_extra(extra, len(strings))
            own = own[~np.asarray(pd.isna(np.asarray(targets)))]
            self.filler_ = filler().fit(own)
            extra = pd.DataFrame(own, columns=self.extra_names_)
        self.threshold_ = 0.5
        self.conformal_: Conformal | Quantiles | None = None
        if self.kind != "regression":
            self.classes_, answers = np.unique(values, return_inverse=True)
        matrix = self._columns(kept, extra)
        self.model_ = self.learner(1.0).fit(matrix, answers)
        if len(kept) >= MIN_CALIBRATION and self.kind != "multiclass":
            self._calibrate(matrix, answers)
        return self

    def _columns(self, strings: list[str], extra: Any) -> NDArray:
        """Features, and beside them the further columns that were learned from."""
        matrix = self.matrix(strings)
        if self.extra_names_ is None:
            if extra is not None:
                raise ValueError("extra was given, but the model was fitted without. Leave it out.")
            return matrix
        if extra is None:
            raise ValueError(f"This model was fitted with {self.extra_names_}; give them as extra.")
        own, _ = as_extra(extra, len(strings), self.extra_names_)
        return np.hstack([matrix, self.filler_.transform(own)])

    def _calibrate(self, matrix: NDArray, answers: NDArray) -> None:
        regression = self.kind == "regression"
        if not regression and len(self.classes_) != 2:
            return
        predicted, spread = np.full(len(answers), np.nan), np.zeros(len(answers))
        fold_of_row = inner_folds(None if regression else answers, len(answers), self.seed)
        for fold in range(N_INNER):
            test = fold_of_row == fold
            model = self.learner(1 / N_INNER).fit(matrix[~test], answers[~test])
            if regression:
                predicted[test], spread[test] = model.predict(matrix[test]), self.spread(model, matrix[test])
            elif len(model.classes_) == 2:  # a class of one row is missing where that row is held out
                predicted[test] = model.predict_proba(matrix[test])[:, 1]
        known = np.isfinite(predicted)
        if regression:
            self.conformal_ = Conformal.learn(answers - predicted, spread)
        else:
            self.threshold_ = best_threshold(predicted[known], answers[known])

    def predict(self, strings: Iterable[str], extra: Any = None) -> NDArray:
        """Numbers, or classes (n,); of two classes the second from `threshold_` on."""
        if self.kind == "regression":
            return self.model_.predict(self._columns(list(strings), extra))
        probability = self.predict_proba(strings, extra)
        if len(self.classes_) == 2:
            return self.classes_[(probability[:, 1] >= self.threshold_).astype(int)]
        return self.classes_[probability.argmax(axis=1)]

    def predict_proba(self, strings: Iterable[str], extra: Any = None) -> NDArray:
        """Probabilities of shape (n, k), in the order of `classes_`."""
        if self.kind == "regression":
            raise ValueError(
                "This baseline is for regression; probabilities need kind='binary' or 'multiclass'."
            )
        return self.model_.predict_proba(self._columns(list(strings), extra))

    def predict_interval(
        self, strings: Iterable[str], coverage: float = 0.9, extra: Any = None
    ) -> pd.DataFrame:
        """Columns prediction, std, low, high; the last three are NaN after a fit on too few rows."""
        if self.kind != "regression":
            raise ValueError(f"Intervals are for regression; this baseline was fitted for {self.kind}.")
        matrix = self._columns(list(strings), extra)
        prediction = self.model_.predict(matrix)
        if self.conformal_ is None:
            return pd.DataFrame({"prediction": prediction}).assign(std=np.nan, low=np.nan, high=np.nan)
        return self.conformal_.intervals(prediction, self.spread(self.model_, matrix), coverage)


@dataclass
class Dummy(Baseline):
    """Knows no chemistry: the centre of the training targets, or the share of each class."""

    center: Literal["median", "mean"] = "median"
    """The median has the least mean absolute error, the mean the least squared error."""

    def learner(self, share: float) -> Any:
        from sklearn.dummy import DummyClassifier, DummyRegressor

        return DummyRegressor(strategy=self.center) if self.kind == "regression" else DummyClassifier()

    def matrix(self, strings: list[str]) -> NDArray:
        return np.zeros((len(strings), 1))

    def _calibrate(self, matrix: NDArray, answers: NDArray) -> None:
        # Probabilities that are equal for all rows have no better threshold than one half.
        self.conformal_ = Quantiles(np.sort(answers)) if self.kind == "regression" else None


@dataclass
class Ridge(Baseline):
    """Linear in standardised element fractions and statistics; penalty chosen on training rows."""

    def learner(self, share: float) -> Any:
        return linear(self.kind)


@dataclass
class ExtraTreesMagpie(Baseline):
    """Extremely randomised trees on element fractions and statistics of element properties.

    scikit-learn's settings but for the number of trees. Geurts et al. 2006, Mach. Learn. 63:3; features
    in the manner of Ward et al. 2016, npj Comput. Mater. 2:16028.
    """

    n_trees: int = 500
    """More change nothing but the time."""

    def learner(self, share: float) -> Any:
        return extra_trees(self.kind, max(10, round(self.n_trees * share)), self.seed, self.n_jobs)

    def spread(self, model: Any, matrix: NDArray) -> NDArray:
        single = matrix.astype(np.float32)  # what the trees hold; anything else is converted once per tree
        return np.std([tree.predict(single, check_input=False) for tree in model.estimators_], axis=0)


@dataclass
class ExtraTrees(ExtraTreesMagpie):
    """Extremely randomised trees on element fractions alone."""

    def matrix(self, strings: list[str]) -> NDArray:
        from matprior.estimators.columns import classical

        return classical(strings, "fractions", self.notation)


BASELINES: dict[str, type[Baseline]] = {
    "dummy": Dummy,
    "ridge": Ridge,
    "extratrees": ExtraTrees,
    "extratrees-magpie": ExtraTreesMagpie,
}
"""Name in `evaluate` and in results -> class. The CLI, reports and tests/evaluation/ read this."""


def known_rows(strings: Iterable[str], targets: ArrayLike, kind: str) -> tuple[list[str], NDArray]:
    """Strings and targets of the rows whose target is known, after checking that they belong together."""
    rows, values = list(strings), np.asarray(targets)
    if values.ndim != 1 or len(values) != len(rows):
        raise ValueError(
            f"Got {len(rows)} strings and targets of shape {values.shape}; "
            f"one target per string was expected. Fit one baseline per target."
        )
    known = ~np.asarray(pd.isna(values))
    if not known.any():
        raise ValueError(f"None of the {len(rows)} rows has a known target, so there is nothing to learn.")
    values = values[known]
    return [row for row, keep in zip(rows, known, strict=True) if keep], (
        values.astype(float) if kind == "regression" else values
    )


def inner_folds(classes: NDArray | None, n: int, seed: int) -> NDArray:
    """Fold of each of n rows, shape (n,): equal in size, and in the share of each class if given."""
    order = np.random.default_rng(seed).permutation(n)
    if classes is not None:
        order = order[np.argsort(classes[order], kind="stable")]
    folds = np.empty(n, dtype=int)
    folds[order] = np.arange(n) % N_INNER
    return folds
