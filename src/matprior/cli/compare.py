"""`matprior compare`: models × strategies × labels × splits × seeds, and what of it is more than chance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matprior.cli.options import Amounts, Data, DataFolder, Kind, Set, Strict, Strings

if TYPE_CHECKING:
    import pandas as pd

    from matprior.data.table import Table
    from matprior.evaluation.grid import Grid
    from matprior.evaluation.ranks import Ranking


def compare(
    data: Data,
    output: Annotated[Path, typer.Option(help="Folder for the cells, results.csv and report.html.")],
    target: Annotated[
        list[str] | None, typer.Option("--target", help="Column to learn; repeatable.")
    ] = None,
    models: Annotated[
        str | None,
        typer.Option(help="Comma-separated: baselines, checkpoints, name:strategy; left out, the checkpoint "
                          "for these strings. A dummy, a good baseline and the network without pretraining "
                          "always take part."),
    ] = None,
    strategies: Annotated[
        str | None, typer.Option(help="Comma-separated; each network is tried with each, as full,extract.")
    ] = None,
    labels: Annotated[
        str, typer.Option(help="Comma-separated numbers of training rows, such as 50,200,all.")
    ] = "all",
    split: Annotated[
        str, typer.Option(help="Comma-separated: random, group (chemical system), cluster.")
    ] = "group",
    folds: Annotated[int | None, typer.Option(help="Number of folds; 5 when left out.")] = None,
    fold_column: Annotated[
        str | None, typer.Option(help="Column with the fold of each row; a data set's official one is found.")
    ] = None,
    seeds: Annotated[str, typer.Option(help="Comma-separated seeds.")] = "0",
    workers: Annotated[int, typer.Option(help="Cells computed at once, with equal shares of the cores.")] = 1,
    strings: Strings = None,
    kind: Kind = None,
    amounts: Amounts = "atoms",
    settings: Set = None,
    refuse_leaks: Annotated[
        bool | None, typer.Option("--refuse-leaks/--allow-leaks", help="As for matprior evaluate.")
    ] = None,
    strict: Strict = False,
    data_folder: DataFolder = None,
) -> None:  # fmt: skip
    """Compare models fairly; stopped studies are taken up where they were."""
    from matprior.cli.console import progress_bar, say
    from matprior.cli.evaluate import guard
    from matprior.cli.options import find_data, make_task, tell
    from matprior.data import read_table
    from matprior.evaluation.contestants import SCRATCH, contestants
    from matprior.evaluation.grid import line_up, plan
    from matprior.evaluation.grid_workers import run_grid
    from matprior.models.zoo import checkpoint_for

    names = line_up(_words(models or SCRATCH), _words(strategies))
    counts, numbers, options = _counts(labels), _whole(seeds, "--seeds"), _options(settings)
    # Refused now, not after a long table.
    contestants(names, kind or "regression", notation=None, options=options)
    path = find_data(data, data_folder)
    targets = target or _targets(data)
    official = fold_column is not None or (folds is None and _is_set(data))
    # Published folds are scored row by row: merging duplicates would change the rows.
    table = read_table(
        path, make_task(targets, strings, kind, amounts), strict, "keep" if official else "auto"
    )
    tell(table, output)
    if models is None:
        names = line_up([checkpoint_for(table.task.notation)], _words(strategies))
    splits = _splits(table, _words(split), folds, fold_column, official)
    for one in splits.values():
        guard(table, one, names, data, refuse_leaks)
    grid = plan(table, names, splits, counts, numbers, options)
    left = len(grid.todo(output))
    if left < len(grid.cells):
        kept = f"{len(grid.cells) - left:,} of {len(grid.cells):,}"
        say(f"{kept} cells are finished and are not computed again.")
    failed: dict[str, str] = {}
    try:
        with progress_bar("Comparing") as progress:
            failed = run_grid(grid, output, workers, progress)
    finally:  # Ctrl-C: what is there is worth a table
        if len(grid.todo(output)) < len(grid.cells):
            _write_results(grid, output)
    _report(grid, output, data, splits, failed)


def _words(text: str | None) -> list[str]:
    return [word.strip() for word in (text or "").split(",") if word.strip()]


def _whole(text: str, option: str) -> list[int]:
    try:
        return [int(word) for word in _words(text)]
    except ValueError:
        raise ValueError(f"{option} {text!r} are not whole numbers. Write {option} 0,1,2.") from None


def _counts(text: str) -> list[int | None]:
    numbers = _whole(",".join(word for word in _words(text) if word != "all"), "--labels")
    found: list[int | None] = [*sorted(set(numbers))]
    return [*found, None] if "all" in _words(text) or not found else found


def _is_set(data: str) -> bool:
    from matprior.data.catalog import catalog

    return not Path(data).suffix and data in catalog()


def _targets(data: str) -> list[str]:
    from matprior.data.catalog import catalog

    if _is_set(data) and (targets := catalog()[data].targets) not in ((), ("*",)):
        return list(targets)
    raise ValueError(f"{data} does not say what is to be learned. Name the column with --target.")


def _splits(
    table: Table, names: list[str], folds: int | None, column: str | None, official: bool
) -> dict[str, Any]:
    """Name -> splitter."""
    from matprior.cli.console import say
    from matprior.cli.evaluate import SPLIT_BY, make_split
    from matprior.data.columns import split_columns

    if column is None and official:
        column = next((name for name in split_columns(table.frame) if name not in table.task.columns), None)
        if column is not None:
            say(f"Folds are those of column {column!r}; --folds 5 deals anew.")
    if column is not None:
        return {column: make_split(table, None, column, "column")}
    for name in names:
        if name not in SPLIT_BY:
            raise ValueError(f"--split {name!r} is unknown. Known: {', '.join(SPLIT_BY)}.")
    return {name: make_split(table, folds or 5, None, name) for name in names or ["group"]}


def _options(settings: list[str] | None) -> dict[str, Any]:
    from matprior.cli.options import estimator_options, training_options

    training = training_options(settings)
    return {**({"training": training} if training else {}), **estimator_options(settings)}


def _write_results(grid: Grid, output: Path) -> pd.DataFrame:
    from matprior.data.files import write_atomically
    from matprior.evaluation.grid import gather

    results = gather(grid, output)
    with write_atomically(output / "results.csv") as draft:
        results.to_csv(draft, index=False)
    return results


def _report(grid: Grid, output: Path, data: str, splits: dict[str, Any], failed: dict[str, str]) -> None:
    """Print the tables and the verdict; write scores.csv, comparisons.csv and the page."""
    from matprior.cli.console import say, show_table
    from matprior.data.files import write_atomically
    from matprior.evaluation.grid import blocks, gather
    from matprior.evaluation.ranks import all_pairs
    from matprior.evaluation.scores import scores
    from matprior.reports.grid_page import pair_table, ranking_words
    from matprior.reports.tables import score_table

    say(*(f"{cell} failed: {error}" for cell, error in failed.items()))
    parts = blocks(gather(grid, output))
    pairs = all_pairs(parts)
    told = pd_concat([scores(rows).assign(split=s, labels=n) for _, s, n, rows in parts])
    for name, frame in (("scores.csv", told), ("comparisons.csv", pairs)):
        with write_atomically(output / name) as draft:
            frame.to_csv(draft, index=False)
    for target, split, labels, rows in parts:
        found = scores(rows)
        table = score_table(
            found[found["metric"].isin(("MAE", "RMSE", "R2", "ROC-AUC", "balanced_accuracy"))]
        )
        show_table(f"{target}, {split}, {labels} labels", table.columns, table.rows)
    if (table_of_pairs := pair_table(pairs)) is not None:
        show_table("Pairs, the surest first", table_of_pairs.columns, table_of_pairs.rows[:12])
    ranks = _ranks(parts)
    if ranks is not None:
        say(*ranking_words(ranks))
    sentences = _sentences(parts)
    say(*sentences)
    _page(grid, output, data, splits, (parts, pairs, ranks, sentences))


def pd_concat(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Frames below each other; pandas is loaded only here."""
    import pandas as pd

    return pd.concat(frames, ignore_index=True)


