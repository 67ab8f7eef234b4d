"""What every notation offers, and the one error all of them raise.

A notation says what a string means: whether it is valid, which strings are the same material,
which materials are related, and what a classical model would see of it. Ids and tensors are
the business of `matprior.tokens`; nothing here imports torch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

import numpy as np

SHOWN = 60
"""Longer strings are cut in messages, so that a pasted paragraph does not fill the terminal."""


class InvalidString(ValueError):
    """A string that does not follow its notation, with the place, the reason and a likely fix.

    Parameters
    ----------
    string : what came, as it came (any object: its `repr` is shown when it is not text)
    reason : what is wrong, in words; advice may follow after a semicolon
    position : index in `string` where it goes wrong (0 is the first character), or None
    suggestion : a string that would be valid and is probably meant, or None
    row : row of the table, as `at_row` sets it

    Examples
    --------
    >>> str(InvalidString("Fe2O3x", "unknown element 'x'", position=5, suggestion="Fe2O3Xe"))
    '"Fe2O3x": unknown element \\'x\\' at character 6. Did you mean \\'Fe2O3Xe\\'?'
    """

    def __init__(
        self,
        string: object,
        reason: str,
        position: int | None = None,
        suggestion: str | None = None,
        row: int | None = None,
    ) -> None:
        self.string = string
        self.reason = reason
        self.position = position
        self.suggestion = suggestion
        self.row = row
        # All of them as args: the error must survive the trip from a worker process.
        super().__init__(string, reason, position, suggestion, row)

    def __str__(self) -> str:
        where = f" at row {self.row}" if self.row is not None else ""
        place = f" at character {self.position + 1}" if self.position is not None else ""
        fix = f" Did you mean {self.suggestion!r}?" if self.suggestion else ""
        what, semicolon, advice = self.reason.partition("; ")  # the place belongs to what is wrong
        return f"{_shown(self.string)}{where}: {what}{place}{semicolon}{advice}.{fix}"

    def at_row(self, row: int) -> InvalidString:
        """The same error, saying in which row of the table the string stands."""
        return InvalidString(self.string, self.reason, self.position, self.suggestion, row)


def _shown(string: object) -> str:
    if not isinstance(string, str):
        text = repr(string)
        return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    # Escaped, because an invisible or a control character is often the very thing that is wrong.
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in string[: SHOWN + 1])
    return f'"{text}"' if len(string) <= SHOWN else f'"{text[:SHOWN]}…" ({len(string)} characters)'


class Notation(ABC):
    """What a string means. One instance per notation, in `NOTATIONS`; instances keep no state.

    Examples
    --------
    >>> from matprior.notations import NOTATIONS
    >>> NOTATIONS["composition"].canonical("O3 Fe2")
    'Fe2O3'
    """

    name: str
    """Key in `NOTATIONS` and in recipes."""
    example: str
    """A valid string, for messages that say what was expected."""

    @abstractmethod
    def canonical(self, string: str) -> str:
        """The one spelling that all strings of this material share. Raises `InvalidString`."""

    @abstractmethod
    def group(self, string: str) -> str:
        """Key of the family that a split keeps on one side (a chemical system, a scaffold)."""

    @abstractmethod
    def describe_changes(self, string: str) -> list[str]:
        """Sentences for people: what had to be interpreted to read this string. Often empty."""

    def variants(self, string: str, n: int, seed: int = 0) -> list[str]:
        """Up to `n` different spellings of the same material, as augmentation; here the string itself.

        Parameters
        ----------
        string : a valid string
        n : how many are wanted; fewer come where there are no more
        seed : same seed, same spellings
        """
        return [string][:n]

    def standardise(
        self, string: str, salts: bool = True, charges: bool = True, tautomers: bool = False
    ) -> tuple[str, list[str]]:
        """Canonical string of the part that matters, and sentences on what was changed.

        Here nothing but the spelling; notations of molecules take the options at their word.

        Parameters
        ----------
        string : a valid string
        salts : take away counter-ions and solvents
        charges : neutralise by adding or taking protons
        tautomers : write one tautomer for all
        """
        return self.canonical(string), []

    @abstractmethod
    def features(self, strings: Iterable[str]) -> np.ndarray:
        """Classical features for baselines and clusters, float64 of shape (n, d), no NaN."""

    @abstractmethod
    def feature_names(self) -> list[str]:
        """The d names of the columns of `features`."""

    @abstractmethod
    def looks_like(self, strings: Sequence[object]) -> float:
        """Share in 0..1 of this sample that is valid and looks as people write this notation."""
