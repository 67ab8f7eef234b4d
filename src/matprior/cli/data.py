"""`matprior data`: the catalog of data sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matprior.cli.options import DataFolder
from matprior.cli.verb import Verb

app = typer.Typer(help="Data sets by name: list, show, get.", no_args_is_help=True)


@app.command("list", cls=Verb)
def list_(
    kind: Annotated[str | None, typer.Option(help="embedded, public or local.")] = None,
    notation: Annotated[str | None, typer.Option(help="composition or smiles.")] = None,
) -> None:
    """List the data sets."""
    from matprior.cli.console import show_table
    from matprior.data.catalog import list_datasets

    rows = [
        [
            one.name,
            one.kind,
            one.notation,
            f"{one.rows:,}",
            ", ".join(one.targets[:3]) + ("…" if len(one.targets) > 3 else ""),
        ]
        for one in list_datasets(kind, notation)
    ]
    show_table(f"{len(rows)} data sets", ["name", "kind", "strings", "rows", "targets"], rows)


@app.command(cls=Verb)
def show(
    name: Annotated[str, typer.Argument(help="Name of a data set, as listed.")],
) -> None:
    """Show what is known of a data set."""
    from matprior.cli.console import show_table
    from matprior.data.catalog import show as look

    one = look(name)
    units = [f"{target} ({one.units[target]})" if target in one.units else target for target in one.targets]
    rows: list[list[object]] = [
        ["kind", one.kind],
        ["string column", one.strings],
        ["targets", ", ".join(units)],
        ["rows", f"{one.rows:,}"],
        ["licence", one.licence],
        ["source", one.source],
    ]
    show_table(f"{one.name}: {one.title}", ["", ""], rows)


@app.command(cls=Verb)
def get(
    name: Annotated[str, typer.Argument(help="Name of a data set, as listed.")],
    output: Annotated[Path | None, typer.Option(help="Copy the table here.")] = None,
    data_folder: DataFolder = None,
) -> None:
    """Build or download a data set and say where it lies."""
    from matprior.cli.console import say
    from matprior.data.catalog import get as fetch
    from matprior.data.files import write_atomically

    path = fetch(name, data_folder)
    if output is not None:
        with write_atomically(output) as draft:
            draft.write_bytes(path.read_bytes())
        path = output
    say(str(path))
