"""Ways to propose molecules without a network, which a network has to beat."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from matprior.generation.ngram import Trigram
from matprior.notations import InvalidString
from matprior.tokens.molecule_language import MoleculeLanguage

Baseline = Callable[[Sequence[str], int, int], list[str | None]]
"""Called with the SMILES learned from, the number wanted, and a seed."""


def copies(learned: Sequence[str], n: int, seed: int = 0) -> list[str | None]:
    """Molecules learned from, at random: valid, alike in every distribution, and none of them new."""
    return [learned[i] for i in np.random.default_rng(seed).choice(len(learned), n, replace=n > len(learned))]


def smiles_trigram(learned: Sequence[str], n: int, seed: int = 0) -> list[str | None]:
    """Tokens of SMILES by what the two before them are followed by in the molecules learned from."""
    return _trigram(list(learned), "smiles", n, seed)


def selfies_trigram(learned: Sequence[str], n: int, seed: int = 0) -> list[str | None]:
    """The same with symbols of SELFIES, counted in 20,000 of the molecules."""
    from matprior.notations.selfies import to_selfies

    written = []
    for row in np.random.default_rng(seed).permutation(len(learned))[:COUNTED].tolist():
        try:
            written.append(to_selfies(learned[row]))
        except InvalidString:
            continue  # SELFIES cannot write every molecule
    return _trigram(written, "selfies", n, seed)


COUNTED = 20_000
"""Molecules whose SELFIES are made to be counted."""


def _trigram(strings: list[str], notation: str, n: int, seed: int) -> list[str | None]:
    language = MoleculeLanguage.of(strings, notation)
    encoded, _ = language.encode(strings)
    return Trigram(encoded, language).sample(n, seed)


MOLECULE_BASELINES: dict[str, Baseline] = {
    "copies": copies,
    "smiles_trigram": smiles_trigram,
    "selfies_trigram": selfies_trigram,
}
"""Name -> a way to propose molecules without a network."""
