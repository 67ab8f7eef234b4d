"""`matprior learning-curve`: error against the number of labels, and what more of them would buy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matprior.cli.options import Amounts, Data, DataFolder, Kind, Set, Strategy, Strict, Strings

if TYPE_CHECKING:
    import pandas as pd

    from matprior.evaluation.label_task import LabelTask
    from matprior.evaluation.power_law import PowerLaw

DEFAULT_MODELS = "extratrees-magpie"
"""Beside the checkpoint that reads the strings of the table."""
FILE = "learning-curve.csv"


def learning_curve(
    data: Data,
    target: Annotated[str, typer.Option("--target", help="Column to learn.")],
    output: Annotated[Path, typer.Option(help="Folder for learning-curve.csv, fits.csv and the picture.")],
    models: Annotated[
        str | None,
        typer.Option(
            help="Comma-separated: baselines, scratch, checkpoints, name:strategy. Left out: "
            f"{DEFAULT_MODELS} and the checkpoint for these strings."
        ),
    ] = None,
    more: Annotated[int, typer.Option(help="Measurements that could be added.")] = 50,
    counts: Annotated[
        str | None, typer.Option(help="Comma-separated label counts; doubling from 25 when left out.")
    ] = None,
    draws: Annotated[int, typer.Option(help="Times the subsets are drawn anew.")] = 3,
    test_share: Annotated[float, typer.Option(help="Share of the rows that are always tested.")] = 0.2,
    split: Annotated[
        str, typer.Option(help="How test rows are set aside: group (chemical system) or random.")
    ] = "group",
    strings: Strings = None,
    strategy: Strategy = "full",
    kind: Kind = None,
    amounts: Amounts = "atoms",
    settings: Set = None,
    strict: Strict = False,
    data_folder: DataFolder = None,
) -> None:
    """Show how the error falls with more labels, and what the next measurements would buy."""
    from matprior.cli.console import progress_bar
    from matprior.cli.options import find_data, make_task, strategy_choice, training_options
    from matprior.cli.telling import tell
    from matprior.data import read_table
    from matprior.evaluation.label_task import label_task
    from matprior.evaluation.learning_curve import fit_curves
    from matprior.evaluation.learning_curve import learning_curve as run
    from matprior.models.zoo import checkpoint_for

    if more < 1:
        raise ValueError(f"--more {more} adds nothing. Give the number of measurements that could be added.")
    chosen = whole_numbers(counts, "--counts")
    table = read_table(find_data(data, data_folder), make_task([target], strings, kind, amounts), strict)
    tell(table, output)
    options = {"training": training_options(settings), "strategy": strategy_choice(strategy, settings)}
    task = label_task(table, Path(data).name.split(".")[0], test_share, split, options=options)
    models = models or f"{DEFAULT_MODELS},{checkpoint_for(table.task.notation)}"
    names = [name.strip() for name in models.split(",") if name.strip()]
    with progress_bar("Learning") as progress:
        cells = run(task, names, chosen, draws, output / FILE, progress)
    _tell(cells, fit_curves(cells), task, more, output)


def whole_numbers(text: str | None, option: str) -> list[int] | None:
    """`"25, 100"` as `[25, 100]`; None stays None."""
    if text is None:
        return None
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise ValueError(
            f"{option} {text!r} is not a list of whole numbers. Write {option} 25,100."
        ) from None


def _tell(cells: pd.DataFrame, curves: dict[str, PowerLaw], task: LabelTask, more: int, output: Path) -> None:
    from matprior.cli.console import say, show_table
    from matprior.data.files import write_atomically
    from matprior.evaluation.learning_curve import curve_lines, told
    from matprior.reports.curve_figures import curve_figure, curve_rows
    from matprior.reports.pixels import write_picture

    n_all = len(task.train) + len(task.test)
    unit = f" ({task.unit})" if task.unit else ""
    show_table(f"{task.metric}{unit} of {task.target} on {len(task.test)} test rows", *curve_rows(cells))
    for line in cells[cells["problem"] != ""].itertuples():
        say(f"{line.model} failed with {line.n} labels (draw {line.draw}): {line.problem}")
    for model, curve in curves.items():
        say(told(curve.gain(n_all, more), model, task.metric, task.unit, curve.spread))
    for model in dict.fromkeys(cells["model"]):
        if model not in curves:
            say(f"{model}: a curve needs errors at 3 different label counts, so nothing is foretold.")
    with write_atomically(output / "fits.csv") as draft:
        curve_lines(cells, curves, n_all, more).to_csv(draft, index=False)
    write_picture(output / "learning-curve.svg", curve_figure(cells, curves, until=n_all + more))
    say(f"Runs: {output / FILE}. Picture: {output / 'learning-curve.svg'}.")
