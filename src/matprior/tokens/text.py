"""What text around a formula means to a tokenizer: prompts, `[MASK]`, unknown elements, places.

The formula parser knows only formulas. Whatever else a token may be is first replaced by an element
the formula doesn't have (a stand-in), and turned back into its own id after parsing; so `[MASK]` and
unknown elements may carry amounts and sit in brackets like any element.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from matprior.notations import InvalidString
from matprior.notations.composition import parse_amounts
from matprior.notations.composition_text import clean
from matprior.notations.elements import SYMBOLS
from matprior.tokens.vocabulary import ID, MASK, SPECIALS, UNK

Span = tuple[int, int]
"""First character and one past the last, in the text as it came."""
NOWHERE: Span = (0, 0)
"""What Hugging Face gives tokens that no text stands for."""
SYMBOL = re.compile(r"[A-Z][a-z]?")
WORD = re.compile(r"[A-Z][a-z]*")


@dataclass
class Reading:
    """One text, ready for the parser."""

    text: str
    formula: str
    """What the parser gets."""
    before: list[tuple[int, Span]] = field(default_factory=list)
    """Prompts before the formula: id and place."""
    after: list[tuple[int, Span]] = field(default_factory=list)
    stand_ins: dict[int, tuple[int, Span]] = field(default_factory=dict)
    """id of an element the text doesn't have -> id of what it stands for, and its place."""

    def spans(self) -> dict[int, Span]:
        """Place of the first mention of each token id that stands in the formula."""
        plain = self.text
        for _, (start, end) in (*self.before, *self.after, *self.stand_ins.values()):
            plain = plain[:start] + " " * (end - start) + plain[end:]
        return {stand_in: span for stand_in, (_, span) in self.stand_ins.items()} | first_mentions(plain)

    def blame(self, error: InvalidString) -> InvalidString:
        """The parser's error, about the text as it came."""
        if self.formula == self.text:
            return error
        place = error.position if not self.stand_ins else None  # stand-ins are shorter than what they replace
        return InvalidString(self.text, error.reason, place, None, error.row)


def is_formula(text: str) -> bool:
    """Whether the parser accepts this text."""
    try:
        parse_amounts(text)
    except InvalidString:
        return False
    return True


def first_mentions(text: str) -> dict[int, Span]:
    """Where each element is first named, in the text as it came.

    Examples
    --------
    >>> first_mentions("Ca(OH)₂")
    {24: (0, 2), 12: (3, 4), 5: (4, 5)}
    """
    cleaned = clean(text)  # full-width letters, markup and invisible characters are one thing to the parser
    found: dict[int, Span] = {}
    for match in SYMBOL.finditer(cleaned.chars):
        symbol = match.group() if match.group() in ID else match.group()[0]
        if symbol in ID:
            last = match.start() + len(symbol) - 1
            found.setdefault(ID[symbol], (cleaned.places[match.start()], cleaned.places[last] + 1))
    return found


def read_all(texts: Sequence[str], prompts: Mapping[str, int], unknown: str) -> list[Reading]:
    """Read texts; one warning counts those in which something became `[UNK]`.

    Parameters
    ----------
    prompts : added tokens and their ids
    unknown : "error", or "[UNK]" to read what is no element as the unknown token
    """
    reader = Reader(prompts, unknown)
    readings = [reader.read(text, row) for row, text in enumerate(texts, start=1)]
    if reader.n_unknown:
        warnings.warn(
            f"{reader.n_unknown:,} of {len(texts):,} strings hold unknown elements or are no formulas; "
            "these parts became [UNK].",
            stacklevel=4,
        )
    return readings


class Reader:
    """Splits text into prompts and a formula. Parameters as in `read_all`."""

    def __init__(self, prompts: Mapping[str, int], unknown: str) -> None:
        self.prompts = prompts
        self.unknown = unknown
        # Longest first, so that a name that begins with another's is found whole.
        names = sorted((*prompts, SPECIALS[MASK]), key=len, reverse=True)
        self.pattern = re.compile("|".join(map(re.escape, names)))
        self.n_unknown = 0
        """Texts so far in which something became `[UNK]`."""

    def read(self, text: str, row: int) -> Reading:
        """Find prompts and stand-ins. Whether the rest is a formula is for the parser to say.

        `row` goes into errors.
        """
        if not isinstance(text, str):
            return Reading(text, text)  # the parser says what is wrong with it
        reading = self._split(text, row) if self.pattern.search(text) else Reading(text, text)
        if self.unknown == SPECIALS[UNK] and not is_formula(reading.formula):
            self.n_unknown += 1
            self._replace_unknown(reading)
        return reading

    def _split(self, text: str, row: int) -> Reading:
        reading = Reading(text, "")
        free = _free_symbols(text)
        end = 0
        for match in self.pattern.finditer(text):
            between, end = text[end : match.start()], match.end()
            reading.formula += between
            if reading.after and between.strip():
                break
            if match.group() == SPECIALS[MASK]:
                symbol = next(free)
                reading.stand_ins[ID[symbol]] = (MASK, match.span())
                reading.formula += symbol
                continue
            side = reading.after if reading.formula.strip() else reading.before
            side.append((self.prompts[match.group()], match.span()))
            reading.formula += " " * len(match.group())
        if reading.after and text[reading.after[-1][1][1] :].strip():
            start, stop = reading.after[-1][1]
            raise InvalidString(
                text,
                f"the token {text[start:stop]!r} stands inside the formula; put it before or after",
                start,
                row=row,
            )
        reading.formula += text[end:]
        return reading

    def _replace_unknown(self, reading: Reading) -> None:
        """Words that are no elements become stand-ins of `[UNK]`; if that doesn't help, all of it."""
        free = _free_symbols(reading.formula)
        symbols: dict[str, str] = {}
        start = reading.before[-1][1][1] if reading.before else 0

        def stand_in(match: re.Match[str]) -> str:
            word = match.group()
            if word in ID:
                return word
            if word not in symbols:
                symbols[word] = next(free)
                place = reading.text.find(word, start)
                reading.stand_ins[ID[symbols[word]]] = (UNK, (place, place + len(word)))
            return symbols[word]

        formula = WORD.sub(stand_in, reading.formula)
        if is_formula(formula):
            reading.formula = formula
        else:
            symbol = next(free)
            reading.formula = symbol
            reading.stand_ins = {ID[symbol]: (UNK, (0, len(reading.text)))}


def _free_symbols(text: str) -> Iterator[str]:
    """Elements the text doesn't name, the least common ones first."""
    for symbol in reversed(SYMBOLS):
        if symbol not in text:
            yield symbol
    raise InvalidString(text, "names every element, so no place is left for [MASK] or unknown elements")
