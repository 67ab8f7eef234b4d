"""No alignment, but many models: what `auto` fits on the source answers for the target.

Networks, trees and heads on frozen vectors err differently, and their mix errs less than one network wherever
the target is made of known elements. Of an element without a single labelled row trees can say nothing:
without labels of the target several networks are averaged there, and nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from matprior.domains.novelty import new_parts, parts_of
from matprior.domains.rows import AdaptationRows
from matprior.domains.shift import NEW
from matprior.estimators.autoclassifier import AutoClassifier
from matprior.estimators.autoregressor import AutoRegressor
from matprior.estimators.averaged import mean_of_networks
from matprior.estimators.classifier import MaterialClassifier


def against_mixing(rows: AdaptationRows, network: Any) -> str:
    """Why the mix cannot be tried, or nothing.

    Parameters
    ----------
    network : fitted on the rows that nobody watches
    """
    if isinstance(network, MaterialClassifier):
        missing = set(network.classes_) - set(np.asarray(rows.values)[_learned(rows)])
        if missing:
            return f"the class {sorted(missing, key=str)[0]} has no row to learn from"
    return ""


def against_trees(rows: AdaptationRows, network: Any) -> str:
    """Why nothing but networks can be mixed, or nothing: trees cannot tell of an element they never met.

    Parameters
    ----------
    network : says what the strings mean
    """
    if rows.labelled:
        return ""
    known = parts_of([rows.strings[i] for i in _learned(rows)], network.notation_)
    new = [bool(found) for found in new_parts(known, parts_of(rows.target, network.notation_))]
    if np.mean(new) < NEW:
        return ""
    part = "an element" if network.notation_ == "composition" else "a token"
    return f"{100 * np.mean(new):.0f} % of the target rows hold {part} without a labelled row"


def mixed(rows: AdaptationRows, network: Any) -> Any:
    """The mix that `auto` learns from the same rows as a network.

    Parameters
    ----------
    network : fitted on the rows that nobody watches

    Returns
    -------
    Fitted `AutoRegressor` or `AutoClassifier`; its error bars rest on the watched rows.
    """
    auto = (AutoClassifier if isinstance(network, MaterialClassifier) else AutoRegressor)(
        model=network.model,
        training=network.training,
        size=network.size,
        seed=network.seed,
        notation=network.notation,
    )
    learned, values = _learned(rows), np.asarray(rows.values)
    weights = rows.sample_weight(by_likeness=False)
    if weights is not None:
        # Trees and ridge take no weights here; a row that counts several times is given several times.
        learned = np.repeat(learned, np.round(weights[learned]).astype(int))
    auto.fit([rows.strings[i] for i in learned], values[learned])
    auto.n_training_rows_ = len(_learned(rows))
    return auto.calibrate(*_judges(rows))


def several(rows: AdaptationRows, networks: list[Any]) -> Any:
    """The mean of networks that learned the same rows; its error bars rest on the watched rows."""
    return mean_of_networks(networks, [rows.strings[i] for i in _learned(rows)], *_judges(rows))


def _judges(rows: AdaptationRows) -> tuple[list[str], np.ndarray]:
    """The watched rows and their labels."""
    return [rows.strings[i] for i in rows.watched], np.asarray(rows.values)[rows.watched]


def _learned(rows: AdaptationRows) -> np.ndarray:
    """Positions of the labelled rows that nobody watches."""
    return np.setdiff1d(np.arange(len(rows.strings)), rows.watched)
