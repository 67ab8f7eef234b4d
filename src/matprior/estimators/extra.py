"""What comes beside the strings: numbers such as a temperature, and how much each row counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def as_extra(extra: Any, n: int, names: list[str] | None = None) -> tuple[np.ndarray, list[str]]:
    """Extra columns as float64 of shape (n, e), and their names.

    Parameters
    ----------
    extra : DataFrame, Series or array; NaN marks a value nobody measured
    n : rows expected
    names : columns a fitted model reads, in this order; found by name in a DataFrame

    Raises
    ------
    ValueError
        Not numbers, another number of rows, or columns that are not those of `names`.
    """
    if isinstance(extra, pd.Series):
        extra = extra.to_frame(str(extra.name or "extra"))
    own: list[str] | None = None
    if isinstance(extra, pd.DataFrame):
        extra = extra.set_axis([str(name) for name in extra.columns], axis=1)
        missing = [name for name in names or [] if name not in extra]
        if missing:
            raise ValueError(
                f"extra lacks the column {missing[0]!r}; it has {list(extra.columns)}. This model was "
                f"fitted with {names}: give all of them, NaN where unknown."
            )
        extra = extra[names] if names is not None else extra
        own = list(extra.columns)
        for name in own:
            if (
                not pd.api.types.is_numeric_dtype(extra[name])
                and pd.to_numeric(extra[name], "coerce").isna().all()
            ):
                raise ValueError(
                    f"The extra column {name!r} holds no numbers, but {extra[name].iloc[0]!r} and the like. "
                    "Give numbers (a yes-or-no column as 1 and 0, one column per process), or leave it out."
                )
    try:
        values = np.asarray(extra, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"extra must hold numbers, with NaN where unknown: {error}.") from None
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or len(values) != n or values.shape[1] == 0:
        raise ValueError(f"extra has shape {values.shape}; expected ({n}, columns), one row per string.")
    if names is not None and values.shape[1] != len(names):
        raise ValueError(f"extra has {values.shape[1]} columns; this model was fitted with {names}.")
    if np.isinf(values).any():
        row = int(np.argwhere(np.isinf(values))[0][0])
        raise ValueError(f"extra is infinite in row {row + 1}. Give a number, or NaN for unknown.")
    return values, own or [f"extra{i}" for i in range(values.shape[1])]


def extra_facts(values: np.ndarray, names: list[str]) -> dict[str, Any]:
    """Names, means and scales of the training rows, as `config.extra_features` keeps them."""
    known = np.isfinite(values)
    for name, count in zip(names, known.sum(0), strict=True):
        if count == 0:
            raise ValueError(
                f"The extra column {name!r} has no known value in the training rows. Leave it out."
            )
    mean, scale = np.nanmean(values, 0), np.nanstd(values, 0)
    # A column that never changes teaches nothing; rounding must not blow it up.
    scale[scale <= 1e-12 * np.abs(mean)] = 1.0
    return {"names": names, "mean": mean.tolist(), "scale": scale.tolist()}


def as_weights(weights: Any, n: int) -> np.ndarray:
    """How much each row counts, shape (n,); ones when nothing is given.

    Raises
    ------
    ValueError
        Another number of rows, or a weight that is negative or not a number.
    """
    if weights is None:
        return np.ones(n)
    values = np.asarray(weights, dtype=np.float64)
    if values.shape != (n,):
        raise ValueError(f"sample_weight has shape {values.shape}; expected ({n},), one weight per string.")
    bad = np.flatnonzero(~np.isfinite(values) | (values < 0))
    if len(bad):
        raise ValueError(
            f"The weight of row {bad[0] + 1} is {values[bad[0]]:g}. Give a number from 0 on; "
            "0 leaves the row out."
        )
    return values


def balanced(labels: np.ndarray) -> np.ndarray:
    """Weights that make every class of a column count the same, in the shape of `labels`; NaN is no class.

    Examples
    --------
    >>> balanced(np.array([0.0, 0.0, 0.0, 1.0])).round(2).tolist()
    [0.67, 0.67, 0.67, 2.0]
    """
    weights = np.ones(labels.shape)
    columns = labels[:, None] if labels.ndim == 1 else labels
    for column, own in zip(columns.T, weights.reshape(columns.shape).T, strict=True):
        known = np.isfinite(column)
        classes, counts = np.unique(column[known], return_counts=True)
        for value, count in zip(classes, counts, strict=True):
            own[column == value] = known.sum() / (len(classes) * count)
    return weights


def mean_one(weights: np.ndarray) -> np.ndarray | None:
    """Weights of mean 1 as float32; None when all rows count the same."""
    if weights.size == 0 or np.ptp(weights) == 0:
        return None
    return (weights / weights.mean()).astype(np.float32)
