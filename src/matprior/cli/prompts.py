"""`matprior prompts`: several tasks on one frozen encoder, added, listed, taken out, looked into."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matprior.cli.options import Amounts, Data, DataFolder, Kind, Seed, Set, Strict, Strings
from matprior.cli.verb import Verb, check_place

if TYPE_CHECKING:
    from matprior.data.table import Table
    from matprior.estimators.tasks import MaterialTasks

app = typer.Typer(help="Several tasks on one encoder: add, list, take, analyse.", no_args_is_help=True)
Model = Annotated[Path, typer.Argument(help="Folder of a model of several tasks.")]


@app.command(cls=Verb)
def add(
    model: Annotated[Path, typer.Argument(help="Folder of the model; made where missing. A folder of "
                                               "`fit --strategy prompts` becomes one with several tasks.")],
    data: Data,
    target: Annotated[str, typer.Option(help="Column to learn.")],
    task: Annotated[str | None, typer.Option(help="Name of the task; the column's when left out.")] = None,
    from_task: Annotated[str | None, typer.Option(help="Task whose prompt this one starts from.")] = None,
    base: Annotated[str, typer.Option(help="Checkpoint of a new model.")] = "matbert-small",
    strings: Strings = None,
    kind: Kind = None,
    amounts: Amounts = "atoms",
    settings: Set = None,
    seed: Seed = 0,
    strict: Strict = False,
    data_folder: DataFolder = None,
) -> None:  # fmt: skip
    """Learn one more task; the answers of the others stay as they are, to the last bit."""
    from matprior.cli.console import progress_bar, say
    from matprior.cli.options import (
        estimator_options,
        find_data,
        make_task,
        strategy_choice,
        training_options,
    )
    from matprior.cli.telling import tell
    from matprior.data import read_table

    check_place(model)
    several = _open(model) if model.exists() else _new(base)
    chosen = strategy_choice("prompts", settings)
    table = read_table(find_data(data, data_folder), make_task([target], strings, kind, amounts), strict)
    tell(table, None)
    name = task or _name(target)
    with progress_bar(f"Learning {name}") as progress:
        several.add(
            name, table.strings, table.targets.iloc[:, 0], str(table.task.kind), chosen, from_task, progress,
            training=training_options(settings), seed=seed, **estimator_options(settings),
        )  # fmt: skip
    _remember(several, name, table)
    several.save(model)
    say(
        *prompt_words(several.of(name).model_),
        f"Saved in {model}, which answers {', '.join(several.names)}. "
        f"Predict with: matprior predict {model} NEW.csv --task {name} --output preds.csv",
    )


@app.command("list", cls=Verb)
def list_(model: Model) -> None:
    """List the tasks of a model and what each costs."""
    from matprior.cli.console import show_table
    from matprior.reports.prompts_page import cost_rows

    several = _open(model)
    head, rows = cost_rows(several.table())
    counts = several.table()["rows"]
    rows = [[*row[:-1], f"{n:,}"] for row, n in zip(rows, counts, strict=True)]
    show_table(f"Tasks of {model}", [*head[:-1], "rows"], rows)


@app.command(cls=Verb)
def take(
    model: Model,
    task: Annotated[str, typer.Argument(help="Name of the task.")],
    output: Annotated[Path, typer.Option(help="Folder of the single model.")],
) -> None:
    """Write one task as a model of its own, which every other command takes."""
    from matprior.cli.console import say

    _open(model).of(task).save(output)
    say(f"Task {task} is a model of its own in {output}.")


@app.command(cls=Verb)
def analyse(
    model: Model,
    data: Data,
    output: Annotated[Path | None, typer.Option(help="Folder for the tables and report.html.")] = None,
    strings: Strings = None,
    seed: Seed = 0,
    strict: Strict = False,
    data_folder: DataFolder = None,
) -> None:
    """Compare each prompt with none, the others' and random ones; likeness, attention, neighbours, costs."""
    from matprior.cli.console import progress_bar, say, show_table
    from matprior.cli.options import find_data, make_task
    from matprior.cli.telling import tell
    from matprior.data.table import read_strings
    from matprior.evaluation.prompt_effects import analyse_prompts
    from matprior.reports.prompts_page import cost_rows, effect_rows

    several = _open(model)
    path = find_data(data, data_folder)
    table = read_strings(path, make_task([], strings, None, "atoms"), strict)
    tell(table, None)
    truths = _truths(several, table)
    with progress_bar("Asking") as progress:
        found = analyse_prompts(several, list(table.strings), truths, seed, progress)
    if len(found.effects):
        show_table("Error with another prompt", *effect_rows(found.effects))
    show_table("Costs", *cost_rows(found.costs))
    say(*found.notes)
    if output is not None:
        _write(found, table, output, model)


