"""`matprior evaluate`: models side by side on the same folds, as tables, files and a report."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matprior.cli.options import (
    Amounts,
    Data,
    DataFolder,
    Extra,
    Kind,
    Set,
    Strategy,
    Strict,
    Strings,
    Targets,
)

if TYPE_CHECKING:
    import pandas as pd

    from matprior.data.table import Table

WIDE = 110
"""Characters from which a terminal has room for every metric; scores.csv and the report have all."""
FIRST = ("MAE", "RMSE", "coverage90", "ROC-AUC", "balanced_accuracy", "ECE", "accuracy")
"""Metrics for narrower ones."""
DEFAULT_MODELS = "dummy,extratrees-magpie,scratch"
"""Beside the checkpoint that reads the strings of the table."""
SPLIT_BY = {"random": "n_splits", "group": "n_splits", "cluster": "n_clusters", "butina": "n_splits"}
"""--split -> what --folds is called there."""
SCAFFOLD = "scaffold"
"""The split of molecules that has its own share of test rows, and no folds."""


def evaluate(
    data: Data,
    target: Targets,
    output: Annotated[Path, typer.Option(help="Folder for results.csv, scores.csv and report.html.")],
    strings: Strings = None,
    folds: Annotated[int | None, typer.Option(help="Number of folds.")] = None,
    fold_column: Annotated[
        str | None, typer.Option(help="Column with the fold of each row, or with train and test.")
    ] = None,
    split: Annotated[
        str,
        typer.Option(
            help="Who is kept together: random, group (chemical system, or scaffold of molecules), cluster; "
            "of molecules also butina (similar ones) and scaffold (DeepChem's 80/10/10, without --folds)."
        ),
    ] = "group",
    models: Annotated[
        str | None,
        typer.Option(
            help="Comma-separated: baselines, scratch, checkpoints, name:strategy. Left out: "
            f"{DEFAULT_MODELS} and the checkpoint for these strings."
        ),
    ] = None,
    seeds: Annotated[str, typer.Option(help="Comma-separated seeds.")] = "0",
    strategy: Strategy = "full",
    extra: Extra = None,
    kind: Kind = None,
    amounts: Amounts = "atoms",
    settings: Set = None,
    record: Annotated[Path | None, typer.Option(help="Results file (JSON) to add the scores to.")] = None,
    refuse_leaks: Annotated[
        bool | None,
        typer.Option(
            "--refuse-leaks/--allow-leaks",
            help="Stop when a checkpoint has seen test formulas, or never; left out, only when it may have "
            "learned their labels.",
        ),
    ] = None,
    strict: Strict = False,
    data_folder: DataFolder = None,
) -> None:
    """Compare models on folds of a table."""
    from matprior.cli.console import command, progress_bar
    from matprior.cli.options import (
        estimator_options,
        find_data,
        make_task,
        strategy_choice,
        training_options,
    )
    from matprior.cli.telling import tell
    from matprior.data import read_table
    from matprior.evaluation.benchmark import evaluate as run
    from matprior.evaluation.contestants import contestants, refuse_extra
    from matprior.models.zoo import checkpoint_for

    if split not in (*SPLIT_BY, SCAFFOLD):
        raise ValueError(f"--split {split!r} is unknown. Known: {', '.join([*SPLIT_BY, SCAFFOLD])}.")
    said = [folds is not None, fold_column is not None, split == SCAFFOLD]
    if sum(said) != 1:
        raise ValueError(
            "Say how to test: --folds 5, or --fold-column NAME, or --split scaffold. One of the three."
        )
    names = _names(models) if models is not None else _names(DEFAULT_MODELS)
    numbers = [_seed(text) for text in seeds.split(",")]
    options = {
        "strategy": strategy_choice(strategy, settings),
        "training": training_options(settings),
        **estimator_options(settings),
    }
    # Refused now, not after a long table.
    contestants(names, kind or "regression", notation=None, options=options)
    if extra:
        refuse_extra(names, options)
    path = find_data(data, data_folder)
    # Published folds are scored row by row: merging duplicates would change the rows.
    merge = "auto" if folds is not None else "keep"
    table = read_table(path, make_task(target, strings, kind, amounts, extra), strict, merge)
    tell(table, output)
    if models is None:
        names.append(checkpoint_for(table.task.notation))
    folds_by = make_split(table, folds, fold_column, split)
    guard(table, folds_by, names, data, refuse_leaks)
    start = time.perf_counter()
    with progress_bar("Evaluating") as progress:
        results = run(
            table,
            names,
            folds_by,
            numbers,
            progress,
            options,
        )
    facts = {
        "title": f"{Path(data).stem}: {', '.join(target)}",
        "units": table.task.units,
        "command": command(),
        "data": Path(path).name,
        "data_sha256": table.sha256,
        "split": f"column {fold_column}" if fold_column else f"{folds} folds, {split}" if folds else split,
        "strategy": strategy,
        "settings": settings or [],
        **({"extra": extra} if extra else {}),
        "seconds": round(time.perf_counter() - start, 1),
        "date": datetime.now(UTC).date().isoformat(),
    }
    save(results, table, output, facts, record, Path(data).name.split(".")[0], path)


def guard(table: Table, split: Any, models: list[str], data: str, refuse: bool | None) -> None:
    """Say which checkpoints have seen test formulas; stop where that would make scores worthless."""
    from matprior.cli.console import say
    from matprior.evaluation.exposure import exposures, refuse_exposures
    from matprior.evaluation.questions import folds_of

    labelled = table.frame[table.task.targets].notna().any(axis=1).to_numpy()
    tested = {int(row) for _, _, test in folds_of(split, table) for row in test if labelled[row]}
    strings = list(table.strings)
    found = exposures(models, [strings[row] for row in sorted(tested)], data)
    if refuse is not False:
        refuse_exposures(found, everything=refuse is True)
    say(*(f"Warning: {one}" if one.seen else str(one) for one in found))


def make_split(table: Table, folds: int | None, fold_column: str | None, split: str) -> Any:
    """The splitter the options describe."""
    from matprior.data import SPLITS, TrainTestColumn

    if fold_column is not None:
        if fold_column not in table.frame:
            from matprior.data.columns import nearest

            near = nearest(fold_column, [str(name) for name in table.frame])
            hint = f" Did you mean {near!r}?" if near else ""
            columns = ", ".join(map(str, table.frame.columns))
            raise ValueError(f"There is no column {fold_column!r}. Columns: {columns}.{hint}")
        values = table.frame[fold_column]
        # Folds by value would also train on the test rows and test on the training rows.
        return SPLITS["train_test" if TrainTestColumn.fits(values) else "column"](values)
    if split in (SCAFFOLD, "butina"):
        if table.task.notation != "smiles":
            raise ValueError(f"--split {split} is for SMILES, and these are {table.task.notation} strings.")
        from matprior.data import ButinaFolds, DeepChemScaffoldSplit

        return DeepChemScaffoldSplit() if split == SCAFFOLD else ButinaFolds(n_splits=folds or 5)
    # What is related is the notation's business; rows at random are not related.
    by = {} if split == "random" else {"notation": table.task.notation}
    return SPLITS[split](**{SPLIT_BY[split]: folds}, **by)


def save(
    results: pd.DataFrame,
    table: Table,
    folder: Path,
    facts: dict[str, Any],
    record: Path | None,
    name: str,
    path: Path,
) -> None:
    """Write results, scores, report and records; print the scores and the verdict."""
    from matprior.cli.console import console, say, show_table
    from matprior.data.files import write_atomically
    from matprior.evaluation.benchmark import append_records, failures, histories, records, scores
    from matprior.evaluation.compare import verdict
    from matprior.evaluation.records import Setting, versions
    from matprior.evaluation.runaways import runaways
    from matprior.reports.html import write_report
    from matprior.reports.tables import score_table

    summary = scores(results)
    for file, frame in (("results.csv", results), ("scores.csv", summary)):
        with write_atomically(folder / file) as draft:
            frame.to_csv(draft, index=False)
    seeds = sorted(set(results["seed"]))
    facts = {**facts, "seeds": seeds, "versions": versions()}
    wild = runaways(results)
    report = write_report(
        folder, results, summary, facts, histories(results), table.bad, [*table.notes, *wild]
    )
    if record is not None:
        setting = Setting(
            name, facts["split"], facts["command"], path, facts["strategy"], tuple(facts["settings"]),
            tuple(facts.get("extra", ())),
        )  # fmt: skip
        append_records(record, records(results, setting))
    narrow = console().width < WIDE
    shown = score_table(summary[summary["metric"].isin(FIRST)] if narrow else summary)
    kept = [i for i, name in enumerate(shown.columns) if not narrow or name not in ("part", "folds")]
    rows = [[row[i] for i in kept] for row in shown.rows]
    show_table(facts["title"], [shown.columns[i] for i in kept], rows)
    say(*failures(results), *(f"Warning: {one}" for one in wild))
    for one in table.task.targets:
        if sentence := verdict(results, target=one):
            say(sentence)
    say(f"Report: {report}")


def _names(models: str) -> list[str]:
    return [name.strip() for name in models.split(",") if name.strip()]


def _seed(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(
            f"--seeds {text!r} is not a whole number. Write for example --seeds 0,1,2."
        ) from None
