"""What an evaluation asks of every model: the targets of a table, and who is tested on what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.evaluation.metrics import class_name

if TYPE_CHECKING:
    from matprior.data.table import Table


@dataclass
class Question:
    """One target of a table: what is asked of every model."""

    target: str
    kind: str
    strings: NDArray
    """Shape (n,), canonical."""
    rows: NDArray
    """Row numbers as a person counts them, shape (n,)."""
    values: NDArray
    """Targets as given, shape (n,)."""
    extra: pd.DataFrame | None = None
    """Further columns that the answer depends on, shape (n, e)."""
    known: NDArray = field(init=False)
    classes: list[Any] = field(init=False)

    def __post_init__(self) -> None:
        self.known = ~np.asarray(pd.isna(self.values))
        self.classes = [] if self.kind == "regression" else sorted(set(self.values[self.known]), key=_order)
        if self.kind == "regression":
            self.values = self.values.astype(float)
        elif len(self.classes) < 2 or (self.kind == "binary" and len(self.classes) > 2):
            raise ValueError(
                f"Target {self.target!r} is {self.kind} and holds {len(self.classes)} classes "
                f"({[class_name(c) for c in self.classes[:5]]}). Two were expected for binary, more for "
                "multiclass. Set the kind of the task, or check the column."
            )

    def truth(self, rows: NDArray) -> NDArray:
        """Targets as Results tell them: 0 and 1 for two classes (1 is the later in order)."""
        if self.kind == "binary":
            return np.array([int(value == self.classes[1]) for value in self.values[rows]])
        return self.values[rows]

    def beside(self, rows: NDArray) -> dict[str, pd.DataFrame]:
        """What `fit` and `predict` are given beside the strings of these rows."""
        return {} if self.extra is None else {"extra": self.extra.iloc[rows].reset_index(drop=True)}


def _order(value: Any) -> tuple[bool, Any]:
    return (True, str(value)) if isinstance(value, str) else (False, value)


def question_of(table: Table, target: str) -> Question:
    """One target of a table as a question."""
    values = table.frame[target].to_numpy()
    kind = table.task.kind or "regression"
    strings, extra = np.asarray(table.strings, dtype=object), table.task.extra
    beside = table.frame[list(extra)] if extra else None
    return Question(target, kind, strings, np.asarray(table.row), values, beside)


def folds_of(split: Any, table: Table) -> list[tuple[Any, NDArray, NDArray]]:
    """Folds as (name, train, test), positions in the table; checks that no row is on both sides.

    Folds of a column are named by its values, others by their number.
    """
    pairs, values = split, getattr(split, "values", None)
    values = None if values is None else np.asarray(values, dtype=object)
    if hasattr(split, "split"):
        pairs = split.split(list(table.strings), table.frame[table.task.targets[0]].to_numpy())
    found: list[tuple[Any, NDArray, NDArray]] = []
    for number, (train, test) in enumerate(pairs):
        train, test = np.asarray(train, dtype=int), np.asarray(test, dtype=int)
        name = number if values is None or not len(test) else _fold_name(values[test[0]])
        both = np.intersect1d(train, test)
        if len(both):
            raise ValueError(
                f"Fold {name} has {len(both)} rows both in training and in test, such as {both[0]}."
            )
        found.append((name, train, test))
    if not found:
        raise ValueError("The split gives no folds. Check the fold column, or ask for at least 2 folds.")
    return found


def _fold_name(value: Any) -> int | str:
    text = class_name(value)
    return int(text) if text.isdecimal() else text
