"""What to measure next: rows of a pool that would teach a few-shot classifier most."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from matprior.estimators.base import as_strings
from matprior.estimators.encoding import canonical, notation_read
from matprior.estimators.features import RICHEST, Features, Pretrained
from matprior.estimators.prototypes import PrototypeClassifier
from matprior.fewshot.blocks import Scales
from matprior.fewshot.distances import squared_distances
from matprior.fewshot.support import CHOICES, Pool, choose, entropy
from matprior.models.zoo import find


def suggest(
    pool: Any,
    k: int = 10,
    classifier: PrototypeClassifier | None = None,
    by: str | None = None,
    model: Any = "matbert-small",
    notation: str | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Choose `k` strings of a pool to measure next.

    Parameters
    ----------
    pool : candidate strings; those that the classifier learned from are left out
    k : how many
    classifier : fitted on what is measured so far; None where nothing is
    by : `uncertain` (where it is unsure, no two alike), `kmeans` or `maxmin` (where nothing near was
        measured) or `random`; left out, `uncertain` with a classifier and `kmeans` without
    model : checkpoint for the vectors, where there is no classifier
    notation : what the strings mean, where there is no classifier

    Returns
    -------
    In order of rank: string, position (in the pool, from 0), distance (to the nearest measured row, as a
    multiple of the usual distance in the pool; NaN without a classifier), doubt (0 sure, 1 no idea), and the
    probability of each class as `p_<class>`.

    Examples
    --------
    >>> few = PrototypeClassifier(model=None, features="classical").fit(["NaCl", "MgO"], ["salt", "oxide"])
    >>> found = suggest(["NaCl", "KCl", "CaO", "KClO3"], k=2, classifier=few)
    >>> list(found), "NaCl" in list(found["string"])
    (['string', 'position', 'distance', 'doubt', 'p_oxide', 'p_salt'], False)
    """
    strings = as_strings(pool)
    by = by or ("kmeans" if classifier is None else "uncertain")
    if by not in CHOICES or by == "stratified":
        known = ", ".join(name for name in CHOICES if name != "stratified")
        raise ValueError(f"by is {by!r}; expected one of {known}.")
    reads = notation_read(model, notation) if classifier is None else classifier.notation_
    spelled = canonical(strings, reads)
    measured = set() if classifier is None else set(classifier.support_)
    first = {string: place for place, string in reversed(list(enumerate(spelled))) if string not in measured}
    kept = np.array(sorted(first.values()), dtype=np.int64)
    if len(kept) == 0:
        raise ValueError("Every string of the pool is measured already. Give a pool with others.")
    rows = [spelled[i] for i in kept]
    options, near, told = _seen(rows, classifier, model, reads)
    chosen = choose(by, options, min(k, len(kept)), seed)
    if by == "uncertain":
        assert options.probabilities is not None
        chosen = chosen[np.argsort(-entropy(options.probabilities[chosen]), kind="stable")]
    table = pd.DataFrame({"string": [rows[i] for i in chosen], "position": kept[chosen]})
    table["distance"] = near[chosen]
    return table.join(told.iloc[chosen].reset_index(drop=True))


def _seen(
    rows: list[str], classifier: PrototypeClassifier | None, model: Any, notation: str
) -> tuple[Pool, np.ndarray, pd.DataFrame]:
    """The pool, how far each row is from what is measured, and what the classifier says of it."""
    if classifier is None:
        pretrained = None if model is None else Pretrained.open(find(model))
        features = Features(rows, pretrained, notation)
        block = features[RICHEST[notation]] if pretrained is None else features.vectors
        return (
            Pool(Scales([block]).joined([block])),
            np.full(len(rows), np.nan),
            pd.DataFrame(index=range(len(rows))),
        )
    vectors, support = classifier.embed(rows), classifier.embed(classifier.support_)
    probabilities = classifier.predict_proba(rows)
    near = np.sqrt(squared_distances(vectors, support).min(1))
    usual = float(np.sqrt(squared_distances(vectors, vectors[:200]).mean())) or 1.0
    told = pd.DataFrame({"doubt": entropy(probabilities)})
    for name, column in zip(classifier.classes_, probabilities.T, strict=True):
        told[f"p_{name}"] = column
    return Pool(vectors, probabilities=probabilities, measured=support), near / usual, told