def _truths(several: MaterialTasks, table: Table) -> dict[str, Any]:
    """Task -> what the table says was measured, shape (n,); tasks of which it says nothing are left out."""
    from matprior.cli.console import say
    from matprior.data.values import read_labels, read_numbers

    truths = {}
    for name in several.names:
        one = several.of(name)
        column = one.target_names_[0]
        if column not in table.frame:
            continue
        cells = table.frame[column].astype(str).where(table.frame[column].notna(), "").tolist()
        read = (read_labels if hasattr(one, "classes_") else read_numbers)(cells, column)
        if read.problems:
            place, reason, _ = read.problems[0]
            bad = f"{len(read.problems):,} cells of {column!r}"
            say(f"{bad} count as unknown, such as {cells[place]!r}: {reason}.")
        if any(value == value for value in read.values):
            truths[name] = read.values
    return truths


def _write(found: Any, table: Table, output: Path, model: Path) -> None:
    from matprior.cli.console import command, say
    from matprior.data.files import write_atomically
    from matprior.reports.html import write_page
    from matprior.reports.prompts_page import prompt_blocks

    for name in ("effects", "similarity", "attention", "nearest", "costs"):
        with write_atomically(output / f"{name}.csv") as draft:
            getattr(found, name).to_csv(draft, index=name == "similarity")
    subtitle = f"{len(found.costs)} tasks · {len(table):,} strings"
    facts = [("SHA-256 of the table", table.sha256)]
    page = write_page(output, f"Prompts of {model.name}", subtitle, prompt_blocks(found), facts, command())
    say(f"Report: {page}.")


def _open(model: Path) -> MaterialTasks:
    from matprior.estimators import MaterialTasks, load

    held = load(model)
    if isinstance(held, MaterialTasks):
        return held
    if getattr(getattr(held, "model_", None), "config", None) is None or held.model_.config.prompt is None:
        raise ValueError(
            f"{model} holds a {type(held).__name__} without a prompt. Give a folder of `matprior prompts add`"
            " or `matprior fit --strategy prompts` wrote, or one that does not exist yet."
        )
    several = MaterialTasks(model)
    return several.take(_name(held.target_names_[0]), held)


def _new(base: str) -> MaterialTasks:
    from matprior.estimators import MaterialTasks
    from matprior.models.zoo import find

    find(base)
    return MaterialTasks(base)


def _name(column: str) -> str:
    """A column's name as that of a task."""
    import re

    return re.sub(r"[^A-Za-z0-9_-]+", "_", column).strip("_") or "task"


def _remember(several: MaterialTasks, name: str, table: Table) -> None:
    from dataclasses import asdict

    several.of(name).task_ = asdict(table.task)


def prompt_words(network: Any) -> list[str]:
    """What was trained of a network with a prompt, as a sentence; none for other networks."""
    from matprior.models.prompts import counted

    if network.config.prompt is None:
        return []
    own, every = counted(network)
    return [f"Prompt and head: {own:,} trainable of {every:,} parameters, {100 * own / every:.2g} %."]
