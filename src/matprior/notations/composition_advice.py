"""From a problem in a formula to an error that a chemist understands, with a likely fix.

The grammar knows where it stopped; this module asks what the person may have had in mind: a
name, a SMILES, a number, a missing value, a formula with variables.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator

from matprior.notations.base import InvalidString
from matprior.notations.composition_repairs import (
    LOOKALIKES,
    first_word,
    nearest_symbol,
    plain_minuses,
    readings_of_small_letters,
    repairs,
)
from matprior.notations.composition_text import Problem, unquoted
from matprior.notations.material_names import PLACEHOLDERS, formula_of_name
from matprior.notations.prompts import split_prompts

_MISSING = {"nan", "na", "n/a", "#n/a", "none", "null", "nil", "-", "--", "—", "?", "unknown", "tbd", "<na>"}
_NUMBER = re.compile(r"[-+]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][-+]?\d+)?")
_IDENTIFIER = re.compile(
    r"(?:mp|mvc|oqmd|icsd|jvasp|aflow|cod|csd|cid|cas)[-_ :#]*\d[\d-]*|\d+-\d\d-\d", re.I
)
_SMILES_CHARS = re.compile(r"[A-Za-z0-9@+\-\[\]()=#$:/\\.%*~>]+")
_BOND = re.compile(r"[A-Za-z\d()\]][=#][A-Zcnos\d(\[]|\[[^\]]*@|[A-Za-z)\]][/\\][A-Z]=|>>")
_RING = re.compile(r"[bcnops](\d).*[bcnops)\]]\1(?!\d)")
_VARIABLE = re.compile(r"\s*[-+±]?\s*[\d.]*\s*([xyzwnmkdδεαβ])(?![a-z])")
_WORD = re.compile(r"[a-z]{3,}")
_TIMES = re.compile(r"(?<=[A-Za-z\d)\]])\s*x\s*(?=\d+(?:\.\d+)?(?:[HD]2O|[A-Z][a-z]?\d*[A-Z(]))")
"""`MgSO4x7H2O`: a times sign typed as a letter."""

_UNDERSTOOD = {"blank", "unit", "percent", "system", "charge", "gap", "long", "zero amounts"}
"""Problems that the grammar understood fully: nothing to diagnose, only a fix to look for."""

_HOPELESS = {
    "blank",
    "missing",
    "number given",
    "SMILES",
    "identifier",
    "unit",
    "percent",
    "system",
    "name",
    "variable",
    "readings",
}
"""Problems where changing letters could only lead to some other material: no repairs are tried."""


def not_text(value: object) -> InvalidString:
    """The error for something that is no string at all."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return InvalidString(value, "a missing value; a formula such as 'Fe2O3' was expected")
    if isinstance(value, bytes):
        return InvalidString(
            value, "bytes, not text; decode them first, a formula such as 'Fe2O3' was expected"
        )
    return InvalidString(value, f"{type(value).__name__}, not text; a formula such as 'Fe2O3' was expected")


def advise(string: str, problem: Problem, reads: Callable[[str], bool]) -> InvalidString:
    """The error for `problem`, with a fix that reads, if one is found.

    Parameters
    ----------
    string : what came
    problem : where the grammar stopped and why
    reads : whether a candidate can be read in the unit asked for
    """
    prompted = split_prompts(string)
    if prompted.formula and (words := (*prompted.before, *prompted.after)):
        return InvalidString(
            string,
            f"{words[0]} is a hard prompt, no part of a formula; leave it out, or take a model that has it",
            suggestion=prompted.formula if reads(prompted.formula) else None,
        )
    plain = problem
    if problem.kind not in _UNDERSTOOD:
        problem = next((found for diagnose in _DIAGNOSES if (found := diagnose(string, plain))), plain)
    fix = problem.suggestion if problem.suggestion and reads(problem.suggestion) else None
    if fix is None:
        fix = next((fixed for fixed in _candidates(string, problem.kind) if fixed and reads(fixed)), None)
    if problem.kind == "placeholder" and fix:
        problem = plain  # `NACL`: with a fix in hand, what A means elsewhere is beside the point
    elif fix is None and problem.kind == "element" and problem.place is not None:
        fix = _with_nearest(string, problem.place, reads)
    return InvalidString(string, problem.reason, problem.place, fix)


def _candidates(string: str, kind: str) -> Iterator[str | None]:
    """Fixes to try for this kind of problem."""
    if kind == "list":
        yield unquoted(string)
    elif kind in ("name", "words") and len(string.split()) > 1:
        yield first_word(string)
    if kind not in _HOPELESS | {"list"}:
        yield from repairs(string)


def _missing(string: str, problem: Problem) -> Problem | None:
    if string.strip().lower() in _MISSING:
        return Problem("missing", "this reads as a missing value; a formula such as 'Fe2O3' was expected")
    if not any(char.isalpha() for char in string):
        return Problem("missing", "there is no element in it; a formula such as 'Fe2O3' was expected")
    return None


def _number_given(string: str, problem: Problem) -> Problem | None:
    if _NUMBER.fullmatch(plain_minuses(string).strip()):
        return Problem(
            "number given",
            "this is a number, perhaps of another column; a formula such as 'Fe2O3' was expected",
        )
    return None


