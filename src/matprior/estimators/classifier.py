"""Classes from strings, with probabilities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.base import ClassifierMixin

from matprior.estimators.base import MaterialEstimator, as_strings, check_rows, mean_of
from matprior.estimators.encoding import encoded_as
from matprior.estimators.extra import as_extra, as_weights, balanced, extra_facts
from matprior.estimators.multilabel import label_matrix, several, thresholds
from matprior.estimators.threshold import best_threshold
from matprior.estimators.watched import given_positions
from matprior.strategies import Strategy
from matprior.tokens.composition import Encoded
from matprior.training.loop import Progress, TrainingOptions, answers


class MaterialClassifier(ClassifierMixin, MaterialEstimator):
    """Predict a class from a composition or a molecule, or the answers to several yes-or-no questions.

    Parameters
    ----------
    model, strategy, training, validation, size, seed, notation, held_out : as in `MaterialRegressor`
    class_weight : "balanced" lets a rare class count as much as a common one; None counts rows

    Attributes
    ----------
    classes_ : the classes, sorted; 0 and 1 when there are several labels
    multilabel_ : whether `fit` was given several labels per row
    threshold_ : with two classes, the probability of the second from which it is predicted; chosen on
        the watched rows for balanced accuracy. With several labels one per label.

    Examples
    --------
    >>> formulas = ["NaCl", "KCl", "LiF", "MgO", "CaO", "Fe", "Cu", "Ni3Al", "FeCo", "AlCu"]
    >>> is_metal = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]
    >>> model = MaterialClassifier(model=None, size="tiny", training={"epochs": 2}).fit(formulas, is_metal)
    >>> model.predict_proba(["NaI"]).shape
    (1, 2)
    """

    def __init__(
        self,
        model: str | Path | None = "matbert-small",
        strategy: str | dict[str, dict[str, Any]] | Strategy = "full",
        training: dict[str, Any] | TrainingOptions | None = None,
        validation: float = 0.1,
        size: str = "small",
        seed: int = 0,
        class_weight: str | None = None,
        notation: str | None = None,
        held_out: str = "rows",
    ) -> None:
        super().__init__(model, strategy, training, validation, size, seed, notation, held_out)
        self.class_weight = class_weight

    def fit(
        self,
        strings: Any,
        targets: Any,
        progress: Progress | None = None,
        sample_weight: Any = None,
        extra: Any = None,
        watched: Any = None,
    ) -> MaterialClassifier:
        """Learn from strings and their classes.

        Parameters
        ----------
        strings : list, array or Series of `n` formulas
        targets : shape (n,), classes of any kind, None or NaN where unknown; or several labels per row,
            shape (n, t), each 0, 1 or NaN
        progress : told the number of steps done
        sample_weight : how much each row counts, shape (n,); 0 leaves it out
        extra : further numbers, as in `MaterialRegressor.fit`
        watched : positions of the rows to watch instead of training on them; drawn by `validation` when
            left out

        Raises
        ------
        ValueError
            Lengths differ, fewer than two classes, or a string that is not a formula.
        """
        strings = as_strings(strings)
        if self.class_weight not in (None, "balanced"):
            raise ValueError(f"class_weight is {self.class_weight!r}. Known: 'balanced', None.")
        self.multilabel_ = several(targets)
        if self.multilabel_:
            labels, self.target_names_ = label_matrix(targets)
            known = np.isfinite(labels).any(1)
        else:
            self.target_names_ = [str(getattr(targets, "name", None) or "target")]
            # object: NumPy would turn a gap among strings into the class "nan"
            labels = np.asarray(targets, dtype=object).ravel()
            known = pd.Series(labels).notna().to_numpy()
        check_rows(strings, labels)
        weights = as_weights(sample_weight, len(strings))
        beside = None if extra is None else as_extra(extra, len(strings))
        kept = known & (weights > 0)
        if not kept.all():
            encoded_as(strings, self.notation_)  # a bad string is named with its row as the user counts them
        strings = [string for string, keep in zip(strings, kept, strict=True) if keep]
        codes = self._codes(labels[kept])
        check_rows(strings, codes)
        watched = None if watched is None else given_positions(watched, kept)
        beside = None if beside is None else (beside[0][kept], beside[1])
        self._train(strings, codes, weights[kept], beside, watched, progress)
        return self

    def _codes(self, labels: np.ndarray) -> np.ndarray:
        """Class indices (n,), or several labels (n, t) as they are; sets `classes_`."""
        if self.multilabel_:
            self.classes_ = np.array([0, 1])
            return labels
        self.classes_, codes = _classes(pd.Series(labels))
        if len(self.classes_) < 2:
            raise ValueError(
                f"All {len(codes)} rows are of one class, {self.classes_.tolist()}. Two or more are needed."
            )
        if len(self.classes_) > max(20, len(codes) // 2):
            raise ValueError(
                f"{len(self.classes_)} different classes in {len(codes)} rows: this looks like a number, "
                "not a class. Use MaterialRegressor."
            )
        return codes.astype(np.int64)

    def _train(
        self,
        strings: list[str],
        codes: np.ndarray,
        weights: np.ndarray,
        beside: tuple[np.ndarray, list[str]] | None,
        watched: np.ndarray | None,
        progress: Progress | None,
    ) -> None:
        """Train on rows that all have a label, and choose thresholds on the watched ones."""
        if watched is None:
            watched = self._watched(strings, None if self.multilabel_ else codes)
        learn = np.setdiff1d(np.arange(len(codes)), watched)
        facts = None if beside is None else extra_facts(beside[0][learn], beside[1])
        if self.multilabel_:
            model = self._new_model(codes.shape[1], "multi_label_classification", facts)
            names, loss, targets = self.target_names_, "binary", codes.astype(np.float32)
        else:
            model = self._new_model(len(self.classes_), "single_label_classification", facts)
            names, loss, targets = [str(name) for name in self.classes_], "cross_entropy", codes
        model.config.id2label = dict(enumerate(names))
        model.config.label2id = {name: i for i, name in enumerate(names)}
        rows = weights[:, None]
        if self.class_weight == "balanced":
            own = balanced(codes.astype(float))
            rows = rows * (own if self.multilabel_ else own[:, None])
        numbers = None if beside is None else beside[0]
        encoded = self._learn(strings, targets, watched, model, loss, progress, rows, numbers)
        # Thresholds from the watched rows: the network is too sure of those it was trained on.
        probability = self._probability(encoded.take(watched))
        self.threshold_: float | np.ndarray = 0.5
        if self.multilabel_:
            self.threshold_ = thresholds(probability, codes[watched])
        elif len(self.classes_) == 2:
            self.threshold_ = best_threshold(probability[:, 1], codes[watched])
        self.watched_results_ = self._shown([strings[i] for i in watched], codes[watched], probability)

    def _shown(self, strings: list[str], codes: np.ndarray, probability: np.ndarray) -> pd.DataFrame:
        """Truth and prediction of the watched rows, label by label."""
        said = self.label(probability)
        truth = codes if self.multilabel_ else self.classes_[codes]
        if not self.multilabel_:
            truth, said = truth[:, None], said[:, None]
        parts = [
            pd.DataFrame({"string": strings, "target": name, "truth": truth[:, i], "prediction": said[:, i]})
            for i, name in enumerate(self.target_names_)
        ]
        return pd.concat(parts, ignore_index=True)

    def predict_proba(self, strings: Any, extra: Any = None, variants: int = 0) -> np.ndarray:
        """Probability of each class, shape (n, c), in the order of `classes_`.

        With several labels the probability of a yes to each, shape (n, t), in the order of `target_names_`.

        Parameters
        ----------
        extra : as in `fit`
        variants : probabilities are averaged over this many further spellings of each molecule
        """
        self._check_fitted()
        return mean_of(self._probability(rows) for rows in self._spellings(strings, extra, variants))

    def _probability(self, rows: Encoded) -> np.ndarray:
        return answers(self.model_, rows, lambda out: self._likely(out.logits))

    def _likely(self, logits: torch.Tensor) -> torch.Tensor:
        return logits.sigmoid() if self.multilabel_ else logits.softmax(-1)

    def probability(self, logits: np.ndarray) -> np.ndarray:
        """What `predict_proba` says, from outputs of the last layer (n, k)."""
        return self._likely(torch.from_numpy(logits)).numpy()

    def predict(self, strings: Any, extra: Any = None, variants: int = 0) -> np.ndarray:
        """The class of each string, shape (n,), or the labels, shape (n, t). `threshold_` decides."""
        return self.label(self.predict_proba(strings, extra, variants))

    def label(self, probability: np.ndarray) -> np.ndarray:
        """Classes for probabilities as `predict_proba` gives them, as `predict` would say them."""
        if self.multilabel_:
            return (probability >= self.threshold_).astype(int)
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
