"""From the cells of a target column to numbers or class labels, with a word on each cell that is neither.

Cells are read as a chemist means them: '1,5' is 1.5 in a column of decimal commas, '1.2 ± 0.1' is 1.2,
'n/a' is unknown. A limit ('>3') or a range ('3-4') is no value, and is reported instead of guessed.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from matprior.data.units import unit_of

UNKNOWN = frozenset({
    "", "n/a", "na", "n.a.", "n.a", "nan", "none", "null", "nil", "nd", "n.d.", "nm", "n.m.", "unknown",
    "missing", "tbd", "-", "--", "---", "–", "—", "?", ".", "#n/a", "#na",
})  # fmt: skip
"""Cells that say that nobody measured it."""
UNKNOWN_LABELS = UNKNOWN - {"none", "nil", "nm", "unknown"}
"""The same for classes, where 'none' may be an answer ('magnetic order: none')."""
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
_PLAIN = re.compile(_NUMBER, re.I)
_WITH_ERROR = re.compile(rf"({_NUMBER})\s*(?:(?:±|\+/-|\+-)\s*{_NUMBER}|\(\d+\))", re.I)
_ABOUT = re.compile(rf"(?:~|≈|∼|≃|ca\.?|about|approx\.?)\s*({_NUMBER})", re.I)
_RANGE = re.compile(r"(\d+\.?\d*)\s*(?:-|–|—|to|\.\.+|…)\s*(\d+\.?\d*)")
_WITH_UNIT = re.compile(rf"({_NUMBER})\s*([^\d\s.,+\-(±_].*)", re.I)
_DATE = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d:\d\d)?")


@dataclass
class Reading:
    """A column of values. `values` is float64 (numbers) or object (labels, NaN where unknown)."""

    values: np.ndarray
    problems: list[tuple[int, str, str]] = field(default_factory=list)
    """(index of the cell, reason, suggestion) for each cell that could not be read."""
    notes: list[str] = field(default_factory=list)


def read_numbers(cells: list[str], column: str, unit: str = "", comma_file: bool = True) -> Reading:
    """Numbers of a column, NaN where unknown.

    Parameters
    ----------
    cells : text, length n
    column : its name, for messages
    unit : unit of the column; a cell may repeat it ('1.5 eV')
    comma_file : whether commas separate cells, in which case '1,500' is more likely 1500 than 1.5

    Examples
    --------
    >>> read_numbers(["1,5", "0,25", "n/a", ">3"], "gap (eV)").values
    array([1.5 , 0.25,  nan,  nan])
    """
    reading = Reading(np.full(len(cells), np.nan))
    rest = []
    for i, cell in enumerate(cells):
        try:
            value = float(cell)
        except ValueError:
            rest.append(i)
            continue
        if "_" in cell or math.isinf(value):  # Python reads '1_5' as 15
            rest.append(i)
        else:
            reading.values[i] = value
    texts = {i: _tidy(cells[i]) for i in rest}
    unknown = Counter(cells[i].strip() for i in rest if texts[i] and texts[i].lower() in UNKNOWN)
    if unknown:
        shown = ", ".join(f"{text!r} ({n})" for text, n in unknown.most_common(4))
        reading.notes.append(f"Column {column!r}: these cells count as unknown: {shown}.")
    texts = {i: text for i, text in texts.items() if text.lower() not in UNKNOWN}
    texts = _settle_commas(texts, column, comma_file, reading)
    _read_marked(texts, cells, (column, unit), reading)
    return reading


def _tidy(cell: str) -> str:
    """Plain signs and digits: '−5' -> '-5', '1.2 × 10⁻³' -> '1.2e-3'."""
    text = cell.strip()
    text = re.sub(r"\s*[×x·*]\s*10\s*\^?\s*([⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|\(?[+\-−]?\d+\)?)", r"e\1", text)
    text = unicodedata.normalize("NFKC", text).replace("−", "-").replace("﹣", "-").replace("'", "")
    text = re.sub(r"(?<=\d)[   ](?=\d{3}(?:\D|$))", "", text)  # '1 234 567'
    return re.sub(r"e\((.*?)\)", r"e\1", text).strip().rstrip("*†")


def _settle_commas(texts: dict[int, str], column: str, comma_file: bool, reading: Reading) -> dict[int, str]:
    """Decide for the whole column whether commas are decimal marks or part thousands."""
    with_comma = [text for text in texts.values() if re.search(r"\d,\d", text)]
    if not with_comma:
        return texts
    both = [text for text in with_comma if "." in text]
    thousands = all(re.fullmatch(r"[^\d]*[1-9]\d{0,2}(,\d{3})+(?!\d)[^,]*", text) for text in with_comma)
    decimal = not thousands or (not both and not comma_file)
    if both and all(text.rfind(",") > text.rfind(".") for text in both):
        decimal = True  # '1.234,5'
    if decimal:
        reading.notes.append(f"Column {column!r}: commas were read as decimal marks ({with_comma[0]!r}).")
        if both:
            return {
                i: text.replace(".", "").replace(",", ".") if "," in text else text
                for i, text in texts.items()
            }
        return {i: re.sub(r"(?<=\d),(?=\d)", ".", text) for i, text in texts.items()}
    reading.notes.append(f"Column {column!r}: commas were read as thousands separators ({with_comma[0]!r}).")
    return {i: re.sub(r"(?<=\d),(?=\d{3})", "", text) for i, text in texts.items()}


def _read_marked(texts: dict[int, str], cells: list[str], about: tuple[str, str], reading: Reading) -> None:
    """Cells that carry more than a number: an error bar, a unit, a 'ca.'. What is left is a problem."""
    column, unit = about
    seen: Counter[str] = Counter()
    units = {found[2].strip() for text in texts.values() if (found := _WITH_UNIT.fullmatch(text))}
    for i, text in texts.items():
        if _PLAIN.fullmatch(text):
            reading.values[i] = float(text)
        elif found := _WITH_ERROR.fullmatch(text):
            reading.values[i] = float(found[1])
            seen["error bars were dropped"] += 1
        elif found := _ABOUT.fullmatch(text):
            reading.values[i] = float(found[1])
            seen["'about' signs were dropped"] += 1
        elif (found := _WITH_UNIT.fullmatch(text)) and _is_column_unit(found[2].strip(), unit, units):
            reading.values[i] = float(found[1])
            seen[f"the unit {found[2].strip()!r} behind the number was dropped"] += 1
        else:
            reason, fix = _explain(text, unit)
            reading.problems.append((i, f"{column!r} is {cells[i].strip()[:60]!r}, {reason}", fix))
        if math.isinf(reading.values[i]):
            reading.values[i] = np.nan
            reading.problems.append(
                (i, f"{column!r} is {cells[i].strip()[:60]!r}, too large for a number", "check the exponent")
            )
    reading.notes += [f"Column {column!r}: {what} (cells: {n})." for what, n in seen.items()]


def _is_column_unit(written: str, unit: str, units: set[str]) -> bool:
    """Whether a unit in a cell is that of the column: named so, or the only one in an unnamed column."""
    pretty = unit_of(f"x ({written})")
    if unit:
        return unit.lower() in (written.lower(), pretty.lower())
    return len(units) == 1 and bool(pretty)  # '2H' and '4H' are polytypes, not hours


def _explain(text: str, unit: str) -> tuple[str, str]:
    """Reason and suggestion for a cell that is no number."""
    if text[:1] in "<>≤≥":
        return "a limit, not a value", "leave the cell empty, or give the number alone if it is the value"
    if found := _RANGE.fullmatch(text):
        middle = (float(found[1]) + float(found[2])) / 2
        return "a range, not a value", f"give one number, such as {middle:g}"
    if _DATE.fullmatch(text):
        return "a date, not a number", "the spreadsheet took a number for a date; type it again as a number"
    if text.startswith("#"):
        return "an error of the spreadsheet", "repair the spreadsheet formula, or leave the cell empty"
    if _WITH_UNIT.fullmatch(text):
        return (
            f"with a unit other than {unit or 'that of the other rows'}",
            "convert it and give the number alone",
        )
    return "not a number", "give a number, or leave the cell empty if it is unknown"


def read_labels(cells: list[str], column: str) -> Reading:
    """Class labels of a column: numbers stay numbers, spellings that differ in case or spaces become one.

    Examples
    --------
    >>> read_labels(["Yes", "yes ", "No", ""], "stable").values.tolist()
    ['Yes', 'Yes', 'No', nan]
    """
    texts = [" ".join(cell.split()) for cell in cells]
    known = [text for text in texts if text.lower() not in UNKNOWN_LABELS]
    reading = Reading(np.full(len(cells), np.nan, dtype=object))
    spelling: dict[str, Counter[str]] = {}
    for text in known:
        spelling.setdefault(text.casefold(), Counter())[text] += 1
    label: dict[str, object] = {
        key: min(forms, key=lambda form: (-forms[form], form)) for key, forms in spelling.items()
    }
    numbers = {key: _as_number(key) for key in spelling}
    if spelling and all(number is not None for number in numbers.values()):
        label = dict(numbers)
    elif spelling and set(spelling) <= {"true", "false"}:
        label = {"true": 1, "false": 0}
        reading.notes.append(f"Column {column!r}: True is class 1, False is class 0.")
    elif doubled := [forms for forms in spelling.values() if len(forms) > 1]:
        shown = " and ".join(repr(form) for form in list(doubled[0])[:3])
        reading.notes.append(
            f"Column {column!r}: labels that differ only in case, such as {shown}, count as one."
        )
    for i, text in enumerate(texts):
        if text.lower() not in UNKNOWN_LABELS:
            reading.values[i] = label[text.casefold()]
    return reading


def _as_number(text: str) -> int | float | None:
    """1 for '1' and '1.0': a spreadsheet may write either for the same class."""
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if value.is_integer() else value
