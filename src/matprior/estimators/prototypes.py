"""A classifier for ten samples: prototypes on the vectors of a frozen checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import ClassifierMixin
from sklearn.exceptions import NotFittedError

from matprior.data.episode_labels import known_codes
from matprior.estimators.base import as_strings
from matprior.estimators.columns import classical
from matprior.estimators.encoding import canonical, encoded_variants, notation_read
from matprior.estimators.features import RICHEST, Pretrained
from matprior.estimators.tags import StringEstimator
from matprior.fewshot.augment import augmented
from matprior.fewshot.blocks import Scales
from matprior.fewshot.distances import squared_distances
from matprior.fewshot.prototypes import PrototypeOptions, Prototypes
from matprior.models.zoo import find

BLOCKS: dict[str, tuple[str, ...]] = {
    "embeddings": ("embeddings",),
    "classical": ("classical",),
    "both": ("embeddings", "classical"),
}
"""Value of `features` -> blocks of columns, of equal weight."""


class PrototypeClassifier(ClassifierMixin, StringEstimator):
    """Tell classes apart after a handful of labelled strings; nothing is trained, so it takes milliseconds.

    Every class is the centre of its support rows in the space of a frozen checkpoint, and a string belongs to
    the nearest. Probabilities are calibrated by leaving out each support row. Snell et al. 2017,
    arXiv:1703.05175.

    Parameters
    ----------
    model : name or folder of a checkpoint; None for classical features alone
    metric : mahalanobis (covariance within classes, shrunk), euclidean or cosine
    features : embeddings (the checkpoint's vectors), classical (fractions and statistics of elements, or
        fragments and descriptors of molecules) or both
    temperature : distances are divided by it before they become probabilities; None calibrates it
    shrinkage : for mahalanobis, how far the covariance is pulled towards a sphere, 0 to 1
    augment : further support rows made of each: spellings of a molecule, small changes of a composition
    notation : what the strings mean; found from the checkpoint when left out
    seed : of the augmentation

    Examples
    --------
    >>> few = PrototypeClassifier(model=None, features="classical")
    >>> few = few.fit(["NaCl", "KBr", "LiF", "Fe2O3", "MgO", "TiO2"], ["salt"] * 3 + ["oxide"] * 3)
    >>> few.predict(["CsCl", "ZnO"]).tolist()
    ['salt', 'oxide']
    """

    def __init__(
        self,
        model: str | Path | None = "matbert-small",
        metric: str = "mahalanobis",
        features: str = "both",
        temperature: float | None = None,
        shrinkage: float = 0.9,
        augment: int = 0,
        notation: str | None = None,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.metric = metric
        self.features = features
        self.temperature = temperature
        self.shrinkage = shrinkage
        self.augment = augment
        self.notation = notation
        self.seed = seed

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "prototypes_")

    def fit(self, strings: Any, labels: Any) -> PrototypeClassifier:
        """Learn from support rows.

        Parameters
        ----------
        strings : `n` strings, list, array or Series
        labels : class of each; None or NaN marks an unknown one, whose row is left out

        Raises
        ------
        ValueError
            Fewer than two classes, an unknown option, or a string that cannot be read.
        """
        options = self._options()
        strings, given = as_strings(strings), np.asarray(labels, dtype=object).ravel()
        if len(strings) != len(given):
            raise ValueError(f"{len(strings)} strings but {len(given)} labels. Give one label per string.")
        names, codes = known_codes(given.tolist())
        if len(names) < 2:
            raise ValueError(
                f"The support has {len(names)} class{'es' if len(names) != 1 else ''} ({', '.join(names)}). "
                "Two or more are needed, each with at least one row."
            )
        kept = np.flatnonzero(codes >= 0)
        self.notation_ = notation_read(self.model, self.notation)
        self.classes_ = _classes(given[kept], codes[kept], names)
        self.support_ = canonical([strings[i] for i in kept], self.notation_)
        self.support_codes_ = codes[kept]
        self.pretrained_ = None if self.model is None else Pretrained.open(find(self.model))
        blocks, rows = self._augmented(self._blocks(self.support_))
        self.scales_ = Scales(blocks)
        self._learn(self.scales_.joined(blocks), rows, options)
        return self

    def _learn(self, vectors: np.ndarray, rows: np.ndarray, options: PrototypeOptions) -> None:
        """Prototypes from standardised vectors and the support row that each comes from; the first `n` are
        the support itself."""
        self.vectors_, self.vector_rows_ = vectors, rows
        self.prototypes_ = Prototypes(
            vectors, self.support_codes_[rows], len(self.classes_), options, origins=rows
        )
        self.temperature_ = self.prototypes_.temperature

    def predict_proba(self, strings: Any) -> np.ndarray:
        """Probability of each class, shape (n, c), in the order of `classes_`."""
        vectors = self.embed(strings)
        return self.prototypes_.probabilities(vectors)

    def predict(self, strings: Any) -> np.ndarray:
        """The class of each string, shape (n,)."""
        told = self.predict_proba(strings)
        return self.classes_[told.argmax(1)]

    def nearest(self, strings: Any, k: int = 1) -> pd.DataFrame:
        """What each string is near to: prototypes, and the support rows behind them.

        Returns
        -------
        One row per string: `nearest` (class of the nearest prototype), `second`, `distance`,
        `distance_to_second`, and `like` (the `k` nearest support strings, separated by spaces).
        """
        vectors = self.embed(strings)
        distances = self.prototypes_.distances(vectors)
        order = np.argsort(distances, axis=1, kind="stable")
        rows = np.arange(len(vectors))
        apart = squared_distances(vectors, self.vectors_[: len(self.support_)])
        like = np.argsort(apart, axis=1, kind="stable")[:, :k]
        return pd.DataFrame(
            {
                "nearest": self.classes_[order[:, 0]],
                "distance": distances[rows, order[:, 0]],
                "second": self.classes_[order[:, 1]],
                "distance_to_second": distances[rows, order[:, 1]],
                "like": [" ".join(self.support_[i] for i in line) for line in like],
            }
        )

    def embed(self, strings: Any) -> np.ndarray:
        """Standardised features of strings, as distances are measured in them, shape (n, d)."""
        if not hasattr(self, "scales_"):
            raise NotFittedError(
                "This PrototypeClassifier is not fitted yet. Call fit(strings, labels) or load(folder) first."
            )
        strings = as_strings(strings)
        if not strings:
            raise ValueError("There are 0 strings to predict. Give at least one.")
        return self.scales_.joined(self._blocks(canonical(strings, self.notation_)))

    def save(self, folder: str | Path) -> Path:
        """Write the fitted classifier as a folder; a checkpoint that is not shipped travels in it."""
        from matprior.estimators.prototypes_folder import save

        self.embed(self.support_[:1] if hasattr(self, "support_") else [""])  # refuses an unfitted one
        return save(self, Path(folder))

    @classmethod
    def load(cls, folder: str | Path) -> PrototypeClassifier:
        """Read a folder written by `save`."""
        from matprior.estimators.prototypes_folder import load

        return load(Path(folder))

    def _options(self) -> PrototypeOptions:
        if self.features not in BLOCKS:
            raise ValueError(f"features is {self.features!r}; expected one of {', '.join(BLOCKS)}.")
        if self.model is None and self.features != "classical":
            raise ValueError(
                f"features={self.features!r} needs a checkpoint, and model is None. Name a model, or set "
                "features='classical'."
            )
        return PrototypeOptions(self.metric, self.temperature, self.shrinkage)

    def _blocks(self, strings: Sequence[str]) -> list[np.ndarray]:
        """Raw blocks of features of canonical strings."""
        found = []
        for block in BLOCKS[self.features]:
            if block == "classical":
                found.append(classical(list(strings), RICHEST[self.notation_], self.notation_))
            else:
                assert self.pretrained_ is not None
                found.append(self.pretrained_.embed(self.pretrained_.encode(list(strings))))
        return found

    def _augmented(self, blocks: list[np.ndarray]) -> tuple[list[np.ndarray], np.ndarray]:
        """Blocks with further rows below the support's own, and the support row that each comes from."""
        rows = np.arange(len(self.support_))
        if not self.augment:
            return blocks, rows
        if self.notation_ == "composition":
            several = augmented(self.support_, self.augment, self.notation_, self.seed)
            further = self._blocks([string for line in several for string in line])
            every = np.concatenate([rows, np.repeat(rows, self.augment)])
            return [np.vstack(pair) for pair in zip(blocks, further, strict=True)], every
        return self._respelled(blocks), np.tile(rows, 1 + self.augment)

    def _respelled(self, blocks: list[np.ndarray]) -> list[np.ndarray]:
        """Vectors of further spellings; classical features see no difference between spellings."""
        found = []
        for name, block in zip(BLOCKS[self.features], blocks, strict=True):
            parts = [block] * (1 + self.augment)
            if name == "embeddings":
                assert self.pretrained_ is not None
                config = self.pretrained_.network.config
                lists = encoded_variants(self.support_, config, self.augment, self.seed)
                parts = [block, *(self.pretrained_.embed(one) for one in lists)]
            found.append(np.vstack(parts))
        return found


def _classes(labels: np.ndarray, codes: np.ndarray, names: list[str]) -> np.ndarray:
    """Classes as the user wrote them, in the order of the codes; as text where they are of several types."""
    forms = [{type(label) for label in labels[codes == code]} for code in range(len(names))]
    if len(set.union(*forms)) > 1:
        return np.array(names)
    return np.array([labels[codes == code][0] for code in range(len(names))])
