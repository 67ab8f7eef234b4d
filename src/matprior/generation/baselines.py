"""Ways to propose formulas without a network, which a network has to beat.

Szymanski & Bartel 2025 (Digital Discovery, d5mh00010f) found two of them ahead of published generators.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from matprior.generation.ngram import Trigram
from matprior.generation.substituting import substituted
from matprior.generation.validity import judge
from matprior.notations.composition import parse_amounts
from matprior.notations.composition_value import canonical_formula
from matprior.notations.elements import SYMBOLS
from matprior.notations.oxidation_states import KNOWN_OXIDATION_STATES
from matprior.pretraining.substitutions import Substitutions
from matprior.tokens.composition import encode_many
from matprior.tokens.sentences import LARGEST, encode_sentences

Baseline = Callable[[Sequence[str], int, int], list[str | None]]
"""Called with the formulas learned from, the number wanted, and a seed."""
TRIES = 100
"""Substitutions drawn for each formula wanted before giving up."""
SMALL = 6
"""Largest amount that is drawn for an element whose amount does not follow from the others."""


def random_balanced(learned: Sequence[str], n: int, seed: int = 0) -> list[str | None]:
    """Elements at random, as many as the formulas learned from have, with amounts that balance charges.

    Every element with a known oxidation state is as likely as any other. All amounts but the last are
    drawn from 1 to 6; the last follows from them. What is not balanced by both rules is drawn again.
    """
    random = np.random.default_rng(seed)
    usable = [symbol for symbol in SYMBOLS if KNOWN_OXIDATION_STATES[symbol]]
    sizes = np.array([len(parse_amounts(formula)) for formula in learned])
    found: list[str | None] = []
    while len(found) < n:
        size = max(2, int(random.choice(sizes)))
        symbols = [str(symbol) for symbol in random.choice(usable, size, replace=False)]
        charges = [int(random.choice(KNOWN_OXIDATION_STATES[symbol])) for symbol in symbols]
        amounts = random.integers(1, SMALL + 1, size).tolist()
        rest = -sum(c * a for c, a in zip(charges[:-1], amounts[:-1], strict=True))
        amounts[-1], left = divmod(rest, charges[-1])
        if left or not 1 <= amounts[-1] <= LARGEST:
            continue
        formula = canonical_formula(dict(zip(symbols, amounts, strict=True)))
        if judge(formula).balanced:
            found.append(formula)
    return found


def substitution(learned: Sequence[str], n: int, seed: int = 0, temperature: float = 1.0) -> list[str | None]:
    """Formulas learned from in which one element gives way to another that stands for it elsewhere.

    Chances of substitutions are counted in the formulas (`pretraining.substitutions`). What is already
    known, or not balanced by both rules, is drawn again; where all substitutes are known the rows that
    remain are None. Below a temperature of 1 likely substitutes become likelier, as in a generator.
    """
    random = np.random.default_rng(seed)
    table = Substitutions.learn(encode_many(learned))
    table.sharpen(temperature)
    there = set(learned)
    found: list[str | None] = []
    for _ in range(TRIES * n):
        if len(found) == n:
            break
        formula = substituted(learned[int(random.integers(len(learned)))], table, random)
        if formula is None:
            continue
        if formula not in there and judge(formula).balanced:
            found.append(formula)
    return found + [None] * (n - len(found))


def trigram(learned: Sequence[str], n: int, seed: int = 0) -> list[str | None]:
    """Tokens by what the two before them are followed by in the formulas learned from."""
    return Trigram(encode_sentences(learned)[0]).sample(n, seed)


BASELINES: dict[str, Baseline] = {
    "random_balanced": random_balanced,
    "substitution": substitution,
    "substitution at temperature 0.5": partial(substitution, temperature=0.5),
    "trigram": trigram,
}
"""Name -> a way to propose formulas without a network."""
