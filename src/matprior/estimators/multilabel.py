"""Several yes-or-no questions at once: reading their answers, and where to say yes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from matprior.estimators.threshold import best_threshold


def several(targets: Any) -> bool:
    """Whether targets are a table of labels rather than one column of classes."""
    shape = np.shape(targets)
    return len(shape) == 2 and shape[1] > 1


def label_matrix(targets: Any) -> tuple[np.ndarray, list[str]]:
    """Labels as float64 of shape (n, t), NaN where unknown, and their names.

    Raises
    ------
    ValueError
        A value that is neither 0, 1 nor unknown, or a label of which all rows are alike.
    """
    names = [str(name) for name in getattr(targets, "columns", [])]
    cells = pd.DataFrame(np.asarray(targets, dtype=object))
    names = names or [f"label{i}" for i in range(cells.shape[1])]
    values = np.full(cells.shape, np.nan)
    for column, name in enumerate(names):
        for row, cell in enumerate(cells[column]):
            if pd.isna(cell):
                continue
            if isinstance(cell, str) or cell not in (0, 1):
                raise ValueError(
                    f"Label {name!r} of row {row + 1} is {cell!r}. With several columns each is a yes-or-no "
                    "question: give 1, 0, or NaN where unknown. One column alone may hold any classes."
                )
            values[row, column] = float(cell)
        present = np.unique(values[:, column][np.isfinite(values[:, column])])
        if len(present) < 2:
            told = "no known row" if len(present) == 0 else f"{present[0]:g} in every known row"
            raise ValueError(f"Label {name!r} has {told}; both 0 and 1 are needed. Leave the column out.")
    return values, names


def thresholds(probability: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """For each label the probability from which to say yes, shape (t,), from known rows (n, t)."""
    found = []
    for own, labels in zip(probability.T, truth.T, strict=True):
        known = np.isfinite(labels)
        found.append(best_threshold(own[known], labels[known]) if known.any() else 0.5)
    return np.array(found)
