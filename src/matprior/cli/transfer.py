"""`matprior transfer`: a recipe with several tables in, one model that learned from them in turn out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matprior.cli.options import DataFolder


def transfer(
    recipe: Annotated[Path, typer.Argument(help="YAML file with the chain; see docs/domains.md.")],
    output: Annotated[Path, typer.Option(help="Folder of the models, one below it per step.")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Key of the recipe as key=value, such as replay=0.5.")
    ] = None,
    data_folder: DataFolder = None,
) -> None:
    """Learn from several tables in turn, with replay against forgetting; tells what each step gave."""
    from matprior.cli.console import command, progress_bar, say, show_table
    from matprior.cli.saving import save_fitted
    from matprior.data.files import write_atomically
    from matprior.data.recipe import write_recipe
    from matprior.domains.chain import read_chain
    from matprior.domains.transfer import transfer as run
    from matprior.reports.html import write_page
    from matprior.reports.shift_page import chain_blocks, probe_rows, step_rows

    if output.is_file():
        raise ValueError(f"--output {str(output)!r} is a file. Give the name of a folder.")
    chain = read_chain(recipe, settings)
    with progress_bar("Chain") as progress:
        done = run(chain, output, recipe.parent, data_folder, progress)
    final = done.folders[-1]
    save_fitted(done.model, done.table, final, chain.steps[-1].data)
    write_recipe(done.chain, output / "recipe.yaml")
    for name, frame, index in (("steps.csv", done.steps, False), ("probes.csv", done.probes, True)):
        with write_atomically(output / name) as draft:
            frame.to_csv(draft, index=index)
    show_table("What the chain gave", *step_rows(done))
    show_table("Error of linear probes on the encoder", *probe_rows(done))
    subtitle = f"{len(chain.steps)} steps from {Path(str(done.chain.model)).name}"
    page = write_page(output, f"Chain {recipe.stem}", subtitle, chain_blocks(done), [], command())
    say(*done.notes, f"Report: {page}. Predict with: matprior predict {final} NEW.csv --output preds.csv")
