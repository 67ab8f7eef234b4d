"""`matprior fit`: a table and a column in, a model folder out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matprior.cli.options import (
    Amounts,
    Bounds,
    Data,
    DataFolder,
    Extra,
    Head,
    HeldOut,
    Kind,
    Seed,
    Set,
    StrategyOrUsual,
    Strict,
    Strings,
    Targets,
    Transform,
)


def fit(
    data: Data,
    target: Targets,
    output: Annotated[Path, typer.Option(help="Folder of the fitted model.")],
    strings: Strings = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="Checkpoint name or folder, or none for no pretraining. Left out: matbert-small for "
            "formulas, molbert-small for SMILES."
        ),
    ] = None,
    strategy: StrategyOrUsual = None,
    head: Head = None,
    transform: Transform = None,
    bounds: Bounds = None,
    held_out: HeldOut = None,
    extra: Extra = None,
    kind: Kind = None,
    amounts: Amounts = "atoms",
    settings: Set = None,
    tune: Annotated[
        int | None,
        typer.Option(help="Search training options first, with so many trials inside these rows."),
    ] = None,
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
    from matprior.cli.options import (
        check_choices,
        estimator_options,
        find_data,
        make_task,
        strategy_with_budget,
        training_options,
        usual_strategy,
    )
    from matprior.cli.telling import tell
    from matprior.launched import is_first, world_size

    if output.is_file():
        raise ValueError(f"--output {str(output)!r} is a file. Give the name of a folder.")
    options = estimator_options(settings, head=head, transform=transform, bounds=bounds, held_out=held_out)
    asked = [*options, *(name for name, given in {"tune": tune, "extra": extra}.items() if given)]
    said = ""
    if strategy is None and world_size() > 1:
        strategy, said = "full", "Several processes: fitted one network with them (--strategy full)."
    if strategy is None:
        strategy, budget, said = usual_strategy(asked, len(target), budget)
    chosen = strategy_with_budget(strategy, settings, members, budget)
    if world_size() > 1:
        _refuse_in_several_processes(strategy, tune)
    check_choices(model, chosen, settings)
    from matprior.estimators.choice import estimator_of, refuse_beside_auto

    refuse_beside_auto(chosen, *asked)
    from matprior.data import read_table
    from matprior.models.zoo import checkpoint_for

    task = make_task(target, strings, kind, amounts, extra)
    table = read_table(find_data(data, data_folder), task, strict)
    if is_first():  # of several processes one writes and talks
        tell(table, output)
        if said:
            say(said)
    estimator = estimator_of(
        str(table.task.kind),
        chosen,
        model=None if model == "none" else model or checkpoint_for(table.task.notation),
        notation=table.task.notation,
        training=training_options(settings),
        seed=seed,
        **options,
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
    beside = {"extra": table.frame[extra]} if extra else {}
    if not is_first():
        estimator.fit(table.strings, columns, **beside)
        return
    with progress_bar("Fitting") as progress:
        estimator.fit(table.strings, columns, progress=progress, **beside)
    from matprior.cli.choice import show_choice
    from matprior.cli.prompts import prompt_words
    from matprior.cli.saving import save_fitted

    scores = save_fitted(estimator, table, output, data)
    show_choice(estimator)
    seen = len(estimator.watched_results_) // len(target)
    how = "answered out of fold" if hasattr(estimator, "choice_") else "watched on"
    if getattr(getattr(estimator, "model_", None), "base_model_prefix", "") == "matbert":
        say(*prompt_words(estimator.model_))
    say(
        f"Fitted on {estimator.n_training_rows_:,} rows, {how} {seen:,}.",
        *scores,
        f"Saved in {output}. Predict with: matprior predict {output} NEW.csv --output preds.csv",
    )


def _refuse_in_several_processes(strategy: str, tune: int | None) -> None:
    if strategy == "auto" or tune is not None:
        what = "--strategy auto" if tune is None else "--tune"
        raise ValueError(
            f"{what} fits many networks and shares the cores of one machine among them: start it once, "
            "without torchrun. Several processes train one network together: give --strategy full."
        )


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
