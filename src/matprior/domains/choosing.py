"""Choosing among adapted models when the target has no labels, and staying with none where that is better.

Source rows that no candidate was trained on are asked, weighted by how much they are like the target.
A candidate must be better than no adaptation beyond the noise of that estimate, and no second opinion
may disagree: most adaptations help nobody, and what can't be shown to help is not done.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.domains.weighting import effective_rows

NONE = "none"
"""Name of no adaptation."""
MIXED = "mixed"
"""Name of no alignment but a mix of several kinds of models."""
BEYOND = 1.64
"""Standard errors by which a gain must exceed 0: one lucky candidate in twenty."""
FEWEST_EFFECTIVE = 20.0
"""Weighted validation rows that are worth fewer than this many can't judge anything."""
NEIGHBOURS = 5


@dataclass
class Tried:
    """One candidate and what is known of it."""

    method: str
    """`none`, `importance`, `average`, `mixed` or a name in `ALIGNMENTS`."""
    weight: float
    """Strength of the alignment."""
    errors: NDArray
    """Losses on the validation rows, shape (v,)."""
    ratio: NDArray
    """Density ratio at the validation rows in the candidate's own vectors, shape (v,)."""
    doubt: float
    """`disagreement` or `entropy` on the target rows: smaller is surer."""
    domain_accuracy: float = float("nan")
    """How well a classifier tells the domains apart by the candidate's vectors; 0.5 is not at all."""
    averaged: bool = False
    """Whether it is no more than the mean of several networks like the one without adaptation."""

    @property
    def name(self) -> str:
        """For tables and sentences."""
        plain = self.method in (NONE, MIXED, "importance", "average")
        return self.method if plain else f"{self.method} at {self.weight:g}"


@dataclass
class Choice:
    """Which candidate was taken, and why."""

    method: str
    weight: float
    reason: str
    """One or two sentences for people."""
    table: pd.DataFrame = field(repr=False)
    """One row per candidate: method, weight, iwv, dev, doubt, gain, noise, plain_gain, plain_noise,
    domain_accuracy, chosen."""
    bars: str = ""
    """What the error bars of the model rest on, and whether they may be too narrow."""


def importance_weighted(errors: NDArray, weights: NDArray) -> float:
    """Error expected on the target: that of validation rows, weighted. Sugiyama et al. 2007.

    Examples
    --------
    >>> importance_weighted(np.array([1.0, 3.0]), np.array([3.0, 1.0]))
    1.5
    """
    return float((weights * errors).sum() / max(weights.sum(), 1e-300))


def deep_embedded(errors: NDArray, ratio: NDArray) -> float:
    """The same with less variance: what the weights' own mean is off by 1 is taken back (DEV).

    You et al. 2019, ICML. `ratio` is of the vectors of the candidate itself.

    Examples
    --------
    >>> round(deep_embedded(np.array([1.0, 3.0]), np.array([1.0, 1.0])), 3)
    2.0
    """
    weighted = ratio * errors
    spread = ratio.var()
    factor = -np.cov(weighted, ratio, bias=True)[0, 1] / spread if spread > 1e-12 else 0.0
    return float(weighted.mean() + factor * (ratio.mean() - 1))


def disagreement(answers: NDArray, vectors: NDArray, source: NDArray, values: NDArray) -> float:
    """How far a model's answers on target rows are from the labels of the nearest source rows.

    Parameters
    ----------
    answers, vectors : of the target rows, shapes (m,) and (m, d)
    source, values : vectors and labels of source rows, shapes (n, d) and (n,)

    Returns
    -------
    Mean absolute difference in standard deviations of `values`.
    """
    from sklearn.neighbors import KNeighborsRegressor

    near = KNeighborsRegressor(min(NEIGHBOURS, len(source)), algorithm="brute").fit(source, values)
    return float(np.abs(answers - near.predict(vectors)).mean() / max(values.std(), 1e-12))


def entropy(probabilities: NDArray) -> float:
    """Mean entropy of class probabilities (n, c), in nats.

    Examples
    --------
    >>> round(entropy(np.array([[0.5, 0.5]])), 3)
    0.693
    """
    shares = np.clip(probabilities, 1e-12, 1)
    return float(-(shares * np.log(shares)).sum(1).mean())


