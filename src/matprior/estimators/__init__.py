"""Fit, predict, save and load with scikit-learn's manners.

Names are loaded on first use: `threshold` and `intervals` are wanted by code that needs no torch.
"""

from matprior.lazy import on_first_use

_HOMES = {
    "AutoClassifier": "matprior.estimators.autoclassifier",
    "AutoRegressor": "matprior.estimators.autoregressor",
    "MaterialClassifier": "matprior.estimators.classifier",
    "MaterialRegressor": "matprior.estimators.regressor",
    "MaterialTasks": "matprior.estimators.tasks",
    "PrototypeClassifier": "matprior.estimators.prototypes",
    "load": "matprior.estimators.folder",
    "tune": "matprior.estimators.tuning_search",
}
__getattr__, __dir__, __all__ = on_first_use(__name__, _HOMES)
