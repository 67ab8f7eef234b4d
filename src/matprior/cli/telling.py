"""What verbs say of a table they have read, and where they list the rows that could not be used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matprior.data.table import Table


def tell(table: Table, folder: Path | None, name: str = "bad_rows.csv") -> None:
    """Print what was found in a table and write its bad rows into a file called so in `folder`."""
    from matprior.cli.console import say
    from matprior.data import write_bad_rows

    say(*table.notes)
    if folder is not None and (path := write_bad_rows(table, folder, name)) is not None:
        say(problems_listed(len(table.bad), path))


def tell_beside(table: Table, output: Path | None) -> None:
    """As `tell`, for results that are one file: the list is called after it, as that of `screen`."""
    from matprior.data import bad_rows_beside

    if output is None:
        tell(table, None)
    else:
        tell(table, output.parent, bad_rows_beside(output).name)


def problems_listed(n: int, path: Path) -> str:
    """Say where the rows that could not be used are listed."""
    from matprior.data.wording import counted

    return f"{counted(n, 'problem')} {'is' if n == 1 else 'are'} listed in {path}."