def _ranks(parts: list[Any]) -> Ranking | None:
    from matprior.evaluation.ranks import ranking

    try:
        return ranking(parts)
    except ValueError:  # no fold with all models: some failed everywhere
        return None


def _sentences(parts: list[Any]) -> list[str]:
    """Whether pretraining helped, for every part."""
    from matprior.evaluation.compare import verdict

    found = []
    for target, split, labels, rows in parts:
        if sentence := verdict(rows, target=target):
            where = f"{target}, {split}, {labels} labels: " if len(parts) > 1 else ""
            found.append(where + sentence)
    return found


def _page(grid: Grid, output: Path, data: str, splits: dict[str, Any], told: tuple[Any, ...]) -> None:
    from matprior.cli.console import command, say
    from matprior.evaluation.records import versions
    from matprior.reports.grid_page import grid_blocks
    from matprior.reports.html import write_page

    name = Path(data).name.split(".")[0]
    facts = [
        ("data", Path(data).name),
        ("SHA-256 of the data", grid.table.sha256),
        ("splits", ", ".join(splits)),
        ("cells", f"{len(grid.cells):,}"),
        ("versions", ", ".join(f"{package} {number}" for package, number in versions().items() if number)),
    ]
    n_models = len({cell.model for cell in grid.cells})
    subtitle = f"{len(grid.table):,} rows · {n_models} models · {len(grid.cells):,} cells"
    page = write_page(output, f"Comparison on {name}", subtitle, grid_blocks(*told), facts, command())
    say(f"Report: {page}.")
