"""One table of `matprior compare`: from the options to finished cells, tables, a verdict and a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from matprior.cli.compare_options import (
    Asked,
    label_counts,
    network_options,
    targets_of,
    whole_numbers,
    words,
)
from matprior.cli.evaluate import SCAFFOLD

if TYPE_CHECKING:
    import pandas as pd

    from matprior.data.table import Table
    from matprior.evaluation.grid import Grid
    from matprior.evaluation.ranks import Ranking

Parts = list[tuple[str, str, str, "pd.DataFrame"]]
"""Target, split, label count and rows: within a part models can be compared fold by fold."""


def study(asked: Asked) -> Parts:
    """Compute what is missing, write results and report, and print them."""
    from matprior.cli.console import progress_bar, say
    from matprior.evaluation.grid import blocks, gather
    from matprior.evaluation.grid_workers import run_grid

    grid, splits = _planned(asked)
    left = len(grid.todo(asked.output))
    if left < len(grid.cells):
        kept = f"{len(grid.cells) - left:,} of {len(grid.cells):,}"
        say(f"{kept} cells are finished and are not computed again.")
    failed: dict[str, str] = {}
    try:
        with progress_bar("Comparing") as progress:
            failed = run_grid(grid, asked.output, asked.workers, progress)
    finally:  # Ctrl-C: what is there is worth a table
        if len(grid.todo(asked.output)) < len(grid.cells):
            _write_results(grid, asked.output)
    say(*(f"{cell} failed: {error}" for cell, error in failed.items()))
    parts: Parts = blocks(gather(grid, asked.output))
    _report(grid, asked, splits, parts)
    return parts


def _planned(asked: Asked) -> tuple[Grid, dict[str, Any]]:
    """The cells, and the splitters by name; refused before anything is computed."""
    from matprior.cli.evaluate import guard
    from matprior.cli.options import find_data, make_task
    from matprior.cli.telling import tell
    from matprior.data import read_table
    from matprior.evaluation.contestants import SCRATCH, contestants
    from matprior.evaluation.grid import line_up, plan
    from matprior.models.zoo import checkpoint_for

    strategies = words(asked.strategies)
    names = line_up(words(asked.models or SCRATCH), strategies)
    counts, numbers = label_counts(asked.labels), whole_numbers(asked.seeds, "--seeds")
    options = network_options(asked.settings)
    # Refused now, not after a long table.
    contestants(names, asked.kind or "regression", notation=None, options=options)
    path = find_data(asked.data, asked.data_folder)
    task = make_task(asked.targets or targets_of(asked.data), asked.strings, asked.kind, asked.amounts)
    table = read_table(path, task, asked.strict, "keep" if asked.row_by_row else "auto")
    tell(table, asked.output)
    if asked.models is None:
        names = line_up([checkpoint_for(table.task.notation)], strategies)
    splits = _splits(table, asked)
    for one in splits.values():
        guard(table, one, names, asked.data, asked.refuse_leaks)
    return plan(table, names, splits, counts, numbers, options), splits


def _splits(table: Table, asked: Asked) -> dict[str, Any]:
    """Name -> splitter."""
    from matprior.cli.console import say
    from matprior.cli.evaluate import SPLIT_BY, make_split
    from matprior.data.columns import split_columns

    column = asked.fold_column
    if column is None and asked.published:
        column = next((name for name in split_columns(table.frame) if name not in table.task.columns), None)
        if column is not None:
            say(f"Folds are those of column {column!r}; --folds 5 or --split deals anew.")
    if column is not None:
        return {column: make_split(table, None, column, "column")}
    for name in asked.splits:
        if name not in (*SPLIT_BY, SCAFFOLD):
            raise ValueError(f"--split {name!r} is unknown. Known: {', '.join([*SPLIT_BY, SCAFFOLD])}.")
    if asked.splits == [SCAFFOLD] and asked.folds is not None:
        raise ValueError("--split scaffold has one test part and no folds. Leave --folds out.")
    return {name: make_split(table, asked.folds or 5, None, name) for name in asked.splits}


def _write_results(grid: Grid, output: Path) -> pd.DataFrame:
    from matprior.data.files import write_atomically
    from matprior.evaluation.grid import gather

    results = gather(grid, output)
    with write_atomically(output / "results.csv") as draft:
        results.to_csv(draft, index=False)
    return results


def _report(grid: Grid, asked: Asked, splits: dict[str, Any], parts: Parts) -> None:
    """Print the tables and the verdict; write scores.csv, comparisons.csv and the page."""
    from matprior.cli.console import say, show_table
    from matprior.data.files import write_atomically
    from matprior.evaluation.ranks import all_pairs
    from matprior.evaluation.scores import scores
    from matprior.reports.grid_page import pair_table, ranking_words
    from matprior.reports.tables import score_table

    pairs = all_pairs(parts)
    told = pd_concat([scores(rows).assign(split=s, labels=n) for _, s, n, rows in parts])
    for name, frame in (("scores.csv", told), ("comparisons.csv", pairs)):
        with write_atomically(asked.output / name) as draft:
            frame.to_csv(draft, index=False)
    for target, split, labels, rows in parts:
        found = scores(rows)
        table = score_table(
            found[found["metric"].isin(("MAE", "RMSE", "R2", "ROC-AUC", "balanced_accuracy"))]
        )
        show_table(f"{target}, {split}, {labels} labels", table.columns, table.rows)
    if (table_of_pairs := pair_table(pairs)) is not None:
        show_table("Pairs, the surest first", table_of_pairs.columns, table_of_pairs.rows[:12])
    ranks = ranks_of(parts)
    if ranks is not None:
        say(*ranking_words(ranks))
    sentences = sentences_of(parts)
    say(*sentences)
    _page(grid, asked, splits, (parts, pairs, ranks, sentences))


def pd_concat(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Frames below each other; pandas is loaded only here."""
    import pandas as pd

    return pd.concat(frames, ignore_index=True)


def ranks_of(parts: Parts) -> Ranking | None:
    """Mean ranks, where there is a fold that all models have answered."""
    from matprior.evaluation.ranks import ranking

    try:
        return ranking(parts)
    except ValueError:  # no fold with all models: some failed everywhere
        return None


def sentences_of(parts: Parts) -> list[str]:
    """Whether pretraining helped, for every part."""
    from matprior.evaluation.compare import verdict

    found = []
    for target, split, labels, rows in parts:
        if sentence := verdict(rows, target=target):
            where = f"{target}, {split}, {labels} labels: " if len(parts) > 1 else ""
            found.append(where + sentence)
    if len(found) > 1:
        found.append(
            f"These are {len(found)} sentences: p-values corrected for all pairs are in comparisons.csv."
        )
    return found


def _page(grid: Grid, asked: Asked, splits: dict[str, Any], told: tuple[Any, ...]) -> None:
    from matprior.cli.console import command, say
    from matprior.evaluation.records import versions
    from matprior.reports.grid_page import grid_blocks
    from matprior.reports.html import write_page

    name = Path(asked.data).name.split(".")[0]
    facts = [
        ("data", Path(asked.data).name),
        ("SHA-256 of the data", grid.table.sha256),
        ("splits", ", ".join(splits)),
        ("cells", f"{len(grid.cells):,}"),
        ("versions", ", ".join(f"{package} {number}" for package, number in versions().items() if number)),
    ]
    n_models = len({cell.model for cell in grid.cells})
    subtitle = f"{len(grid.table):,} rows · {n_models} models · {len(grid.cells):,} cells"
    page = write_page(asked.output, f"Comparison on {name}", subtitle, grid_blocks(*told), facts, command())
    say(f"Report: {page}.")
