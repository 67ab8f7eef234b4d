"""Many models at once: ranks over folds, tests between all pairs, and a correction for their number.

Demšar 2006, J. Mach. Learn. Res. 7:1 (mean ranks, Friedman, Nemenyi); Benavoli et al. 2016, J. Mach. Learn.
Res. 17:5 (Wilcoxon with Holm in place of Nemenyi, since ranks of a pair should not depend on third models).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from matprior.evaluation.compare import Comparison, compare
from matprior.evaluation.metrics import find_metric, kind_of, metrics_for
from matprior.evaluation.scores import fold_scores
from matprior.evaluation.statistics import holm

ALPHA = 0.05
WILCOXON, NEMENYI = "Wilcoxon, Holm", "Nemenyi"


def all_pairs(parts: Sequence[tuple[str, str, str, pd.DataFrame]], metric: str | None = None) -> pd.DataFrame:
    """Every pair of models in every part of a study, paired over folds, corrected for all of them.

    Parameters
    ----------
    parts : from `grid.blocks`
    metric : name; the main one of the kind for None

    Returns
    -------
    Lines of `Comparison` with split, labels, p_holm and clear (after the correction).
    """
    lines: list[dict[str, Any]] = []
    for target, split, labels, rows in parts:
        for first, second in combinations(dict.fromkeys(rows["model"]), 2):
            try:
                told = compare(rows, first, second, metric, target)
            except ValueError:  # a study under way: these two share no fold yet
                continue
            lines.append({"split": split, "labels": labels, **vars(told)})
    frame = pd.DataFrame(lines, columns=["split", "labels", *Comparison.__dataclass_fields__])
    return corrected(frame)


def corrected(pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs with `p_holm` and `clear` for all of them together, such as those of several tables.

    Examples
    --------
    >>> corrected(pd.DataFrame({"p_value": [0.01, 0.04, 0.03]}))["p_holm"].round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    frame = pairs.copy()
    frame["p_holm"] = holm(frame["p_value"].tolist())
    frame["clear"] = frame["p_holm"] < ALPHA
    return frame


@dataclass(frozen=True)
class Ranking:
    """Mean ranks of models over cases, 1 the best."""

    ranks: pd.Series
    """Model -> mean rank, best first."""
    n_cases: int
    """Folds (of all splits and label counts) in which every model has a score; seeds are averaged."""
    friedman: float
    """P-value that all models are equally good; NaN where it can't be known."""
    distance: float
    """Critical difference of mean ranks (Nemenyi, 5 %); NaN likewise."""
    cliques: list[tuple[str, ...]]
    """Models next to each other in rank that the test does not tell apart."""
    test: str = WILCOXON
    """Which test: with few cases Wilcoxon's can't tell any pair apart, and Nemenyi's distance decides."""


def ranking(parts: Sequence[tuple[str, str, str, pd.DataFrame]], metric: str | None = None) -> Ranking:
    """Rank all models of a study.

    Raises
    ------
    ValueError
        No fold has a score of every model.
    """
    found = []
    for target, split, labels, rows in parts:
        rule = find_metric(metric) if metric else metrics_for(kind_of(rows))[0]
        values = fold_scores(rows, [rule.name]).groupby(["fold", "model"])["value"].mean().unstack("model")
        gains = values.map(lambda value, rule=rule: rule.gain(value, 0.0))
        found.append(gains.set_index(pd.MultiIndex.from_product([[target], [split], [labels], gains.index])))
    cases = pd.concat(found).dropna()
    if cases.empty or cases.shape[1] < 2:
        raise ValueError(
            "There is no fold in which two models or more have a score, so nothing can be ranked."
        )
    ranks = cases.rank(axis=1, ascending=False).mean().sort_values(kind="stable")
    n, k = cases.shape
    distance = _nemenyi(n, k)
    pairs = list(combinations(range(k), 2))
    if 2.0 ** (1 - n) * len(pairs) < ALPHA:
        test, same = WILCOXON, _same_by_wilcoxon(cases[ranks.index], pairs)
    else:
        order = ranks.to_numpy()
        # NaN of a single case: nothing is told apart.
        test, same = NEMENYI, {(i, j): not order[j] - order[i] > distance for i, j in pairs}
    return Ranking(ranks, n, _friedman(cases), distance, _cliques([str(m) for m in ranks.index], same), test)


def _friedman(cases: pd.DataFrame) -> float:
    from scipy.stats import friedmanchisquare

    n, k = cases.shape
    if n < 2 or k < 3:
        return float("nan")
    return float(friedmanchisquare(*(cases[name] for name in cases)).pvalue)


def _nemenyi(n: int, k: int) -> float:
    """Critical difference of mean ranks of k models over n cases.

    Examples
    --------
    >>> round(_nemenyi(30, 5), 2)  # Demšar's q(0.05, 5) = 2.728
    1.11
    """
    from scipy.stats import studentized_range

    if n < 2:
        return float("nan")
    q = studentized_range.ppf(1 - ALPHA, k, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(k * (k + 1) / (6 * n)))


def _same_by_wilcoxon(cases: pd.DataFrame, pairs: list[tuple[int, int]]) -> dict[tuple[int, int], bool]:
    """Whether each pair of columns is not told apart."""
    from scipy.stats import wilcoxon

    values = cases.to_numpy()
    p = []
    for i, j in pairs:
        gains = values[:, i] - values[:, j]
        p.append(float(wilcoxon(gains).pvalue) if gains.any() else 1.0)
    return {pair: bool(corrected >= ALPHA) for pair, corrected in zip(pairs, holm(p), strict=True)}


def _cliques(names: list[str], same: dict[tuple[int, int], bool]) -> list[tuple[str, ...]]:
    """Longest runs in the order of ranks in which no pair differs clearly."""
    runs: list[tuple[int, int]] = []
    for start in range(len(names)):
        end = start
        while end + 1 < len(names) and all(same[i, end + 1] for i in range(start, end + 1)):
            end += 1
        if end > start and not any(old_end >= end for _, old_end in runs):
            runs.append((start, end))
    return [tuple(names[start : end + 1]) for start, end in runs]
