"""Columns of a table as classes of episodes: names, ranges of numbers, or many tasks at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

MOST_CLASSES = 50
"""A numeric column with more different values is a measurement, not a class."""


def known_codes(labels: Sequence[Any], task: str = "") -> tuple[list[str], np.ndarray]:
    """Names of the classes, sorted, and the code of each row, shape (n,); -1 where the label is unknown.

    Raises
    ------
    ValueError
        The labels look like measured numbers.

    Examples
    --------
    >>> known_codes(["metal", None, "oxide", "metal"])[1].tolist()
    [0, -1, 1, 0]
    """
    texts = [None if label is None or label != label else _text(label) for label in labels]
    names = sorted({text for text in texts if text is not None}, key=_order)
    fractional = any(isinstance(one, float | np.floating) and one == one and one % 1 for one in labels)
    if len(names) > MOST_CLASSES and fractional:
        raise ValueError(
            f"The labels{f' of task {task!r}' if task else ''} have {len(names)} different values, such as "
            f"{names[0]}: these are numbers, not classes. Make classes of them with quantile_classes(values)."
        )
    code = {name: place for place, name in enumerate(names)}
    return names, np.array([-1 if text is None else code[text] for text in texts], dtype=np.int64)


def quantile_classes(values: Sequence[float], n: int = 2) -> np.ndarray:
    """Numbers as `n` classes of about equal size, object array (n,) of names such as `low`; NaN gives None.

    Equal values are never parted, so a value that many rows share makes one class larger.

    Raises
    ------
    ValueError
        So many rows share one value that there are fewer classes.

    Examples
    --------
    >>> quantile_classes([0.0, 1.0, 2.0, 9.0]).tolist()
    ['below 1.5', 'below 1.5', '1.5 or more', '1.5 or more']
    """
    numbers = np.asarray(values, dtype=float)
    known = np.isfinite(numbers)
    if not known.any():
        raise ValueError(f"None of the {len(numbers)} values is known, so there are no ranges of them.")
    quantiles = np.quantile(numbers[known], np.linspace(0, 1, n + 1)[1:-1])
    # Rounded, so that a class is named by the edge that parts it.
    edges = np.unique([float(f"{edge:.3g}") for edge in quantiles])
    codes = np.searchsorted(edges, numbers, side="right")
    if len(np.unique(codes[known])) < n:
        raise ValueError(
            f"The {int(known.sum())} known values do not part into {n} ranges: too many share one value. "
            "Ask for fewer classes, or give a column of classes."
        )
    names = [f"below {edges[0]:g}"]
    names += [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    names.append(f"{edges[-1]:g} or more")
    return np.array([names[c] if ok else None for c, ok in zip(codes, known, strict=True)], dtype=object)


def long_form(
    strings: Sequence[str], columns: Mapping[str, Sequence[Any]]
) -> tuple[list[str], list[Any], list[str]]:
    """Many label columns of one table as rows (string, label, task); unknown labels are left out.

    Parameters
    ----------
    columns : task -> label of each string

    Examples
    --------
    >>> long_form(["CCO", "CC"], {"toxic": [1, None], "soluble": [1, 0]})[1:]
    ([1, 1, 0], ['toxic', 'soluble', 'soluble'])
    """
    rows = [
        (string, label, task)
        for task, labels in columns.items()
        for string, label in zip(strings, labels, strict=True)
        if label is not None and label == label
    ]
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]


def _text(label: Any) -> str:
    """The same class before and after a trip through CSV: 1, 1.0 and '1' are one."""
    if isinstance(label, float | np.floating) and float(label).is_integer():
        return str(int(label))
    return str(label)


def _order(name: str) -> tuple[int, float, str]:
    """Numbers by size before words."""
    try:
        return 0, float(name), name
    except ValueError:
        return 1, 0.0, name
