"""What scikit-learn is told of estimators that read strings."""

from __future__ import annotations

from typing import Any

from sklearn.base import BaseEstimator


class StringEstimator(BaseEstimator):
    """An estimator whose input is one string per row, not a matrix of numbers."""

    judged_by = "watched rows"
    """Which rows `watched_results_` holds, for people."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        return tags
