"""Ionic substitution: one element of a formula gives way to another that stands for it elsewhere.

As a way to propose formulas it is a baseline (`generation.baselines`). While a generator learns, formulas
made so may take the places of known ones: they keep the rules of charge, and there are many more of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from matprior.data.files import write_atomically
from matprior.generation.validity import judge
from matprior.notations.composition import parse_amounts
from matprior.notations.composition_value import canonical_formula
from matprior.notations.elements import ATOMIC_NUMBER, ISOTOPES, SYMBOLS
from matprior.pretraining.draws import Draws
from matprior.pretraining.substitutions import Substitutions
from matprior.tokens.composition import Encoded, encode_many
from matprior.training.loop import Progress

EACH = 12
"""Substitutions drawn for every formula; some are known, and some break the rules of charge."""
TEMPERATURE = 0.3
"""Of the substitutions: at 1 fewer of the new formulas are known to others (10 % in place of 14 %)."""
TOLD = 5_000
"""Formulas between two words on progress."""


def substituted(formula: str, table: Substitutions, random: np.random.Generator) -> str | None:
    """A formula in which one element has given way to another, drawn by how often it stands for it.

    None where the other element is in the formula already.
    """
    amounts = dict(parse_amounts(formula))
    out = sorted(amounts)[int(random.integers(len(amounts)))]
    number = ATOMIC_NUMBER[ISOTOPES.get(out, out)] - 1
    into = SYMBOLS[int(table.draw(np.array([number]), random.random(1))[0])]
    if into in amounts:
        return None
    amounts[into] = amounts.pop(out)
    return canonical_formula(amounts)


def substitutes_of(
    formulas: Sequence[str], seed: int = 0, kept: Path | None = None, progress: Progress | None = None
) -> list[list[str]]:
    """For each formula substitutes that fulfil both rules and are none of the formulas; likely ones recur.

    Parameters
    ----------
    formulas : canonical; substitutions are counted in them
    seed : same seed, same substitutes
    kept : file that they are read from, or written to
    progress : told how many formulas are done of how many

    Examples
    --------
    >>> salts = ["NaCl", "KCl", "NaBr", "KBr", "NaI", "CaO", "MgO"]
    >>> set(substitutes_of(salts)[4])
    {'KI'}
    """
    if kept is not None and kept.is_file():
        return [list(one) for one in json.loads(kept.read_text(encoding="utf-8"))]
    random, known = np.random.default_rng(seed), set(formulas)
    table = Substitutions.learn(encode_many(formulas))
    table.sharpen(TEMPERATURE)
    found = []
    for done, formula in enumerate(formulas):
        tried = [substituted(formula, table, random) for _ in range(EACH)]
        good = {one for one in tried if one is not None and one not in known and judge(one).balanced}
        found.append([one for one in tried if one in good])
        if progress is not None and done % TOLD == 0:
            progress(done, len(formulas), "substituting elements")
    if kept is not None:
        with write_atomically(kept) as draft:
            draft.write_text(json.dumps(found), encoding="utf-8")
    return found


@dataclass
class Substitutes:
    """Sentences that may take the places of others in a batch."""

    encoded: Encoded
    """Those of the first sentence one after the other, then those of the second; as wide as the sentences."""
    first: np.ndarray
    """Where those of each sentence begin, and the end of all, shape (n + 1,)."""
    share: float
    """Chance that a sentence that has substitutes gives its place to one of them."""
    seed: int = 0
    """Draws depend on seed, epoch and row alone."""

    def placed(self, ids: Tensor, rows: np.ndarray, epoch: int) -> Tensor:
        """The ids of a batch, shape (n, l), with some rows taken by substitutes.

        Parameters
        ----------
        ids : trimmed to the longest sentence of the batch; a substitute is as long as its sentence
        rows : which sentences these are, shape (n,)
        epoch : another epoch, other draws
        """
        many = self.first[rows + 1] - self.first[rows]
        by_chance = Draws(rows, 2, epoch, self.seed).uniform(1)
        chosen = np.flatnonzero((by_chance[:, 0] < self.share) & (many > 0))
        which = self.first[rows[chosen]] + (by_chance[chosen, 1] * many[chosen]).astype(np.int64)
        others = torch.from_numpy(self.encoded.ids[which][:, : ids.shape[1]].astype(np.int64))
        placed = ids.clone()
        placed[torch.from_numpy(chosen)] = others
        return placed
