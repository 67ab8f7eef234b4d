"""No alignment: the network that learned from the source and other models that did answer together.

Models of different kinds err differently where they have seen nothing, and their mean errs less than
either. Nothing is assumed of the target, so little can go wrong.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from matprior.domains.rows import AdaptationRows
from matprior.estimators.autoclassifier import AutoClassifier
from matprior.estimators.autoregressor import AutoRegressor
from matprior.estimators.candidates import SOLVED
from matprior.estimators.classifier import MaterialClassifier
from matprior.estimators.joining import join


def mixed(rows: AdaptationRows, network: Any) -> Any:
    """The mix of trees and heads on frozen vectors that `auto` solves on the same rows, and the network.

    None where a class has no row to learn from: only the network has heard of it then.

    Parameters
    ----------
    network : fitted on the rows that nobody watches

    Returns
    -------
    Fitted `AutoRegressor` or `AutoClassifier`; its error bars rest on the watched rows.
    """
    of_classes = isinstance(network, MaterialClassifier)
    auto = (AutoClassifier if of_classes else AutoRegressor)(
        model=network.model,
        candidates=[SOLVED],
        size=network.size,
        seed=network.seed,
        notation=network.notation,
    )
    learned = np.setdiff1d(np.arange(len(rows.strings)), rows.watched)
    if of_classes and len(np.unique(np.asarray(rows.values)[learned])) < len(network.classes_):
        return None
    weights = rows.sample_weight(by_likeness=False)
    if weights is not None:
        # Trees and ridge take no weights here; a row that counts several times is given several times.
        learned = np.repeat(learned, np.round(weights[learned]).astype(int))
    auto.fit([rows.strings[i] for i in learned], np.asarray(rows.values)[learned])
    shown = [rows.strings[i] for i in rows.watched]
    return join(auto, network, shown, np.asarray(rows.values)[rows.watched])
