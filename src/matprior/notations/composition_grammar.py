"""The grammar of a formula: elements, amounts, nested brackets, adducts, charges.

A recursive reader over the text that `composition_text.clean` gives. It returns exact amounts
or raises `Problem`; it never guesses: what is ambiguous is refused with the spelling to use,
or read by a documented rule and reported in a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

from matprior.notations.composition_text import Problem, Text
from matprior.notations.elements import ATOMIC_NUMBER

Amounts = dict[str, int | Fraction]
"""Symbol -> exact amount, in order of first appearance; D and T keep their own symbols."""

MAX_DEPTH = 40
MAX_DIGITS = 24
MAX_INTEGER_DIGITS = 4 * MAX_DIGITS
MAX_EXPONENT = 18

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_NUMBER = re.compile(r"(\d+/\d+)|(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_CHARGE_GROUP = re.compile(r"[(\[{](?:(\d*)([+-]+)|([+-]+)(\d*))[)\]}](?=$|[)\]}·])")
_CARET = re.compile(r"\^(?:(\d*)([+-]+)|([+-]+)(\d*))(?=$|[)\]}·])")
_SIGNS = re.compile(r"([+-]+)(\d*)(?=$|[)\]}·])")


def exact(number: str, place: int | None = None) -> int | Fraction:
    """The exact value of a written number: `2`, `0.620`, `.5`, `9.5e-4`, `1/3`."""
    if re.match(r"0\d", number) and not re.match(r"00+\.", number):
        reason = f"the amount {number!r} begins with the digit 0; the element oxygen is the letter O"
        raise Problem("zero", reason, place)
    if number.isdigit() and len(number) <= MAX_INTEGER_DIGITS:  # canonical forms hold long integers
        return int(number)
    mantissa, _, exponent = number.lower().partition("e")
    if len(mantissa) > MAX_DIGITS or abs(int(exponent[:6] or 0)) > MAX_EXPONENT:
        raise Problem("number", f"the number {number[:30]!r} is too long or too large for an amount", place)
    if "/" in number and not int(number.partition("/")[2]):
        raise Problem("number", f"the fraction {number!r} divides by zero", place)
    value = Fraction(number)
    return int(value) if value.denominator == 1 else value


def add(into: Amounts, more: Amounts, times: int | Fraction = 1) -> None:
    """Add `times` of `more` to the amounts in `into`, in place."""
    for symbol, amount in more.items():
        total = into.get(symbol, 0) + amount * times
        into[symbol] = int(total) if total.denominator == 1 else total


_OXIDATION = re.compile(r"(?<=[A-Za-z])\s?\((I{1,3}|I?V|VI{1,3})\)(?![\d.])")


def refuse_oxidation_states(text: Text) -> None:
    """`Fe(III)` means iron in oxidation state 3, but would read as Fe and three I."""
    if match := _OXIDATION.search(text.chars):
        reason = f"'({match[1]})' reads as an oxidation state; leave it out, or drop the brackets for atoms"
        raise Problem("oxidation", reason, text.places[match.start(1) - 1])


def total_of(amounts: Iterable[int | Fraction]) -> Fraction:
    """The exact sum."""
    return sum((Fraction(amount) for amount in amounts), Fraction(0))


class Reader:
    """Reads one cleaned text once. `notes` collects what was decided by rule."""

    def __init__(self, text: Text) -> None:
        self.chars, self.places = text.chars, text.places
        self.at = 0
        self.notes: list[str] = []

    def read(self) -> tuple[Amounts, int]:
        """Amounts and charge of the whole text."""
        return self._sequence("", 0)

    def _place(self, at: int | None = None) -> int:
        return self.places[self.at if at is None else at]

    def _next(self) -> str:
        return self.chars[self.at] if self.at < len(self.chars) else ""

    def _sequence(self, closing: str, depth: int) -> tuple[Amounts, int]:
        """Parts with `·` between them, up to the closing bracket or the end."""
        if depth > MAX_DEPTH:
            raise Problem("bracket", f"brackets are nested more than {MAX_DEPTH} deep", self._place())
        amounts: Amounts = {}
        charge, start = 0, self.at - 1
        while True:
            coefficient = self._coefficient()
            part, part_charge = self._part(depth)
            times = 1 if coefficient is None else coefficient
            add(amounts, part, times)
            charge += self._whole(part_charge * times)
            if self._next() != "·":
                break
            self.at += 1
        found = self._next()
        if found == closing:
            self.at += bool(closing)
            return amounts, charge
        if not found:
            raise Problem("bracket", f"bracket {self.chars[start]!r} is never closed", self._place(start))
        if found in ")]}":
            wrong = f"stands where {closing!r} should close" if closing else "closes what was never opened"
            raise Problem("bracket", f"bracket {found!r} {wrong}", self._place())
        raise Problem("character", f"unexpected character {found!r}", self._place())

    def _part(self, depth: int) -> tuple[Amounts, int]:
        """Elements and groups with their amounts, then perhaps a charge."""
        amounts: Amounts = {}
        items: list[tuple[Amounts, int, str]] = []  # amounts of one item, its charge, its written number
        begin, charge = self.at, 0
        while char := self._next():
            if items and (match := self._written_charge()):
                charge = self._charge(match)
                break
            if char in _CLOSING:
                self.at += 1
                item = self._sequence(_CLOSING[char], depth + 1)
            elif "A" <= char <= "Z":
                item = {self._element(): 1}, 0
            elif char in "+-" and items and (match := _SIGNS.match(self.chars, self.at)):
                charge = self._trailing_signs(items, begin, match)
                break
            else:
                break
            where = self.at
            self._number()
            items.append((*item, self.chars[where : self.at]))
        if not items:
            self._nothing()
        for item_amounts, item_charge, number in items:
            times = exact(number) if number else 1
            add(amounts, item_amounts, times)
            charge += self._whole(item_charge * times)
        return amounts, charge

    def _nothing(self) -> None:
        found = self._next()
        if not found or found in "·)]}":
            last = self.chars[self.at - 1] if self.at else ""
            reason = "an empty bracket" if last and last in _CLOSING else "a part without any element"
            raise Problem("empty", reason, self._place(max(self.at - 1, 0)))
        raise Problem("character", f"unexpected character {found!r}", self._place())

    def _element(self) -> str:
        pair = self.chars[self.at : self.at + 2]
        symbol = pair if pair in ATOMIC_NUMBER else pair[0]
        if symbol not in ATOMIC_NUMBER:
            unknown = pair if pair[1:].islower() else pair[0]
            raise Problem("element", f"unknown element {unknown!r}", self._place())
        self.at += len(symbol)
        return symbol

    def _number(self) -> int | Fraction | None:
        match = _NUMBER.match(self.chars, self.at)
        if not match:
            return None
        value = exact(match[0], self._place())
        self.at = match.end()
        return value

    def _coefficient(self) -> int | Fraction | None:
        place = self._place()
        value = self._number()
        if value == 0:
            raise Problem(
                "zero", "a part begins with the number 0; the element oxygen is the letter O", place
            )
        return value

    def _whole(self, charge: int | Fraction) -> int:
        if charge != int(charge):
            raise Problem("charge", f"the charge adds up to {charge}, not to a whole number", self._place())
        return int(charge)

    def _written_charge(self) -> re.Match[str] | None:
        """A charge that cannot be an amount: `^2-`, `^(2-)`, `(2-)`."""
        group = self.at + (self._next() == "^")
        return _CHARGE_GROUP.match(self.chars, group) or _CARET.match(self.chars, self.at)

    def _charge(self, match: re.Match[str]) -> int:
        digits = match[1] or match[4] or ""
        signs = match[2] or match[3]
        if len(set(signs)) > 1 or (digits and len(signs) > 1) or len(digits) > MAX_INTEGER_DIGITS:
            raise Problem("charge", f"the charge {match[0]!r} can be read in two ways", self._place())
        self.at = match.end()
        return (int(digits) if digits else len(signs)) * (1 if signs[0] == "+" else -1)

    def _trailing_signs(self, items: list[tuple[Amounts, int, str]], begin: int, match: re.Match[str]) -> int:
        """Charge written as bare signs, as in `NH4+`, `Fe3+`, `[Fe(CN)6]4-`, `Ca++`, `Fe+3`.

        One digit before the sign is the charge when it follows a lone element or a bracket
        around everything, and an amount in any other formula. Two digits are refused.
        """
        signs, after = match[1], match[2]
        amounts, item_charge, number = items[-1]
        body = self.chars[begin : self.at]
        stem = body[: len(body) - len(number)] if number else body
        sign = 1 if signs[0] == "+" else -1
        place = self._place()
        if len(set(signs)) > 1 or len(after) > 2 or (after and len(signs) > 1):
            raise Problem("charge", f"the charge {match[0]!r} can be read in two ways", place)
        if after and (sign < 0 or len(items) > 1 or number):
            # `SO4-2`, `Li-7`: a charge, a range or an isotope.
            fix = f"{body}^{after}{signs}"
            raise Problem("charge", f"{match[0]!r} may be a charge or something else", place, fix)
        if number.isdigit() and len(number) > 1 and not after:
            fix = f"{body[:-1]}^{number[-1]}{signs}" if number[-1] != "0" else f"{body}^{signs}"
            reason = f"{number + signs!r} is amount and charge run together; write the charge after '^'"
            raise Problem("charge", reason, self._place(self.at - len(number)), fix)
        if number.isdigit() and len(items) == 1 and not after and number != "0":
            if len(signs) > 1:
                fix = f"{stem}^{number}{signs[0]}"
                raise Problem("charge", f"the charge {number + signs!r} can be read in two ways", place, fix)
            items[-1] = (amounts, item_charge, "")
            other = "" if stem.endswith("]") else f"; write '{body}^{signs}' if {number} counts the atoms"
            self.notes.append(f"{body + signs!r} is read as {stem} with charge {number}{signs}{other}")
            self.at = match.end()
            return sign * int(number)
        self.at = match.end()
        return sign * (int(after) if after else len(signs))
