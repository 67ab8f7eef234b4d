"""No alignment, but many models: what `auto` fits on the source answers for the target.

The answers of several networks are steadier than those of one, wherever the rows lie. Trees and heads on
frozen vectors err otherwise than networks and are a gain among known elements; of an element without a single
labelled row they can say nothing, and there networks answer alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from matprior.domains.novelty import new_parts, parts_of
from matprior.domains.rows import AdaptationRows
from matprior.domains.shift import NEW
from matprior.estimators.autoclassifier import AutoClassifier
from matprior.estimators.autoregressor import AutoRegressor
from matprior.estimators.candidates import NETWORK
from matprior.estimators.classifier import MaterialClassifier


def mixed(rows: AdaptationRows, network: Any) -> Any:
    """The mix that `auto` learns from the same rows as a network.

    None where a class has no row to learn from: only the network has heard of it then.

    Parameters
    ----------
    network : fitted on the rows that nobody watches

    Returns
    -------
    Fitted `AutoRegressor` or `AutoClassifier`; its error bars rest on the watched rows.
    """
    of_classes = isinstance(network, MaterialClassifier)
    values = np.asarray(rows.values)
    learned = np.setdiff1d(np.arange(len(rows.strings)), rows.watched)
    if of_classes and len(np.unique(values[learned])) < len(network.classes_):
        return None
    auto = (AutoClassifier if of_classes else AutoRegressor)(
        model=network.model,
        training=network.training,
        size=network.size,
        candidates=None if _all_known(rows, learned, network.notation_) else [NETWORK],
        seed=network.seed,
        notation=network.notation,
    )
    weights = rows.sample_weight(by_likeness=False)
    if weights is not None:
        # Trees and ridge take no weights here; a row that counts several times is given several times.
        learned = np.repeat(learned, np.round(weights[learned]).astype(int))
    auto.fit([rows.strings[i] for i in learned], values[learned])
    return auto.calibrate([rows.strings[i] for i in rows.watched], values[rows.watched])


def _all_known(rows: AdaptationRows, learned: np.ndarray, notation: str) -> bool:
    """Whether all but a few target rows are made of what labelled rows are made of."""
    known = parts_of([rows.strings[i] for i in learned], notation)
    new = new_parts(known, parts_of(rows.target, notation))
    return float(np.mean([bool(parts) for parts in new])) < NEW
