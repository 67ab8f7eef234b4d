"""Order of candidates by a prediction and its error bar: the cautious end of the bar counts."""

from __future__ import annotations

import pandas as pd


def check_rank(rank: str) -> float | None:
    """The value wished for, or None for `high` and `low`.

    Raises
    ------
    ValueError
        Neither of the words, nor a number.
    """
    if rank in ("high", "low"):
        return None
    try:
        return float(rank)
    except ValueError:
        raise ValueError(f"rank is {rank!r}; expected high, low or a number, such as 1.5.") from None


def ranked(table: pd.DataFrame, target: str, rank: str) -> pd.DataFrame:
    """The table, best first.

    `high` orders by the lower end of the error bar and `low` by the upper one, so that a guess that may be
    far off does not lead; with a number the end that lies farther from it counts.

    Parameters
    ----------
    table : with columns `<target>_low` and `<target>_high`
    target : name of the prediction
    rank : high, low or a number

    Examples
    --------
    >>> table = pd.DataFrame({"formula": ["A", "B"], "gap_low": [1.0, 1.5], "gap_high": [9.0, 2.0]})
    >>> ranked(table, "gap", "high")["formula"].tolist(), ranked(table, "gap", "1")["formula"].tolist()
    (['B', 'A'], ['B', 'A'])
    """
    wished = check_rank(rank)
    low, high = table[f"{target}_low"], table[f"{target}_high"]
    if wished is not None:
        worth = -pd.concat([(low - wished).abs(), (high - wished).abs()], axis=1).max(axis=1)
    else:
        worth = low if rank == "high" else -high
    return table.iloc[(-worth).argsort(kind="stable")].reset_index(drop=True)
