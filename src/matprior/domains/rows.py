"""The rows an adaptation learns from and is judged by: labelled source rows, and the rows of the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matprior.domains.weighting import density_ratio
from matprior.estimators.base import MaterialEstimator, as_strings
from matprior.estimators.watched import drawn_positions

WATCHED_SHARE = 1 / 3
"""Share of the labelled target rows that judge, where there are enough to spare."""
ENOUGH = 30
"""Labelled target rows from which some are kept to judge by."""
HEAVIEST = 10.0
"""Weight of a labelled target row at most; together they weigh up to half of the source."""


@dataclass
class AdaptationRows:
    """The labelled rows of both sides below each other, and the target rows."""

    strings: list[str]
    values: Any
    target: list[str]
    watched: NDArray
    """Positions that no candidate is trained on."""
    labelled: bool
    """Whether those are rows of the target."""
    n_source: int
    ratio: NDArray
    """Likeness of each labelled row to the target, shape (n,); 1 for target rows."""
    sources: list[list[str]]
    """Strings of each source where there are several; empty where there is one."""

    @classmethod
    def of(
        cls, source: Any, values: Any, target: Any, target_values: Any, estimator: MaterialEstimator,
        origin: Any = None,
    ) -> AdaptationRows:  # fmt: skip
        source, target, values = as_strings(source), as_strings(target), np.asarray(values)
        if values.shape != (len(source),):
            raise ValueError(
                f"{len(source)} source strings but labels of shape {values.shape}; adapt learns one "
                "property: give one label per string."
            )
        if len(target) < 5:
            raise ValueError(f"{len(target)} target rows are too few to adapt to; at least 5 are needed.")
        known = _known(values)
        sources = _apart(source, origin)
        source, values = [source[i] for i in np.flatnonzero(known)], values[known]
        own = _labelled(target, target_values)
        vectors = _vectors(estimator, source, target)
        ratio = density_ratio(vectors[: len(source)], vectors[len(source) :], estimator.seed)
        strings = [*source, *(target[i] for i in own)]
        everything = values if not len(own) else np.concatenate([values, np.asarray(target_values)[own]])
        labelled = len(own) >= ENOUGH
        if labelled:
            watched = len(source) + drawn_positions(len(own), WATCHED_SHARE, estimator.seed)
        else:
            watched = drawn_positions(len(source), estimator.validation, estimator.seed)
        ratio = np.append(ratio, np.ones(len(own)))
        return cls(strings, everything, target, watched, labelled, len(source), ratio, sources)

    def sample_weight(self, by_likeness: bool) -> NDArray | None:
        """How much each labelled row counts."""
        n_own = len(self.strings) - self.n_source
        if not by_likeness and not n_own:
            return None
        weights = self.ratio.copy() if by_likeness else np.ones(len(self.strings))
        if n_own:
            weights[self.n_source :] = min(HEAVIEST, max(1.0, self.n_source / (2 * n_own)))
        return weights


def _apart(source: list[str], origin: Any) -> list[list[str]]:
    """Strings of each source, in the order in which the sources first occur."""
    if origin is None:
        return []
    origin = np.asarray(origin, dtype=object)
    if origin.shape != (len(source),):
        raise ValueError(
            f"{len(source)} source strings but origin of shape {origin.shape}; say of each string which "
            "source it is from."
        )
    names = list(dict.fromkeys(origin.tolist()))
    if len(names) < 2:
        return []
    return [[source[i] for i in np.flatnonzero(origin == name)] for name in names]


def _known(values: NDArray) -> NDArray:
    if np.issubdtype(values.dtype, np.number):
        return np.isfinite(values.astype(float))
    return np.array([value is not None and value == value for value in values], dtype=bool)


def _labelled(target: Sequence[str], values: Any) -> NDArray:
    """Positions of the target rows with a label."""
    if values is None:
        return np.empty(0, dtype=int)
    values = np.asarray(values)
    if values.shape != (len(target),):
        raise ValueError(f"{len(target)} target strings but target_values of shape {values.shape}.")
    return np.flatnonzero(_known(values))


def _vectors(estimator: MaterialEstimator, source: list[str], target: list[str]) -> NDArray:
    """What all candidates' source rows are weighted by: vectors before any of them was trained."""
    from matprior.estimators.features import Features, Pretrained

    network = None if estimator.model is None else Pretrained.open(estimator.model)
    return Features([*source, *target], network, estimator.notation_).vectors
