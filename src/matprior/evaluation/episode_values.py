"""Few-shot regression on the episodes of classification: the same support and query rows, their numbers."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.data.episodes import Episodes
from matprior.evaluation.episodes import Contestant
from matprior.evaluation.metrics import mean_absolute_error, r2
from matprior.fewshot.blocks import Scales
from matprior.fewshot.peers import REGRESSORS

VALUE_METRICS = ("R2", "MAE")
"""What an episode of numbers is scored by; the MAE is in the unit of the values."""
VALUE_CONTESTANTS: dict[str, Contestant] = {
    "ridge": Contestant("ridge", ("embeddings",)),
    "gp": Contestant("gp", ("embeddings",)),
    "gp-both": Contestant("gp", ("embeddings", "classical")),
    "forest": Contestant("forest", ("classical",), standard=False),
    "knn": Contestant("knn", ("classical",)),
    "mean": Contestant("mean", ("classical",)),
}
"""Name -> regressor and what it sees."""


def evaluate_values(
    episodes: Episodes,
    values: NDArray,
    features: Mapping[str, NDArray],
    contestants: Mapping[str, Contestant] | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Let regressors predict the numbers of the query rows of every episode.

    Parameters
    ----------
    episodes : drawn from classes, such as ranges of the values (`data.episode_labels.quantile_classes`)
    values : number of each row that positions count, shape (n,); rows without one are left out
    features : block -> array (n, d) over the same rows
    contestants : `VALUE_CONTESTANTS` whose blocks are there, when left out

    Returns
    -------
    One row per episode and contestant: episode, task, contestant, n_support, n_query, R2, MAE, seconds.
    """
    chosen = contestants or {
        name: one for name, one in VALUE_CONTESTANTS.items() if all(b in features for b in one.blocks)
    }
    values = np.asarray(values, dtype=float)
    lines = []
    for number, episode in enumerate(episodes):
        support, query = (rows[np.isfinite(values[rows])] for rows in (episode.support, episode.query))
        if len(support) < 2 or not len(query):
            raise ValueError(
                f"Episode {number} of task {episode.task!r} has {len(support)} support and {len(query)} "
                "query rows with a number; at least 2 and 1 are needed. Draw episodes from rows with numbers."
            )
        for name, one in chosen.items():
            began = time.perf_counter()
            known, asked = ([features[block][rows] for block in one.blocks] for rows in (support, query))
            if one.standard:
                scales = Scales(known)
                left, right = scales.joined(known), scales.joined(asked)
            else:
                left, right = np.hstack(known), np.hstack(asked)
            told = REGRESSORS[one.learner](left, values[support], right, seed)
            lines.append(
                {"episode": number, "task": episode.task, "contestant": name, "n_support": len(support),
                 "n_query": len(query), "R2": r2(values[query], told),
                 "MAE": mean_absolute_error(values[query], told), "seconds": time.perf_counter() - began}
            )  # fmt: skip
    return pd.DataFrame(lines)
