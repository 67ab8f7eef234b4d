"""How unlike two tables are, before a model of one is asked about the other.

Vectors of a pretrained encoder say how far the rows lie apart, elements (or tokens of a molecule) say what
is new, and labels, where there are some, whether the property leaves the range that was learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.domains.distances import CLASSIFIED, Classified, classify_domains, mean_discrepancy, sampled
from matprior.domains.novelty import new_parts, parts_of
from matprior.estimators.domain import Domain
from matprior.estimators.encoding import notation_read
from matprior.estimators.features import Features, Pretrained

VERDICTS = ("close", "shifted", "different elements", "different world")
"""From nothing to worry about to nothing in common."""
CLOSE = 0.5
"""A-distance up to which two tables count as close: a classifier tells at most 62 % of the rows apart."""
NEW = 0.05
"""Share of target rows with something new from which the verdict speaks of elements."""
FAR = 0.5
"""Share of far target rows from which, with everything told apart, it is another world."""
REMOTE = 0.4
"""Squared mean discrepancy that says the same; inorganic crystals and metal-organic frameworks have 0.49,
oxides and other inorganic compounds 0.22."""
APART = 1.5
"""A-distance from which nearly every row can be told by its looks."""


@dataclass
class Shift:
    """What was found."""

    verdict: str
    """One of `VERDICTS`."""
    evidence: list[str]
    """Sentences the verdict rests on."""
    numbers: dict[str, float]
    """a_distance, accuracy, mmd2, p_value, far_share, new_share, same_share and, where labels are known,
    outside_range."""
    rows: pd.DataFrame
    """One line per target row: string, distance (1 is the edge of the source), nearest (source string), new
    (elements or tokens that the source lacks), p_target (of the domain classifier), flags."""
    new: dict[str, int]
    """What the source lacks -> target rows that hold it, most frequent first."""
    property_range: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Quantiles of the property on both sides; empty without labels."""
    vectors: tuple[NDArray, NDArray] = field(default=(np.empty((0, 0)), np.empty((0, 0))), repr=False)
    """Of the source and target rows, for a map."""


def measure_shift(
    source: Sequence[str],
    target: Sequence[str],
    source_values: Any = None,
    target_values: Any = None,
    model: str | Path | None = "matbert-small",
    notation: str | None = None,
    seed: int = 0,
) -> Shift:
    """Compare the rows a model would learn from with those it would be asked about.

    Parameters
    ----------
    source, target : canonical strings
    source_values, target_values : the property, shapes (n,) and (m,); NaN or None where unknown
    model : checkpoint whose vectors are compared; None compares element fractions, or fingerprints
    notation : what the strings mean, where no checkpoint says it
    seed : of folds, samples and shuffles

    Examples
    --------
    >>> oxides = ["MgO", "CaO", "SrO", "BaO", "ZnO", "CdO", "Al2O3", "Ga2O3", "TiO2", "ZrO2"]
    >>> metals = ["NiTi", "CuZn", "Ni3Al", "FeAl", "CoTi", "CuAu", "MgZn2", "TiAl", "NiAl", "FeTi"]
    >>> measure_shift(oxides, metals).new["Ni"]
    3
    """
    for name, given in (("source", source), ("target", target)):
        if len(given) < 5:
            raise ValueError(f"The {name} has {len(given)} rows; at least 5 are needed to compare them.")
    notation = notation_read(model, notation)
    network = None if model is None else Pretrained.open(model)
    sides = [Features(list(given), network, notation) for given in (source, target)]
    vectors = [side.vectors for side in sides]
    domain = Domain.learn(vectors[0], sides[0].encoded, seed)
    rows = pd.DataFrame({"string": list(target), "distance": domain.distance(vectors[1])})
    rows["nearest"] = [source[i] for i in _nearest(vectors[0], vectors[1])]
    new = new_parts(parts_of(source, notation), parts_of(target, notation))
    rows["new"] = [" ".join(found) for found in new]
    told, rows["p_target"] = _told_apart(vectors[0], vectors[1], seed)
    value, p = mean_discrepancy(vectors[0], vectors[1], seed=seed)
    numbers = {
        "a_distance": told.a_distance, "accuracy": told.accuracy, "mmd2": value, "p_value": p,
        "far_share": float((rows["distance"] > 1).mean()), "new_share": float((rows["new"] != "").mean()),
        "same_share": float(rows["string"].isin(set(source)).mean()),
    }  # fmt: skip
    spread = _property_range(source_values, target_values, numbers)
    rows["flags"] = _flags(rows)
    counts = pd.Series([part for found in new for part in found], dtype=str).value_counts()
    counted = {str(part): int(n) for part, n in counts.items()}
    verdict = judge(numbers)
    evidence = _evidence(numbers, counted, notation)
    return Shift(verdict, evidence, numbers, rows, counted, spread, (vectors[0], vectors[1]))


