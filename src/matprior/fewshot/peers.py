"""Learners that answer an episode from arrays: prototypes, and the peers they are compared with.

Classifiers give probabilities of every class, regressors numbers. scikit-learn is imported when one runs.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matprior.fewshot.prototypes import PrototypeOptions, Prototypes

Answering = Callable[[NDArray, NDArray, int, NDArray, int], NDArray]
"""(support (n, d), codes (n,), classes c, queries (q, d), seed) -> probabilities (q, c)."""
Predicting = Callable[[NDArray, NDArray, NDArray, int], NDArray]
"""(support (n, d), values (n,), queries (q, d), seed) -> numbers (q,)."""
TREES = 100
"""Trees of the random forest, as FS-Mol's."""
NOISE = 0.1
"""Ridge penalty of `tanimoto`, whose similarities are 1 at most; 0.03 to 1 answer alike."""


def prototypes(
    support: NDArray, codes: NDArray, n_classes: int, queries: NDArray, seed: int, **options: Any
) -> NDArray:
    """Prototypes with a calibrated temperature."""
    return Prototypes(support, codes, n_classes, PrototypeOptions(**options)).probabilities(queries)


def linear(support: NDArray, codes: NDArray, n_classes: int, queries: NDArray, seed: int) -> NDArray:
    """Logistic regression, its penalty fixed: a handful of rows cannot choose one."""
    from sklearn.linear_model import LogisticRegression

    weight = 1.0 / support.shape[1]  # of standardised columns, so that the width does not matter
    return _filled(LogisticRegression(C=10 * weight, max_iter=500), support, codes, n_classes, queries)


def nearest(support: NDArray, codes: NDArray, n_classes: int, queries: NDArray, seed: int) -> NDArray:
    """The five nearest rows, nearer ones counting more."""
    from sklearn.neighbors import KNeighborsClassifier

    learner = KNeighborsClassifier(min(5, len(support)), weights="distance")
    return _filled(learner, support, codes, n_classes, queries)


def forest(support: NDArray, codes: NDArray, n_classes: int, queries: NDArray, seed: int) -> NDArray:
    """Random forest with scikit-learn's settings."""
    from sklearn.ensemble import RandomForestClassifier

    return _filled(RandomForestClassifier(TREES, random_state=seed), support, codes, n_classes, queries)


def mixed(support: NDArray, codes: NDArray, n_classes: int, queries: NDArray, seed: int) -> NDArray:
    """The mean of a linear learner and a forest: one is right far from the support, the other near it."""
    sides = (learner(support, codes, n_classes, queries, seed) for learner in (linear, forest))
    return sum(sides, np.zeros((len(queries), n_classes))) / 2


def tanimoto(support: NDArray, codes: NDArray, n_classes: int, queries: NDArray, seed: int) -> NDArray:
    """Ridge regression on Tanimoto similarities to the support rows, which are zeros and ones.

    The mean of a Gaussian process with that kernel (Ralaivola et al. 2005, Neural Networks 18:1093).
    """
    told = np.eye(n_classes)[codes]
    share = told.mean(0)
    held = similarity(support, support) + NOISE * np.eye(len(support))
    found = share + similarity(queries, support) @ np.linalg.solve(held, told - share)
    found = np.clip(found, 1e-3, None)
    return found / found.sum(1, keepdims=True)


def similarity(rows: NDArray, others: NDArray) -> NDArray:
    """Tanimoto similarity of rows of zeros and ones, shape (n, m): what they share of what either has.

    Examples
    --------
    >>> similarity(np.array([[1, 1, 0]]), np.array([[1, 1, 0], [0, 1, 1]])).round(2).tolist()
    [[1.0, 0.33]]
    """
    rows, others = (one.astype(np.float32, copy=False) for one in (rows, others))
    both = rows @ others.T
    return both / np.maximum(rows.sum(1)[:, None] + others.sum(1) - both, 1.0)


def constant(support: NDArray, codes: NDArray, n_classes: int, queries: NDArray, seed: int) -> NDArray:
    """The share of each class in the support: the floor."""
    share = np.bincount(codes, minlength=n_classes) / len(codes)
    return np.tile(share, (len(queries), 1))


LEARNERS: dict[str, Answering] = {
    "prototypes": prototypes,
    "prototypes-euclidean": partial(prototypes, metric="euclidean"),
    "prototypes-cosine": partial(prototypes, metric="cosine"),
    "linear": linear,
    "knn": nearest,
    "forest": forest,
    "mixed": mixed,
    "tanimoto": tanimoto,
    "constant": constant,
}
"""Name -> classifier. Evaluation, the benchmark and tests/fewshot/ read this."""


def ridge(support: NDArray, values: NDArray, queries: NDArray, seed: int) -> NDArray:
    """Linear, its penalty chosen by leaving out each support row."""
    from sklearn.linear_model import RidgeCV

    alphas = support.shape[1] * 10.0 ** np.arange(-3, 3)
    return np.asarray(RidgeCV(alphas=alphas).fit(support, values).predict(queries))


def gp(support: NDArray, values: NDArray, queries: NDArray, seed: int) -> NDArray:
    """Gaussian process with one length and a noise, both by likelihood."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    length = float(np.sqrt(2 * support.shape[1]))  # what two standardised rows are apart
    kernel = ConstantKernel(1.0, (0.1, 10)) * RBF(length, (length / 5, length * 20)) + WhiteKernel(
        0.3, (1e-2, 2)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a length scale at its bound is no news: ten rows say little
        model = GaussianProcessRegressor(kernel, normalize_y=True, random_state=seed).fit(support, values)
    return np.asarray(model.predict(queries))


def forest_values(support: NDArray, values: NDArray, queries: NDArray, seed: int) -> NDArray:
    """Random forest with scikit-learn's settings."""
    from sklearn.ensemble import RandomForestRegressor

    return RandomForestRegressor(TREES, random_state=seed).fit(support, values).predict(queries)


def nearest_values(support: NDArray, values: NDArray, queries: NDArray, seed: int) -> NDArray:
    """Mean of the five nearest rows, nearer ones counting more."""
    from sklearn.neighbors import KNeighborsRegressor

    return KNeighborsRegressor(min(5, len(support)), weights="distance").fit(support, values).predict(queries)


def mean_value(support: NDArray, values: NDArray, queries: NDArray, seed: int) -> NDArray:
    """The mean of the support: the floor."""
    return np.full(len(queries), float(np.mean(values)))


REGRESSORS: dict[str, Predicting] = {
    "ridge": ridge,
    "gp": gp,
    "knn": nearest_values,
    "forest": forest_values,
    "mean": mean_value,
}
"""Name -> few-shot regressor."""


def _filled(learner: Any, support: NDArray, codes: NDArray, n_classes: int, queries: NDArray) -> NDArray:
    """Probabilities with a column for every class, those that the support lacks too."""
    told = np.zeros((len(queries), n_classes))
    if len(np.unique(codes)) == 1:
        told[:, codes[0]] = 1.0
        return told
    told[:, np.unique(codes)] = learner.fit(support, codes).predict_proba(queries)
    return told
