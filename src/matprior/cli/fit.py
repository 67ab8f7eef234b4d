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
    tune: Annotated[
        int | None,
        typer.Option(help="Search training options first, with so many trials inside these rows."),
    ] = None,
    seed: Seed = 0,
    strict: Strict = False,
    data_folder: DataFolder = None,
) -> None:
    """Fit a model to a table and save it as a folder."""
    from matprior.cli.console import progress_bar, say
    from matprior.cli.options import check_choices, find_data, make_task, strategy_choice, tell
    from matprior.cli.options import training_options as options_of

    if output.is_file():
        raise ValueError(f"--output {str(output)!r} is a file. Give the name of a folder.")
    check_choices(model, strategy, settings)
    from matprior.data import read_table

    table = read_table(find_data(data, data_folder), make_task(target, strings, kind, amounts), strict)
    tell(table, output)
    from matprior.estimators import MaterialClassifier, MaterialRegressor

    chosen = MaterialRegressor if table.task.kind == "regression" else MaterialClassifier
    if len(target) > 1 and chosen is MaterialClassifier:
        raise ValueError(
            f"Classes are learned one column at a time; {len(target)} were named. Give one --target."
        )
    estimator = chosen(
        model=None if model == "none" else model,
        strategy=strategy_choice(strategy, settings),
        training=options_of(settings),
        seed=seed,
    )
    columns = table.targets if len(target) > 1 else table.targets.iloc[:, 0]
    if tune is not None:
        from matprior.estimators.tuning_search import JOURNAL
        from matprior.estimators.tuning_search import tune as search

        with progress_bar("Searching") as progress:
            journal = output / JOURNAL
            found = search(table.strings, columns, tune, estimator, journal=journal, progress=progress)
        estimator.set_params(training=found)
        say("Found: " + ", ".join(f"{name} {_short(value)}" for name, value in found.items()) + ".")
    with progress_bar("Fitting") as progress:
        estimator.fit(table.strings, columns, progress=progress)
    from matprior.cli.saving import save_fitted

    scores = save_fitted(estimator, table, output, data)
    say(
        f"Fitted on {estimator.n_training_rows_:,} rows, watched on "
        f"{len(estimator.watched_results_) // len(target):,}.",
        *scores,
        f"Saved in {output}. Predict with: matprior predict {output} NEW.csv --output preds.csv",
    )


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
