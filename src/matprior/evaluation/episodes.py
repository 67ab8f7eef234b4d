"""Few-shot learners on many episodes: the same support and query rows for everybody.

ΔAUPRC is defined as FS-Mol does (Stanley et al. 2021): average precision minus the share of positives among
the query rows, so that guessing is 0 at any class balance.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.data.episodes import Episode, Episodes
from matprior.evaluation.metrics import roc_auc
from matprior.fewshot.blocks import Scales
from matprior.fewshot.peers import LEARNERS
from matprior.fewshot.support import Pool, choose

METRICS = ("accuracy", "ROC-AUC", "dAUPRC")
"""What an episode is scored by; dAUPRC where it has two classes, the second of which is positive."""
RESAMPLES = 2000
"""Bootstrap draws of an interval."""


@dataclass(frozen=True)
class Contestant:
    """A learner and what it sees."""

    learner: str
    """Name in `fewshot.peers.LEARNERS`."""
    blocks: tuple[str, ...]
    """Names of features, put beside each other with equal weight."""
    standard: bool = True
    """Standardise columns on the support rows; trees do not need it."""


CONTESTANTS: dict[str, Contestant] = {
    "prototypes": Contestant("prototypes", ("embeddings",)),
    "prototypes-euclidean": Contestant("prototypes-euclidean", ("embeddings",)),
    "prototypes-cosine": Contestant("prototypes-cosine", ("embeddings",)),
    "prototypes-both": Contestant("prototypes", ("embeddings", "classical")),
    "prototypes-classical": Contestant("prototypes", ("classical",)),
    "linear": Contestant("linear", ("embeddings",)),
    "linear-both": Contestant("linear", ("embeddings", "classical")),
    "mixed-both": Contestant("mixed", ("embeddings", "classical")),
    "prototypes-profile": Contestant("prototypes", ("profile",), standard=False),
    "prototypes-string-profile": Contestant("prototypes", ("string-profile",), standard=False),
    "linear-profile": Contestant("linear", ("embeddings", "classical", "profile")),
    "mixed-profile": Contestant("mixed", ("embeddings", "classical", "profile")),
    "scratch": Contestant("prototypes", ("scratch",)),
    "forest": Contestant("forest", ("classical",), standard=False),
    "knn": Contestant("knn", ("classical",)),
    "tanimoto": Contestant("tanimoto", ("fragments",), standard=False),
    "constant": Contestant("constant", ("classical",)),
}
"""Name -> contestant: prototypes of a checkpoint, the same of random weights (`scratch`), peers, and those
that also see what training tasks say of a string (`profile`, see `fewshot.profile`), or see it alone and from
the checkpoint's vectors alone (`string-profile`)."""
Progress = Callable[[int, int, str], None]
"""Called as (episodes done, episodes in all, what is going on)."""


def evaluate_episodes(
    episodes: Episodes,
    features: Mapping[str, NDArray],
    contestants: Mapping[str, Contestant] | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Let every contestant answer every episode.

    Parameters
    ----------
    episodes : from `data.episodes.draw_episodes`
    features : block -> array (n, d) over the rows that positions of the episodes count
    contestants : `CONTESTANTS` whose blocks are there, when left out

    Returns
    -------
    One row per episode and contestant: episode, task, contestant, n_support, n_query, accuracy, ROC-AUC,
    dAUPRC, seconds.
    """
    chosen = contestants or {
        name: one for name, one in CONTESTANTS.items() if all(block in features for block in one.blocks)
    }
    lines = []
    for number, episode in enumerate(episodes):
        for name, one in chosen.items():
            lines.append(
                {"episode": number, "task": episode.task, "contestant": name}
                | answered(one, episode, episode.support, episode.support_codes, features, seed)
            )
        if progress is not None:
            progress(number + 1, len(episodes), episode.task)
    return pd.DataFrame(lines)


def evaluate_choices(
    episodes: Episodes,
    features: Mapping[str, NDArray],
    k: int,
    choices: Sequence[str] = ("random", "kmeans", "maxmin"),
    contestant: Contestant | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Let ways to choose `k` support rows compete; each episode's support is the pool they choose from.

    A set that holds one class only is scored as what it can say: nothing.

    Returns
    -------
    As `evaluate_episodes`; `contestant` is the name of the choice.
    """
    one = contestant or CONTESTANTS["prototypes"]
    lines = []
    for number, episode in enumerate(episodes):
        vectors = Scales([features[block][episode.support] for block in one.blocks]).joined(
            [features[block][episode.support] for block in one.blocks]
        )
        pool = Pool(vectors, codes=episode.support_codes)
        for name in choices:
            rows = choose(name, pool, k, seed + number)
            scored = answered(
                one, episode, episode.support[rows], episode.support_codes[rows], features, seed
            )
            lines.append({"episode": number, "task": episode.task, "contestant": name} | scored)
    return pd.DataFrame(lines)


def answered(
    one: Contestant,
    episode: Episode,
    support: NDArray,
    codes: NDArray,
    features: Mapping[str, NDArray],
    seed: int,
) -> dict[str, float]:
    """Scores of one contestant that learned from these rows on the query rows of an episode."""
    began = time.perf_counter()
    known = [features[block][support] for block in one.blocks]
    asked = [features[block][episode.query] for block in one.blocks]
    if one.standard:
        scales = Scales(known)
        left, right = scales.joined(known), scales.joined(asked)
    else:
        left, right = np.hstack(known), np.hstack(asked)
    n_classes = len(episode.classes)
    present = np.unique(codes)
    probabilities = np.zeros((len(episode.query), n_classes))
    if len(present) == 1:
        probabilities[:, present[0]] = 1.0
    else:
        places = np.searchsorted(present, codes)
        probabilities[:, present] = LEARNERS[one.learner](left, places, len(present), right, seed)
    seconds = time.perf_counter() - began
    return {
        "n_support": len(support),
        "n_query": len(episode.query),
        **scored(episode.query_codes, probabilities),
        "seconds": seconds,
    }


def scored(truth: NDArray, probabilities: NDArray) -> dict[str, float]:
    """Accuracy, ROC-AUC and ΔAUPRC of probabilities (q, c) of classes (q,)."""
    two = probabilities.shape[1] == 2
    return {
        "accuracy": float((probabilities.argmax(1) == truth).mean()),
        "ROC-AUC": roc_auc(truth, probabilities[:, 1] if two else probabilities),
        "dAUPRC": delta_auprc(truth, probabilities[:, 1]) if two else float("nan"),
    }


def delta_auprc(truth: NDArray, probability: NDArray) -> float:
    """Average precision of class 1 minus its share; rows of equal probability count together.

    Examples
    --------
    >>> delta_auprc(np.array([0, 1, 1, 0]), np.array([0.1, 0.9, 0.8, 0.2]))
    0.5
    """
    hits = np.asarray(truth) == 1
    if not hits.any():
        return float("nan")
    order = np.argsort(-probability, kind="stable")
    found = np.cumsum(hits[order])
    last = np.flatnonzero(np.append(np.diff(probability[order]) != 0, True))  # the last row of each tie
    precision, recalled = found[last] / (last + 1), found[last]
    gained = np.diff(recalled, prepend=0)
    return float((precision * gained).sum() / hits.sum() - hits.mean())
