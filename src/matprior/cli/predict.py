"""`matprior predict`: a model folder and a table of formulas in, the same table with answers out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matprior.cli.options import DataFolder, Strict, Strings

if TYPE_CHECKING:
    import pandas as pd


IN_DOMAIN = "in_domain"
"""Column that says whether a string is like the training rows."""
WRITERS = {
    ".csv": "to_csv",
    ".tsv": "to_csv",
    ".txt": "to_csv",
    ".xlsx": "to_excel",
    ".parquet": "to_parquet",
}
"""Ending of an output file -> the method of a data frame that writes it."""


def predict(
    model: Annotated[Path, typer.Argument(help="Folder written by matprior fit.")],
    data: Annotated[str, typer.Argument(help="Table or text file with one formula a line.")],
    output: Annotated[Path, typer.Option(help="CSV, TSV, Excel or Parquet file to write.")],
    strings: Strings = None,
    coverage: Annotated[float, typer.Option(help="Share of truths between low and high.")] = 0.9,
    strict: Strict = False,
    data_folder: DataFolder = None,
) -> None:
    """Predict; every input column and row is kept."""
    from matprior.cli.console import say
    from matprior.cli.options import find_data, tell
    from matprior.data import Task, read_strings
    from matprior.estimators import load

    _check_format(output)  # before the work, not after it
    estimator = load(model)
    told = getattr(estimator, "task_", {})
    # Extra columns are asked for by name: a table that lacks one is refused, and the message names it.
    extra = told.get("extra", [])
    task = Task(
        strings=strings,
        notation=told.get("notation"),
        amount_unit=told.get("amount_unit", "atoms"),
        extra=extra,
    )
    table = read_strings(find_data(data, data_folder), task, strict)
    if len(table) == 0:
        raise ValueError(
            f"No row of {data} holds a formula that can be read. The first problem: {_first(table.bad)}"
        )
    tell(table, output.parent if not table.bad.empty else None)
    beside = {"extra": table.frame[extra]} if extra else {}
    answers = answer(estimator, list(table.strings), coverage, **beside)
    answers.index = table.row
    frame = _without_clashes(table.original, [str(name) for name in answers.columns], say)
    # Joined on the row number, so that rows without an answer stay where they were, empty.
    write_table(frame.join(answers), output)
    say(f"{len(answers):,} of {len(frame):,} rows predicted. Written to {output}.")
    far = 0 if IN_DOMAIN not in answers else int((~answers[IN_DOMAIN]).sum())
    if far:
        say(
            f"{far:,} of them are unlike the rows the model learned from ({IN_DOMAIN} is False): they hold a "
            "new element, or lie farther from all training rows than those lie from each other. Their error "
            "bars promise nothing."
        )


def answer(estimator: Any, strings: list[str], coverage: float, **beside: Any) -> pd.DataFrame:
    """Answer columns, one row per string: `<target>`, then `_std`, `_low`, `_high` or `_p_<class>`, and
    `in_domain` where the folder knows its training rows."""
    frame = _answers(estimator, strings, coverage, **beside)
    if hasattr(estimator, "domain_"):
        frame[IN_DOMAIN] = estimator.in_domain(strings)
    return frame


def _answers(estimator: Any, strings: list[str], coverage: float, **beside: Any) -> pd.DataFrame:
    import pandas as pd

    name = estimator.target_names_[0]
    if hasattr(estimator, "classes_"):
        probability = estimator.predict_proba(strings, **beside)
        said = estimator.label(probability)
        if getattr(estimator, "multilabel_", False):
            columns = {}
            for i, label in enumerate(estimator.target_names_):
                columns[label], columns[f"{label}_p_1"] = said[:, i], probability[:, i]
            return pd.DataFrame(columns)
        columns = {f"{name}_p_{label}": probability[:, i] for i, label in enumerate(estimator.classes_)}
        return pd.DataFrame({name: said, **columns})
    frame = estimator.predict_interval(strings, coverage, **beside)
    names = {"prediction": name, "std": f"{name}_std", "low": f"{name}_low", "high": f"{name}_high"}
    several = {f"{target}_prediction": target for target in estimator.target_names_}
    return frame.rename(columns=names if len(estimator.target_names_) == 1 else several)


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table in the format its name asks for."""
    from matprior.data.files import write_atomically

    _check_format(path)
    options = {"sep": "\t"} if path.suffix in (".tsv", ".txt") else {}
    with write_atomically(path) as draft:
        getattr(frame, WRITERS[path.suffix])(draft, index=False, **options)


def _check_format(path: Path) -> None:
    if path.suffix not in WRITERS:
        what = f"not {path.suffix!r}" if path.suffix else "this name has no ending"
        raise ValueError(f"--output {path.name!r}: write .csv, .tsv, .xlsx or .parquet; {what}.")


def _without_clashes(frame: pd.DataFrame, answers: list[str], say: Callable[[str], None]) -> pd.DataFrame:
    """`frame` with columns that are called like an answer renamed: measured values must not vanish."""
    taken = {str(name) for name in frame} | set(answers)
    renamed = {}
    for name in (name for name in answers if name in frame):
        free = f"{name}_input"
        while free in taken:
            free += "_"
        renamed[name] = free
        taken.add(free)
        say(f"The column {name!r} of the table is called {free!r} in the output; {name!r} is the prediction.")
    return frame.rename(columns=renamed)


def _first(bad: pd.DataFrame) -> str:
    return "the file is empty." if bad.empty else f"row {bad['row'].iloc[0]}, {bad['reason'].iloc[0]}."
