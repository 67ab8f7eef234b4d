"""`matprior predict`: a model folder and a table of formulas in, the same table with answers out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matprior.cli.options import DataFolder, Engine, Strict, Strings

if TYPE_CHECKING:
    import pandas as pd


def predict(
    model: Annotated[Path, typer.Argument(help="Folder written by matprior fit.")],
    data: Annotated[str, typer.Argument(help="Table or text file with one string a line.")],
    output: Annotated[Path, typer.Option(help="CSV, TSV, Excel or Parquet file to write.")],
    strings: Strings = None,
    task: Annotated[
        str | None, typer.Option(help="Which task of a model of several; all of them when left out.")
    ] = None,
    coverage: Annotated[float, typer.Option(help="Share of truths between low and high.")] = 0.9,
    variants: Annotated[
        int, typer.Option(help="Average over so many further spellings of each molecule; each costs as much.")
    ] = 0,
    strict: Strict = False,
    engine: Engine = "torch",
    data_folder: DataFolder = None,
) -> None:
    """Predict; every input column and row is kept."""
    from matprior.cli.console import say
    from matprior.cli.options import find_data
    from matprior.cli.telling import tell_beside
    from matprior.data import read_strings
    from matprior.data.wording import counted
    from matprior.data.writing import check_output, write_table
    from matprior.screening.answers import answer, without_clashes
    from matprior.screening.engines import open_model, task_of

    check_output(output)  # before the work, not after it
    estimator = open_model(model, engine, several=True)
    if task is not None:
        estimator = _one(estimator, task, model)
    # Extra columns are asked for by name: a table that lacks one is refused, and the message names it.
    extra = getattr(estimator, "task_", {}).get("extra", [])
    read_as = task_of(estimator, strings, extra=extra)
    table = read_strings(find_data(data, data_folder), read_as, strict)
    if len(table) == 0:
        raise ValueError(
            f"No row of {data} holds a formula that can be read. The first problem: {_first(table.bad)}"
        )
    tell_beside(table, output)
    beside: dict[str, Any] = {"extra": table.frame[extra]} if extra else {}
    if variants and (hasattr(estimator, "choice_") or hasattr(estimator, "tasks_") or engine != "torch"):
        raise ValueError("--variants is for single networks that PyTorch runs. Leave it out for this model.")
    if variants:
        beside["variants"] = variants
    answers = answer(estimator, list(table.strings), coverage, **beside)
    answers.index = table.row
    frame, renamed = without_clashes(table.original, answers)
    say(*(f"The column {old!r} of the table is called {new!r} in the output; {old!r} is the prediction."
          for old, new in renamed.items()))  # fmt: skip
    # Joined on the row number, so that rows without an answer stay where they were, empty.
    write_table(frame.join(answers), output)
    say(f"{len(answers):,} of {counted(len(frame), 'row')} predicted. Written to {output}.")
    _tell_far(answers)


def _tell_far(answers: pd.DataFrame) -> None:
    """Say how many strings are unlike the training rows; of several tasks each speaks for itself."""
    from matprior.cli.console import say
    from matprior.screening.answers import IN_DOMAIN

    far = 0 if IN_DOMAIN not in answers else int((~answers[IN_DOMAIN]).sum())
    if far:
        say(
            f"{far:,} of them are unlike the rows the model learned from ({IN_DOMAIN} is False): they hold a "
            "new element, or lie farther from all training rows than those lie from each other. Their error "
            "bars promise nothing."
        )


def _one(estimator: Any, task: str, folder: Path) -> Any:
    """One task of a model of several."""
    if not hasattr(estimator, "tasks_"):
        raise ValueError(f"--task is for models of several tasks; {folder} answers one. Leave it out.")
    return estimator.of(task)


def _first(bad: pd.DataFrame) -> str:
    return "the file is empty." if bad.empty else f"row {bad['row'].iloc[0]}, {bad['reason'].iloc[0]}."
