"""A model for rows unlike those with labels: several ways are tried, and the one that shows a gain is kept.

What comes back is an ordinary fitted estimator: it predicts, saves and loads as any other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import clone

from matprior.domains.aligning import aligned
from matprior.domains.alignment import ALIGNMENTS, alignment_of
from matprior.domains.averaging import Averaged, Remembering
from matprior.domains.choosing import MIXED, NONE, Choice, Tried, choose, disagreement, entropy
from matprior.domains.distances import classify_domains, sampled
from matprior.domains.mixing import against_mixing, against_trees, mixed, several
from matprior.domains.rows import ENOUGH, AdaptationRows
from matprior.domains.weighting import density_ratio
from matprior.estimators.base import MaterialEstimator
from matprior.estimators.encoding import encoded, encoded_as
from matprior.estimators.members import options_for_members
from matprior.estimators.regressor import MaterialRegressor

AVERAGE = "average"
METHODS = (NONE, "importance", *ALIGNMENTS, AVERAGE, MIXED)
"""What can be tried: nothing, source rows weighted by their likeness to the target, an alignment, the mean of
the weights of nothing and of every alignment, the mix of `auto`."""
Told = Callable[[int, int, str], None]
NETWORKS = 5
"""Networks whose answers are averaged where nothing but networks can answer."""
SEEN = 600
"""Rows of each side that the domain classifier of a candidate sees: it is fitted once per candidate."""


@dataclass
class AdaptationOptions:
    """What `adapt` tries, and whether it may stay with none."""

    methods: tuple[str, ...] = METHODS
    """Names in `METHODS`; `none` is always tried."""
    weights: tuple[float, ...] = (0.1, 1.0)
    """Strengths of each alignment."""
    fall_back: bool = True
    """Whether no adaptation is kept where no candidate shows a gain."""

    def __post_init__(self) -> None:
        for name in self.methods:
            if name not in METHODS:
                raise ValueError(f"There is no method {name!r}. Known: {', '.join(METHODS)}.")
        if not self.weights or min(self.weights) <= 0:
            raise ValueError(f"weights is {self.weights!r}; expected numbers above 0, such as (0.1, 1.0).")

    @property
    def candidates(self) -> list[tuple[str, float]]:
        """Method and weight of each, no adaptation first and what is made of the others last."""
        chosen = [name for name in self.methods if name not in (NONE, AVERAGE, MIXED)]
        pairs = [(name, w) for name in chosen for w in (self.weights if name in ALIGNMENTS else (1.0,))]
        averaged = AVERAGE in self.methods and any(name in ALIGNMENTS for name in chosen)
        last = [(AVERAGE, 1.0)] if averaged else []
        return [(NONE, 0.0), *pairs, *last, *([(MIXED, 1.0)] if MIXED in self.methods else [])]


def adapt(
    source: Any,
    values: Any,
    target: Any,
    target_values: Any = None,
    estimator: MaterialEstimator | None = None,
    options: AdaptationOptions | None = None,
    progress: Told | None = None,
    origin: Any = None,
) -> Any:
    """Fit a model on labelled source rows for target rows that have few labels or none.

    Parameters
    ----------
    source, values : `n` strings and their labels, shape (n,)
    target : `m` strings the model is for
    target_values : labels of some of them, shape (m,), NaN where unknown; None when there are none. Where 30
        or more are known, a third of them is not trained on and judges the candidates.
    estimator : unfitted model to start from; `MaterialRegressor()` when left out. Its `seed` counts.
    options : what is tried
    progress : told how many candidates are done
    origin : which of several sources each source string is from, shape (n,); alignments then pull each source
        towards the target by itself

    Returns
    -------
    The fitted estimator; `adaptation_` says what was tried, what was taken and why.

    Notes
    -----
    Candidates are trained to the last epoch, so that the rows that judge them decided nothing before.
    Error bars rest on these rows too: with fewer than 30 labelled target rows they are those of the source
    and may be too narrow, which `adaptation_.bars` says.

    Examples
    --------
    >>> formulas = ["NaCl", "KCl", "LiF", "MgO", "CaO", "NaF", "KF", "LiCl", "SrO", "BaO", "KBr", "NaBr"]
    >>> melting_K = [1074, 1043, 1121, 3125, 2886, 1269, 1131, 883, 2804, 2246, 1007, 1020]
    >>> small = MaterialRegressor(model=None, size="tiny", training={"epochs": 1})
    >>> model = adapt(formulas, melting_K, ["ZnS", "CdS", "PbS", "NaI", "KI"], estimator=small)
    >>> model.adaptation_.method
    'none'
    """
    options = options or AdaptationOptions()
    estimator = MaterialRegressor() if estimator is None else estimator
    rows = AdaptationRows.of(source, values, target, target_values, estimator, origin)
    fits, tried = zip(*try_all(rows, estimator, options, progress), strict=True)
    judges = rows.ratio[rows.watched]
    choice = choose(list(tried), judges, rows.labelled)
    if not options.fall_back and len(tried) > 1 and choice.method == NONE:
        choice = _best_of_others(choice)
    if MIXED in options.methods and MIXED not in [one.method for one in tried]:
        choice.reason += f" Not tried: {MIXED}, because {against_mixing(rows, fits[0])}."
    elif choice.method == MIXED and (why := against_trees(rows, fits[0])):
        choice.reason += f" Of networks alone, because {why}."
    fitted = fits[int(choice.table["chosen"].to_numpy().argmax())]
    # The strategy that carried target rows is spent: what is left is an ordinary model.
    if choice.method != MIXED:
        fitted.set_params(strategy=estimator.strategy, training=estimator.training)
    fitted.adaptation_ = replace(choice, bars=_bars(rows))
    return fitted


def _bars(rows: AdaptationRows) -> str:
    """Whose errors the error bars are made of."""
    if rows.labelled:
        return f"Error bars rest on {len(rows.watched)} labelled rows of the target."
    return (
        f"Error bars rest on {len(rows.watched)} rows of the source: on the target they may be too narrow. "
        f"With labels of {ENOUGH} target rows they rest on the target."
    )


def try_all(
    rows: AdaptationRows,
    estimator: MaterialEstimator,
    options: AdaptationOptions,
    progress: Told | None = None,
) -> list[tuple[Any, Tried]]:
    """Every candidate, fitted, with what is known of it; no adaptation first."""
    found: list[tuple[Any, Tried]] = []
    remembered: list[Any] = []
    for done, (method, weight) in enumerate(options.candidates):
        if progress is not None:
            progress(done, len(options.candidates), method)
        if method == MIXED:
            if not against_mixing(rows, found[0][0]):
                averaged = bool(against_trees(rows, found[0][0]))
                both = _several(rows, estimator, found[0][0]) if averaged else mixed(rows, found[0][0])
                found.append((both, replace(_ask(rows, both, method, weight), averaged=averaged)))
            continue
        strategy = (
            Averaged(remembered)
            if method == AVERAGE
            else Remembering(_strategy(rows, estimator, method, weight))
        )
        fitted = _fit(rows, clone(estimator).set_params(strategy=strategy), method)
        if isinstance(strategy, Remembering) and method != "importance":
            remembered.append(strategy.weights)
        found.append((fitted, _ask(rows, fitted, method, weight)))
    return found


def _several(rows: AdaptationRows, estimator: MaterialEstimator, network: Any) -> Any:
    """The mean of the network without adaptation and of others that differ by their seed."""
    others = [
        _fit(rows, clone(estimator).set_params(seed=estimator.seed + i), NONE) for i in range(1, NETWORKS)
    ]
    first = network.set_params(strategy=estimator.strategy)  # the one that remembers is spent
    return several(rows, [first, *others])


def _best_of_others(choice: Choice) -> Choice:
    table = choice.table.copy()
    gain = table["gain"].where(table["method"] != NONE, -np.inf)
    best = int(gain.to_numpy().argmax())
    table["chosen"] = [i == best for i in range(len(table))]
    line = table.to_dict("records")[best]
    reason = f"{line['method']} was taken without a fall-back. With one: {choice.reason}"
    return Choice(str(line["method"]), float(line["weight"]), reason, table)


def _strategy(rows: AdaptationRows, estimator: Any, method: str, weight: float) -> Any:
    """The fine-tuning of the user, with target rows beside it where the method aligns."""
    if method not in ALIGNMENTS:
        return estimator.strategy
    config = None if estimator.model is None else _config(estimator)
    riders, *sources = (
        encoded_as(strings, estimator.notation_) if config is None else encoded(strings, config)
        for strings in (rows.target, *rows.sources)
    )
    alignment = alignment_of(method, weight=weight)
    return aligned(estimator.strategy, alignment, riders, estimator.seed, sources)


def _fit(rows: AdaptationRows, estimator: Any, method: str) -> Any:
    """One candidate, trained to the last epoch."""
    estimator.set_params(training=options_for_members(estimator.training))
    return estimator.fit(
        rows.strings,
        rows.values,
        sample_weight=rows.sample_weight(method == "importance"),
        watched=rows.watched,
    )


def _config(estimator: MaterialEstimator) -> Any:
    from transformers import AutoConfig

    from matprior.models.zoo import find

    return AutoConfig.from_pretrained(find(str(estimator.model)), trust_remote_code=False)


def _ask(rows: AdaptationRows, fitted: Any, method: str, weight: float) -> Tried:
    """What is known of a candidate without a look at target labels, but for those that judge."""
    shown = [rows.strings[i] for i in rows.watched]
    truth = np.asarray(rows.values)[rows.watched]
    random = np.random.default_rng(fitted.seed)
    learned = np.setdiff1d(np.arange(rows.n_source), rows.watched)
    learned = sampled(learned, 4 * SEEN, random)
    target = [rows.target[i] for i in sampled(np.arange(len(rows.target)), SEEN, random)]
    vectors = {
        "judges": fitted.embed(shown),
        "source": fitted.embed([rows.strings[i] for i in learned]),
        "target": fitted.embed(target),
    }
    told = classify_domains(sampled(vectors["source"], SEEN, random), vectors["target"], seed=fitted.seed)
    ratio = density_ratio(vectors["judges"], vectors["target"], fitted.seed)
    if hasattr(fitted, "classes_"):
        place = {label: i for i, label in enumerate(fitted.classes_)}
        chance = fitted.predict_proba(shown)[np.arange(len(shown)), [place[one] for one in truth]]
        errors, doubt = -np.log(np.maximum(chance, 1e-6)), entropy(fitted.predict_proba(target))
    else:
        scale = max(float(np.std(np.asarray(rows.values, dtype=float))), 1e-12)
        errors = np.abs(fitted.predict(shown) - truth.astype(float)) / scale
        known = np.asarray(rows.values, dtype=float)[learned]
        doubt = disagreement(fitted.predict(target), vectors["target"], vectors["source"], known)
    return Tried(method, weight, errors, ratio, doubt, told.accuracy)
