"""Errors by element as a periodic table: pure SVG strings, each cell with its numbers as tooltip.

The shade is an opacity over the page's own background, so one picture serves light and dark.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from matprior.data.wording import counted
from matprior.reports.comparison import Standing
from matprior.reports.formats import digits_to_decimals, number, percent, with_unit
from matprior.reports.summaries import by_element
from matprior.reports.theme import Figure, escape

CELL, GAP, DROP = 42, 3, 10
"""Edge of a cell, space between cells, extra space above the f block; in SVG units."""
FEW = 5
"""Rows below which an element's mean says little: its cell is only outlined."""
FULL = 0.78
"""Opacity of the strongest cell; more would swallow the letters."""
_PERIOD_ENDS = (2, 10, 18, 36, 54, 86, 118)


def place_of(z: int) -> tuple[int, int]:
    """Row and column of an element in the 18-column table; the f block lies in rows 8 and 9.

    Examples
    --------
    >>> place_of(1), place_of(26), place_of(57), place_of(72), place_of(118)
    ((1, 1), (4, 8), (8, 3), (6, 4), (7, 18))
    """
    period = next(i for i, end in enumerate(_PERIOD_ENDS, start=1) if z <= end)
    start = _PERIOD_ENDS[period - 2] if period > 1 else 0
    step, from_end = z - start, _PERIOD_ENDS[period - 1] - z
    if period == 1:
        return 1, 1 if z == 1 else 18
    if period >= 6 and 3 <= step <= 17:
        return period + 2, step
    if from_end < 6:
        return period, 18 - from_end
    return period, 18 - from_end if period > 3 and step > 2 else step


def residuals_by_element(standing: Standing, model: str | None = None) -> list[Figure]:
    """Two periodic tables of one model: size of the error, and its direction.

    Parameters
    ----------
    standing : models of one target
    model : whose rows are used; None takes the best one

    Returns
    -------
    Nothing where the strings are not compositions; no direction for more than two classes.
    """
    if standing.notation != "composition":
        return []
    model = model or standing.best
    table = by_element(standing.rows(model))
    if not (table["n"] >= FEW).any():
        return []
    figures = [_error_map(table, model, standing)]
    if standing.kind != "multiclass":
        figures.append(_bias_map(table, model, standing))
    return figures


def element_map(values: pd.DataFrame, what: str, unit: str, noun: str, few: int = 1) -> str:
    """Any signed number by element as SVG: orange above zero, blue below.

    Parameters
    ----------
    values : index of symbols, columns value and n (rows behind it)
    what : the quantity in words
    unit : of the numbers
    noun : what n counts, such as "material"
    few : elements with fewer rows are outlined only

    Examples
    --------
    >>> table = pd.DataFrame({"value": [0.3, -0.2], "n": [2, 2]}, index=["Fe", "O"])
    >>> element_map(table, "contribution", "eV", "material").count("<rect") >= 118
    True
    """
    sizes = values["value"].abs()
    top = float(np.quantile(sizes, 0.97)) or 1.0
    decimals = _decimals(top, values["value"])

    def write(value: float) -> str:
        return with_unit(number(value, decimals, sign=True), unit)

    def look(row: pd.Series) -> tuple[float, str, str]:
        return abs(row["value"]) / top, "hot" if row["value"] > 0 else "cold", write(row["value"])

    steps = [(abs(t), "hot" if t > 0 else "cold", write(t * top)) for t in (-1.0, -0.5, 0.0, 0.5, 1.0)]
    return _draw(values, look, steps, what, noun, few)


def _error_map(table: pd.DataFrame, model: str, standing: Standing) -> Figure:
    unit, kind = standing.unit, standing.kind

    top = _top(table, "error")
    decimals = _decimals(top, table["error"])

    def write(value: float) -> str:
        return with_unit(number(value, decimals), unit) if kind == "regression" else percent(value)

    steps = [(t, "hot", write(t * top)) for t in (0.0, 0.25, 0.5, 0.75, 1.0)]
    what = "mean absolute error" if kind == "regression" else "share of rows with the wrong class"
    svg = _draw(table, lambda row: (row["error"] / top, "hot", write(row["error"])), steps, what)
    worst = table[table["n"] >= FEW].nlargest(3, "error")
    words = ", ".join(
        f"{symbol} ({write(value)}, {counted(n, 'row')})"
        for symbol, value, n in zip(worst.index, worst["error"], worst["n"].tolist(), strict=True)
    )
    caption = f"{what.capitalize()} of {model} on the test rows that contain the element. Hardest: {words}."
    return Figure("elements-error", "How large is the error?", caption, svg)


