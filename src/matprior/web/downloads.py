"""Tables as CSV that a spreadsheet opens without running anything.

A cell that begins with `=`, `+`, `-` or `@` is a formula to a spreadsheet, and a formula may start programs.
Such text gets an apostrophe in front, which spreadsheets hide; numbers stay as they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_RISKY = tuple("=+-@\t\r\n") + tuple("＝＋－＠")
"""First characters that begin a formula; East Asian spreadsheets take the wide ones as well."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def defused(cell: Any) -> Any:
    """A cell that is text to every spreadsheet; numbers and harmless text come back unchanged.

    Examples
    --------
    >>> [defused(cell) for cell in ("=1+1", "-1.5e-3", -2.5, "@SUM(A1)", "Fe2O3", " =cmd|x")]
    ["'=1+1", '-1.5e-3', -2.5, "'@SUM(A1)", 'Fe2O3', "' =cmd|x"]
    """
    if not isinstance(cell, str) or _NUMBER.fullmatch(cell):
        return cell
    # Leading blanks are dropped by some spreadsheets before they look.
    return f"'{cell}" if cell.startswith(_RISKY) or cell.lstrip().startswith(_RISKY) else cell


def as_csv(frame: pd.DataFrame) -> bytes:
    """A table as CSV with defused cells and column names; the mark at its start tells Excel it is UTF-8."""
    safe = frame.rename(columns=lambda name: defused(str(name)))
    for place in range(safe.shape[1]):
        column = frame.iloc[:, place]
        if column.dtype.kind not in "iufb":
            safe.isetitem(place, [defused(cell) for cell in column])
    text = safe.to_csv(index=False, lineterminator="\r\n")
    return text.encode("utf-8-sig", "replace")
