"""Numbers as a person reads them: rounded by their spread, with unit and a true minus sign.

Plain string work, used by the terminal tables, the HTML report and the model card alike, so that
one score never appears with two roundings.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

MISSING = "–"
NO_BREAK = "\u00a0"


def number(value: Any, decimals: int | None = None, digits: int = 3, sign: bool = False) -> str:
    """Write one number for people.

    Parameters
    ----------
    value : anything; what is not a finite number becomes a dash
    decimals : places after the point; None keeps `digits` significant digits
    digits : significant digits when `decimals` is None
    sign : write a plus sign too

    Examples
    --------
    >>> number(0.30412), number(12345.6), number(-2.5, decimals=2), number(float("nan"))
    ('0.304', '12,346', '−2.50', '–')
    """
    if not is_number(value):
        return MISSING
    value = float(value)
    free = decimals is None
    if decimals is None:
        decimals = digits_to_decimals(value, digits)
    # A column with fixed decimals keeps them; elsewhere 0.0000012 is easier to read as 1.20e−06.
    if abs(value) >= 1e7 or (free and 0 < abs(value) < 1e-4):
        text = f"{value:.{digits - 1}e}"
    else:
        text = f"{value:,.{max(decimals, 0)}f}"
    if not any(character in "123456789" for character in text):
        text = text.lstrip("-")  # "-0.00" would claim a direction that the rounding took away
    elif sign and value > 0:
        text = "+" + text
    return text.replace("-", "−")


def plus_minus(value: Any, spread: Any, unit: str = "") -> str:
    """Write a value with its spread, both cut where the spread starts to be noise.

    Examples
    --------
    >>> plus_minus(0.30412, 0.0083), plus_minus(79.78, 14.2), plus_minus(0.3, None)
    ('0.304 ± 0.008', '80 ± 14', '0.300')
    """
    if not is_number(spread):
        return with_unit(number(value), unit)
    decimals = spread_decimals([spread], [value])
    return with_unit(f"{number(value, decimals)} ± {number(spread, decimals)}", unit)


def with_unit(text: str, unit: str) -> str:
    """Put a unit behind a written number, tied by a no-break space.

    Examples
    --------
    >>> with_unit("0.30", "eV") == "0.30" + NO_BREAK + "eV", with_unit("0.97", "")
    (True, '0.97')
    """
    return f"{text}{NO_BREAK}{unit}" if unit and text != MISSING else text


def percent(share: Any, decimals: int = 0) -> str:
    """Write a share as per cent.

    Examples
    --------
    >>> percent(0.912).replace(NO_BREAK, " ")
    '91 %'
    """
    return with_unit(number(100 * float(share), decimals), "%") if is_number(share) else MISSING


def spread_decimals(spreads: Iterable[Any], values: Iterable[Any] = ()) -> int:
    """How many decimals a column of values deserves, from the smallest spread in it.

    One significant digit of the spread, two when it starts with 1, 2 or 3 (0.014 would lose too
    much as 0.01). Without any spread, three significant digits of the smallest value.

    Examples
    --------
    >>> spread_decimals([0.021, 0.0083]), spread_decimals([14.2]), spread_decimals([], [0.9734])
    (3, 0, 3)
    """
    known = [abs(float(s)) for s in spreads if is_number(s) and float(s) != 0]
    if not known:
        sizes = [abs(float(v)) for v in values if is_number(v) and float(v) != 0]
        return digits_to_decimals(min(sizes), 3) if sizes else 0
    smallest = min(known)
    lead = f"{smallest:.1e}"[0]
    decimals = digits_to_decimals(smallest, 2 if lead in "123" else 1)
    largest = max((abs(float(v)) for v in values if is_number(v)), default=0.0)
    # A spread that is tiny beside its value (a lucky pair of folds) must not print eight digits.
    return min(decimals, digits_to_decimals(largest, 5)) if largest else decimals


def digits_to_decimals(value: float, digits: int) -> int:
    """Decimals that show `digits` significant digits of `value`, never below 0."""
    if not value or not math.isfinite(value):
        return 0
    return max(0, digits - 1 - math.floor(math.log10(abs(value))))


def is_number(value: Any) -> bool:
    """Whether `value` is a finite number (NumPy's too; bool is not)."""
    if isinstance(value, bool) or value is None:
        return False
    try:
        return math.isfinite(float(value)) and not isinstance(value, str)
    except (TypeError, ValueError):
        return False


def duration(seconds: Any) -> str:
    """Write a time span in the unit that people would choose.

    Examples
    --------
    >>> [duration(s).replace(NO_BREAK, " ") for s in (0.04, 7.3, 150, 7300)]
    ['0.040 s', '7.3 s', '2.5 min', '2.0 h']
    """
    if not is_number(seconds):
        return MISSING
    seconds = float(seconds)
    for limit, size, unit in ((100.0, 1.0, "s"), (6000.0, 60.0, "min"), (math.inf, 3600.0, "h")):
        if seconds < limit:
            return with_unit(number(seconds / size, digits=2), unit)
    return MISSING


def listed(names: Iterable[str], last: str = "and") -> str:
    """Join names as in a sentence.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    names = list(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}" if names else ""