def judge(numbers: dict[str, float]) -> str:
    """The verdict that these numbers give.

    Examples
    --------
    >>> judge({"a_distance": 0.1, "far_share": 0.01, "new_share": 0.0, "mmd2": 0.0})
    'close'
    >>> judge({"a_distance": 1.9, "far_share": 0.2, "new_share": 0.4, "mmd2": 0.2})
    'different elements'
    """
    apart, far, new = numbers["a_distance"], numbers["far_share"], numbers["new_share"]
    if apart >= APART and (far >= FAR or numbers["mmd2"] >= REMOTE):
        return "different world"
    if new >= NEW:
        return "different elements"
    return "close" if apart <= CLOSE and far < NEW else "shifted"


def _told_apart(source: NDArray, target: NDArray, seed: int) -> tuple[Classified, NDArray]:
    """The domain classifier, and its probability for every target row (NaN where it was not asked)."""
    random = np.random.default_rng(seed)
    asked = sampled(np.arange(len(target)), CLASSIFIED, random)
    told = classify_domains(sampled(source, CLASSIFIED, random), target[asked], seed=seed)
    chance = np.full(len(target), np.nan)
    chance[asked] = told.target
    return told, chance


def _nearest(source: NDArray, target: NDArray) -> NDArray:
    from sklearn.neighbors import NearestNeighbors

    return NearestNeighbors(n_neighbors=1, algorithm="brute").fit(source).kneighbors(target)[1][:, 0]


def _flags(rows: pd.DataFrame) -> list[str]:
    """What is wrong with each row, in words."""
    flags = []
    for new, far in zip(rows["new"], rows["distance"].to_numpy() > 1, strict=True):
        words = [f"new: {new}"] if new else []
        flags.append("; ".join([*words, "far from every source row"] if far else words))
    return flags


def _property_range(source: Any, target: Any, numbers: dict[str, float]) -> pd.DataFrame:
    """Quantiles of both sides; notes the share of target labels outside the range of the source."""
    sides = {}
    for name, values in (("source", source), ("target", target)):
        known = np.empty(0) if values is None else np.asarray(values, dtype=float)
        if len(known := known[np.isfinite(known)]):
            sides[name] = known
    if len(sides) == 2:
        low, high = sides["source"].min(), sides["source"].max()
        numbers["outside_range"] = float(((sides["target"] < low) | (sides["target"] > high)).mean())
    share = (0.0, 0.25, 0.5, 0.75, 1.0)
    return pd.DataFrame({name: np.quantile(known, share) for name, known in sides.items()}, index=share)


def _evidence(numbers: dict[str, float], new: dict[str, int], notation: str) -> list[str]:
    part = "element" if notation == "composition" else "token"
    words = [
        f"A classifier tells the two apart in {100 * numbers['accuracy']:.0f} of 100 cases (50 is guessing); "
        f"the A-distance is {numbers['a_distance']:.2f} of 2.",
        f"The mean discrepancy is {numbers['mmd2']:.4f}, p = {numbers['p_value']:.3g}.",
        f"{100 * numbers['far_share']:.1f} % of the target rows lie farther from every source row than 99 in "
        "100 source rows lie from their neighbour.",
    ]
    if new:
        shown = ", ".join(f"{name} ({n:,})" for name, n in list(new.items())[:8])
        more = f" and {len(new) - 8} more" if len(new) > 8 else ""
        words.append(
            f"{100 * numbers['new_share']:.1f} % hold one of {len(new)} {part}s the source lacks: "
            f"{shown}{more}."
        )
    else:
        words.append(f"Every {part} of the target occurs in the source.")
    if numbers["same_share"]:
        words.append(f"{100 * numbers['same_share']:.1f} % of the target strings are also in the source.")
    if "outside_range" in numbers:
        words.append(
            f"{100 * numbers['outside_range']:.1f} % of the target's labels lie outside the source's range."
        )
    return words
