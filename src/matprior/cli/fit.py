"""`matprior fit`: a table and a column in, a model folder out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matprior.cli.options import (
    Amounts,
    Data,
    DataFolder,
    Kind,
    Seed,
    Set,
    Strategy,
    Strict,
    Strings,
    Targets,
)


def fit(
    data: Data,
    target: Targets,
    output: Annotated[Path, typer.Option(help="Folder of the fitted model.")],
    strings: Strings = None,
    model: Annotated[
        str, typer.Option(help="Checkpoint name or folder, or none for no pretraining.")
    ] = "matbert-small",
    strategy: Strategy = "full",
    kind: Kind = None,
    amounts: Amounts = "atoms",
    settings: Set = None,
    members: Annotated[
        int | None, typer.Option(help="With --strategy auto: folds, and networks; 5 when left out.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option(help="With --strategy auto: minutes after which nothing more is started.")
    ] = None,
    seed: Seed = 0,
    strict: Strict = False,
    data_folder: DataFolder = None,
) -> None:
    """Fit a model to a table and save it as a folder."""
    from matprior.cli.console import progress_bar, say
    from matprior.cli.options import find_data, make_task, strategy_with_budget, tell, training_options

    if output.is_file():
        raise ValueError(f"--output {str(output)!r} is a file. Give the name of a folder.")
    from matprior.data import read_table

    table = read_table(find_data(data, data_folder), make_task(target, strings, kind, amounts), strict)
    tell(table, output)
    from matprior.estimators.choice import estimator_of

    if len(target) > 1 and table.task.kind != "regression":
        raise ValueError(
            f"Classes are learned one column at a time; {len(target)} were named. Give one --target."
        )
    estimator = estimator_of(
        str(table.task.kind),
        strategy_with_budget(strategy, settings, members, budget),
        model=None if model == "none" else model,
        training=training_options(settings),
        seed=seed,
    )
    columns = table.targets if len(target) > 1 else table.targets.iloc[:, 0]
    with progress_bar("Fitting") as progress:
        estimator.fit(table.strings, columns, progress=progress)
    from matprior.cli.choice import show_choice
    from matprior.cli.saving import save_fitted

    scores = save_fitted(estimator, table, output, data)
    show_choice(estimator)
    seen = len(estimator.watched_results_) // len(target)
    how = "answered out of fold" if hasattr(estimator, "choice_") else "watched on"
    say(
        f"Fitted on {estimator.n_training_rows_:,} rows, {how} {seen:,}.",
        *scores,
        f"Saved in {output}. Predict with: matprior predict {output} NEW.csv --output preds.csv",
    )
