"""Likely fixes of a string that is not a formula: wrong case, 0 for O, commas, names, trailing text.

Every repair is a small guess; the adviser offers only one that then reads as a formula.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache

from matprior.notations.composition_text import MINUSES, unquoted
from matprior.notations.elements import GROUPS, SYMBOLS
from matprior.notations.material_names import OLD_SYMBOLS, formula_of_name

LOOKALIKES = dict(
    zip(
        "АВЕКМНОРСТУХІЅЈаеіорсухѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧοι",
        "ABEKMHOPCTYXISJaeiopcyxsABEZHIKMNOPTYXoi",
        strict=True,
    )
)
"""Cyrillic and Greek letters -> the Latin letters that look the same."""

LONGEST = 120
"""Longer strings get no suggestion: it would not be read, and looking for it takes time."""

LONGEST_PAIRS = 40
"""Longer strings get single repairs only."""

_RARE = GROUPS["actinide"] | GROUPS["noble_gas"] | {"Tc", "Pm", "Po", "At", "Fr", "Ra"} | set(SYMBOLS[103:])
_BY_LOWER = {symbol.lower(): symbol for symbol in SYMBOLS}
_PREFIX = re.compile(r"^(?:[α-ωa-z]|alpha|beta|gamma|delta|nano|amorphous|cubic)['′]?[-\s]\s*(?=[A-Z(\[])")
_STATE = re.compile(r"\s*\((?:s|l|g|aq|cr|am|c|solid|liquid|gas)\)\s*$")
_OXIDATION = re.compile(r"\s*\((?:I{1,3}|I?V|VI{0,3}|[\u2160-\u2188])\)")
_SUM = re.compile(r"(\d+(?:\.\d+)?)([+-])(\d+(?:\.\d+)?)(?=[A-Z()\[\]]|$)")


def repairs(string: str) -> Iterator[str]:
    """Candidate fixes, the most likely first; single repairs before pairs of them."""
    if len(string) > LONGEST:
        return
    once = [fixed for repair in _REPAIRS for fixed in [repair(string)] if fixed and fixed != string]
    yield from once
    for first in once if len(string) <= LONGEST_PAIRS else ():
        for repair in _REPAIRS:
            fixed = repair(first)
            if fixed and fixed not in (first, string):
                yield fixed


def _named(string: str) -> str | None:
    return formula_of_name(" ".join(re.sub(r"[-_\s]+", " ", _OXIDATION.sub("", string)).lower().split()))


def _latin(string: str) -> str:
    return "".join(LOOKALIKES.get(char, char) for char in string)


def _decimal_points(string: str) -> str:
    return re.sub(r"(?<=\d),(?=\d)", ".", string)


def _old_symbols(string: str) -> str:
    return re.sub(r"[A-Z][a-z]", lambda m: OLD_SYMBOLS.get(m[0], m[0]), string)


def _letter_o(string: str) -> str:
    """`Si02`, `Mg(0H)2`, `CaC03`: a digit 0 where no number can begin with one."""
    return re.sub(r"(?<![\d.])0(?![.\d]*$|\.)|(?<![\d.eE+-])0(?=\d)", "O", string)


def _leading_zero(string: str) -> str:
    """`Fe2O03`: the letter O is there already."""
    return re.sub(r"(?<=O)0(?=[1-9])", "", string)


def _last_zero(string: str) -> str:
    return re.sub(r"(?<![\d.])0$", "O", string)


def _letter_l(string: str) -> str:
    """`AI2O3` and `S1O2`: a capital I or a 1 where a small l or i belongs."""
    return re.sub(r"(?<=A)[I1]|(?<=C)I(?![a-z])", "l", string)


def _dots(string: str) -> str:
    """`MgCl2 6H2O`, `Al2O3-TiO2`: units parted by something else."""
    if re.match(r"[A-Z][a-z]?\s?-\s?\d", string):
        return string  # rather an alloy in percent
    return re.sub(r"(?<=\d)_(?=\d)|(?:\s+\+|\s*-|\s)\s*(?=[\dA-Z(\[])", "·", unquoted(string))


def _joined(string: str) -> str:
    """`Fe 2O3`: a lone element and its amount."""
    return re.sub(r"^([A-Z][a-z]?)\s+(?=\d)", r"\1", string)


def _neutral(string: str) -> str | None:
    """`Na+Cl-`: ions written one after the other."""
    ions = re.fullmatch(r"(?:[A-Z][a-z]?\d*[+-])+(?:[A-Z][a-z]?\d*[+-]?)", string)
    return re.sub(r"\d*[+-]", "", string) if ions and not re.search(r"\d", string) else None


def _no_isotope(string: str) -> str:
    return re.sub(r"^(?:\^?\{?\d+\}?|[⁰¹²³⁴-⁹]+)(?=[A-Z])", "", string)


def _no_spaces(string: str) -> str:
    return re.sub(r"[\s_]+", "", string)


def _sums(string: str) -> str:
    def value(match: re.Match[str]) -> str:
        before, after = (
            set(re.findall(r"[A-Z][a-z]?", s)) for s in (string[: match.start()], string[match.end() :])
        )
        if len(before) > 1 and len(after) > 1:
            return match[0]  # rather two compounds: `Al2O3-0.5TiO2`
        total = Fraction(match[1]) + Fraction(match[3]) * (1 if match[2] == "+" else -1)
        return f"{float(total):g}" if total > 0 else match[0]

    return _SUM.sub(value, string)


def first_word(string: str) -> str | None:
    """The first word that could be a formula: `amorphous SiO2`, `Fe2O3 hematite`."""
    words = re.split(r"[\s,;:|=→]+", unquoted(string))
    return next((w for w in words if re.search(r"[A-Z]", w)), None)


def _before_bracket(string: str) -> str:
    """`Fe2O3 (hematite)`: without a bracketed remark at the end."""
    return re.sub(r"\s*[(\[{][^()\[\]{}]*[)\]}]\s*$", "", string)


def _bare(string: str) -> str:
    return _OXIDATION.sub("", _STATE.sub("", _PREFIX.sub("", unquoted(string))))


def _brackets(string: str) -> str | None:
    """Missing closing brackets added at the end, stray and empty ones left out."""
    string = re.sub(r"\(\)|\[\]|\{\}", "", string)
    stack: list[str] = []
    kept: list[str] = []
    for char in string:
        if char in "([{":
            stack.append({"(": ")", "[": "]", "{": "}"}[char])
        elif char in ")]}":
            if not stack:
                continue
            char = stack.pop()
        kept.append(char)
    return "".join(kept) + "".join(reversed(stack))


def _case(string: str) -> str | None:
    """`fe2o3`, `NACL`, `licoo2`: the letters cut into elements, common ones preferred."""
    if re.fullmatch(r"[a-z\s]{7,}", string):
        return None  # a word, whatever elements its letters may spell
    runs = [_cut(run) for run in re.findall(r"[A-Za-z]+", string)]
    if not runs or not all(runs):
        return None
    fixed = iter(runs)
    return re.sub(r"[A-Za-z]+", lambda _: next(fixed) or "", string)


def readings_of_small_letters(string: str) -> list[str]:
    """`nacl`, `co2`: every way to read a few small letters as common elements, at most three.

    Empty for names such as `tin`, for more letters (nearly every word can be cut into symbols), and for
    more readings: then none of them is worth a suggestion.

    Examples
    --------
    >>> readings_of_small_letters("nacl"), readings_of_small_letters("co")
    (['NaCl'], ['Co', 'CO'])
    """
    match = re.fullmatch(r"([a-z]{2,4})()|([a-z]{2})(\d+)", string)
    if not match or formula_of_name(string):
        return []
    letters, number = (match[1], match[2]) if match[1] else (match[3], match[4])
    whole: dict[int, list[str]] = {0: [""]}
    for end in range(1, len(letters) + 1):
        whole[end] = [
            before + symbol
            for size in (2, 1)
            if size <= end
            for symbol in [_BY_LOWER.get(letters[end - size : end])]
            if symbol is not None and symbol not in _RARE
            for before in whole[end - size]
        ]
    found = [reading + number for reading in whole[len(letters)]]
    return found if len(found) <= 3 else []


def _cut(run: str) -> str | None:
    """The cheapest way to cut a run of letters into symbols, None when none is plausible."""
    best: list[tuple[float, list[str]] | None] = [(0.0, [])] + [None] * len(run)
    for end in range(1, len(run) + 1):
        for size in (1, 2):
            piece = run[max(0, end - size) : end]
            before = best[end - size] if end >= size else None
            symbol = _BY_LOWER.get(piece.lower())
            if before is None or symbol is None:
                continue
            cost = before[0] + (6 if symbol in _RARE else 1) + 0.3 * (piece != symbol)
            here = best[end]
            if here is None or cost < here[0]:
                best[end] = (cost, [*before[1], symbol])
    found = best[-1]
    return "".join(found[1]) if found and found[0] <= 2 * len(found[1]) else None


@cache
def nearest_symbol(unknown: str) -> str | None:
    """The common element whose symbol is closest to an unknown one, None when none is close."""
    if unknown in OLD_SYMBOLS:
        return OLD_SYMBOLS[unknown]
    if len(unknown) == 1:
        return None
    first, second = unknown[0].upper(), unknown[1].lower()
    same_first = [s for s in SYMBOLS if s[0] == first and len(s) == 2 and s not in _RARE]
    same_first += [s for s in GROUPS["noble_gas"] if s[0] == first]
    same_second = [s for s in SYMBOLS if s[1:] == second and s not in _RARE]
    swapped = unknown[::-1].capitalize()
    ranked = [s for s in (swapped,) if s in SYMBOLS] + same_first + same_second
    return ranked[0] if ranked else None


def plain_minuses(string: str) -> str:
    """All minus signs and dashes as `-`."""
    return "".join("-" if char in MINUSES else char for char in unicodedata.normalize("NFKC", string))


_REPAIRS: tuple[Callable[[str], str | None], ...] = (
    unquoted,
    _named,
    _latin,
    _decimal_points,
    _bare,
    _leading_zero,
    _letter_o,
    _last_zero,
    _old_symbols,
    _letter_l,
    _case,
    _sums,
    _brackets,
    _joined,
    _neutral,
    _no_isotope,
    _dots,
    _before_bracket,
    _no_spaces,
    first_word,
)
