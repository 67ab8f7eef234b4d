"""More support rows than were measured: other spellings of a molecule, small changes of a composition."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matprior.notations import NOTATIONS, parse_amounts

SPREAD = 0.03
"""Relative change of each amount, as a standard deviation: about what a synthesis misses its target by."""
DECIMALS = 4


def augmented(
    strings: Sequence[str], n: int, notation: str = "composition", seed: int = 0
) -> list[list[str]]:
    """`n` further strings that mean almost the same as each: for every string a list.

    Molecules keep their meaning and change their spelling, so fewer may come. Compositions keep their
    elements, and each amount moves by a few percent; an element alone can't be changed and gives itself.

    Examples
    --------
    >>> augmented(["CCO"], 2, "smiles")[0] != ["CCO", "CCO"]
    True
    >>> [len(one) for one in augmented(["Fe2O3", "He"], 3)]
    [3, 3]
    """
    if isinstance(n, bool) or not isinstance(n, int) or n < 0:
        raise ValueError(f"augment is {n!r}; expected a whole number from 0 on, such as 4.")
    if notation == "composition":
        random = np.random.default_rng(seed)
        return [[perturbed(string, random) for _ in range(n)] for string in strings]
    return [NOTATIONS[notation].variants(string, n, seed) for string in strings]


def perturbed(string: str, random: np.random.Generator, spread: float = SPREAD) -> str:
    """A formula with every amount changed by a few percent.

    Examples
    --------
    >>> perturbed("Fe2O3", np.random.default_rng(0)).startswith("Fe0.")
    True
    """
    amounts = parse_amounts(string)
    shares = np.array([float(amount) for amount in amounts.values()])
    shares = shares / shares.sum() * np.exp(random.normal(0.0, spread, len(shares)))
    shares = np.maximum(np.round(shares / shares.sum(), DECIMALS), 10.0**-DECIMALS)
    if len(shares) == 1:
        return string
    return "".join(
        f"{symbol}{share:.{DECIMALS}f}".rstrip("0") for symbol, share in zip(amounts, shares, strict=True)
    )
