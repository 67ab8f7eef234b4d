"""What the strings of one table are made of that those of another are not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from matprior.notations import parse_amounts
from matprior.tokens.selfies import split_selfies
from matprior.tokens.smiles import split_smiles

_PARTS: dict[str, Callable[[str], Iterable[str]]] = {
    "composition": parse_amounts,
    "smiles": split_smiles,
    "selfies": split_selfies,
}


def parts_of(strings: Sequence[str], notation: str) -> list[frozenset[str]]:
    """Elements of each formula, or tokens of each molecule.

    Examples
    --------
    >>> sorted(parts_of(["Fe2O3"], "composition")[0])
    ['Fe', 'O']
    """
    return [frozenset(_PARTS[notation](string)) for string in strings]


def new_parts(source: Sequence[frozenset[str]], target: Sequence[frozenset[str]]) -> list[list[str]]:
    """Parts of each target string that no source string has."""
    known = frozenset[str]().union(*source)
    return [sorted(parts - known) for parts in target]
