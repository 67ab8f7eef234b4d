"""Gradient-boosted trees through LightGBM, kept as text: the one place that imports it."""

from __future__ import annotations

import numpy as np

ROUNDS = 400
RATE = 0.05


class Boosted:
    """LightGBM with the face of a scikit-learn learner.

    Parameters
    ----------
    kind : "regression" (absolute error), or anything else for classes 0 .. c-1
    seed : of the columns and rows each tree sees
    n_jobs : threads; None or -1 takes all

    Notes
    -----
    The text is what answers, before saving as after loading: both give the same bits.
    """

    def __init__(self, kind: str, seed: int = 0, n_jobs: int | None = -1) -> None:
        self.kind = kind
        self.seed = seed
        self.n_jobs = n_jobs

    def fit(self, matrix: np.ndarray, answers: np.ndarray) -> Boosted:
        """Learn from features (n, f) and numbers or classes (n,)."""
        import lightgbm

        n_classes = 0 if self.kind == "regression" else int(answers.max()) + 1
        data = lightgbm.Dataset(matrix, answers, params={"feature_pre_filter": False, "verbose": -1})
        booster = lightgbm.train(self._settings(len(answers), n_classes), data, num_boost_round=ROUNDS)
        return self.read(booster.model_to_string())

    def read(self, text: str) -> Boosted:
        """Take a model from its text."""
        import lightgbm

        self.text_ = text
        try:
            self.booster_ = lightgbm.Booster(model_str=text)
        except lightgbm.basic.LightGBMError as error:
            raise ValueError(f"LightGBM can't read the text of its model: {error}") from None
        return self

    def predict(self, matrix: np.ndarray) -> np.ndarray:
        """Numbers (n,)."""
        return np.asarray(self.booster_.predict(matrix, num_threads=self._threads()))

    def predict_proba(self, matrix: np.ndarray) -> np.ndarray:
        """Probabilities (n, c)."""
        told = self.predict(matrix)
        return np.stack([1 - told, told], 1) if told.ndim == 1 else told

    def _threads(self) -> int:
        return 0 if self.n_jobs is None or self.n_jobs < 1 else self.n_jobs

    def _settings(self, n: int, n_classes: int) -> dict:
        objective = {0: "regression_l1", 2: "binary"}.get(n_classes, "multiclass")
        return {
            "objective": objective,
            **({"num_class": n_classes} if objective == "multiclass" else {}),
            "learning_rate": RATE,
            "num_leaves": 31,
            # 20 rows a leaf, LightGBM's own choice, leaves a table of 100 rows almost no tree.
            "min_data_in_leaf": int(np.clip(n // 40, 2, 20)),
            "feature_fraction": 0.4,
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "seed": self.seed,
            "num_threads": self._threads(),
            "deterministic": True,
            "force_row_wise": True,
            "verbose": -1,
        }
