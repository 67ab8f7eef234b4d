"""What chemistry a straight line can read out of element vectors.

A probe is a ridge regression (a ridge classifier for classes) on standardised vectors, its penalty
chosen on the training elements alone, scored on elements it was not fitted to. All kinds of vectors are
asked the same questions about the same elements in the same folds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.evaluation.baselines import N_INNER, inner_folds
from matprior.evaluation.element_vectors import ElementVectors
from matprior.evaluation.metrics import METRICS
from matprior.notations.element_properties import imputed
from matprior.notations.elements import GROUPS, SYMBOLS, property_table
from matprior.notations.oxidation_states import COMMON_OXIDATION_STATES

PROBED = tuple(symbol for symbol in SYMBOLS[:94] if symbol not in {"Po", "At", "Rn", "Fr", "Ra"})
"""The 89 elements of which computed databases hold compounds; no corpus teaches anything of the others."""
THE_SAME = 0.99
"""A column that correlates so with the asked number is that number, and no probe of it is a finding."""
FEWEST = 8
"""A yes-or-no question needs so many elements on both sides, or a fold may have only one."""
COLUMNS = [
    "vectors",
    "width",
    "property",
    "metric",
    "value",
    "std",
    "chance",
    "n_elements",
    "n_folds",
    "folds",
]
"""Of a probe table. `value` and `std` are over folds; `chance` is what the best constant scores."""
_METRIC = {"class": "accuracy", "balanced": "balanced_accuracy", "number": "R2", "set": "ROC-AUC"}


@dataclass(frozen=True)
class Probe:
    """One question about every element."""

    name: str
    kind: str
    """class (one of several), balanced (the same, where every class counts alike), number, or set (several
    yes-or-no answers at once)."""
    answers: NDArray
    """One per element or atom, shape (n,), or (n, k) of 0 and 1 for a set; NaN in numbers where nobody has
    measured."""
    given: NDArray | None = None
    """The answer as a number, shape (n,): a column of vectors that equals it is left out."""

    @property
    def metric(self) -> str:
        """How it is scored: accuracy, balanced accuracy, R2, or ROC-AUC averaged over yes-or-no answers."""
        return _METRIC[self.kind]

    @property
    def known(self) -> NDArray:
        """Elements with an answer, shape (118,)."""
        return np.isfinite(self.answers) if self.kind == "number" else np.ones(len(SYMBOLS), dtype=bool)


@cache
def probes() -> dict[str, Probe]:
    """Name -> question: group, period, block, families, measured properties, common oxidation states.

    Examples
    --------
    >>> list(probes())[:4], probes()["block"].answers[25]
    (['group', 'period', 'block', 'families'], np.str_('d'))
    """
    values, names = property_table()
    column = {name: values[:, place] for place, name in enumerate(names)}
    block = np.array([_block(z) for z in range(1, len(SYMBOLS) + 1)])
    group = np.array([str(int(g)) for g in column["group"]])
    found = [
        Probe("group", "class", np.where(block == "f", "f", group), column["group"]),
        Probe("period", "class", np.array([str(int(p)) for p in column["period"]]), column["period"]),
        Probe("block", "class", block),
        Probe("families", "set", np.array([[s in g for g in GROUPS.values()] for s in SYMBOLS], dtype=float)),
    ]
    for name, gaps in imputed().items():
        known = ~np.isin(SYMBOLS, gaps)
        measured = np.where(known, column[name], np.nan)
        found.append(Probe(name, "number", measured, measured))
    states = sorted({state for several in COMMON_OXIDATION_STATES.values() for state in several})
    has = [[state in COMMON_OXIDATION_STATES[symbol] for state in states] for symbol in SYMBOLS]
    found.append(Probe("oxidation_states", "set", np.array(has, dtype=float)))
    return {probe.name: probe for probe in found}


def _block(z: int) -> str:
    """Shell that is being filled, with the f block of 14 and helium among the s elements."""
    for first, last in ((57, 70), (89, 102)):
        if first <= z <= last:
            return "f"
    values, names = property_table()
    group = int(values[z - 1, names.index("group")])
    return "s" if group <= 2 or z == 2 else "d" if group <= 12 else "p"


def probe_elements(
    vectors: Sequence[ElementVectors],
    questions: Sequence[Probe] | None = None,
    repeats: int = 5,
    seed: int = 0,
    progress: Callable[[int, int, str], None] | None = None,
) -> pd.DataFrame:
    """Ask every kind of vectors every question.

    Parameters
    ----------
    vectors : compared on the elements that all of them cover, out of `PROBED`
    questions : from `probes()`; all of them for None
    repeats : times the elements are dealt into five folds anew
    seed : of the dealing

    Returns
    -------
    Lines with the columns `COLUMNS`, one per vectors and question.

    Examples
    --------
    >>> from matprior.evaluation.element_vectors import property_vectors, random_vectors
    >>> table = probe_elements([property_vectors(), random_vectors(7)], [probes()["block"]], repeats=1)
    >>> bool(table["value"].iloc[0] > table["value"].iloc[1])
    True
    """
    if not vectors:
        raise ValueError("No element vectors to probe: expected at least one ElementVectors.")
    shared = np.isin(SYMBOLS, PROBED) & np.all([one.covered for one in vectors], axis=0)
    questions = list(probes().values()) if questions is None else list(questions)
    lines = []
    for place, probe in enumerate(questions):
        if progress:
            progress(place, len(questions), probe.name)
        rows = np.flatnonzero(shared & probe.known)
        for one in vectors:
            lines.append(_line(one, probe, rows, repeats, seed))
    return pd.DataFrame(lines, columns=COLUMNS)


def _line(one: ElementVectors, probe: Probe, rows: NDArray, repeats: int, seed: int) -> dict[str, Any]:
    values, answers = one.values[rows], probe.answers[rows]
    if probe.kind == "set":
        yes = answers.sum(axis=0)
        answers = answers[:, (yes >= FEWEST) & (len(rows) - yes >= FEWEST)]
    kept = values if probe.given is None else values[:, ~_is(values, probe.given[rows])]
    found = []
    for repeat in range(repeats):
        fold_of = inner_folds(answers if probe.kind == "class" else None, len(rows), seed + repeat)
        found += [score_probe(probe, kept, answers, fold_of == fold) for fold in range(N_INNER)]
    scores = np.array(found)
    return {
        "vectors": one.name,
        "width": kept.shape[1],
        "property": probe.name,
        "metric": probe.metric,
        "value": float(np.nanmean(scores)),
        "std": float(np.nanstd(scores, ddof=1)),
        "chance": chance_of(probe, answers),
        "n_elements": len(rows),
        "n_folds": len(scores),
        "folds": scores.round(6).tolist(),
    }


def _is(values: NDArray, asked: NDArray) -> NDArray:
    """Which columns are the asked number itself, shape (d,)."""
    spread = values.std(axis=0)
    centred = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    asked = (asked - asked.mean()) / (asked.std() or 1.0)
    return np.abs(centred.T @ asked) / len(asked) > THE_SAME


def chance_of(probe: Probe, answers: NDArray) -> float:
    """What the best constant scores."""
    if probe.kind == "balanced":
        return 1 / len(np.unique(answers))
    if probe.kind == "class":
        return float(np.unique(answers, return_counts=True)[1].max() / len(answers))
    return 0.0 if probe.kind == "number" else 0.5


def score_probe(probe: Probe, values: NDArray, answers: NDArray, test: NDArray) -> float:
    """Score on the rows `test` of a line that was fitted to the others."""
    from sklearn.linear_model import RidgeClassifierCV, RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    alphas = np.logspace(-2, 5, 15)
    if probe.kind in ("class", "balanced"):
        # Thousands of atoms need no fine choice of the penalty, and each costs time.
        balanced = probe.kind == "balanced"
        line: Any = RidgeClassifierCV(
            alphas[::3] if balanced else alphas, class_weight="balanced" if balanced else None
        )
    else:
        line = RidgeCV(alphas, alpha_per_target=probe.kind == "set")
    model = make_pipeline(StandardScaler(), line).fit(values[~test], answers[~test])
    told = model.predict(values[test])
    if probe.kind == "number":
        # Against the variance of all elements: folds then average to the pooled R², and a fold of like
        # elements is not blown up.
        return float(1 - np.square(answers[test] - told).mean() / answers.var())
    measure = METRICS[probe.metric].function
    if probe.kind in ("class", "balanced"):
        return float(measure(answers[test], told))
    parts = [measure(truth, guess) for truth, guess in zip(answers[test].T, told.T, strict=True)]
    return float(np.nanmean(parts))  # a fold without a yes cannot rank, and gives NaN
