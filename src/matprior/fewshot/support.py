"""What to measure: which rows of a pool make a good support set, or should be measured next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matprior.fewshot.distances import squared_distances

NEARLY = 0.9
"""Rows with this share of the k-th largest doubt are as good to ask about."""


@dataclass(frozen=True)
class Pool:
    """Rows to choose from, and what is known of them."""

    vectors: NDArray
    """Features of the rows, standardised, shape (n, d)."""
    codes: NDArray | None = None
    """Classes of the rows, where they are known, shape (n,)."""
    probabilities: NDArray | None = None
    """What a model says of the rows now, shape (n, c)."""
    measured: NDArray | None = None
    """Features of rows that are labelled already, shape (m, d)."""

    def __len__(self) -> int:
        return len(self.vectors)


def random_rows(pool: Pool, k: int, seed: int) -> NDArray:
    """Any rows."""
    return np.random.default_rng(seed).permutation(len(pool))[:k]


def stratified(pool: Pool, k: int, seed: int) -> NDArray:
    """Equally many of each class; the classes must be known."""
    if pool.codes is None:
        raise ValueError(
            "Choice 'stratified' needs the classes of the pool, and they are not known. "
            "Use kmeans or maxmin, which look at the strings alone."
        )
    random = np.random.default_rng(seed)
    piles = [random.permutation(np.flatnonzero(pool.codes == code)) for code in np.unique(pool.codes)]
    rounds = [pile[i] for i in range(max(map(len, piles))) for pile in piles if i < len(pile)]
    return np.array(rounds[:k], dtype=np.int64)


def kmeans(pool: Pool, k: int, seed: int) -> NDArray:
    """The row nearest to each of k centres, so that every region is asked about; rows already measured hold
    centres of their own."""
    from sklearn.cluster import KMeans

    known = 0 if pool.measured is None else len(pool.measured)
    if known == 0 or known + k > len(pool):
        model = KMeans(k, n_init=3, random_state=seed).fit(pool.vectors)
        return _nearest_once(pool.vectors, model.cluster_centers_)
    assert pool.measured is not None
    centres = KMeans(known + k, n_init=3, random_state=seed).fit(pool.vectors).cluster_centers_
    # Centres that a measured row stands for are left out: the farthest k are asked about.
    far = squared_distances(centres, pool.measured).min(1)
    return _nearest_once(pool.vectors, centres[np.argsort(-far, kind="stable")[:k]])


def maxmin(pool: Pool, k: int, seed: int) -> NDArray:
    """Again and again the row that is farthest from all chosen and measured ones."""
    chosen: list[int] = []
    if pool.measured is not None and len(pool.measured):
        far = squared_distances(pool.vectors, pool.measured).min(1)
    else:
        # From the middle: the farthest row of all is as often a mistake as a material.
        centre = pool.vectors.mean(0, keepdims=True)
        chosen.append(int(squared_distances(pool.vectors, centre)[:, 0].argmin()))
        far = squared_distances(pool.vectors, pool.vectors[chosen]).min(1)
    while len(chosen) < min(k, len(pool)):
        far[chosen] = -1.0
        chosen.append(int(far.argmax()))
        far = np.minimum(far, squared_distances(pool.vectors, pool.vectors[chosen[-1:]])[:, 0])
    return np.array(chosen[:k], dtype=np.int64)


def uncertain(pool: Pool, k: int, seed: int) -> NDArray:
    """Rows the model is least sure of, and no two that are alike: k-means among the most uncertain."""
    if pool.probabilities is None:
        raise ValueError(
            "Choice 'uncertain' needs a model's probabilities of the pool, and there is no model yet. "
            "Measure a few rows first, chosen by kmeans."
        )
    doubt = entropy(pool.probabilities)
    most = np.argsort(-doubt, kind="stable")[: 5 * k]
    # Variety must not be bought with rows that the model is sure of.
    most = most[doubt[most] >= NEARLY * doubt[most[k - 1]]]
    return most[kmeans(Pool(pool.vectors[most]), min(k, len(most)), seed)]


Choice = Callable[[Pool, int, int], NDArray]
"""(pool, k, seed) -> positions of k rows."""
CHOICES: dict[str, Choice] = {
    "random": random_rows,
    "stratified": stratified,
    "kmeans": kmeans,
    "maxmin": maxmin,
    "uncertain": uncertain,
}
"""Name -> choice of rows. `matprior suggest --by`, the benchmark and tests/fewshot/ read this."""


def choose(name: str, pool: Pool, k: int, seed: int = 0) -> NDArray:
    """Positions of `k` rows of the pool, chosen by name.

    Raises
    ------
    ValueError
        No such choice, fewer rows than `k`, or the choice needs something that is not known.

    Examples
    --------
    >>> line = Pool(np.array([[0.0], [0.1], [5.0], [9.9], [10.0]]))
    >>> sorted(choose("maxmin", line, 3).tolist())
    [0, 2, 4]
    """
    if name not in CHOICES:
        raise ValueError(f"There is no choice {name!r}. Known: {', '.join(CHOICES)}.")
    if not 1 <= k <= len(pool):
        raise ValueError(f"{k} rows were asked for, and the pool has {len(pool)}; expected 1 to {len(pool)}.")
    return CHOICES[name](pool, k, seed)


def entropy(probabilities: NDArray) -> NDArray:
    """Doubt of each row, from 0 (sure) to 1 (all classes alike), shape (n,)."""
    safe = np.clip(probabilities, 1e-12, 1.0)
    return -(safe * np.log(safe)).sum(1) / np.log(max(probabilities.shape[1], 2))


def _nearest_once(vectors: NDArray, centres: NDArray) -> NDArray:
    """The row nearest to each centre; no row twice."""
    apart = squared_distances(centres, vectors)
    chosen: list[int] = []
    for row in apart:
        row[chosen] = np.inf
        chosen.append(int(row.argmin()))
    return np.array(chosen, dtype=np.int64)