def _bias_map(table: pd.DataFrame, model: str, standing: Standing) -> Figure:
    unit, kind = standing.unit, standing.kind

    top = _top(table, "bias")
    decimals = _decimals(top, table["bias"])

    def write(value: float) -> str:
        return with_unit(number(value, decimals, sign=True), unit if kind == "regression" else "")

    steps = [(abs(t), "hot" if t > 0 else "cold", write(t * top)) for t in (-1.0, -0.5, 0.0, 0.5, 1.0)]
    svg = _draw(
        table,
        lambda row: (abs(row["bias"]) / top, "hot" if row["bias"] > 0 else "cold", write(row["bias"])),
        steps,
        "mean of predicted minus true",
    )
    high = "predicts too high" if kind == "regression" else f"leans to {standing.positive}"
    low = "too low" if kind == "regression" else f"to {standing.negative}"
    caption = f"Mean of predicted − true: orange where {model} {high}, blue where {low}. " + (
        "In a pale table the errors cancel out; they need not be small."
    )
    return Figure("elements-bias", "In which direction?", caption, svg)


def _top(table: pd.DataFrame, column: str) -> float:
    """Value that gets the full shade: near the largest, not the one freak of a rare element."""
    sizes = table.loc[table["n"] >= FEW, column].abs()
    return float(np.quantile(sizes, 0.97)) or 1.0


def _decimals(top: float, values: pd.Series) -> int:
    """Two digits of the full shade, but not so many that a large value of a rare element leaves its cell."""
    return min(digits_to_decimals(top, 2), digits_to_decimals(float(values.abs().max()) or 1.0, 3))


def _draw(
    table: pd.DataFrame,
    look: Callable[[pd.Series], tuple[float, str, str]],
    steps: list[tuple[float, str, str]],
    what: str,
    noun: str = "test row",
    few: int = FEW,
) -> str:
    """The 118 cells and the legend; `look` gives shade 0..1, colour name and text of one element."""
    from matprior.notations.elements import SYMBOLS

    cells = []
    known = {str(symbol): facts for symbol, facts in table.iterrows()}
    for z, symbol in enumerate(SYMBOLS, start=1):
        row, column = place_of(z)
        x, y = (column - 1) * (CELL + GAP), (row - 1) * (CELL + GAP) + (DROP if row > 7 else 0)
        if symbol not in known:
            cells.append(_cell(x, y, symbol, "", f"{symbol}: not in the {noun}s", "", 0.0, False))
            continue
        facts = known[symbol]
        shade, colour, text = look(facts)
        n = int(facts["n"])
        tip = f"{symbol}: {what} {text}, {counted(n, noun)}"
        cells.append(_cell(x, y, symbol, text, tip, colour, shade, n >= few))
    width, height = 18 * (CELL + GAP) - GAP, 9 * (CELL + GAP) + DROP - GAP
    return (
        f'<svg viewBox="-1 -1 {width + 2} {height + 2}" role="img" aria-label="{escape(what)} by element">'
        f"{''.join(cells)}{_legend(steps, noun, few)}</svg>"
    )


def _cell(
    x: float, y: float, symbol: str, text: str, tip: str, colour: str, shade: float, filled: bool
) -> str:
    fill = f'fill="var(--{colour})" fill-opacity="{FULL * min(shade, 1):.2f}"' if filled else 'fill="none"'
    # Rare elements get a dashed edge, absent ones a faint one: an empty cell must not look like "no error".
    edge = "grid" if filled or not text else "muted"
    dashes = ' stroke-dasharray="3 2"' if text and not filled else ""
    ink = "ink" if filled else "muted"
    middle = x + CELL / 2
    value = text.split("\u00a0")[0]  # the unit stands in the legend; cells have room for the number only
    size = min(10.5, 10.5 * 6 / max(len(value), 1))  # six characters fill a cell
    lower = (
        f'<text x="{middle}" y="{y + 34}" font-size="{size:.3g}" fill="var(--{ink})">{value}</text>'
        if text
        else ""
    )
    height = y + (20 if text else 26)
    return (
        f"<g><title>{escape(tip)}</title>"
        f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" rx="4" {fill} stroke="var(--{edge})"{dashes}/>'
        f'<g text-anchor="middle"><text x="{middle}" y="{height}" font-size="15" '
        f'font-weight="{600 if filled else 400}" fill="var(--{ink})">{symbol}</text>{lower}</g></g>'
    )


def _legend(steps: list[tuple[float, str, str]], noun: str, few: int) -> str:
    """Swatches in the empty field between the alkaline earths and boron."""
    x, y, width = 3 * (CELL + GAP), 14, 82
    parts = []
    for index, (shade, colour, text) in enumerate(steps):
        left = x + index * width
        parts.append(
            f'<rect x="{left}" y="{y}" width="{width}" height="14" fill="var(--{colour})" '
            f'fill-opacity="{FULL * shade:.2f}" stroke="var(--grid)"/>'
            f'<text x="{left + width / 2}" y="{y + 31}" font-size="12" text-anchor="middle" '
            f'fill="var(--ink)">{escape(text)}</text>'
        )
    rare = f"dashed: fewer than {few} {noun.split()[-1]}s · " if few > 1 else ""
    note = f"{rare}faint: not in the {noun}s"
    parts.append(f'<text x="{x}" y="{y + 54}" font-size="11.5" fill="var(--muted)">{note}</text>')
    return "".join(parts)
