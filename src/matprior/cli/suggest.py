"""`matprior suggest`: which rows of a pool to measure next."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matprior.cli.fewshot import Blocks, Metric, Model, Ranges
from matprior.cli.options import DataFolder, Seed, Strings


def suggest(
    pool: Annotated[str, typer.Argument(help="Table or text file with the candidates.")],
    k: Annotated[int, typer.Option("--k", help="How many to propose.")] = 10,
    support: Annotated[
        str | None, typer.Option(help="Table with what is measured already; none at the very beginning.")
    ] = None,
    label: Annotated[str | None, typer.Option("--label", help="Column of it with the classes.")] = None,
    by: Annotated[
        str | None,
        typer.Option(
            help="uncertain (where the classifier is unsure; the default with a support), kmeans (every "
            "region; the default without), maxmin (far from everything known) or random."
        ),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="CSV, TSV, Excel or Parquet file to write.")] = None,
    model: Model = None,
    metric: Metric = "mahalanobis",
    features: Blocks = "both",
    ranges: Ranges = None,
    strings: Strings = None,
    seed: Seed = 0,
    data_folder: DataFolder = None,
) -> None:
    """Propose what to measure next, given a pool of candidates and what is measured so far."""
    from matprior.cli.console import say, show_table
    from matprior.cli.fewshot import fitted, read_support
    from matprior.cli.options import find_data
    from matprior.cli.telling import tell_beside
    from matprior.data import Task, read_strings
    from matprior.data.writing import check_output, write_table
    from matprior.estimators.encoding import CHECKPOINTS
    from matprior.estimators.suggestions import suggest as run

    if output is not None:
        check_output(output)
    if (support is None) != (label is None):
        raise ValueError("--support and --label belong together: give both, or neither at the beginning.")
    few = None
    if support is not None and label is not None:
        known = read_support(support, label, strings, ranges, data_folder)
        few = fitted(known, label, model, metric, features, 0, seed)
    notation = None if few is None else few.notation_
    table = read_strings(find_data(pool, data_folder), Task(strings=strings, notation=notation))
    tell_beside(table, output)
    reads = table.task.notation or "composition"
    named = None if model == "none" else model or CHECKPOINTS.get(reads)
    found = run(list(table.strings), k, few, by, named, reads, seed)
    found.insert(0, "row", table.row[found["position"].to_numpy()])
    found = found.drop(columns="position")
    if few is None:
        found = found.drop(columns="distance")
    found.insert(0, "rank", range(1, len(found) + 1))
    cells = [
        [f"{cell:.2f}" if isinstance(cell, float) else cell for cell in row] for row in found.values.tolist()
    ]
    show_table(
        f"Measure next: {len(found)} of {len(table):,} candidates", [str(name) for name in found], cells
    )
    if output is not None:
        write_table(found, output)
        say(f"Written to {output}.")
