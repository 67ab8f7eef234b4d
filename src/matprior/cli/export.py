"""`matprior export`: a fitted model for runtimes other than PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matprior.cli.options import DataFolder, Strings

FORMATS = ("onnx",)
"""Forms a model can be written in."""


def export(
    model: Annotated[Path, typer.Argument(help="Folder written by matprior fit.")],
    output: Annotated[Path, typer.Option(help="New folder to write.")],
    form: Annotated[str, typer.Option("--format", help="onnx.")] = "onnx",
    int8: Annotated[bool, typer.Option("--int8", help="Also write weights of 8 bits.")] = False,
    check: Annotated[
        str | None, typer.Option(help="Table of labelled rows the model has not seen, to measure errors on.")
    ] = None,
    target: Annotated[str | None, typer.Option(help="Its column of truths.")] = None,
    strings: Strings = None,
    data_folder: DataFolder = None,
) -> None:
    """Write a model as ONNX and compare it with the original; `--engine onnx` then runs on it."""
    from matprior.cli.console import say
    from matprior.cli.options import find_data
    from matprior.screening.exporting import MOST_LOSS
    from matprior.screening.exporting import export as write

    if form not in FORMATS:
        raise ValueError(f"--format {form!r} is not known; expected {', '.join(FORMATS)}.")
    table = None if check is None else find_data(check, data_folder)
    done = write(model, output, int8, table, target, strings)
    say(f"ONNX and PyTorch differ by at most {done.difference:.2g}.")
    for engine, error in done.errors.items():
        say(f"Mean absolute error on {check} with {engine}: {error:.5g}.")
    if int8 and done.loss is None:
        say("What 8 bits cost was not measured: give --check TABLE --target COLUMN. Use --engine onnx-int8.")
    elif done.loss is not None:
        verdict = "They are" if done.loss <= MOST_LOSS else f"More than {MOST_LOSS:.0%}: they are not"
        say(f"8 bits raise the error by {done.loss:.2%}. {verdict} what --engine onnx takes.")
    say(f"Written to {output}.")
