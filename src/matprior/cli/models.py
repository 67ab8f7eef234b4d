"""`matprior models`: checkpoints that ship, and what is known of any."""

from __future__ import annotations

from typing import Annotated

import typer

from matprior.cli.verb import Verb

app = typer.Typer(help="Checkpoints: list, show.", no_args_is_help=True)


@app.command("list", cls=Verb)
def list_() -> None:
    """List the checkpoints in the package."""
    from matprior.cli.console import show_table
    from matprior.models.zoo import list_models

    table = list_models()
    # The whole of it is on the card.
    table["licence"] = table["licence"].str.removeprefix("Weights: ").str.split(". ", regex=False).str[0]
    table["parameters"] = [f"{n / 1e6:.2f} M" for n in table["parameters"]]
    table = table.rename(columns={"parameters": "weights", "properties": "targets"})
    show_table("Checkpoints in the package", list(table.columns), table.astype(str).values.tolist())


@app.command(cls=Verb)
def show(
    name: Annotated[str, typer.Argument(help="Name of a checkpoint, or a folder.")],
) -> None:
    """Show the card of a checkpoint or of a fitted model's folder."""
    from matprior.cli.console import console, say
    from matprior.models.zoo import card

    file = card(name)
    if not file.is_file():
        say(f"{name} has no card (README.md).")
        return
    from rich.markdown import Markdown

    text = file.read_text(encoding="utf-8")
    if text.startswith("---"):  # the front matter is for machines
        text = text.split("---", 2)[2]
    console().print(Markdown(text))
