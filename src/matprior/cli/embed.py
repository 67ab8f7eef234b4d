"""`matprior embed`: a table of formulas or molecules in, the same table with a network's vectors out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matprior.cli.options import DataFolder, Strict, Strings

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from matprior.data.table import Table
    from matprior.estimators.vectors import Encoder


def embed(
    data: Annotated[str, typer.Argument(help="Table, text file with one string a line, or data set.")],
    output: Annotated[
        Path, typer.Option(help="Parquet (smallest and quickest), CSV, TSV or Excel file to write.")
    ],
    model: Annotated[
        str | None,
        typer.Option(
            help="Checkpoint by name or folder, or a folder of matprior fit for the vectors that it learned. "
            "Left out, the checkpoint that reads the strings."
        ),
    ] = None,
    strings: Strings = None,
    pooling: Annotated[
        str | None,
        typer.Option(
            help="How a checkpoint's tokens become one vector: weighted (by atomic fraction), cls or mean; "
            "of molecules cls or mean. Left out, as it was pretrained."
        ),
    ] = None,
    strict: Strict = False,
    data_folder: DataFolder = None,
) -> None:
    """Write the vector that a pretrained or fitted network has of each string beside its row."""
    from matprior.cli.console import progress_bar, say
    from matprior.cli.options import find_data
    from matprior.cli.telling import tell_beside
    from matprior.data import Task, read_strings
    from matprior.data.wording import counted
    from matprior.data.writing import check_output, write_table
    from matprior.estimators.vectors import Encoder
    from matprior.models.zoo import checkpoint_for
    from matprior.screening.answers import without_clashes

    check_output(output)  # before the work, not after it
    path = find_data(data, data_folder)
    if model is None:
        table = read_strings(path, Task(strings=strings), strict)
        encoder = Encoder(checkpoint_for(table.task.notation), pooling)
    else:
        encoder = Encoder(model, pooling)
        table = _read_for(encoder, path, strings, strict)
    tell_beside(table, output)
    if len(table) == 0:
        raise ValueError(f"No row of {data} holds a string that can be read.")
    with progress_bar("Embedding") as progress:
        vectors = as_columns(encoder.embed(list(table.strings), progress))
    vectors.index = table.row
    frame, renamed = without_clashes(table.original, vectors)
    say(*(f"The column {old!r} of the table is called {new!r} in the output; {old!r} is of the new vectors."
          for old, new in renamed.items()))  # fmt: skip
    # Joined on the row number, so that rows without a vector stay where they were, empty.
    write_table(frame.join(vectors), output)
    say(
        f"{len(vectors):,} of {counted(len(frame), 'row')} have a vector of {vectors.shape[1]} numbers, "
        f"as {encoder.name} sees them. Written to {output}."
    )


def as_columns(vectors: np.ndarray) -> pd.DataFrame:
    """Vectors of shape (n, d) as columns `embedding_000` onwards, all names of one length."""
    import pandas as pd

    width = max(3, len(str(vectors.shape[1] - 1)))
    return pd.DataFrame(vectors, columns=[f"embedding_{i:0{width}}" for i in range(vectors.shape[1])])


def _read_for(encoder: Encoder, path: Path, strings: str | None, strict: bool) -> Table:
    """The table as the model reads it.

    Raises
    ------
    ValueError
        The table cannot be read, or its strings are not of the model's notation.
    """
    from matprior.data import Task, read_strings
    from matprior.estimators.vectors import likeliest
    from matprior.notations import NOTATIONS
    from matprior.screening.engines import task_of

    try:
        table = read_strings(path, task_of(encoder, strings), strict)
    except ValueError:
        # What is wrong with the table itself is raised here again, strings of another kind are not.
        seen = read_strings(path, Task(strings=strings)).task
        if seen.notation == encoder.notation_:
            raise
        raise _other_kind(encoder, path, str(seen.strings), str(seen.notation)) from None
    column = str(table.task.strings)
    notation = likeliest(table.original[column], encoder.notation_)
    # `CCO` can be read as a formula, so that one row of a table of molecules may pass and the next be bad.
    if notation != encoder.notation_ and NOTATIONS[notation].looks_like(table.bad["string"].tolist()) >= 0.5:
        raise _other_kind(encoder, path, column, notation)
    return table


def _other_kind(encoder: Encoder, path: Path, column: str, notation: str) -> ValueError:
    from matprior.models.zoo import CHECKPOINTS

    usual = CHECKPOINTS.get(notation)
    fix = f"leave --model out for {usual}" if usual else f"name one that reads {notation}"
    return ValueError(
        f"{encoder.name} reads {encoder.notation_} strings, and column {column!r} of {path.name} holds "
        f"{notation}. Choose the column with --strings, or {fix}."
    )
