"""One explanation of some strings: contributions, what-ifs, attention and nearest rows together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from matprior.evaluation.explain import Contributions, contributions
from matprior.evaluation.explain_model import notation_of, unit_of_answers
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
    """Of elements deleted, or atoms of a molecule hidden; None for fewer than 10 strings."""
    notes: list[str] = field(default_factory=list)
    notation: str = "composition"
    unit: str = ""
    """Of what-ifs and labels."""

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
    changed = what_ifs(estimator, names, swaps, target)
    if hasattr(estimator, "stack_") and not estimator.members_:
        notes.append("This mix holds no network, so nothing was integrated; its what-ifs are below.")
    else:
        found = contributions(estimator, names, target)
        seen = attention(estimator, names, target)
        notes += found.notes
        several = found.parts.groupby("string").size()
        if int((several > 1).sum()) >= FEWEST:
            whole = notation.name == "composition"
            faith = faithfulness(
                estimator, names, "delete" if whole else "hide", target, ranked=found, asked=changed
            )
            notes.append(faith.sentence(found.unit))
            if not whole:
                notes += _without_ends(estimator, names, target, found)
    near = pd.DataFrame() if training is None else nearest_rows(estimator, names, training)
    unit = unit_of_answers(estimator, target)
    return Explanation(found, changed, seen, near, faith, notes, notation.name, unit)


def _without_ends(estimator: Any, names: list[str], target: int, found: Contributions) -> list[str]:
    """What the same test says of molecules whose end atoms are taken away, if enough have two of them."""
    try:
        told = faithfulness(estimator, names, "delete", target, ranked=found)
    except ValueError:  # no molecule has two end atoms
        return []
    return [f"End atoms taken away: {told.sentence(found.unit)}"] if told.n >= FEWEST else []
