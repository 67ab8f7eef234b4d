"""`matprior compare`: models × strategies × labels × splits × seeds, and what of it is more than chance.

A benchmark is compared table after table, each a study in a folder of its own, and then over all.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matprior.cli.compare_options import Asked
from matprior.cli.options import Amounts, DataFolder, Kind, Set, Strict, Strings

if TYPE_CHECKING:
    from matprior.cli.compare_study import Parts
    from matprior.evaluation.suites import Suite


def compare(
    data: Annotated[
        str,
        typer.Argument(
            help="Table (CSV, TSV, Excel, Parquet), name of a data set, or of a benchmark such as matbench."
        ),
    ],
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
        str | None,
        typer.Option(help="Comma-separated: random, group (chemical system, or scaffold of molecules), "
                          "cluster; of molecules also butina and scaffold (DeepChem's, one test part). Left "
                          "out, group or the published folds."),
    ] = None,
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
    from matprior.cli.compare_study import study
    from matprior.evaluation.suites import SUITES

    asked = Asked(
        data, output, target, models, strategies, labels, split, folds, fold_column, seeds, workers, strings,
        kind, amounts, settings, refuse_leaks, strict, data_folder,
    )  # fmt: skip
    if data in SUITES and not Path(data).exists():
        _suite(SUITES[data], asked)
    else:
        study(asked)


def _suite(suite: Suite, asked: Asked) -> None:
    """Every table of a benchmark on its published test rows, then all together."""
    from matprior.cli.compare_study import study
    from matprior.cli.console import say

    if asked.targets or asked.fold_column:
        raise ValueError(
            f"{asked.data!r} is a benchmark, whose tables say their columns themselves. Leave --target and "
            f"--fold-column out, or compare one table: {', '.join(suite.tasks)}."
        )
    dealt = asked.folds is not None or asked.split is not None
    found = {}
    for number, (name, task) in enumerate(suite.tasks.items(), start=1):
        say(f"{number}/{len(suite.tasks)} {name}")
        one = replace(
            asked, data=name, output=asked.output / name, targets=list(task.targets),
            models=asked.models or suite.models,
        )  # fmt: skip
        if not dealt:
            own = None if task.fold_column else task.split
            one = replace(one, fold_column=task.fold_column, split=own)
        found[name] = study(one)
    _over_all(suite, asked, found)


def _over_all(suite: Suite, asked: Asked, found: dict[str, Parts]) -> None:
    """Ranks over the folds of all tables, and every pair corrected for the whole study; files and page."""
    from matprior.cli.compare_study import pd_concat, ranks_of, sentences_of
    from matprior.cli.console import command, say, show_table
    from matprior.data.files import write_atomically
    from matprior.evaluation.ranks import all_pairs, corrected
    from matprior.evaluation.records import versions
    from matprior.reports.grid_page import grid_blocks, pair_table, ranking_words
    from matprior.reports.html import write_page

    say(suite.title)
    pairs = corrected(pd_concat([all_pairs(parts).assign(table=name) for name, parts in found.items()]))
    rows = pd_concat([rows.assign(table=name) for name, parts in found.items() for *_, rows in parts])
    for name, frame in (("results.csv", rows), ("comparisons.csv", pairs)):
        with write_atomically(asked.output / name) as draft:
            frame.to_csv(draft, index=False)
    told = pairs.assign(split=pairs["table"] + ", " + pairs["split"])
    if (table := pair_table(told)) is not None:
        show_table("Pairs over all tables, the surest first", table.columns, table.rows[:12])
    ranks = ranks_of(
        [(f"{name}: {t}", s, n, part) for name, parts in found.items() for t, s, n, part in parts]
    )
    if ranks is not None:
        say(*ranking_words(ranks))
    sentences = [f"{name}: {one}" for name, parts in found.items() for one in sentences_of(parts)]
    say(*sentences)
    facts = [
        ("tables", ", ".join(found)),
        ("versions", ", ".join(f"{package} {number}" for package, number in versions().items() if number)),
    ]
    blocks, subtitle = (
        grid_blocks((), told, ranks, sentences),
        f"{len(found)} tables, each with a page in its folder",
    )
    page = write_page(asked.output, f"Comparison on {asked.data}", subtitle, blocks, facts, command())
    say(f"Report: {page}.")
