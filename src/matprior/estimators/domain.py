"""Is a string like the rows a model learned from? By its elements, and by its distance to them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from matprior.tokens.composition import Encoded

DOMAIN = "domain.safetensors"
"""File beside the weights of a fitted model."""
MOST = 5000
"""Training rows that are kept to measure distances from; more make the folder large and change little."""
FEW = 250
"""Rows kept of each task where a folder has many."""
BEYOND = 0.99
"""Share of the training rows that lie closer to their neighbour than the limit."""


@dataclass
class Domain:
    """Where the training rows lie.

    Parameters
    ----------
    vectors : of the training rows or of a sample of them, shape (m, d)
    limit : largest distance to the nearest of them that still counts as near
    elements : token ids that occur in the training rows

    Notes
    -----
    The limit is the 99th percentile of the distances that training rows have to their own nearest other
    row, so about one in a hundred strings of the same kind is called far as well.
    """

    vectors: np.ndarray
    limit: float
    elements: np.ndarray

    @classmethod
    def learn(cls, vectors: np.ndarray, encoded: Encoded, seed: int = 0) -> Domain:
        """From the vectors of all training rows, shape (n, d), and the rows themselves."""
        elements = np.unique(encoded.ids).astype(np.int64)
        # Repeated rows would be their own neighbours and make every new string look far.
        distinct = np.unique(vectors, axis=0)
        if len(distinct) > MOST:
            distinct = distinct[np.sort(np.random.default_rng(seed).permutation(len(distinct))[:MOST])]
        if len(distinct) < 2:
            return cls(distinct, float("inf"), elements)
        return cls(distinct, float(np.quantile(_nearest(distinct, None), BEYOND)), elements)

    def distance(self, vectors: np.ndarray) -> np.ndarray:
        """Distance to the nearest training row in units of the limit, shape (n,): above 1 is far."""
        if not np.isfinite(self.limit):
            return np.zeros(len(vectors))
        return _nearest(self.vectors, vectors) / max(self.limit, 1e-12)

    def holds(self, vectors: np.ndarray, encoded: Encoded) -> np.ndarray:
        """Whether each of n strings is near and has only known elements, shape (n,)."""
        return np.logical_and(self.knows(encoded), self.distance(vectors) <= 1)

    def knows(self, encoded: Encoded) -> np.ndarray:
        """Whether each of n strings has only elements, or tokens, that some training row has, shape (n,)."""
        # Id 0 pads: formulas of other lengths than the training rows' are no new element.
        return np.all(np.isin(encoded.ids, np.append(self.elements, 0)), axis=1)

    def thinned(self, most: int = FEW) -> Domain:
        """The same limit, measured from a sample of the rows: for folders that hold many of these."""
        if len(self.vectors) <= most:
            return self
        kept = np.random.default_rng(0).permutation(len(self.vectors))[:most]
        sample = self.vectors[np.sort(kept)]
        # Fewer rows lie farther apart: the old limit would call strings of the same kind far.
        others = np.delete(self.vectors, kept, axis=0)
        return Domain(sample, float(np.quantile(_nearest(sample, others), BEYOND)), self.elements)

    def save(self, file: Path) -> None:
        """Write as safetensors."""
        arrays = {"vectors": self.vectors, "limit": np.array([self.limit]), "elements": self.elements}
        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, file)

    @classmethod
    def load(cls, file: Path) -> Domain:
        """Read what `save` wrote."""
        arrays = load_file(file)
        return cls(arrays["vectors"], float(arrays["limit"][0]), arrays["elements"])


def _nearest(reference: np.ndarray, vectors: np.ndarray | None) -> np.ndarray:
    """Distance of each vector to the nearest in `reference`; of those to each other when None."""
    from sklearn.neighbors import NearestNeighbors

    tree = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(reference)
    return tree.kneighbors(vectors)[0][:, 0]
