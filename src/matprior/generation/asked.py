"""Properties that are asked of proposals: what comes out, and whether it is near enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import isfinite
from typing import Any

import numpy as np

from matprior.generation.numbers import head_numbers, open_heads
from matprior.tokens.facts import NUMBERS
from matprior.tokens.language import Language
from matprior.tokens.molecule_language import MoleculeLanguage

JUDGE = "matbert-small"
"""Encoder whose heads answer the properties of formulas."""
HINT = "Write a name and a number, such as band_gap=1.5±0.2."


@dataclass(frozen=True)
class Within:
    """A value of a property with what it may be off by, in its unit.

    Examples
    --------
    >>> print(Within.read("1.5±0.2"))
    1.5 ± 0.2
    """

    value: float
    """What is asked for."""
    give: float
    """What is farther off is left out."""

    def __post_init__(self) -> None:
        if not self.give > 0:
            raise ValueError(f"±{self.give:g} leaves no room; allow more than 0, such as {self.value:g}±0.2.")

    def __str__(self) -> str:
        return f"{self.value:g} ± {self.give:g}"

    @classmethod
    def read(cls, text: str) -> Within | float:
        """`1.5±0.2` or `1.5+-0.2`; a number alone may be off by anything.

        Raises
        ------
        ValueError
            No such text.
        """
        value, sign, give = text.replace("+/-", "±").replace("+-", "±").partition("±")
        try:
            numbers = [float(one) for one in (value, give)[: 1 + bool(sign)]]
        except ValueError:
            raise ValueError(HINT) from None
        if not isfinite(numbers[0]):
            raise ValueError(f"{value} is no value to ask for. {HINT}")
        return cls(*numbers) if sign else numbers[0]

    def holds(self, name: str, language: Language, strings: list[str]) -> np.ndarray:
        """Which proposals are near enough, shape (n,)."""
        return np.abs(told_of(strings, [name], language)[:, 0] - self.value) <= self.give + 1e-9


@cache
def _judge() -> Any:
    """Opened once: it is asked after every batch that is drawn."""
    return open_heads(JUDGE)


def told_of(strings: Sequence[str], names: Sequence[str], language: Language) -> np.ndarray:
    """Properties of proposals, shape (n, p): of molecules computed, of formulas as `JUDGE` answers.

    Parameters
    ----------
    strings : canonical formulas or SMILES
    names : properties that the language has tokens for
    language : what the strings were written in
    """
    if isinstance(language, MoleculeLanguage):
        from matprior.notations.smiles_properties import properties

        return properties(strings, names)
    return head_numbers(strings, _judge())[:, [list(NUMBERS).index(name) for name in names]]
