"""Answer columns of a model as rows of the API, and tables to download."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from matprior.screening.answers import IN_DOMAIN, without_clashes
from matprior.web.reading import Line
from matprior.web.shelf import Served

if TYPE_CHECKING:
    import pandas as pd

    from matprior.data.table import Table


def as_rows(served: Served, lines: Sequence[Line], frame: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Rows of `schemas.RowOut`.

    Parameters
    ----------
    lines : every string, unreadable ones too
    frame : answers of the readable ones, in their order; None where there are none
    """
    found = iter([] if frame is None else frame.to_dict("records"))
    rows = []
    for line in lines:
        told = next(found) if line.string is not None else None
        rows.append(
            {
                "row": line.row, "given": line.given, "string": line.string, "problem": line.problem,
                "suggestion": line.suggestion, "notes": line.notes,
                "answers": [] if told is None else _answers(served, told),
                "in_domain": None if told is None or IN_DOMAIN not in told else bool(told[IN_DOMAIN]),
            }
        )  # fmt: skip
    return rows


def _answers(served: Served, told: dict[Any, Any]) -> list[dict[str, Any]]:
    if served.kind == "regression":
        return [
            {"target": name, "value": number(told[name])}
            | {part: number(told.get(f"{name}_{part}")) for part in ("std", "low", "high")}
            for name in served.targets
        ]
    if served.kind == "labels":
        return [
            {
                "target": name,
                "label": str(told[name]),
                "probabilities": {"1": number(told[f"{name}_p_1"])},
            }
            for name in served.targets
        ]
    name = served.targets[0]
    shares = {str(label): number(told[f"{name}_p_{label}"]) for label in served.estimator.classes_}
    return [{"target": name, "label": str(told[name]), "probabilities": shares}]


def number(value: Any) -> float | None:
    """A float that JSON has; None for NaN and infinities."""
    if value is None:
        return None
    plain = float(value)
    return plain if math.isfinite(plain) else None


def predictions(
    served: Served, coverage: float, rows: list[dict[str, Any]], notes: list[str]
) -> dict[str, Any]:
    """`schemas.PredictionsOut` as plain data."""
    return {
        "model": served.name,
        "coverage": coverage,
        "rows": rows,
        "n_problems": sum(row["string"] is None for row in rows),
        "n_unlike": sum(row["in_domain"] is False for row in rows),
        "notes": notes,
    }


def lines_of(table: Table) -> list[Line]:
    """Every row of an uploaded table, bad ones beside the others."""
    column = table.task.strings
    strings = dict(zip(table.row.tolist(), table.strings, strict=True))
    bad = {int(one["row"]): one for one in table.bad.to_dict("records")}
    notes: dict[int, list[str]] = {int(one["row"]): [one["note"]] for one in table.changes.to_dict("records")}
    lines = []
    for row, given in zip(table.original.index.tolist(), table.original[column], strict=True):
        line = Line(row, str(given), strings.get(row), notes=notes.get(row, []))
        if line.string is None:
            told = bad.get(row, {})
            line.problem = str(told.get("reason") or "cannot be read")
            line.suggestion = str(told.get("suggestion") or "") or None
        lines.append(line)
    return lines


def table_of_lines(lines: Sequence[Line], frame: pd.DataFrame | None) -> pd.DataFrame:
    """Pasted strings with their answers, to download."""
    import pandas as pd

    head = pd.DataFrame(
        [(line.row, line.given, line.string or "", line.problem or "") for line in lines],
        columns=["row", "given", "string", "problem"],
    )
    if frame is None:
        return head
    answers = frame.set_axis([i for i, line in enumerate(lines) if line.string is not None])
    head, _ = without_clashes(head, answers)
    return head.join(answers)


def table_beside(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """An uploaded table, every row and column kept, with the answers beside it."""
    answers = frame.set_axis(table.row)
    kept, _ = without_clashes(table.original, answers)
    return kept.join(answers)
