"""What can be said of a SMILES by its letters alone, before a chemistry toolkit sees it.

RDKit reads text behind a blank as the name of the molecule, so `C C` would be methane; it also keeps the
place of a mistake for its log. Here every token is looked at once, and a mistake has its place.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from matprior.notations.base import InvalidString
from matprior.notations.elements import SYMBOLS
from matprior.notations.material_names import PLACEHOLDERS as _NOT_ELEMENTS

EXPECTED = "a SMILES such as 'CCO' was expected"
_ATOM = r"\[[^\[\]]*\]|Br|Cl|[BCNOPSFIbcnops*]"
_BOND = r"\\\\|[-=\#$:/\\~]"
"""RDKit reads a doubled backslash, left by programs that escape it, as one; so do we."""
_TOKEN = re.compile(
    rf"(?P<atom>{_ATOM})|(?P<ring>(?:{_BOND})?(?:%\(\d+\)|%\d\d|\d))|(?P<bond>->|<-|{_BOND})"
    r"|(?P<open>\()|(?P<close>\))|(?P<dot>\.)"
)
_BRACKET = re.compile(
    r"\[(?:\d+)?(?P<symbol>\*|#\d+|[A-Z][a-z]?|se|as|te|si|[bcnops])(?:@(?:@|(?:TH|AL|SP|TB|OH)\d+)?)?"
    r"(?:H\d?)?(?:\++\d*|-+\d*)?(?::\d+)?\]"
)
_MISSING = {"nan", "na", "n/a", "#n/a", "none", "null", "nil", "-", "--", "—", "?", "unknown", "tbd", "<na>"}
_NUMBER = re.compile(r"[-+]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][-+]?\d+)?")
_INCHI = re.compile(r"InChI=|[A-Z]{14}-[A-Z]{10}-[A-Z]$")
SELFIES_SHAPE = re.compile(r"(?:\[[=#/\\-]{0,2}[A-Za-z0-9][^\[\]\s]*\]\.?)+")
_SELFIES_ONLY = re.compile(r"\[(?:Branch|Ring|nop|[=#/\\])")
SELFIES_MARK = re.compile(r"\[(?:Branch|Ring|nop|[=#/\\]|(?:[BCNOPSFI]|Cl|Br)\])")
"""Symbols that a SMILES does not hold, or as in `[C]` hardly ever."""
_FORMULA = re.compile(r"(?:[A-Z][a-z]?(?!1(?!\d))\d*)+")
"""Nobody writes an amount of 1, but a ring bond is often ring 1."""
_UNBRACKETED = re.compile(r"(?<!\[)(Si|Se|Ge|Sn|As|Te|Na|Li|K)(?![\]+a-z])")
NAMED = {
    "acetic acid": "CC(=O)O",
    "acetone": "CC(C)=O",
    "acetonitrile": "CC#N",
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
    "benzene": "c1ccccc1",
    "caffeine": "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "chloroform": "ClC(Cl)Cl",
    "cyclohexane": "C1CCCCC1",
    "dmf": "CN(C)C=O",
    "dmso": "CS(C)=O",
    "ethanol": "CCO",
    "glucose": "OCC1OC(O)C(O)C(O)C1O",
    "glycerol": "OCC(O)CO",
    "methane": "C",
    "methanol": "CO",
    "phenol": "Oc1ccccc1",
    "pyridine": "c1ccncc1",
    "thf": "C1CCOC1",
    "toluene": "Cc1ccccc1",
    "urea": "NC(N)=O",
    "water": "O",
}
"""Names that people type to try things out."""


def clean(string: object) -> str:
    """The text without blanks around it; raises `InvalidString` for what is no text or cannot be a SMILES."""
    if not isinstance(string, str):
        missing = string is None or (isinstance(string, float) and math.isnan(string))
        what = "a missing value" if missing else f"{type(string).__name__}, not text"
        raise InvalidString(string, f"{what}; {EXPECTED}")
    text = string.strip(" \t\r\n")
    if not text:
        raise InvalidString(string, f"the string is empty; {EXPECTED}")
    shift = string.index(text[0])
    _refuse_other_things(string, text)
    for place, char in enumerate(text):
        if not "!" <= char <= "~":
            raise _odd_character(string, text, place, shift)
    return text


def _refuse_other_things(string: str, text: str) -> None:
    """Numbers, missing values, names, InChI and SELFIES are told apart from mistyped SMILES."""
    if text.lower() in _MISSING:
        raise InvalidString(string, f"this reads as a missing value; {EXPECTED}")
    if _NUMBER.fullmatch(text):
        raise InvalidString(string, f"this is a number, perhaps of another column; {EXPECTED}")
    if _INCHI.match(text):
        raise InvalidString(string, f"this is an InChI or its key; {EXPECTED}")
    if SELFIES_SHAPE.fullmatch(text) and _SELFIES_ONLY.search(text):
        raise InvalidString(string, f"this looks like SELFIES; {EXPECTED}, or say notation 'selfies'")
    if known := NAMED.get(text.lower()):
        raise InvalidString(string, f"this reads like a name; {EXPECTED}", None, known)


def _odd_character(string: str, text: str, place: int, shift: int) -> InvalidString:
    char = text[place]
    if char.isspace():
        reason = "a blank; one row holds one SMILES, and a name behind it belongs in another column"
    elif char.isprintable():
        reason = f"{char!r} is no character of a SMILES"
    else:
        reason = "an invisible character"
    parts = [part for part in re.split(r"[^!-~]+", text) if part]
    # Pieces cut apart by an odd character are one SMILES only if they read as such together.
    whole = "".join(parts)
    joined = whole if not char.isspace() else (parts[0] if parts else "")
    fix = joined if joined and first_mistake(joined) is None else None
    return InvalidString(string, reason, place + shift, fix)


def tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """Kind, token and its place; the kind is 'odd' for a character that begins no token."""
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        kind, token = (match.lastgroup or "odd", match[0]) if match else ("odd", text[place])
        yield kind, token, place
        place += len(token)


def first_mistake(text: str) -> tuple[str, int] | None:
    """Reason and place of the first mistake in the grammar, or None."""
    rings: dict[str, int] = {}
    branches: list[int] = []
    before = "start"
    for kind, token, place in tokens(text):
        problem = _wrong(kind, token, before, branches)
        if problem:
            return problem, place
        if kind == "open":
            branches.append(place)
        elif kind == "close":
            branches.pop()
        elif kind == "ring":
            number = token.lstrip("-=#$:/\\~").strip("%()")
            number = number.lstrip("0") or "0"
            rings.pop(number) if number in rings else rings.update({number: place})
        before = kind
    if branches:
        return "the bracket '(' is never closed", branches[-1]
    if before in ("bond", "dot"):
        return "the end comes after a bond or a dot, and an atom is missing", len(text) - 1
    if rings:
        number, place = next(iter(rings.items()))
        return f"ring {number} is opened and never closed", place
    return None


def _wrong(kind: str, token: str, before: str, branches: list[int]) -> str | None:
    """Why this token cannot stand here."""
    if kind == "odd":
        return _odd_token(token)
    if kind == "atom":
        return _wrong_bracket(token) if token.startswith("[") else None
    if before in ("start", "dot"):
        return f"{token!r} comes where an atom was expected"
    if kind == "close" and not branches:
        return "the bracket ')' closes nothing"
    if kind == "close" and before in ("open", "bond"):
        return "')' comes where an atom was expected"
    if before == "bond" and kind != "atom":
        return f"{token!r} comes after a bond, where an atom was expected"
    if kind in ("open", "ring") and before == "open":
        return f"{token!r} comes where an atom was expected"
    return None


def _odd_token(char: str) -> str:
    if char in "[]":
        return "a square bracket without its partner"
    if char in ">":
        return "'>' parts the sides of a reaction; a single molecule was expected"
    if char == "H":
        return "hydrogen is not written, or stands in square brackets as in '[OH-]' and '[H]'"
    if char == "%":
        return "'%' needs two digits behind it"
    if char.isalpha():
        return f"{char!r} is no atom that may stand without square brackets"
    return f"{char!r} is not understood here"


def _wrong_bracket(token: str) -> str | None:
    match = _BRACKET.fullmatch(token)
    if not match:
        return f"{token!r} is no atom; an atom in square brackets looks like '[13C@@H2+:1]'"
    symbol = match["symbol"]
    if symbol[0].isupper() and symbol not in SYMBOLS and symbol not in ("D", "T"):
        stands_for = f"; in papers it stands for {_NOT_ELEMENTS[symbol]}" if symbol in _NOT_ELEMENTS else ""
        return f"unknown element {symbol!r}{stands_for}"
    return None


def looks_like_formula(text: str) -> bool:
    """Whether the text could be a composition such as `C2H6O` or `NaCl`."""
    return bool(_FORMULA.fullmatch(text)) and all(s in SYMBOLS for s in re.findall(r"[A-Z][a-z]?", text))


def repairs(text: str, place: int) -> Iterator[str]:
    """Strings that may have been meant, likeliest first; whoever asks must check them."""
    if re.search(r"cl|br|CL|BR", text):
        yield re.sub(r"br|BR", "Br", re.sub(r"cl|CL", "Cl", text))
    if _UNBRACKETED.search(text):
        yield _UNBRACKETED.sub(r"[\1]", text)
    if text.count("(") > text.count(")"):
        yield text + ")" * (text.count("(") - text.count(")"))
    opened = re.match(r"\d", text[place : place + 1])
    if opened and place:
        yield text + opened[0]
        yield text[:place] + text[place + 1 :]
    if text[place : place + 1] in ("]", ")", ">", "-", "=", "#", "."):
        yield text[:place] + text[place + 1 :]
    if "[" in text and text.count("[") > text.count("]"):
        yield text + "]"
    yield text.upper().replace("CL", "Cl").replace("BR", "Br")
