"""Compositions in percent: `Ti-6Al-4V`, `63Sn-37Pb`, and formulas whose amounts are weights.

A percent form means nothing without its unit, so it is refused until one is declared, in the
task (`amount_unit`) or in the string itself (`Ti-6Al-4V wt%`).
"""

from __future__ import annotations

import re
from fractions import Fraction

from matprior.notations.composition_grammar import Amounts, exact, total_of
from matprior.notations.composition_text import Problem, Text
from matprior.notations.elements import ATOMIC_NUMBER, MASS

UNITS = ("atoms", "wt%", "at%")

TOLERANCE = Fraction(1, 2)
"""Percent forms that name every amount must add up to 100 within this many percent."""

DECIMALS = 6
"""Atomic percent from weights are rounded here: far below any analysis, and canonical forms stay short."""

_UNIT = re.compile(
    r"[(\[,]?\s*(?<![A-Za-z])(?P<kind>wt|mass|weight|at|atomic|atom|mol|mole)?[.\s-]*%\s*[)\]]?", re.I
)
_NUMBERS_FIRST = re.compile(r"(?:(?:[1-9]\d?|0)(?:\.\d+)?[A-Z][a-z]?){2,}", re.ASCII)
_PART = re.compile(
    r"\s*(?P<before>\d+(?:\.\d+)?|\.\d+)?\s*(?P<symbol>[A-Z][a-z]?)\s*(?P<after>\d+(?:\.\d+)?|\.\d+)?\s*"
)


def check_unit(unit: str) -> None:
    """Raise ValueError unless `unit` is one of `UNITS`."""
    if unit not in UNITS:
        near = next((known for known in UNITS if str(unit)[:1] == known[0]), "atoms")
        expected = ", ".join(map(repr, UNITS))
        raise ValueError(
            f"The amount unit {unit!r} is not known. Expected one of {expected}. Did you mean {near!r}?"
        )


def take_unit(text: Text, unit: str) -> tuple[Text, str]:
    """The text without percent signs, and the unit that they or `unit` declare."""
    if "%" not in text.chars:
        return text, unit
    found = set()
    for match in _UNIT.finditer(text.chars):
        kind = (match["kind"] or "").lower()
        found.add("wt%" if kind in ("wt", "mass", "weight") else "at%" if kind else unit)
    rest = text.replace(_UNIT, "").strip()
    if unit != "atoms":
        found.add(unit)
    if len(found) > 1:
        declared = " and ".join(sorted(found))
        raise Problem("unit", f"the units {declared} are both declared; amounts must have one unit")
    if found == {"atoms"}:
        raise Problem("unit", _undeclared("a percent sign without wt or at"))
    return rest, found.pop() if found else unit


def _undeclared(what: str) -> str:
    return f"percent form: {what} needs a declared unit; set the amount unit to 'wt%' or 'at%'"


def read_percent_form(text: Text, unit: str) -> tuple[Amounts, list[str]] | None:
    """Amounts of an alloy such as `Ti-6Al-4V` in its unit, with notes; None for any other text.

    The one element without a number is the balance to 100. With a number on every element the
    numbers must add up to 100.
    """
    pieces = text.chars.split("-")
    if _NUMBERS_FIRST.fullmatch(text.chars):
        # `63Sn37Pb` would otherwise be 63 units of Sn37Pb. Sums other than 100 are left alone: `2H2O`.
        numbered = re.findall(r"[\d.]+[A-Z][a-z]?", text.chars)
        numbers = [exact(re.sub("[A-Za-z]+", "", piece)) for piece in numbered]
        if abs(total_of(numbers) - 100) <= TOLERANCE:
            pieces = numbered
    parts = [_PART.fullmatch(piece) for piece in pieces]
    found = [part for part in parts if part]
    before, after = any(p["before"] for p in found), any(p["after"] for p in found)
    if len(parts) < 2 or len(found) < len(parts) or (before and after):
        return None
    symbols = [part["symbol"] for part in found]
    if unknown := next((symbol for symbol in symbols if symbol not in ATOMIC_NUMBER), None):
        raise Problem("element", f"unknown element {unknown!r}", text.places[text.chars.index(unknown)])
    plain = "".join(pieces).replace(" ", "")
    if not before and not after:
        reason = "elements joined by hyphens name a chemical system, not a composition; amounts are missing"
        raise Problem("system", reason, None, plain)
    if len(set(symbols)) < len(symbols):
        raise Problem("percent", "an element is named twice in this percent form")
    amounts: Amounts = {p["symbol"]: exact((p["before"] or p["after"]) or "0") for p in found}
    missing = [p["symbol"] for p in found if not (p["before"] or p["after"])]
    return _balanced(amounts, missing, unit, plain if after else None)


def _balanced(
    amounts: Amounts, missing: list[str], unit: str, plain: str | None
) -> tuple[Amounts, list[str]]:
    total = total_of(amounts.values())
    if len(missing) > 1:
        raise Problem(
            "percent", f"{' and '.join(missing)} have no amount; only one element can be the balance"
        )
    if not missing and abs(total - 100) > TOLERANCE:
        raise Problem("percent", f"the percentages add up to {float(total):g}, not 100", None, plain)
    if missing and total >= 100:
        reason = f"the percentages add up to {float(total):g}, so nothing is left for {missing[0]}"
        raise Problem("percent", reason)
    if unit == "atoms":
        raise Problem("unit", _undeclared("an alloy such as 'Ti-6Al-4V'"))
    if not missing:
        return amounts, [] if total == 100 else [f"the percentages add up to {float(total):g}; scaled to 100"]
    rest = 100 - total
    amounts[missing[0]] = int(rest) if rest.denominator == 1 else rest
    return amounts, [f"{missing[0]} is the balance: {float(rest):g} {unit}"]


def from_weights(amounts: Amounts) -> tuple[Amounts, list[str]]:
    """Atomic percent of these weights, rounded to `DECIMALS`, and the note that says so."""
    moles = {symbol: amount / Fraction(MASS[symbol]) for symbol, amount in amounts.items()}
    total = total_of(moles.values())
    smallest = Fraction(1, 10**DECIMALS)
    atoms: Amounts = {s: max(round(100 * m / total, DECIMALS), smallest) for s, m in moles.items()}
    notes = ["the amounts are weights (wt%); converted to atoms"]
    weight = total_of(amounts.values())
    if not any(abs(weight - full) <= full * TOLERANCE / 100 for full in (1, 100)):
        notes.append(f"the weights add up to {float(weight):g}, not 100; scaled")
    return {s: int(a) if a.denominator == 1 else a for s, a in atoms.items()}, notes
