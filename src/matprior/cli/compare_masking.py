"""`matprior compare-masking`: one short pretraining per masking strategy, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matprior.cli.options import DataFolder, Set

if TYPE_CHECKING:
    import pandas as pd

    from matprior.pretraining.run import PretrainingRecipe


def compare_masking(
    recipe: Annotated[Path, typer.Argument(help="YAML recipe; its masking strategy is not heeded.")],
    output: Annotated[Path, typer.Option(help="Folder for tables, figure and one checkpoint per strategy.")],
    strategies: Annotated[
        str | None, typer.Option(help="Comma-separated masking strategies; all when left out.")
    ] = None,
    data: Annotated[
        list[str] | None, typer.Option(help="Table to fine-tune on; may be given several times.")
    ] = None,
    target: Annotated[
        list[str] | None, typer.Option(help="Column of the table; one per --data, in the same order.")
    ] = None,
    folds: Annotated[int, typer.Option(help="Folds of each table, by chemical system.")] = 3,
    settings: Set = None,
    tune: Annotated[
        list[str] | None, typer.Option(help="Fine-tuning option as key=value, such as epochs=20; repeatable.")
    ] = None,
    data_folder: DataFolder = None,
) -> None:
    """Compare masking strategies: one short pretraining each, of equal budget and seed."""
    from matprior.cli.console import progress_bar
    from matprior.data.folder import local_folder
    from matprior.data.recipe import read_recipe
    from matprior.evaluation.masking_study import compare_masking as run
    from matprior.evaluation.masking_study import strategies_of
    from matprior.pretraining.run import PretrainingRecipe

    tables, targets = data or [], target or []
    if len(tables) != len(targets):
        raise ValueError(
            f"{len(tables)} --data and {len(targets)} --target were given. Give one --target per --data, in "
            "the same order."
        )
    names = strategies_of(None if strategies is None else [one.strip() for one in strategies.split(",")])
    chosen = read_recipe(recipe, PretrainingRecipe, settings)
    questions = _read(tables, targets, data_folder, folds)
    with progress_bar("Pretraining") as progress:
        lines = run(chosen, local_folder(data_folder) or Path(), output, names, progress)
    lines = _downstream(lines, questions, chosen, output, names, folds, tune)
    _write(lines, output)
    _show(lines, output)


def _read(tables: list[str], targets: list[str], folder: Path | None, folds: int) -> list:
    """Tables to fine-tune on, read and parted before anything is trained: a misspelt column, or fewer
    chemical systems than folds, must not cost an hour."""
    from matprior.cli.options import find_data, make_task
    from matprior.cli.telling import tell
    from matprior.data import SPLITS, read_table
    from matprior.evaluation.questions import folds_of

    found = []
    for name, column in zip(tables, targets, strict=True):
        table = read_table(find_data(name, folder), make_task([column], None, None, "atoms"))
        tell(table, None)
        folds_of(SPLITS["group"](n_splits=folds), table)
        found.append((Path(name).name.split(".")[0], table))
    return found


def _downstream(
    lines: pd.DataFrame,
    questions: list,
    recipe: PretrainingRecipe,
    output: Path,
    names: list[str],
    folds: int,
    tune: list[str] | None,
) -> pd.DataFrame:
    import pandas as pd

    from matprior.cli.console import progress_bar
    from matprior.cli.options import training_options
    from matprior.data import SPLITS
    from matprior.evaluation.masking_study import compare_downstream

    parts, options = [lines], {"training": training_options(tune)}
    with progress_bar("Fine-tuning") as progress:
        for name, table in questions:
            split = SPLITS["group"](n_splits=folds)
            parts.append(compare_downstream(table, name, split, recipe, output, names, options, progress))
    return pd.concat(parts, ignore_index=True)


def _write(lines: pd.DataFrame, output: Path) -> None:
    from matprior.data.files import write_atomically
    from matprior.reports.masking_figures import group_figure
    from matprior.reports.pixels import write_picture

    with write_atomically(output / "compare-masking.csv") as draft:
        lines.to_csv(draft, index=False)
    write_picture(output / "compare-masking.svg", group_figure(lines))


def _show(lines: pd.DataFrame, output: Path) -> None:
    from matprior.cli.console import say, show_table
    from matprior.reports.masking_figures import downstream_rows, group_rows, overall_rows

    show_table("One hidden atom, held-out formulas", *overall_rows(lines))
    show_table("Top-1 by chemical group of the hidden atom", *group_rows(lines))
    head, rows = downstream_rows(lines)
    if rows:
        show_table("Fine-tuned, mean ± standard deviation over folds", head, rows)
    say(f"Lines: {output / 'compare-masking.csv'}. Picture: {output / 'compare-masking.svg'}.")