def _identifier(string: str, problem: Problem) -> Problem | None:
    if _IDENTIFIER.fullmatch(plain_minuses(string).strip()):
        return Problem(
            "identifier",
            "this is an identifier, perhaps of another column; a formula such as 'Fe2O3' was expected",
        )
    return None


def _smiles(string: str, problem: Problem) -> Problem | None:
    text = string.strip()
    if _SMILES_CHARS.fullmatch(text) and (_BOND.search(text) or _RING.search(text)):
        reason = "this looks like a SMILES; a composition such as 'C6H6' was expected"
        return Problem("SMILES", reason, problem.place)
    return None


def _foreign(string: str, problem: Problem) -> Problem | None:
    for place, char in enumerate(string):
        if char in LOOKALIKES:
            name = unicodedata.name(char).title()
            reason = f"{char!r} ({name}) only looks like the Latin {LOOKALIKES[char]!r}"
            return Problem("foreign", reason, place)
    return None


def _small_letters(string: str, problem: Problem) -> Problem | None:
    found = readings_of_small_letters(string.strip())
    if not found:
        return None
    reason = "element symbols begin with a capital letter"
    if len(found) == 1:
        return Problem("readings", reason, problem.place, found[0])
    return Problem("readings", f"{reason}; this can be read as {' or '.join(found)}", problem.place)


def _name(string: str, problem: Problem) -> Problem | None:
    words = string.split()
    known = formula_of_name(re.sub(r"\([ivIV]+\)", "", " ".join(words).lower().replace("-", " ")))
    if known or (words and _WORD.search(words[0]) and not re.search(r"\d", words[0])):
        return Problem("name", "this reads like a name; a formula such as 'Fe2O3' was expected", None, known)
    return None


def _variable(string: str, problem: Problem) -> Problem | None:
    match = _VARIABLE.match(string, problem.place) if problem.place is not None else None
    if match and _TIMES.search(string):
        reason = f"{match[1]!r} is read as a variable, not as a times sign; write '·' between two units"
        return Problem("variable", reason, match.start(1), _TIMES.sub("·", string))
    if match and (match.start(1) or len(string.strip()) == 1):  # `α-Fe2O3` begins with a phase instead
        reason = f"variable amount {match[1]!r}; a composition needs numbers, such as 'Li0.5CoO2' for x = 0.5"
        return Problem("variable", reason, match.start(1))
    return None


def _placeholder(string: str, problem: Problem) -> Problem | None:
    if problem.kind != "element" or problem.place is None:
        return None
    match = re.match(r"RE|[A-Z][a-z]?", string[problem.place :])
    symbol = match[0] if match else ""
    if symbol not in PLACEHOLDERS:
        return None
    reason = f"unknown element {symbol!r}; in papers it stands for {PLACEHOLDERS[symbol]}, write it out"
    # `Me4Si` must not become Mg4Si, nor a rare earth rhenium; a lone capital may be a slip of case.
    return Problem("placeholder" if len(symbol) == 1 else "variable", reason, problem.place)


def _odd_character(string: str, problem: Problem) -> Problem | None:
    place = problem.place
    char = string[place : place + 1] if place is not None else ""
    if place is None or not char:
        return None
    if char == ",":
        if re.match(r"\d,\d", string[place - 1 : place + 2]):
            return Problem("comma", "a comma in a number; write a decimal point", place)
        if "(" in string[:place] or "[" in string[:place]:
            reason = "a comma between elements; give each its amount on a mixed site, such as (Fe0.5Co0.5)"
            return Problem("variable", reason, place)
        return Problem("list", "a comma is not part of a formula; one row holds one material", place)
    if char == ":":
        reason = "':' before a dopant says nothing of its amount; write it, such as 'Al1.99Cr0.01O3'"
        return Problem("variable", reason, place)
    if char in "/&|;@":
        return Problem("list", f"{char!r} is not part of a formula; one row holds one material", place)
    if plain_minuses(char) in "+-±":
        reason = f"{char!r} is in the middle of a formula; a charge ends it, and sums must be worked out"
        return Problem("sign", reason, place)
    if char == "^" or char in "⁰¹²³⁴⁵⁶⁷⁸⁹":
        reason = "a raised number without a sign; charges end in + or -, isotopes are not read except D and T"
        return Problem("raised", reason, place)
    return None


def _letter(string: str, problem: Problem) -> Problem | None:
    """`Cb2O5`: the grammar read C and stopped at the b."""
    place = problem.place
    if problem.kind != "character" or place is None or not string[place : place + 1].isalpha():
        return None
    start = place - 1 if place and "A" <= string[place - 1] <= "Z" else place
    return Problem("element", f"unknown element {string[start : place + 1]!r}", start)


_DIAGNOSES: tuple[Callable[[str, Problem], Problem | None], ...] = (
    _number_given,
    _identifier,
    _missing,
    _foreign,
    _smiles,
    _small_letters,
    _name,
    _variable,
    _odd_character,
    _placeholder,
    _letter,
)


def _with_nearest(string: str, place: int, reads: Callable[[str], bool]) -> str | None:
    """The string with the unknown symbol at `place` replaced by the closest element."""
    for size in (2, 1):
        unknown = string[place : place + size]
        symbol = nearest_symbol(unknown) if len(unknown) == size and unknown.isalpha() else None
        if symbol and reads(fixed := string[:place] + symbol + string[place + size :]):
            return fixed
    return None
