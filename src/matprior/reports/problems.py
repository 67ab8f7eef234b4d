"""What a page says about rows that could not be used."""

from __future__ import annotations

import pandas as pd

from matprior.data.wording import counted
from matprior.reports.tables import TextTable

MOST_PROBLEMS = 50
"""Bad rows listed on the page; the rest is in `bad_rows.csv`."""


def problem_words(problems: pd.DataFrame | None) -> list[str]:
    """A sentence on the rows that were left out; None when nobody handed the list over."""
    if problems is None:
        return ["The list of refused rows was not handed to this report."]
    if problems.empty:
        return ["Every row of the table could be read."]
    n = len(problems)
    more = f" The first {MOST_PROBLEMS} are shown; bad_rows.csv holds all." if n > MOST_PROBLEMS else ""
    return [f"{counted(n, 'row')} could not be used and took no part in training or testing.{more}"]


def problem_table(problems: pd.DataFrame | None) -> TextTable | None:
    """The first of them as a table, without columns that are empty."""
    if problems is None or problems.empty:
        return None
    shown = problems.head(MOST_PROBLEMS)
    shown = shown[[c for c in shown.columns if shown[c].notna().any()]]
    rows = [["" if pd.isna(v) else str(v) for v in row] for row in shown.itertuples(index=False)]
    return TextTable([str(c) for c in shown.columns], rows, [False] * shown.shape[1])
