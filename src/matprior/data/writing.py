"""Tables out: the format is the one that the name of the file asks for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from matprior.data.files import write_atomically

if TYPE_CHECKING:
    import pandas as pd

WRITERS = {
    ".csv": "to_csv",
    ".tsv": "to_csv",
    ".txt": "to_csv",
    ".xlsx": "to_excel",
    ".parquet": "to_parquet",
}
"""Ending of an output file -> the method of a data frame that writes it."""


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table in the format its name asks for.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> path = Path(tempfile.mkdtemp()) / "out.tsv"
    >>> write_table(pd.DataFrame({"formula": ["NaCl"], "gap_eV": [8.5]}), path)
    >>> path.read_text().splitlines()[1].split()
    ['NaCl', '8.5']
    """
    check_output(path)
    options = {"sep": "\t"} if path.suffix in (".tsv", ".txt") else {}
    with write_atomically(path) as draft:
        getattr(frame, WRITERS[path.suffix])(draft, index=False, **options)


def check_output(path: Path) -> None:
    """Raise ValueError unless the name ends in a format that can be written."""
    if path.suffix not in WRITERS:
        what = f"not {path.suffix!r}" if path.suffix else "this name has no ending"
        raise ValueError(f"--output {path.name!r}: write .csv, .tsv, .xlsx or .parquet; {what}.")
