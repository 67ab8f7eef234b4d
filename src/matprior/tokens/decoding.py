"""Ids and amounts back to formulas."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import groupby

import numpy as np

from matprior.notations import NOTATIONS
from matprior.tokens.vocabulary import ELEMENT_OFFSET, ID, TOKENS, VOCABULARY_SIZE

TOTALS = ((1, 100), (101, 10_000), (10_001, 100_000))
"""Numbers of atoms tried in single precision; nearly all formulas end in the first, cheap range."""


def formula_of(ids: Sequence[int], amounts: Sequence[float] | None) -> str:
    """Canonical formula of one row of tokens; tokens that are no elements are passed over.

    Parameters
    ----------
    ids : shape (l,)
    amounts : atomic fractions, shape (l,); None counts tokens as atoms

    Examples
    --------
    >>> formula_of([2, 30, 12, 3], [0, 0.4, 0.6, 0])
    'Fe2O3'
    >>> formula_of([2, 30, 30, 12, 12, 12, 3], None)
    'Fe2O3'
    """
    if amounts is not None and len(amounts) != len(ids):
        raise ValueError(f"ids and amounts must be of one length, got {len(ids)} and {len(amounts)}.")
    tokens = np.asarray(ids, dtype=np.int64)
    elements = (tokens > ELEMENT_OFFSET) & (tokens < VOCABULARY_SIZE)
    if not elements.any():
        raise ValueError(f"No element among the tokens {[int(token) for token in tokens]}: nothing to write.")
    symbols = [TOKENS[token] for token in tokens[elements]]
    if amounts is None:
        written = "".join(symbols)
    else:
        fractions = np.asarray(amounts, dtype=np.float64)[elements]
        if not (fractions > 0).all():
            raise ValueError(
                "Every element token needs an amount above 0; give the amounts that came with the ids."
            )
        written = "".join(f"{symbol}{n}" for symbol, n in zip(symbols, whole_numbers(fractions), strict=True))
    return NOTATIONS["composition"].canonical(written)


def whole_numbers(fractions: np.ndarray) -> list[str]:
    """The smallest whole numbers whose shares are `fractions`, else the fractions as decimals.

    Single precision tells all formulas of up to 4,096 atoms apart, double precision those of up to 5 * 10⁷.

    Parameters
    ----------
    fractions : shape (k,)

    Examples
    --------
    >>> whole_numbers(np.float32([2 / 7, 5 / 7]))
    ['2', '5']
    """
    given = fractions.astype(np.float32)
    if (given != fractions).any():
        given = fractions.astype(np.float64)
        # Fractions with denominators up to 5 * 10⁷ differ by 4 * 10⁻¹⁶ or more: a double tells them apart.
        exact = [Fraction(float(fraction)).limit_denominator(5 * 10**7) for fraction in given]
        total = math.lcm(*[fraction.denominator for fraction in exact])
        if sum(exact) == 1:
            return [str(int(fraction * total)) for fraction in exact]
    for first, last in TOTALS:
        counts = np.rint(np.arange(first, last + 1)[:, None] * (given / given.sum(dtype=np.float64)))
        # Not "close to whole": of all candidates the first whose shares round to the very same bits.
        shares = (counts / counts.sum(axis=1, keepdims=True).clip(min=1)).astype(given.dtype)
        found = (shares == given).all(axis=1)
        if found.any():
            return [str(int(n)) for n in counts[found.argmax()]]
    return [np.format_float_positional(fraction, trim="-") for fraction in given]


def count_atoms(tokens: Iterable[str]) -> list[str]:
    """Runs of element tokens as formulas, other tokens as they are.

    Examples
    --------
    >>> count_atoms(["[CLS]", "Fe", "Fe", "O", "[SEP]"])
    ['[CLS]', 'Fe2O', '[SEP]']
    """
    words: list[str] = []
    in_formula = False
    for token, run in groupby(tokens):
        n = sum(1 for _ in run)
        if token not in ID:
            words.extend([token] * n)
        elif in_formula:
            words[-1] += f"{token}{n if n > 1 else ''}"
        else:
            words.append(f"{token}{n if n > 1 else ''}")
        in_formula = token in ID
    return words
