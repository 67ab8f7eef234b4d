"""Dealing rows to folds so that the hand depends on names and a seed, never on the order of the table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from hashlib import blake2b

import numpy as np

BINS = 10
"""Ranges of a measured value that a stratified split balances."""
MOST_CLASSES = 20
"""A numeric label with more different values than this is a measured value."""


def draw(name: str, seed: int) -> bytes:
    """A fixed random draw for a name: the same on every machine and in every run."""
    return blake2b(f"{seed}|{name}".encode(), digest_size=8).digest()


def deal(
    keys: Sequence[str], n_splits: int, seed: int, what: str, strata: Mapping[str, object]
) -> np.ndarray:
    """Fold number of each row; rows with the same key share a fold, and folds are of nearly equal size.

    Parameters
    ----------
    keys : length n
    n_splits : number of folds
    seed : another seed, another hand
    what : what the keys are, for the message when there are too few
    strata : key -> stratum; every fold gets its share of each stratum. Empty: one stratum
    """
    size: dict[str, int] = defaultdict(int)
    for key in keys:
        size[key] += 1
    check_count(n_splits, len(size), what, "n_splits")
    # Large families first: dealt last, they could not be balanced any more.
    order = sorted(size, key=lambda key: (repr(strata.get(key)), -size[key], draw(key, seed), key))
    total = [0] * n_splits
    part: dict[object, list[int]] = defaultdict(lambda: [0] * n_splits)
    fold_of: dict[str, int] = {}
    for key in order:
        filled = part[strata.get(key)]
        fold = min(range(n_splits), key=lambda i: (filled[i], total[i]))
        fold_of[key] = fold
        filled[fold] += size[key]
        total[fold] += size[key]
    return np.array([fold_of[key] for key in keys], dtype=np.int64)


def make_strata(strings: Sequence[str], y: np.ndarray) -> dict[str, object]:
    """String -> its class, or the range its value falls in; rows of one string count together."""
    values: dict[str, list] = defaultdict(list)
    for string, value in zip(strings, y.tolist(), strict=True):
        values[string].append(value)
    known = {key: [v for v in group if v is not None and v == v] for key, group in values.items()}
    numeric = np.issubdtype(y.dtype, np.number) and len(np.unique(y)) > MOST_CLASSES
    if not numeric:
        return {
            key: max(sorted(group, key=repr), key=group.count) if group else None
            for key, group in known.items()
        }
    means = {key: float(np.mean(sorted(group))) for key, group in known.items() if group}
    edges = np.quantile(list(means.values()), np.linspace(0, 1, BINS + 1)[1:-1])
    return {key: int(np.searchsorted(edges, means[key])) if key in means else None for key in known}


def check_count(wanted: int, there: int, what: str, option: str) -> None:
    """Refuse fewer than two folds, and more folds than there are things to deal."""
    if not isinstance(wanted, (int, np.integer)) or wanted < 2:
        raise ValueError(f"{option} is {wanted!r}; expected a whole number from 2 on. 5 is usual.")
    if wanted > there:
        raise ValueError(
            f"{option}={wanted} folds were asked for, but there are only {there} {what}; expected at least "
            f"as many {what} as folds. Ask for {max(there, 2)} or fewer, or split another way."
        )


def column_texts(values: Sequence | None, strings: Sequence | None, what: str) -> list[str]:
    """A column as text, '' where it is empty, checked to be as long as the strings."""
    if values is None or strings is None:
        raise ValueError(
            f"No values were given for {what}; expected one per row. Pass the column of the table."
        )
    texts = ["" if value is None or value != value else _text(value) for value in values]
    if len(texts) != len(strings):
        raise ValueError(
            f"There are {len(texts)} values in {what} but {len(strings)} strings; expected one per row. "
            "Take both from the same table, after duplicates were merged."
        )
    return texts


def _text(value: object) -> str:
    """'3' for 3.0: a column with an empty cell turns whole numbers into floats."""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def fold_names(texts: Sequence[str]) -> list[str]:
    """Different filled values, numbers in numeric order before words."""

    def key(text: str) -> tuple[int, float, str]:
        try:
            return 0, float(text), text
        except ValueError:
            return 1, 0.0, text

    return sorted({text for text in texts if text}, key=key)
