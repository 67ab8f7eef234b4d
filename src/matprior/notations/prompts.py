"""Hard prompts: words in brackets before or after a formula, as in `[OXIDE] Fe2O3 [BAND_GAP]`.

They are tokens for a model that learned them and say nothing of what the material is. A word that reads
as a formula (`[NO]`, `[CsI]`) is never one.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from matprior.notations.elements import ATOMIC_NUMBER

WORD = re.compile(r"\[[A-Z][A-Z0-9]*(?:[-_][A-Z0-9]+)*\]")
"""What a prompt looks like."""
RESERVED = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""Words of the tokenizer's own."""
_BEFORE = re.compile(rf"\s*({WORD.pattern})")
_AFTER = re.compile(rf"({WORD.pattern})\s*$")


class Prompted(NamedTuple):
    """A text in three parts."""

    before: tuple[str, ...]
    formula: str
    after: tuple[str, ...]

    def around(self, formula: str) -> str:
        """The same prompts around another spelling of the formula."""
        return " ".join((*self.before, formula, *self.after))


def split_prompts(string: str) -> Prompted:
    """Prompts before the formula, the formula, prompts after it; most strings are all formula.

    Examples
    --------
    >>> split_prompts("[OXIDE] Fe2O3 [BAND_GAP]")
    Prompted(before=('[OXIDE]',), formula='Fe2O3', after=('[BAND_GAP]',))
    >>> split_prompts("[NO]2").formula
    '[NO]2'
    """
    if not isinstance(string, str) or "[" not in string:
        return Prompted((), string, ())
    before: list[str] = []
    after: list[str] = []
    rest = string
    while (found := _BEFORE.match(rest)) and is_prompt(found[1]):
        before.append(found[1])
        rest = rest[found.end() :]
    while (found := _AFTER.search(rest)) and is_prompt(found[1]):
        after.insert(0, found[1])
        rest = rest[: found.start()]
    if not before and not after:
        return Prompted((), string, ())
    return Prompted(tuple(before), rest.strip(), tuple(after))


def is_prompt(word: str) -> bool:
    """Whether a word in brackets is a prompt and no formula.

    Examples
    --------
    >>> is_prompt("[OXIDE]"), is_prompt("[NO2]"), is_prompt("[CLS]")
    (True, False, False)
    """
    if not WORD.fullmatch(word) or word in RESERVED:
        return False
    # In capitals only elements of one letter can be written.
    return bool(set(word) & set("-_")) or any(c.isalpha() and c not in ATOMIC_NUMBER for c in word)
