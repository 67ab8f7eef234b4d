"""`matprior benchmark`: a published benchmark by name, one report per table and one table over all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matprior.cli.options import DataFolder, Set, Strategy

if TYPE_CHECKING:
    from matprior.evaluation.suites import Suite

PLAN = "plan.json"
"""In a task's folder: what its results were made with; equal plans are not computed again."""


FREE = {"allow_extra_args": True, "ignore_unknown_options": True}
"""Programs of the repository have options of their own, which are handed on with those that are said here."""


def benchmark(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="Benchmark; left out, the known ones are listed.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Folder; finished tables in it are kept.")] = None,
    tasks: Annotated[str | None, typer.Option(help="Comma-separated tables; all when left out.")] = None,
    models: Annotated[
        str | None, typer.Option(help="Comma-separated, as of matprior evaluate; left out, the suite's own.")
    ] = None,
    strategy: Strategy = "full",
    seeds: Annotated[str, typer.Option(help="Comma-separated seeds.")] = "0",
    settings: Set = None,
    record: Annotated[Path | None, typer.Option(help="Results file (JSON) to add the scores to.")] = None,
    data_folder: DataFolder = None,
) -> None:
    """Score models on the published test rows of a benchmark."""
    from matprior.cli.console import say
    from matprior.evaluation.suites import PROGRAMS, find_suite

    if name is None:
        _list()
        return
    if name in PROGRAMS:
        raise typer.Exit(_run(name, context, data_folder))
    suite = find_suite(name)
    if context.args:
        raise ValueError(
            f"{context.args[0]!r} is no option of this benchmark. See matprior benchmark --help."
        )
    if output is None:
        raise ValueError(f"Where to? Give a folder, such as --output runs/{name}.")
    chosen = suite.chosen(tasks)
    contestants = models or suite.models
    for number, (table, task) in enumerate(chosen.items(), start=1):
        plan: dict[str, Any] = {
            "models": contestants, "strategy": strategy, "seeds": seeds, "set": settings or [],
        }  # fmt: skip
        if _finished(output / table, plan):
            say(f"{number}/{len(chosen)} {table}: kept, as computed before.")
            continue
        say(f"{number}/{len(chosen)} {table}")
        _evaluate(table, task, plan, output / table, record, data_folder)
    _summary(suite, list(chosen), output)


def _run(name: str, context: typer.Context, data_folder: Path | None) -> int:
    """Exit code of a program, which gets every option that was given and refuses those it does not know."""
    from matprior.data.folder import DATA_VARIABLE
    from matprior.evaluation.suites import program

    words = []
    for one in context.command.params:
        source = context.get_parameter_source(one.name or "")
        if source is None or source.name != "COMMANDLINE" or one.name in ("name", "data_folder"):
            continue
        value = context.params[one.name or ""]
        for each in value if isinstance(value, list | tuple) else [value]:
            words += [one.opts[0], str(each)]
    # Programs find their data where every part of the package does.
    surroundings = os.environ | ({DATA_VARIABLE: str(data_folder)} if data_folder else {})
    command = [sys.executable, str(program(name)), *words, *context.args]
    return subprocess.run(command, check=False, env=surroundings).returncode


def _list() -> None:
    from matprior.cli.console import show_table
    from matprior.evaluation.suites import PROGRAMS, SUITES

    rows = [[name, suite.title, suite.source, str(len(suite.tasks))] for name, suite in SUITES.items()]
    rows += [[name, what, "this project", ""] for name, (_, what) in PROGRAMS.items()]
    show_table("Benchmarks", ["name", "what", "test rows of", "tables"], rows)


def _finished(folder: Path, plan: dict[str, Any]) -> bool:
    file = folder / PLAN
    return file.is_file() and json.loads(file.read_text(encoding="utf-8")) == plan


def _evaluate(
    table: str, task: Any, plan: dict[str, Any], folder: Path, record: Path | None, data_folder: Path | None
) -> None:
    from matprior.cli.evaluate import evaluate
    from matprior.data.files import write_atomically

    evaluate(
        data=table,
        target=list(task.targets),
        output=folder,
        fold_column=task.fold_column,
        split=task.split,
        models=plan["models"],
        strategy=plan["strategy"],
        seeds=plan["seeds"],
        settings=plan["set"],
        record=record,
        data_folder=data_folder,
    )
    with write_atomically(folder / PLAN) as draft:  # last: only what is whole counts as finished
        draft.write_text(json.dumps(plan), encoding="utf-8")


def _summary(suite: Suite, tables: list[str], output: Path) -> None:
    """One line per table, one column per model, and the leaderboard's files where there is a leaderboard."""
    import pandas as pd

    from matprior.cli.console import say, show_table
    from matprior.data.files import write_atomically

    scores = pd.concat(
        [pd.read_csv(output / name / "scores.csv").assign(table=name) for name in tables], ignore_index=True
    )
    with write_atomically(output / "scores.csv") as draft:
        scores.to_csv(draft, index=False)
    main = scores[scores["metric"] == scores.groupby("table")["metric"].transform("first")]
    models = list(dict.fromkeys(main["model"]))
    rows = []
    for (table, target, metric), own in main.groupby(["table", "target", "metric"], sort=False):
        values = own.set_index("model")["mean"].reindex(models)
        rows.append([str(table), str(target), str(metric), *(f"{value:.4g}" for value in values)])
    show_table(suite.title, ["table", "target", "metric", *models], rows)
    if suite.leaderboard:
        _submissions(suite, tables, output)
    say(f"All scores: {output / 'scores.csv'}")


def _submissions(suite: Suite, tables: list[str], output: Path) -> None:
    import pandas as pd

    from matprior import __version__
    from matprior.cli.console import command, say
    from matprior.data.files import write_atomically
    from matprior.evaluation.leaderboard import submission

    # NaN is a formula, sodium nitride.
    named = {
        suite.leaderboard[name]: pd.read_csv(
            output / name / "results.csv", keep_default_na=False, na_values={"label": [""]}
        )
        for name in tables
    }
    shared = set.intersection(*({*frame["model"]} for frame in named.values()))
    for model in sorted(shared):
        about = {"algorithm": f"matprior {__version__}: {model}", "command": command()}
        file = output / "leaderboard" / f"{model.replace(':', '-')}.json"
        with write_atomically(file) as draft:
            draft.write_text(json.dumps(submission(named, model, about)), encoding="utf-8")
    say(f"For the leaderboard: {output / 'leaderboard'} ({len(shared)} models)")
