"""Materials as an encoder sees them: their vectors, a flat map of these, and who is next to whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.evaluation.element_vectors import encode_for

LAYOUTS = ("tsne", "pca")
"""tsne keeps neighbours together and nothing else; pca keeps distances as far as two axes can."""
WIDE = 30
"""Principal components that t-SNE starts from."""


def material_vectors(encoder: Any, strings: Sequence[str]) -> NDArray:
    """The encoder's vector of each formula, as a fresh head would see it, shape (n, d)."""
    from matprior.training.loop import answers

    return answers(encoder, encode_for(encoder, strings), lambda out: out.pooler_output).astype(float)


def flat_map(vectors: NDArray, how: str = "tsne", seed: int = 0) -> NDArray:
    """Two coordinates for each vector, shape (n, 2).

    Parameters
    ----------
    vectors : shape (n, d)
    how : a name in `LAYOUTS`
    seed : of t-SNE

    Examples
    --------
    >>> flat_map(np.eye(4), "pca").shape
    (4, 2)
    """
    if how not in LAYOUTS:
        raise ValueError(f"There is no map {how!r}. Known: {', '.join(LAYOUTS)}.")
    if len(vectors) < 3:
        raise ValueError(f"{len(vectors)} points make no map; at least 3 are needed.")
    components = _components(vectors)
    if how == "pca":
        return components[:, :2]
    from sklearn.manifold import TSNE

    perplexity = min(30.0, (len(vectors) - 1) / 3)
    layout = TSNE(perplexity=perplexity, init="pca", random_state=seed, n_jobs=1)
    return layout.fit_transform(components[:, :WIDE])


def _components(vectors: NDArray) -> NDArray:
    """Principal components, largest first; signs are fixed, so that a map is not mirrored at random."""
    left, size, right = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    sign = np.sign(right[np.arange(len(right)), np.abs(right).argmax(axis=1)])
    found = left * size * sign
    return found if found.shape[1] > 1 else np.column_stack([found, np.zeros(len(found))])


def nearest_materials(
    queries: NDArray, vectors: NDArray, strings: Sequence[str], names: Sequence[str], k: int = 10
) -> pd.DataFrame:
    """The k materials most like each query, by the cosine between centred vectors.

    Parameters
    ----------
    queries : shape (q, d)
    vectors : of the materials to choose from, shape (n, d); their mean is the centre
    strings : length n
    names : of the queries, length q; a query itself is not its own neighbour
    k : how many

    Returns
    -------
    Columns query, rank, string, similarity.

    Examples
    --------
    >>> vectors = np.array([[1.0, 0.0], [0.9, 0.1], [-1.0, 0.0]])
    >>> nearest_materials(vectors[:1], vectors, ["NaCl", "KCl", "Fe"], ["NaCl"], k=1)["string"].tolist()
    ['KCl']
    """
    centre = vectors.mean(axis=0)
    likeness = _unit(queries - centre) @ _unit(vectors - centre).T
    lines = []
    for name, row in zip(names, likeness, strict=True):
        order = [i for i in np.argsort(-row, kind="stable") if strings[i] != name][:k]
        lines += [(name, rank, strings[i], float(row[i])) for rank, i in enumerate(order, start=1)]
    return pd.DataFrame(lines, columns=["query", "rank", "string", "similarity"])


def _unit(vectors: NDArray) -> NDArray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length > 0, length, 1.0)
