"""`matprior ask`: what a pretrained checkpoint with task words answers, without any fitting."""

from __future__ import annotations

from typing import Annotated

import typer


def ask(
    questions: Annotated[
        list[str], typer.Argument(help="Formulas with task words, such as '[MP] Fe2O3 [BAND_GAP]'.")
    ],
    model: Annotated[
        str, typer.Option(help="Checkpoint whose recipe had hard_prompts.tasks.")
    ] = "matbert-tiny-prompted",
) -> None:
    """Ask a pretrained checkpoint for a computed property by its word; no labels and no fitting."""
    from matprior.cli.console import show_table
    from matprior.pretraining.asking import ask as asked

    told = asked(model, questions)
    rows = [[one.string, one.task, f"{one.value:.4g}", one.unit] for one in told.itertuples()]
    show_table("", ["question", "task", "value", "unit"], rows)
