"""The encoder stays as it is; a linear head is solved on its vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch

from matprior.strategies.base import Labelled, Strategy, TuningOptions
from matprior.tokens.composition import Encoded
from matprior.training.loop import Progress, answers


def embed(model: Any, encoded: Encoded) -> np.ndarray:
    """The encoder's vector of each string, shape (n, d), as the head sees it."""
    if hasattr(model, "pooled"):
        return answers(model, encoded, lambda vectors: vectors, run=model.pooled)
    return answers(model, encoded, lambda out: out.pooler_output)


@dataclass
class FeatureExtraction(Strategy):
    """Ridge (regression) or logistic regression (classes) on frozen vectors, folded into the model's head.

    The penalty is chosen by leave-one-out (ridge) or inner folds (logistic) on the training rows.
    """

    weakest: float = 1e-2
    """Smallest ridge penalty tried; the largest is 10^7 times that."""
    head: str = "ridge"
    """What answers: ridge (for classes: logistic regression) becomes the network's last layer. The heads gp,
    extratrees, lightgbm and mlp do not fit into a network: see `estimators.choice`."""

    def __post_init__(self) -> None:
        if self.head != "ridge":
            raise ValueError(
                f"Head {self.head!r} does not fit into one network. Use AutoRegressor or AutoClassifier with "
                f"candidates=['{self.head}-pretrained'], or on the command line --strategy extract "
                f"--set strategy.head={self.head}. Heads: ridge, gp, extratrees, lightgbm, mlp."
            )

    def fit(
        self,
        model: Any,
        data: Labelled,
        training: TuningOptions,
        seed: int,
        progress: Progress | None = None,
    ) -> tuple[Any, pd.DataFrame]:
        self._check(model, data)
        model.eval()
        features = embed(model, data.encoded).astype(np.float64)
        mean, scale = features.mean(0), features.std(0)
        scale[scale < 1e-9] = 1.0  # a unit that never fires carries nothing; do not blow it up
        standard = (features - mean) / scale
        weights = np.ones((len(standard), 1)) if data.weights is None else data.weights.astype(float)
        if data.loss == "cross_entropy":
            weight, bias = self._logistic(standard, data.targets, model.config.num_labels, weights[:, 0])
        else:
            n = data.targets.shape[1]
            t = n // 2 if data.loss == "two_part" else 0 if data.loss == "binary" else n
            weight, bias = self._columns(standard, data.targets, weights, t)
        # Fold the standardisation of the features into the head, so that the saved model is plain.
        weight = weight / scale
        bias = bias - weight @ mean
        with torch.no_grad():
            model.classifier.weight.copy_(torch.from_numpy(weight))
            model.classifier.bias.copy_(torch.from_numpy(bias))
        return model, pd.DataFrame(columns=["step", "epoch", "train_loss", "validation_loss"])

    def _check(self, model: Any, data: Labelled) -> None:
        if data.loss in ("gaussian", "quantile"):
            raise ValueError(
                f"strategy='extract' solves for one number per target, not for head={data.loss!r}. "
                "Use head='point' or 'two_part', or strategy='full'."
            )
        if data.encoded.extra is not None:
            raise ValueError(
                "strategy='extract' reads no extra columns. Use strategy='full' or 'partial', "
                "or leave extra out."
            )

    def _columns(
        self, features: np.ndarray, targets: np.ndarray, weights: np.ndarray, t: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """A ridge for each of the first `t` columns; the others are yes or no."""
        weight = np.zeros((targets.shape[1], features.shape[1]))
        bias = np.zeros(targets.shape[1])
        weights = np.broadcast_to(weights, (len(weights), max(weights.shape[1], targets.shape[1])))
        for column, values in enumerate(targets.T):
            known, own = np.isfinite(values), weights[:, column]
            if not known.any():
                continue
            if column < t:
                weight[column], bias[column] = self._ridge(features[known], values[known], own[known])
            else:
                codes = np.where(known, values, -1).astype(int)
                both = self._logistic(features, codes, 2, own)
                weight[column], bias[column] = both[0][1] - both[0][0], both[1][1] - both[1][0]
        return weight, bias

    def _ridge(
        self, features: np.ndarray, values: np.ndarray, weights: np.ndarray
    ) -> tuple[np.ndarray, float]:
        from sklearn.linear_model import RidgeCV

        ridge = RidgeCV(alphas=self.weakest * 10.0 ** np.arange(8))
        ridge.fit(features, values, None if np.ptp(weights) == 0 else weights)
        return ridge.coef_, ridge.intercept_

    def _logistic(
        self, features: np.ndarray, classes: np.ndarray, n_classes: int, weights: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import GridSearchCV

        known = classes >= 0
        present, counts = np.unique(classes[known], return_counts=True)
        search = GridSearchCV(
            LogisticRegression(max_iter=2000),
            {"C": 10.0 ** np.arange(-5, 2)},
            cv=int(min(5, counts.min())),
            scoring="neg_log_loss",
        )
        fitted: LogisticRegression
        own = None if np.ptp(weights) == 0 else weights[known]
        weight = np.zeros((n_classes, features.shape[1]))
        bias = np.full(n_classes, -20.0)  # a class without a row is all but impossible
        if len(present) == 1:
            bias[present] = 0.0
            return weight, bias
        if counts.min() >= 2:
            fitted = search.fit(features[known], classes[known], sample_weight=own).best_estimator_
        else:  # a class with one row can't be in two folds
            fitted = LogisticRegression(C=1e-2, max_iter=2000).fit(features[known], classes[known], own)
        if len(present) == 2:  # scikit-learn keeps one row for two classes: the difference
            weight[present[1]], bias[present[1]], bias[present[0]] = (
                fitted.coef_[0],
                fitted.intercept_[0],
                0.0,
            )
        else:
            weight[present], bias[present] = fitted.coef_, fitted.intercept_
        return weight, bias
