"""`matprior adapt`: a model for a table that has few labels or none, from one that has many."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matprior.cli.options import Amounts, DataFolder, Head, Kind, Seed, Set, Strategy, Strings
from matprior.cli.shift import Source, Target

if TYPE_CHECKING:
    import numpy as np

    from matprior.data.table import Table


def adapt(
    source: Source,
    target: Target,
    column: Annotated[
        str, typer.Option("--target", help="Column to learn; in the target it may be missing.")
    ],
    output: Annotated[Path, typer.Option(help="Folder of the fitted model.")],
    also: Annotated[
        list[str] | None,
        typer.Option(
            help="Further table with labels of the same property; repeatable. Each is pulled towards the "
            "target by itself."
        ),
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            help="What is tried beside no adaptation: importance, adversarial, coral, mmd, conditional, "
            "average or mixed; repeatable. All of them when left out."
        ),
    ] = None,
    weight: Annotated[
        list[float] | None, typer.Option(help="Strength of an alignment; repeatable. 0.1 and 1.")
    ] = None,
    fall_back: Annotated[
        bool, typer.Option(help="Stay with no adaptation where no candidate shows a gain.")
    ] = True,
    model: Annotated[
        str | None,
        typer.Option(help="Checkpoint name or folder, or none. Left out, the checkpoint for these strings."),
    ] = None,
    strategy: Strategy = "full",
    head: Head = None,
    kind: Kind = None,
    settings: Set = None,
    strings: Strings = None,
    amounts: Amounts = "atoms",
    seed: Seed = 0,
    data_folder: DataFolder = None,
) -> None:
    """Adapt a model from a labelled source to a target; stays with none where nothing shows a gain."""
    import numpy as np

    from matprior.cli.console import progress_bar, say, show_table
    from matprior.cli.options import check_choices, estimator_options, training_options
    from matprior.cli.saving import save_fitted
    from matprior.cli.shift import read_side
    from matprior.domains.adapting import METHODS, AdaptationOptions
    from matprior.domains.adapting import adapt as run
    from matprior.estimators.choice import estimator_of
    from matprior.models.zoo import checkpoint_for
    from matprior.reports.shift_page import adaptation_rows

    options = AdaptationOptions(tuple(method or METHODS), tuple(weight) if weight else (0.1, 1.0), fall_back)
    check_choices(model, strategy, settings)
    tables = [_source(one, column, strings, kind, amounts, data_folder) for one in (source, *(also or []))]
    source = ", ".join(Path(one).name for one in (source, *(also or [])))
    table = below(tables, column)
    other = read_side(target, column, strings, amounts, data_folder)
    estimator = estimator_of(
        str(table.task.kind), strategy, notation=table.task.notation,
        model=None if model == "none" else model or checkpoint_for(table.task.notation),
        training=training_options(settings), seed=seed, **estimator_options(settings, head=head),
    )  # fmt: skip
    with progress_bar("Adapting") as progress:
        fitted = run(
            list(table.strings), table.targets.iloc[:, 0].to_numpy(), list(other.strings),
            _target_labels(other, column), estimator, options, progress,
            np.repeat(np.arange(len(tables)), [len(one) for one in tables]),
        )  # fmt: skip
    fitted.target_names_ = [column]
    fitted.watched_results_["target"] = column
    scores = save_fitted(fitted, table, output, source)
    show_table("Candidates", *adaptation_rows(fitted.adaptation_, brief=True))
    say(fitted.adaptation_.reason, fitted.adaptation_.bars, *scores)
    _write(fitted, table, other, output, source, target, model, seed)


def _source(
    data: str, column: str, strings: str | None, kind: str | None, amounts: str, folder: Path | None
) -> Table:
    from matprior.cli.options import find_data, make_task
    from matprior.cli.telling import tell
    from matprior.data import read_table

    table = read_table(find_data(data, folder), make_task([column], strings, kind, amounts))
    tell(table, None)
    return table


def below(tables: list[Table], column: str) -> Table:
    """Tables of one property below each other.

    Raises
    ------
    ValueError
        One holds numbers and another classes, or formulas and molecules.
    """
    from dataclasses import replace

    import numpy as np
    import pandas as pd

    first = tables[0]
    for other in tables[1:]:
        for name in ("kind", "notation"):
            one, two = getattr(first.task, name), getattr(other.task, name)
            if one != two:
                raise ValueError(
                    f"{column!r} is {one} in the first table and {two} in another: all sources of one model "
                    "must hold the same property of the same kind of strings."
                )
    if len(tables) == 1:
        return first
    return replace(
        first,
        frame=pd.concat([one.frame for one in tables], ignore_index=True),
        strings=pd.concat([one.strings for one in tables], ignore_index=True),
        row=np.concatenate([one.row for one in tables]),
        bad=pd.concat([one.bad for one in tables], ignore_index=True),
        sha256=", ".join(one.sha256 for one in tables),
    )


def _target_labels(table: Table, column: str) -> np.ndarray | None:
    """Labels of the target where it has the column and any cell of it is filled."""
    if column not in table.task.targets or table.frame[column].notna().sum() == 0:
        return None
    return table.frame[column].to_numpy()


def _write(
    fitted: Any,
    table: Table,
    other: Table,
    output: Path,
    source: str,
    target: str,
    model: str | None,
    seed: int,
) -> None:
    from matprior.cli.console import command, say
    from matprior.cli.shift import compare, side_facts
    from matprior.data.files import write_atomically
    from matprior.reports.html import write_page
    from matprior.reports.shift_page import adaptation_blocks

    column = fitted.target_names_[0]
    with write_atomically(output / "adaptation.csv") as draft:
        fitted.adaptation_.table.to_csv(draft, index=False)
    found = compare(table, other, column, model, seed)
    subtitle = f"{len(table):,} source rows · {len(other):,} target rows · {fitted.adaptation_.method}"
    title = f"{Path(source).name} adapted to {Path(target).name}"
    blocks = adaptation_blocks(fitted.adaptation_, found)
    page = write_page(output, title, subtitle, blocks, side_facts([table, other]), command())
    say(f"The shift: {found.verdict}. Report: {page}.", f"Saved in {output}.")
