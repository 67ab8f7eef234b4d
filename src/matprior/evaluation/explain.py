"""Which part of a string moved the prediction, and by how much: integrated gradients with a check.

The only door to captum. Sundararajan et al. 2017, arXiv:1703.01365: the gradient is followed from a string
whose elements or atoms are all hidden (`[MASK]` in their place, amounts and bonds kept) to the string
itself, so that the contributions add up to the difference of the two answers. Where they do not, they are
not given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.evaluation.explain_model import Explained, explained
from matprior.evaluation.explain_path import HALVINGS, integrate, scale

TOLERANCE = 0.02
"""Largest share of the difference that contributions may miss."""
_SHARES = (1.0, 0.1, 0.01)
"""Of the tolerance, what each network may use up: networks that disagree cancel, and their misses do not."""


@dataclass
class Contributions:
    """What integrated gradients say of some strings."""

    parts: pd.DataFrame
    """string, place, part, contribution: a line per element or atom; NaN where the check failed."""
    strings: pd.DataFrame
    """string, answer, hidden, gap, complete: the answer, that of the hidden string, and the check."""
    unit: str
    what: str
    """What exactly is explained."""
    notes: list[str] = field(default_factory=list)


def contributions(
    estimator: Any, strings: Sequence[str], target: int = 0, tolerance: float = TOLERANCE
) -> Contributions:
    """Contribution of every element (or atom) to the prediction of each string.

    Parameters
    ----------
    estimator : a fitted regressor or classifier, `auto` included: there the networks are explained
    strings : `n` strings
    target : which target or label, where there are several
    tolerance : share of the difference that contributions may miss; rows that stay above it however often
        their path is halved get no contributions

    Raises
    ------
    ValueError
        A mix without a network (it has no gradients), or captum is not installed.

    Examples
    --------
    >>> from matprior import MaterialRegressor
    >>> formulas = ["NaCl", "KCl", "LiF", "MgO", "CaO", "NaF", "KF", "LiCl", "SrO", "BaO", "KBr", "NaBr"]
    >>> model = MaterialRegressor(model=None, size="tiny", training={"epochs": 2}).fit(formulas, range(12))
    >>> found = contributions(model, ["NaCl"])
    >>> found.parts["part"].tolist(), bool(found.strings["complete"][0])
    (['Na', 'Cl'], True)
    """
    method = _method()
    about = explained(estimator, list(strings), target)
    total, answer, hidden = _complete(method, about, tolerance)
    gap = _gap(total, answer, hidden)
    complete = gap <= tolerance
    notes = list(about.notes)
    if not complete.all():
        some = ", ".join(about.strings[i] for i in np.flatnonzero(~complete)[:3])
        notes.append(
            f"{int((~complete).sum()):,} strings are not explained ({some}): their contributions miss more "
            f"than {tolerance:.0%} of the difference even where the path is halved {HALVINGS} times."
        )
    shown = np.where(complete[:, None], total, np.nan)
    table = pd.DataFrame(
        {"string": about.strings, "answer": answer, "hidden": hidden, "gap": gap, "complete": complete}
    )
    return Contributions(about.parts(shown), table, about.unit, about.what, notes)


def _complete(method: Any, about: Explained, tolerance: float) -> tuple[NDArray, NDArray, NDArray]:
    """Mean contributions (n, l) of the networks, answers (n,) and answers of the hidden strings (n,)."""
    n, width = about.encoded.ids.shape
    total, answer, hidden = np.zeros((n, width)), np.zeros(n), np.zeros(n)
    left = np.arange(n)
    for share in _SHARES if len(about.networks) > 1 else _SHARES[:1]:
        part = about.take(left)
        found = [integrate(method, network, part, tolerance * share) for network in part.networks]
        total[left] = 0.0
        total[left, : found[0].told.shape[1]] = np.mean([one.told for one in found], 0)
        answer[left] = np.mean([one.answer for one in found], 0)
        hidden[left] = np.mean([one.hidden for one in found], 0)
        left = left[_gap(total[left], answer[left], hidden[left]) > tolerance]
        if not len(left):
            break
    return total, answer, hidden


def _gap(told: NDArray, answer: NDArray, hidden: NDArray) -> NDArray:
    """What contributions miss, as a share of the difference, shape (n,)."""
    missed = np.abs(told.sum(1) - (answer - hidden))
    size = scale(told, answer - hidden)
    return np.divide(missed, size, out=np.zeros(len(missed)), where=size > 1e-9)


def _method() -> Callable[..., Any]:
    try:
        from captum.attr import IntegratedGradients
    except ImportError as error:
        raise ValueError('Explanations need captum: pip install "matprior[explain]".') from error
    return IntegratedGradients
