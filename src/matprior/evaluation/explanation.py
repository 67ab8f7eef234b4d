"""One explanation of some strings: contributions, what-ifs, attention and nearest rows together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from matprior.evaluation.explain import Contributions, contributions
from matprior.evaluation.explain_model import notation_of
from matprior.evaluation.explain_rows import attention, nearest_rows
from matprior.evaluation.faithfulness import Faithfulness, faithfulness
from matprior.evaluation.what_if import what_ifs

FEWEST = 10
"""Strings below which a test of faithfulness says nothing."""


@dataclass
class Explanation:
    """Why a model says what it says."""

    contributions: Contributions | None
    """None for a mix without a network."""
    what_ifs: pd.DataFrame
    attention: pd.DataFrame
    nearest: pd.DataFrame
    faithfulness: Faithfulness | None
    """None for fewer than 10 strings."""
    notes: list[str] = field(default_factory=list)
    notation: str = "composition"

    def by_element(self) -> pd.DataFrame:
        """Mean contribution and number of materials of every part, indexed by part."""
        if self.contributions is None:
            return pd.DataFrame(columns=["value", "n"])
        parts = self.contributions.parts.dropna(subset="contribution")
        groups = parts.groupby("part")["contribution"]
        return pd.DataFrame({"value": groups.mean(), "n": groups.size()})


def explain(
    estimator: Any,
    strings: Sequence[str],
    training: pd.DataFrame | None = None,
    swaps: Mapping[str, Sequence[str]] | None = None,
    target: int = 0,
) -> Explanation:
    """All that can be told about the predictions of some strings.

    Parameters
    ----------
    estimator : fitted
    strings : in any spelling
    training : rows to find the nearest among: string and, if known, label
    swaps : element -> elements to try in its place
    target : which target, where there are several
    """
    notation = notation_of(estimator)
    names = list(dict.fromkeys(notation.canonical(one) for one in strings))
    if not names:
        raise ValueError("There are 0 strings to explain. Give at least one, such as LiCoO2.")
    notes: list[str] = []
    found, seen, faith = None, pd.DataFrame(), None
    if hasattr(estimator, "stack_") and not estimator.members_:
        notes.append("This mix holds no network, so nothing was integrated; its what-ifs are below.")
    else:
        found = contributions(estimator, names, target)
        seen = attention(estimator, names, target)
        notes += found.notes
        several = found.parts.groupby("string").size()
        if int((several > 1).sum()) >= FEWEST:
            faith = faithfulness(estimator, names, target=target, ranked=found)
            notes.append(faith.sentence(found.unit))
    near = pd.DataFrame() if training is None else nearest_rows(estimator, names, training)
    return Explanation(
        found, what_ifs(estimator, names, swaps, target), seen, near, faith, notes, notation.name
    )


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
