"""From the characters people paste to the plain text that the formula grammar reads.

Subscripts, superscripts, full-width letters, LaTeX and HTML markup, the many middle dots and
minus signs, invisible characters: all become ASCII plus `·` and `^`. Every cleaned character
remembers where it stood in the original, so that an error can point at it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

DOTS = "·•⋅∙●・‧⸱*∗×"
MINUSES = "-−–—‐‑‒﹣－⁻₋"
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
MAX_LENGTH = 2000
"""The longest text for the full grammar; what is longer is a file or a paragraph, not a formula."""

_QUOTES = "\"'`“”‘’«»"

_MARKUP: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"<sup>", re.I), "^"),
    (re.compile(r"</?su[bp]>", re.I), ""),
    (re.compile(r"\\(?:cdot|bullet|times)"), "·"),
    (re.compile(r"\\(?:mathrm|rm|text|ce)(?![a-z])|\$"), ""),
)
_UNDERSCORE = re.compile(r"(?<=[A-Za-z)\]}])_(?=[{\d.])")
_PLAIN_AMOUNT = re.compile(r"[A-Za-z)\]}]\d")
_BRACED_NUMBER = re.compile(r"(?<=[A-Za-z)\]}^])\{([\d.+-]+)\}")


class Problem(Exception):
    """What the grammar found, before `composition_advice` turns it into an `InvalidString`.

    `place` is an index into the original string; `kind` tells the adviser what went wrong.
    """

    def __init__(
        self, kind: str, reason: str, place: int | None = None, suggestion: str | None = None
    ) -> None:
        super().__init__(reason)
        self.kind, self.reason, self.place, self.suggestion = kind, reason, place, suggestion


@dataclass
class Text:
    """Cleaned characters and where each stood; `places` has one more entry, for the end."""

    chars: str
    places: list[int]

    def replace(self, pattern: re.Pattern[str], new: str | Callable[[re.Match[str]], str]) -> Text:
        """Every match replaced; new characters stand where their match began."""
        chars, places, end = [], [], 0
        if not pattern.search(self.chars):
            return self
        for match in pattern.finditer(self.chars):
            text = new if isinstance(new, str) else new(match)
            chars += [self.chars[end : match.start()], text]
            places += self.places[end : match.start()] + [self.places[match.start()]] * len(text)
            end = match.end()
        return Text("".join(chars) + self.chars[end:], places + self.places[end:])

    def strip(self) -> Text:
        """Without spaces at both ends."""
        start = len(self.chars) - len(self.chars.lstrip())
        stop = max(start, len(self.chars.rstrip()))
        return Text(self.chars[start:stop], self.places[start : stop + 1])


def clean(string: str) -> Text:
    """The plain form of a string: same meaning, one way to write each thing."""
    if len(string) > MAX_LENGTH:
        raise Problem("long", f"{len(string)} characters are too many for one formula")
    if string.isascii() and not _NEEDS_WORK.search(string):
        return Text(string, list(range(len(string) + 1))).strip()
    chars: list[str] = []
    places: list[int] = []
    raised = False
    for place, char in enumerate(string):
        superscript = char.translate(_SUPERSCRIPT)
        if superscript != char:
            plain = superscript if raised else "^" + superscript
            raised = True
        else:
            plain = _plain(char)
            raised = raised and plain == ""
        chars.append(plain)
        places += [place] * len(plain)
    text = Text("".join(chars), [*places, len(string)])
    for pattern, new in _MARKUP:
        text = text.replace(pattern, new)
    if not _PLAIN_AMOUNT.search(text.chars):  # `NaOH_2H2O` is no LaTeX: its other amounts have no underscore
        text = text.replace(_UNDERSCORE, "")
    return text.replace(_BRACED_NUMBER, lambda m: m[1]).strip()


_NEEDS_WORK = re.compile(r"[\s*$_<\\{\x00-\x1f\x7f]")


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    if char in DOTS:
        return "·"
    if char in MINUSES:
        return "-"
    if char.isspace():
        return " "
    if unicodedata.category(char) == "Cf" or char == "\ufe0f":
        return ""  # zero-width and direction marks, soft hyphens, byte order marks
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if "\u2150" <= char <= "\u218b" and "NUMERAL" in unicodedata.name(char, ""):
        return char  # NFKC would turn the oxidation state Ⅲ into three atoms of iodine
    plain = unicodedata.normalize("NFKC", char).replace("⁄", "/").replace("−", "-").replace("・", "·")
    return plain if plain.isascii() else char


_STATE = re.compile(r"(?<=[^ ])\s*\((s|l|g|aq|cr|am)\)$")
"""Solid, liquid, gas, in water, crystalline, amorphous: small letters, so never atoms."""


def without_state(text: Text) -> tuple[Text, list[str]]:
    """`Fe2O3(s)`: without the mark of a state at the end, and a note where there was one."""
    found = _STATE.search(text.chars)
    if not found:
        return text, []
    return text.replace(_STATE, ""), [f"the state '({found[1]})' at the end is left out"]


_GAP = re.compile(r" +")
_CHARGE_AFTER_GAP = re.compile(r"(\d?)([+-]+)(?=$|[)\]}·])")
_NUMBER_AFTER_GAP = re.compile(r"[\d.]+(?:[eE][+-]?\d+)?(?=$|[ )\]}·])")


def close_gaps(text: Text) -> Text:
    """Spaces taken out where that cannot change the meaning; `Problem` where it could.

    `Li Co O2` and `Fe 2 O 3` are plain; `MgCl2 6H2O` must not become MgCl26H2O.
    """
    gaps = list(_GAP.finditer(text.chars))
    marks: dict[int, str] = {}
    for gap in gaps:
        before, after = text.chars[gap.start() - 1], text.chars[gap.end()]
        place = text.places[gap.end()]
        if after in "·([{)]}^" or before in "·([{" or (before.isdigit() and after == "/"):
            continue
        if _CHARGE_AFTER_GAP.match(text.chars, gap.end()):
            marks[gap.start()] = "^"
        elif after.isdigit() or after == ".":
            whole = _NUMBER_AFTER_GAP.match(text.chars, gap.end())
            if before.isdigit() or before == "." or not whole:
                reason = (
                    "the number after a space is ambiguous; write '·' before units, no space before an amount"
                )
                raise Problem("gap", reason, place)
        elif not after.isupper():
            rest = text.chars[gap.end() :]
            raise Problem("words", f"{rest!r} after the space is not part of a formula", place)
    return text.replace(_GAP, lambda gap: marks.get(gap.start(), ""))


_ADDUCT = r"(?:[HD]2O|\([HD]2O\)|OH2|\(OH2\)|NH3|\(NH3\))"
_DOT = re.compile(r"\.")
_TWO_DOTS = re.compile(r"(?<=[A-Za-z\d)\]}])\.(?=\d+\.\d)")
_DOT_BEFORE_ADDUCT = re.compile(rf"(?<=[A-Za-z\d)\]}}])\.(?=(?:[1-9]\d*|\d+/\d+)?{_ADDUCT}(?:$|[.·)\]}}]))")
_DOT_BEFORE_COMPOUND = re.compile(r"(?<=[A-Za-z\d)\]}])\.(?=[1-9]\d*([A-Z(\[][^.·]*))")
_STOP_AT_THE_END = re.compile(r"(?<=[A-Za-z\d)\]}])\.$")
_BARE_DOT = re.compile(r"\.(?!\d)")
_OXIDE = re.compile(r"(?:[1-9]\d*)?(?:[A-Z][a-z]?\d{0,2}O\d{0,2}|[HD]2O)")
_SYMBOL = re.compile(r"[A-Z][a-z]?")
_LAST_NUMBER = re.compile(r"[\d.]*\d$")


def separate_parts(text: Text) -> tuple[Text, list[str]]:
    """Full stops that part adducts become `·`; the others stay decimal points.

    A stop is a separator

    1. when no digit follows it (`CaO.Al2O3`);
    2. when it is the first of two in one number after a compound (`K2CO3.1.5H2O`);
    3. when a whole number of H2O, D2O or NH3 fills the part after it, and the part before it is
       a compound whose last amount is a whole number from 2 (`CuSO4.5H2O`, but not `Li1.5H2O`:
       nobody writes the amount 1);
    4. between all members of a list of oxides (`Al2O3.2SiO2.2H2O`);
    5. next to a separator of these kinds, between two compounds (`CaCl2.2MgCl2.12H2O`).

    Readings by the rules 3 to 5 are reported in a note.
    """
    if "." not in text.chars:
        return text, []
    if _STOP_AT_THE_END.search(text.chars):
        text, notes = separate_parts(text.replace(_STOP_AT_THE_END, ""))
        return text, ["the full stop at the end is left out", *notes]
    plain = text.replace(_TWO_DOTS, lambda m: "·" if _is_host(text.chars[: m.start()]) else ".")
    plain = plain.replace(_BARE_DOT, "·")
    parts = plain.chars.split(".")
    if len(parts) > 1 and all(map(_OXIDE.fullmatch, parts)) and not re.search(r"(?<!\d)[01]\.", plain.chars):
        read = plain.replace(_DOT, "·")
    else:
        read = plain.replace(_DOT_BEFORE_ADDUCT, lambda m: "·" if _is_host(plain.chars[: m.start()]) else ".")
        if read.chars != text.chars:
            before = read.chars
            read = read.replace(
                _DOT_BEFORE_COMPOUND,
                lambda m: "·" if _is_host(before[: m.start()]) and _elements(m[1]) > 1 else ".",
            )
    if read.chars == plain.chars:
        return read, []
    return read, [
        f"{text.chars!r} is read as {read.chars!r}: the full stop parts two units; write '·' to be sure"
    ]


def _is_host(before: str) -> bool:
    """Whether the text before a full stop can be a whole compound with an adduct after it."""
    part = before.rsplit("·", 1)[-1]
    number = _LAST_NUMBER.search(part)
    if number and ("." in number[0] or number[0] in ("0", "1")):
        return False
    return _elements(part) > 1


def _elements(part: str) -> int:
    return len(set(_SYMBOL.findall(part)))


def unquoted(string: str) -> str:
    """Without quotes and stray punctuation at both ends."""
    return string.strip().strip(_QUOTES + DOTS + ".,;:!?#†‡§|").strip()
