"""Simple learners on columns of numbers: what the baselines are made of, and most candidates of `auto`.

scikit-learn and LightGBM are imported inside the functions: naming a learner must not load them.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def extra_trees(kind: str, n_trees: int, seed: int, n_jobs: int | None, share: float | None = None) -> Any:
    """Extremely randomised trees (Geurts et al. 2006, Mach. Learn. 63:3).

    Parameters
    ----------
    kind : "regression", or anything else for classes
    share : of the features that a split may choose from; None leaves it to scikit-learn
    """
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    chosen = ExtraTreesRegressor if kind == "regression" else ExtraTreesClassifier
    more = {} if share is None else {"max_features": share}
    return chosen(n_trees, random_state=seed, n_jobs=n_jobs, **more)


def filler() -> Any:
    """Unknown values become the mean of the column, with a further column that says which they were."""
    from sklearn.impute import SimpleImputer

    return SimpleImputer(add_indicator=True, keep_empty_features=True)


def linear(kind: str) -> Any:
    """Ridge with its penalty chosen by leave-one-out, or logistic regression, on standardised features."""
    from sklearn.linear_model import LogisticRegression, RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    line = RidgeCV(np.logspace(-2, 5, 15)) if kind == "regression" else LogisticRegression(max_iter=2000)
    return make_pipeline(StandardScaler(), line)


def penalised(kind: str, fewest: int) -> Any:
    """As `linear`, for more features than rows: the penalty of the logistic regression is chosen too.

    Parameters
    ----------
    fewest : rows of the smallest class; too few for inner folds get one strong penalty
    """
    if kind == "regression":
        return linear(kind)
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    line = make_pipeline(StandardScaler(), LogisticRegression(C=1e-2, max_iter=1000))
    if fewest < 3:
        return line
    penalties = {"logisticregression__C": 10.0 ** np.arange(-4, 1)}
    return GridSearchCV(line, penalties, cv=3, scoring="neg_log_loss")


def gaussian_process(n_features: int, seed: int) -> Any:
    """Gaussian process with one length scale and noise, both found by likelihood; for numbers."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    # Standardised features of d columns lie about sqrt(2 d) apart.
    reach = Matern(float(np.sqrt(n_features)), (1.0, 1e4), nu=2.5)
    kernel = ConstantKernel(1.0, (1e-3, 1e4)) * reach + WhiteKernel(0.1, (1e-6, 1e2))
    process = GaussianProcessRegressor(kernel, normalize_y=True, random_state=seed)
    return make_pipeline(StandardScaler(), process)


def perceptron(kind: str, seed: int) -> Any:
    """One hidden layer on standardised features; for numbers the target is standardised too."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    options: dict[str, Any] = {
        "hidden_layer_sizes": (64,), "alpha": 0.1, "max_iter": 200, "random_state": seed,
    }  # fmt: skip
    if kind != "regression":
        return make_pipeline(StandardScaler(), MLPClassifier(**options))
    line = make_pipeline(StandardScaler(), MLPRegressor(**options))
    return TransformedTargetRegressor(line, transformer=StandardScaler())
