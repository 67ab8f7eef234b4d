"""Contributions of tokens as those of the atoms of a molecule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matprior.notations import Notation


def drawn(
    notation: Notation, string: str, parts: Sequence[str], values: Sequence[float]
) -> tuple[str, list[float]]:
    """A molecule as a SMILES, and the contribution of each of its atoms in the order of that SMILES.

    Parameters
    ----------
    notation : smiles or selfies
    string : in that notation
    parts, values : its tokens and their contributions, shape (l,)

    Examples
    --------
    >>> from matprior.notations import NOTATIONS
    >>> drawn(NOTATIONS["selfies"], "[C][C][=O]", ["[C]", "[C]", "[=O]"], [1, 2, 3])
    ('CC=O', [1.0, 2.0, 3.0])
    """
    weights = atom_weights(parts, values)
    if notation.name != "selfies":
        return string, weights
    from matprior.notations.selfies_atoms import symbols_of_atoms  # only SELFIES need its library

    smiles, places = symbols_of_atoms(string)
    return smiles, [weights[place] for place in places]


def atom_weights(parts: Sequence[str], values: Sequence[float]) -> list[float]:
    """Contributions of tokens as contributions of atoms, in the order of a SMILES.

    Everything between `[` and `]` belongs to one atom; bonds, rings and branches belong to none.

    Examples
    --------
    >>> atom_weights(["C", "C", "(", "=", "O", ")", "[", "O", "-", "]"], [1, 2, 9, 9, 3, 9, 1, 2, 3, 4])
    [1.0, 2.0, 3.0, 10.0]
    """
    found: list[float] = []
    inside = False
    for part, value in zip(parts, values, strict=True):
        whole = part.startswith("[") and part.endswith("]") and len(part) > 2
        if part == "[" or whole or (not inside and (part[0].isalpha() or part == "*")):
            found.append(float(value))
        elif inside:
            found[-1] += float(value)
        inside = (inside or part == "[") and part != "]"
    return found


def top_atoms(weights: Sequence[float], share: float = 0.5) -> list[int]:
    """Atoms that carry at least a share of the largest weight, to be coloured in a drawing.

    Examples
    --------
    >>> top_atoms([0.1, -0.9, 0.5])
    [1, 2]
    """
    size = np.abs(np.asarray(weights, dtype=float))
    return [] if not len(size) or not size.max() > 0 else np.flatnonzero(size >= share * size.max()).tolist()