def choose(tried: list[Tried], weights: NDArray, labelled: bool = False) -> Choice:
    """Take the candidate that can be shown to be better than none, or none.

    Parameters
    ----------
    tried : candidates; one is `none`
    weights : of the validation rows, shape (v,); ones where they are target rows themselves
    labelled : whether the validation rows are labelled rows of the target, which need no second opinion

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> errors, ones = random.uniform(1, 2, 100), np.ones(100)
    >>> same, better = Tried("none", 0.0, errors, ones, 0.5), Tried("coral", 1.0, errors / 2, ones, 0.5)
    >>> choose([same, better], ones).method, choose([same], ones).method
    ('coral', 'none')
    """
    base = next(one for one in tried if one.method == NONE)
    lines = [_line(one, base, weights) for one in tried]
    others = [i for i, one in enumerate(tried) if one is not base]
    reason, taken = "There was no other candidate.", tried.index(base)
    if others:
        order = sorted(others, key=lambda i: -lines[i]["gain"])
        against = [_against(lines[i], lines[taken], weights, labelled, tried[i].averaged) for i in order]
        # The best of those that nothing speaks against; where there is none, why not the very best.
        place = next((k for k, words in enumerate(against) if not words), 0)
        best, gain = lines[order[place]], 100 * lines[order[place]]["gain"]
        where = f"{len(weights)} " + ("labelled target rows" if labelled else "source rows like the target")
        errors = f"error on {where} {best['iwv']:.4g}, without {lines[taken]['iwv']:.4g}"
        facts = f"{tried[order[place]].name} ({errors})"
        if against[place]:
            reason = f"No adaptation: the best candidate was {facts}, but {against[place]}."
        elif tried[order[place]].method == MIXED:
            taken = order[place]
            plain = 100 * best["plain_gain"]
            alike = f"{abs(plain):.1f} % {'less' if plain >= 0 else 'more'}"
            alike = "" if labelled else f", with all rows counting alike {alike}"
            reason = f"Taken: {facts}{alike}. Nothing speaks clearly against it."
        else:
            taken = order[place]
            reason = f"Adapted with {facts}: {gain:.1f} % less, ± {100 * best['noise']:.1f}."
    table = pd.DataFrame(lines)
    table["chosen"] = [i == taken for i in range(len(tried))]
    return Choice(tried[taken].method, tried[taken].weight, reason, table)


def _against(
    line: dict[str, Any], base: dict[str, Any], weights: NDArray, labelled: bool, averaged: bool
) -> str:
    """What speaks against a candidate; nothing where its gain is beyond doubt."""
    worth = effective_rows(weights)
    if line["method"] == MIXED:
        return _against_mixing(line, labelled, worth, averaged)
    if not labelled and worth < FEWEST_EFFECTIVE:
        return (
            f"too little of the source is like the target to judge by: the {len(weights)} rows are worth "
            f"{worth:.0f}, and at least {FEWEST_EFFECTIVE:.0f} are needed"
        )
    if line["gain"] <= BEYOND * line["noise"]:
        return (
            f"a gain of {100 * line['gain']:.1f} % is not beyond {BEYOND:g} times its standard error of "
            f"{100 * line['noise']:.1f} %"
        )
    if not labelled and line["dev"] >= base["dev"]:
        return f"deep embedded validation sees no gain ({line['dev']:.4g} against {base['dev']:.4g})"
    if not labelled and line["doubt"] > base["doubt"]:
        return f"its answers on the target are less sure ({line['doubt']:.3g} against {base['doubt']:.3g})"
    return ""


def _against_mixing(line: dict[str, Any], labelled: bool, worth: float, averaged: bool) -> str:
    """What speaks against answers of several kinds of models.

    They assume nothing of the target, so they need no proof on rows of the target, or like it, which are
    few. They are taken where they show a gain on those or on all rows that were held back, and are clearly
    worse on neither. The mean of networks of one kind errs at most as much as they do in the mean, on any
    rows: it need show no gain.
    """
    lost, clearly = -line["plain_gain"], BEYOND * line["plain_noise"]
    if lost > clearly or (not averaged and lost >= 0 and line["gain"] <= 0):
        where = "labelled rows of the target" if labelled else "rows that were held back"
        return f"it errs more on the {where} ({100 * lost:.1f} %)"
    if worth >= FEWEST_EFFECTIVE and line["gain"] < -BEYOND * line["noise"]:
        return f"it errs more on rows like the target ({-100 * line['gain']:.1f} %)"
    return ""


def _line(one: Tried, base: Tried, weights: NDArray) -> dict[str, Any]:
    """Scores of a candidate; gains and their noise are shares of the error without adaptation."""
    gain, noise = _gain(one.errors, base.errors, weights)
    plain_gain, plain_noise = _gain(one.errors, base.errors, np.ones(len(weights)))
    return {
        "method": one.method,
        "weight": one.weight,
        "iwv": importance_weighted(one.errors, weights),
        "dev": deep_embedded(one.errors, one.ratio),
        "doubt": one.doubt,
        "gain": gain,
        "noise": noise,
        "plain_gain": plain_gain,
        "plain_noise": plain_noise,
        "domain_accuracy": one.domain_accuracy,
    }


def _gain(errors: NDArray, base: NDArray, weights: NDArray) -> tuple[float, float]:
    """Share of the weighted error that is saved, and its standard error."""
    own, none = importance_weighted(errors, weights), importance_weighted(base, weights)
    saved = weights * (base - errors - (none - own))
    noise = float(np.sqrt((saved**2).sum())) / max(none * weights.sum(), 1e-300)
    return (none - own) / max(none, 1e-300), noise
