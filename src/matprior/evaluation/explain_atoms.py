"""Which tokens of a string make one part of it: those of an element, or those of one atom of a molecule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matprior.notations import Notation
from matprior.tokens.composition import Encoded
from matprior.tokens.vocabulary import SPECIALS

NO_PART = -1
"""Number of a token that is no part: a special one, or a bond, ring or branch of a molecule."""


def numbered(
    notation: Notation, strings: Sequence[str], encoded: Encoded, tokens: Sequence[str]
) -> NDArray[np.int64]:
    """Number of the part each token belongs to, shape (n, l); `NO_PART` where it is none.

    Parameters
    ----------
    notation : of the strings
    strings, encoded : `n` of them, as they are and as the network reads them
    tokens : text of every id

    Notes
    -----
    All tokens of an element are one part. Of a molecule every atom is one, and what holds atoms together is
    none: with bonds, rings, branches and charges left to be read, a string whose atoms are hidden is like
    those that the network was pretrained to fill in.
    """
    ids = np.asarray(encoded.ids, dtype=np.int64)
    if notation.name == "composition":
        return np.where(ids >= len(SPECIALS), ids, NO_PART)
    found = np.full(ids.shape, NO_PART)
    for row, string in enumerate(strings):
        own = np.flatnonzero(ids[row, : encoded.lengths[row]] >= len(SPECIALS))
        texts = [tokens[token] if token < len(tokens) else "?" for token in ids[row, own]]
        found[row, own] = _of_symbols(string, texts) if notation.name == "selfies" else atom_numbers(texts)
    return found


def atom_numbers(tokens: Sequence[str]) -> list[int]:
    """Number of the atom of a SMILES that each token names, from 0; `NO_PART` for all that names none.

    Of a bracket that is cut into tokens only the symbol names the atom: its hydrogens and its charge are left
    to be read, as bonds are.

    Examples
    --------
    >>> atom_numbers(["C", "C", "(", "=", "O", ")", "[", "O", "-", "]"])
    [0, 1, -1, -1, 2, -1, -1, 3, -1, -1]
    """
    found: list[int] = []
    number, inside, named = -1, False, False
    for token in tokens:
        whole = token.startswith("[") and token.endswith("]") and len(token) > 2
        atom = whole or ((token[0].isalpha() or token == "*") and not (inside and named))
        number += atom
        found.append(number if atom else NO_PART)
        inside = (inside or token == "[") and token != "]"
        named = inside and (named or atom)
    return found


def _of_symbols(string: str, tokens: Sequence[str]) -> list[int]:
    """The same for a SELFIES, whose symbols may count a branch or a ring in place of being an atom."""
    from matprior.notations.selfies_atoms import symbols_of_atoms  # only SELFIES need its library

    _, places = symbols_of_atoms(string)
    atom = {place: number for number, place in enumerate(sorted(places))}
    symbol = np.cumsum([token != "." for token in tokens]) - 1
    return [
        atom.get(int(place), NO_PART) if token != "." else NO_PART
        for token, place in zip(tokens, symbol, strict=True)
    ]


def drawn(notation: Notation, string: str, values: Sequence[float]) -> tuple[str, list[float]]:
    """A molecule as a SMILES, and the contribution of each of its atoms in the order of that SMILES.

    Parameters
    ----------
    notation : smiles or selfies
    string : in that notation
    values : contribution of every atom in the order of the string, shape (a,)

    Examples
    --------
    >>> from matprior.notations import NOTATIONS
    >>> drawn(NOTATIONS["selfies"], "[C][C][=O]", [1, 2, 3])
    ('CC=O', [1.0, 2.0, 3.0])
    """
    weights = [float(value) for value in values]
    if notation.name != "selfies":
        return string, weights
    from matprior.notations.selfies_atoms import symbols_of_atoms

    smiles, places = symbols_of_atoms(string)
    weights += [0.0] * (len(places) - len(weights))  # symbols beyond what the network reads
    return smiles, [weights[rank] for rank in np.argsort(np.argsort(places))]


def top_atoms(weights: Sequence[float], share: float = 0.5) -> list[int]:
    """Atoms that carry at least a share of the largest weight, to be coloured in a drawing.

    Examples
    --------
    >>> top_atoms([0.1, -0.9, 0.5])
    [1, 2]
    """
    size = np.abs(np.asarray(weights, dtype=float))
    return [] if not len(size) or not size.max() > 0 else np.flatnonzero(size >= share * size.max()).tolist()
