"""A quick model from an uploaded table, in a process of its own that can be stopped at any moment."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matprior.web.shelf import ROWS

if TYPE_CHECKING:
    from matprior.data.table import Table

METHODS = ("full", "extract")
"""Strategies that are quick enough to wait for."""
RESULTS = "results.csv"


@dataclass(frozen=True)
class Work:
    """What to learn."""

    table: Path
    target: str
    strings: str
    output: Path
    method: str = "full"
    pretrained: bool = True
    epochs: int | None = None


def learn(work: Work, pipe: Connection) -> None:
    """Fit and save, and tell the parent how far it is; the entry of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us too; the parent sees to our end

    def tell(**facts: Any) -> None:
        pipe.send_bytes(json.dumps(facts, allow_nan=False).encode())

    try:
        tell(
            state="done", message=fit(work, lambda done, total, note: tell(done=done, total=total, note=note))
        )
    except ValueError as error:
        tell(state="failed", message=str(error))
    except (BrokenPipeError, ConnectionResetError):
        return  # the parent is gone, and nobody wants the model any more


def fit(work: Work, progress: Callable[[int, int, str], None]) -> str:
    """Fit a model, save it as a folder, and say in a sentence what was learned from.

    Raises
    ------
    ValueError
        The table or the column cannot be learned from.
    """
    from matprior.data import Task, read_table
    from matprior.estimators.choice import estimator_of

    table = read_table(work.table, Task(strings=work.strings or None, targets=[work.target]))
    training = None if work.epochs is None else {"epochs": work.epochs}
    base, notation = _base(work, str(table.task.notation))
    estimator = estimator_of(
        str(table.task.kind), work.method, model=base, notation=notation, training=training
    )
    estimator.fit(table.strings, table.targets.iloc[:, 0], progress=progress)
    estimator.task_ = asdict(table.task)
    estimator.save(work.output)
    _write_rows(estimator, table, work)
    return " ".join(table.notes)


def _base(work: Work, notation: str) -> tuple[str | None, str | None]:
    """The checkpoint that reads a notation, or none and the notation's name for a network from scratch."""
    from matprior.estimators.encoding import CHECKPOINTS
    from matprior.models.zoo import shipped

    name = CHECKPOINTS.get(notation)
    if not work.pretrained or name not in shipped():
        if work.method == "extract":
            raise ValueError(
                f"No pretrained model for {notation} ships with matprior, and the method 'extract' needs "
                "one. Choose 'full'."
            )
        return None, notation
    return name, None


def _write_rows(estimator: Any, table: Table, work: Work) -> None:
    from matprior.data.files import write_atomically

    with write_atomically(work.output / RESULTS) as draft:
        estimator.watched_results_.to_csv(draft, index=False)
    rows = table.frame[[work.target]].set_axis(["label"], axis=1)
    rows.insert(0, "string", table.strings.to_numpy())
    with write_atomically(work.output / ROWS) as draft:
        rows.dropna().to_csv(draft, index=False)
