"""Do contributions tell the truth? Hiding what they call important must move the prediction more.

DeYoung et al. 2020 (ERASER, arXiv:1911.03429) call it comprehensiveness: the change of the answer when the
top-ranked part is taken away, against that of parts drawn at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from matprior.evaluation.explain import Contributions, contributions
from matprior.evaluation.explain_model import notation_of
from matprior.evaluation.faithfulness_moves import deleted, hidden, shortened


@dataclass(frozen=True)
class Faithfulness:
    """How far the answer moves without the part that was ranked first, and without another."""

    top: float
    """Mean absolute change without the top-ranked part, in the unit of the answer."""
    other: float
    """The same for a part drawn at random, the mean over all of them."""
    share: float
    """Share of the strings in which the top-ranked part moves it more than the mean of all."""
    n: int
    """Strings with two parts or more."""
    p_value: float
    """One-sided, of a Wilcoxon signed-rank test over strings; NaN below 6 strings."""

    @property
    def faithful(self) -> bool:
        """Whether the ranking is better than chance."""
        return self.top > self.other and self.p_value < 0.05

    def sentence(self, unit: str = "") -> str:
        """In words.

        Examples
        --------
        >>> Faithfulness(0.8, 0.5, 0.75, 40, 0.001).sentence("eV")
        'Without its top-ranked part a prediction moves by 0.8 eV, without a random one by 0.5 eV (40 \
strings, p = 0.001): the ranking is better than chance.'
        """
        tail = f" {unit}" if unit else ""
        said = "better than chance" if self.faithful else "not clearly better than chance; do not rely on it"
        return (
            f"Without its top-ranked part a prediction moves by {self.top:.3g}{tail}, without a random one "
            f"by {self.other:.3g}{tail} ({self.n} strings, p = {self.p_value:.2g}): the ranking is {said}."
        )


def faithfulness(
    estimator: Any,
    strings: Sequence[str],
    how: str = "delete",
    target: int = 0,
    ranked: Contributions | None = None,
    asked: pd.DataFrame | None = None,
) -> Faithfulness:
    """Compare deleting the top-ranked part of each string with deleting a random one.

    Parameters
    ----------
    estimator : fitted
    strings : `n` strings; those with one part say nothing
    how : "delete" asks the model about the material without an element, or about the molecule with hydrogen
        in place of an end atom; "hide" puts `[MASK]` in the place of a part, whatever it is
    target : which target, where there are several
    ranked : contributions to these strings, where they are known already
    asked : what-ifs of these strings, where they are known already

    Notes
    -----
    A molecule falls apart without an atom of its middle, so only its end atoms are ranked and deleted.
    """
    if how not in ("delete", "hide"):
        raise ValueError(f"how is {how!r}; expected 'delete' or 'hide'.")
    notation = notation_of(estimator)
    strings = list(dict.fromkeys(notation.canonical(one) for one in strings))
    parts = (ranked or contributions(estimator, strings, target)).parts.dropna(subset="contribution")
    if how == "hide":
        both = parts.merge(hidden(estimator, strings, target), on=["string", "place"])
    elif notation.name == "composition":
        both = parts.merge(deleted(estimator, strings, target, asked), on=["string", "part"])
    else:
        both = shortened(estimator, parts, target)
    tops, others = [], []
    for _, own in both.groupby("string", sort=False):
        if len(own) > 1:
            tops.append(float(own["moved"].iloc[int(own["contribution"].abs().argmax())]))
            others.append(float(own["moved"].mean()))
    top, other = np.array(tops), np.array(others)
    if not len(top):
        raise ValueError("No string has two parts to compare, so nothing can be ranked. Give others.")
    p_value = _signed_rank(top - other)
    return Faithfulness(
        float(top.mean()), float(other.mean()), float((top > other).mean()), len(top), p_value
    )


def _signed_rank(gains: np.ndarray) -> float:
    if len(gains) < 6 or not gains.any():
        return float("nan")
    from scipy.stats import wilcoxon

    return float(wilcoxon(gains, alternative="greater").pvalue)
