"""One question of a study over label counts: which rows are always tested, and which are learned first.

Test rows are set aside once, for all models, counts and draws. Training rows are nested: what was labelled
first stays labelled, as in a laboratory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.data.split import GroupFolds, RandomFolds
from matprior.evaluation.metrics import METRICS
from matprior.evaluation.questions import question_of

if TYPE_CHECKING:
    from matprior.data.table import Table

ERRORS = {"regression": "MAE", "binary": "ROC-AUC", "multiclass": "balanced_accuracy"}
"""Kind of task -> metric; what is better when higher counts as 1 minus itself."""
FEWEST_TEST = 10
"""With fewer test rows a curve would be noise."""
SPLITTERS = {"group": GroupFolds, "random": RandomFolds}


@dataclass
class LabelTask:
    """One target of one table, with the rows that are always tested and those that may be learned from."""

    name: str
    table: Table
    train: NDArray
    """Positions in the table."""
    test: NDArray
    options: dict[str, Any] = field(default_factory=dict)
    """Of the networks, such as `{"training": {"epochs": 20}}`."""

    @property
    def target(self) -> str:
        """The one target."""
        return self.table.task.targets[0]

    @property
    def kind(self) -> str:
        """regression, binary or multiclass."""
        return self.table.task.kind or "regression"

    @property
    def metric(self) -> str:
        """What `error` is called.

        An AUC is turned round, so that every error falls as labels grow.
        """
        name = ERRORS[self.kind]
        return name if METRICS[name].better == "lower" else f"1 - {name}"

    @property
    def unit(self) -> str:
        """Unit of the error."""
        return METRICS[ERRORS[self.kind]].unit(self.table.task.units.get(self.target, ""))

    def rows(self, n: int, draw: int) -> NDArray:
        """Positions of n training rows; those of a smaller n of the same draw are among them."""
        values = self.table.frame[self.target].to_numpy()[self.train]
        order = nested_order(len(self.train), None if self.kind == "regression" else values, draw)
        return self.train[order[:n]]

    @property
    def given(self) -> str:
        """Short hash of all that a cell depends on beside its key."""
        values = self.table.frame[self.target].astype(str)
        told = [list(self.table.strings), list(values), self.train.tolist(), self.test.tolist(), self.kind]
        return hashlib.sha256(repr([*told, sorted(self.options.items())]).encode()).hexdigest()[:12]


def label_task(
    table: Table,
    name: str,
    test_share: float = 0.2,
    split: str = "group",
    most_test: int = 1500,
    test: NDArray | None = None,
    options: Mapping[str, Any] | None = None,
) -> LabelTask:
    """Set test rows aside, once for all models, label counts and draws.

    Parameters
    ----------
    table : with one target; rows without a value take no part
    name : of the data set, as cells call it
    test_share : of the rows
    split : group (no chemical system on both sides) or random
    most_test : more test rows are drawn down to so many
    test : shape (n,), true for test rows; in place of `test_share` and `split`
    options : of the networks

    Examples
    --------
    >>> from matprior.data import Task, read_table
    >>> frame = pd.DataFrame({"formula": [f"Na{i}Cl" for i in range(1, 61)], "gap_eV": range(60)})
    >>> task = label_task(read_table(frame, Task(targets="gap_eV")), "salts", 0.25, split="random")
    >>> len(task.test), set(task.rows(10, draw=0)) <= set(task.rows(20, draw=0))
    (15, True)
    """
    if len(table.task.targets) != 1:
        raise ValueError(f"One target was expected, got {table.task.targets}. Choose one of them.")
    known = np.flatnonzero(question_of(table, table.task.targets[0]).known)
    if test is None:
        chosen = _tested([table.strings.iloc[i] for i in known], test_share, split)
    else:
        chosen = np.asarray(test, dtype=bool)[known]
    tested = known[chosen]
    if len(tested) < FEWEST_TEST or chosen.all():
        raise ValueError(
            f"{len(tested)} of {len(known)} rows would be tested; at least {FEWEST_TEST} are needed, and "
            "rows to learn from. Give more rows, or another share of test rows."
        )
    drawn = np.random.default_rng(0).permutation(len(tested))[:most_test]
    return LabelTask(name, table, known[~chosen], tested[np.sort(drawn)], dict(options or {}))


def _tested(strings: list[str], share: float, split: str) -> NDArray:
    if split not in SPLITTERS:
        raise ValueError(f"There is no split {split!r} here. Known: {', '.join(SPLITTERS)}.")
    if not 0.02 <= share <= 0.5:
        raise ValueError(f"The share of test rows is {share}; expected 0.02 to 0.5, such as 0.2.")
    return SPLITTERS[split](n_splits=max(2, round(1 / share))).folds(strings) == 0


def nested_order(n: int, classes: NDArray | None, draw: int) -> NDArray:
    """Order in which n rows are labelled, shape (n,); with classes, every beginning has their shares.

    Examples
    --------
    >>> order = nested_order(6, np.array([0, 0, 0, 0, 1, 1]), draw=0)
    >>> sorted(int(i) // 4 for i in order[:3])
    [0, 0, 1]
    """
    order = np.random.default_rng([draw, n]).permutation(n)
    if classes is None:
        return order
    place = np.empty(n)
    for one in pd.unique(classes):
        member = order[classes[order] == one]
        place[member] = (np.arange(len(member)) + 0.5) / len(member)
    return order[np.argsort(place[order], kind="stable")]


def doubling_counts(n_train: int, smallest: int = 25) -> list[int]:
    """Label counts from `smallest` on, each twice the one before, and all rows at the end.

    Examples
    --------
    >>> doubling_counts(330)
    [25, 50, 100, 200, 330]
    """
    counts = [smallest]
    while 2.5 * counts[-1] <= n_train:
        counts.append(2 * counts[-1])
    return [n for n in counts if n < n_train] + [n_train]


def fitting_counts(counts: Iterable[int | None], n_train: int) -> list[int]:
    """Counts that the rows allow, in rising order; None stands for all rows."""
    return sorted({n_train if n is None else int(n) for n in counts if n is None or n <= n_train})
