"""`matprior screen`: millions of strings through a model, the best of them in a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matprior.cli.options import DataFolder, Engine, Strings

if TYPE_CHECKING:
    from matprior.screening.run import Screened

By = Annotated[
    str | None,
    typer.Option(
        help="Score: prediction, upper, lower, target=1.5±0.2 (chance to lie there; +- will do), or "
        "probability[=CLASS]. By default the prediction, or the probability of the second class."
    ),
]
Elements = typer.Option(help="Elements, comma-separated: all that a material must have.")
Forbidden = typer.Option(help="Elements, comma-separated: none of which it may have.")


def screen(
    model: Annotated[Path, typer.Argument(help="Folder written by matprior fit.")],
    pool: Annotated[
        str, typer.Argument(help="CSV, TSV, Parquet or text file (also .gz), folder or pattern.")
    ],
    output: Annotated[Path, typer.Option(help="CSV, TSV, Excel or Parquet file to write.")],
    top: Annotated[int, typer.Option(help="How many to keep.")] = 1000,
    by: By = None,
    target: Annotated[str | None, typer.Option(help="Target or label, where the model has several.")] = None,
    lowest: Annotated[bool, typer.Option("--lowest", help="Keep the lowest scores.")] = False,
    diverse: Annotated[
        bool, typer.Option("--diverse", help="At most one of each chemical system or scaffold.")
    ] = False,
    require: Annotated[str, Elements] = "",
    forbid: Annotated[str, Forbidden] = "",
    in_domain_only: Annotated[
        bool, typer.Option("--in-domain-only", help="Only strings that are like the training rows.")
    ] = False,
    coverage: Annotated[float, typer.Option(help="Share of truths between low and high.")] = 0.9,
    strings: Strings = None,
    at: Annotated[
        list[str] | None,
        typer.Option(help="Value of an extra column for the whole pool, as name=value; repeatable."),
    ] = None,
    shard: Annotated[
        str | None, typer.Option(help="Answer only share i/n of the chunks, such as 3/16.")
    ] = None,
    merge: Annotated[bool, typer.Option("--merge", help="Write the table of all shards' parts.")] = False,
    workers: Annotated[int | None, typer.Option(help="Processes; as many as cores when left out.")] = None,
    chunk: Annotated[
        int, typer.Option(help="Rows answered at once; a stop loses no more per process.")
    ] = 20_000,
    engine: Engine = "torch",
    address: Annotated[
        str | None, typer.Option(help="Run on a Ray cluster: its address, auto, or local to start one here.")
    ] = None,
    data_folder: DataFolder = None,
) -> None:
    """Keep the best of a pool of any size. Stopped, it goes on when the command is given again."""
    from matprior.cli.console import progress_bar, say
    from matprior.cli.options import find_data
    from matprior.screening import Screening
    from matprior.screening import screen as run
    from matprior.screening.options import Cluster, Shard

    if engine == "ray":  # Ray hands out the work, PyTorch answers
        engine, address = "torch", address or "local"
    options = Screening(
        top, by, target, lowest, diverse, _symbols(require), _symbols(forbid), in_domain_only, coverage,
        strings, _values(at), chunk, engine,
    )  # fmt: skip
    crew = workers if address is None else Cluster(address, workers)
    share = None if shard is None else Shard.read(shard)
    found = pool if any(sign in pool for sign in "*?[") else str(find_data(pool, data_folder))
    with progress_bar("screening") as progress:
        done = run(model, found, output, options, workers=crew, shard=share, merge=merge, progress=progress)
    say(*sentences(done, share is not None, output))


def sentences(done: Screened, is_shard: bool, output: Path) -> list[str]:
    """What to tell of a screening."""
    from matprior.data.wording import counted

    told = list(done.notes)
    if done.answered < done.chunks:
        before = done.chunks - done.answered
        were = "was" if before == 1 else "were"
        told.append(f"{before:,} of {counted(done.chunks, 'chunk')} {were} finished before.")
    if is_shard:
        are = "is" if done.chunks == 1 else "are"
        answered = f"{counted(done.chunks, 'chunk')} {are} in {done.parts}."
        return [*told, f"{answered} After the last shard, give --merge."]
    counts = done.counts
    told.append(
        f"{counted(counts['rows'], 'row')}, {counts['answered']:,} answered. {_left_out(counts)}".strip()
    )
    if done.bad_rows is not None:
        they = "it is" if counts["bad"] == 1 else "they are"
        told.append(f"{counted(counts['bad'], 'row')} can't be read; {they} listed in {done.bad_rows}.")
    return [*told, f"The best {len(done.best):,} are in {output}."]


def _left_out(counts: dict[str, int]) -> str:
    why = {
        "against_rules": "break a rule on elements",
        "repeated": "repeat a row near them",
        "unscored": "have no score",
        "unlike": "were better but unlike the training rows",
    }
    told = [f"{counts[name]:,} {words}" for name, words in why.items() if counts[name]]
    return f"{'; '.join(told)}." if told else ""


def _symbols(text: str) -> list[str]:
    return [symbol.strip() for symbol in text.split(",") if symbol.strip()]


def _values(settings: list[str] | None) -> dict[str, float]:
    found = {}
    for setting in settings or []:
        name, equals, value = setting.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            equals = ""
        if not equals:
            raise ValueError(f"--at {setting!r} is not understood. Write name=number, such as --at T_K=300.")
    return found
