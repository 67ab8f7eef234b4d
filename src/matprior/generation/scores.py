"""How good a set of proposed formulas is: the same numbers for every system, none of them alone.

A generator that repeats its training set is valid, and one that writes noise is new; so validity,
novelty, recovery of compounds kept aside and distances stand beside each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.stats import wasserstein_distance

from matprior.data.seen import SeenFormulas
from matprior.generation.validity import States, judge_all
from matprior.notations.composition import fraction_matrix, parse_amounts
from matprior.notations.composition_value import chemical_system
from matprior.notations.element_properties import table
from matprior.notations.oxidation_states import KNOWN_OXIDATION_STATES

SAMPLE = 1_000
"""Formulas that distances between formulas are measured on."""


@dataclass
class Known:
    """What proposals are compared with."""

    training: Collection[str] = ()
    """Canonical formulas that were learned from."""
    held_out: frozenset[str] = frozenset()
    """Canonical formulas of known compounds that were not."""
    seen: SeenFormulas | None = None
    """What stands for `training` where only its hashes are at hand; distances to it are left out then."""

    @cached_property
    def profile(self) -> tuple[Counter[Any], Counter[Any], Counter[Any]]:
        """`profile` of what was learned from."""
        return profile(list(self.training))


UNITS = {
    "charge_neutral": "share", "balanced": "share", "readable": "share", "unique": "share", "novel": "share",
    "recovered": "formulas", "recovered_share": "share", "recovered_of_novel": "share",
    "element_distance": "bits", "count_distance": "bits", "pattern_distance": "bits",
    "electronegativity_distance": "Pauling units", "mass_distance": "g/mol of atoms",
    "nearest_training": "fraction vectors", "diversity": "fraction vectors", "systems": "share",
}  # fmt: skip
"""Score -> its unit. Distances of distributions are Jensen-Shannon divergences, 0 (alike) to 1."""


def score(
    formulas: Sequence[str | None],
    known: Known | None = None,
    states: States = KNOWN_OXIDATION_STATES,
    seed: int = 0,
) -> dict[str, float]:
    """Score a sample as it was drawn, repetitions and unreadable rows included.

    `charge_neutral`, `balanced` (both rules of SMACT), `readable` and `unique` are shares of all rows.
    `novel` is the share of distinct formulas that were not learned from; `recovered` counts those among
    them that are known and were held out, `recovered_share` divides by all held out, and
    `recovered_of_novel` by all novel ones. `nearest_training` is the median distance of a distinct
    formula to the nearest one learned from (0: a copy), and `diversity` the mean distance between two
    proposals, both Euclidean between atomic fractions. `electronegativity_distance` and `mass_distance`
    are Wasserstein distances, to what was learned from, of the mean over the atoms of a formula.
    `systems` are distinct chemical systems per distinct formula.

    Parameters
    ----------
    formulas : canonical, `n`; None where a row was no formula
    known : what was learned from, and what was kept aside
    states : oxidation states that count
    seed : of the sub-samples that distances are measured on

    Examples
    --------
    >>> found = score(["NaCl", "NaCl", "KBr", None], Known(["NaCl"], frozenset(["KBr"])))
    >>> found["charge_neutral"], found["unique"], found["novel"], found["recovered"]
    (0.75, 0.5, 0.5, 1.0)
    """
    known = known or Known()
    n = max(len(formulas), 1)
    verdicts = judge_all(formulas, states)
    distinct = sorted({one for one in formulas if one is not None})
    found = {
        "readable": sum(one is not None for one in formulas) / n,
        "charge_neutral": sum(verdict.neutral for verdict in verdicts) / n,
        "balanced": sum(verdict.balanced for verdict in verdicts) / n,
        "unique": len(distinct) / n,
    }
    if not distinct:
        return found
    found |= _discoveries(distinct, known)
    reference = sorted(known.training)
    if reference:
        names = ("element_distance", "count_distance", "pattern_distance")
        pairs = zip(names, profile(distinct), known.profile, strict=True)
        found |= {name: divergence(ours, theirs) for name, ours, theirs in pairs}
    return found | _distances(distinct, reference, np.random.default_rng(seed))


def _discoveries(distinct: list[str], known: Known) -> dict[str, float]:
    """What is new, and what of that is known by others."""
    if known.training:
        training = set(known.training)
        novel = [one for one in distinct if one not in training]
    elif known.seen is not None:
        novel = [distinct[i] for i in np.flatnonzero(~known.seen.contains(distinct))]
    else:
        return {}
    found = {"novel": len(novel) / len(distinct)}
    if known.held_out:
        recovered = sum(one in known.held_out for one in novel)
        found["recovered"] = float(recovered)
        found["recovered_share"] = recovered / len(known.held_out)
        found["recovered_of_novel"] = recovered / max(len(novel), 1)
    return found


def profile(formulas: Sequence[str]) -> tuple[Counter[Any], Counter[Any], Counter[Any]]:
    """How often elements, numbers of elements, and patterns of amounts (1-1-3) occur."""
    elements: Counter[Any] = Counter()
    counts: Counter[Any] = Counter()
    patterns: Counter[Any] = Counter()
    for formula in formulas:
        amounts = parse_amounts(formula)
        elements.update(list(amounts))  # a mapping would be added with its amounts
        counts[len(amounts)] += 1
        patterns[tuple(sorted(amounts.values()))] += 1
    return elements, counts, patterns


def divergence(one: Counter[Any], other: Counter[Any]) -> float:
    """Jensen-Shannon divergence of two counts, in bits: 0 where shares are equal, 1 where nothing is shared.

    Examples
    --------
    >>> divergence(Counter("aab"), Counter("aabaab")), divergence(Counter("a"), Counter("b"))
    (0.0, 1.0)
    """
    keys = list({*one, *other})
    shares = np.array([[counts[key] for key in keys] for counts in (one, other)], dtype=float)
    shares /= shares.sum(1, keepdims=True)
    middle = shares.mean(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(shares > 0, shares * np.log2(shares / middle), 0.0)
    return float(terms.sum(1).mean())


def _distances(distinct: list[str], reference: list[str], random: np.random.Generator) -> dict[str, float]:
    picked = sorted(random.choice(len(distinct), min(SAMPLE, len(distinct)), replace=False))
    ours = fraction_matrix([distinct[i] for i in picked]).astype(np.float32)
    pairs = np.sqrt(_squares(ours, ours))
    away = pairs[np.triu_indices(len(ours), 1)]
    found = {
        "diversity": float(away.mean()) if len(away) else 0.0,
        "systems": len({chemical_system(parse_amounts(one)) for one in distinct}) / len(distinct),
    }
    if reference:
        found |= _property_distances(distinct, reference, random)
        nearest = np.full(len(ours), np.inf, dtype=np.float32)
        for start in range(0, len(reference), 20_000):
            theirs = fraction_matrix(reference[start : start + 20_000]).astype(np.float32)
            nearest = np.minimum(nearest, _squares(ours, theirs).min(1))
        found["nearest_training"] = float(np.median(np.sqrt(nearest)))
    return found


def _property_distances(
    distinct: list[str], reference: list[str], random: np.random.Generator
) -> dict[str, float]:
    """How far the distributions of means over the atoms of a formula lie apart."""
    values, names = table()
    means = []
    for formulas in (distinct, reference):
        rows = random.choice(len(formulas), min(10 * SAMPLE, len(formulas)), replace=False)
        means.append(fraction_matrix([formulas[i] for i in rows]) @ values)
    return {
        f"{name}_distance": float(wasserstein_distance(*(one[:, names.index(name)] for one in means)))
        for name in ("electronegativity", "mass")
    }


def _squares(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances, shape (n, m)."""
    squares = (one**2).sum(1)[:, None] + (other**2).sum(1) - 2 * one @ other.T
    return np.where(squares < 1e-6, 0, squares)  # float32: a copy is at 0, not at the rounding error
