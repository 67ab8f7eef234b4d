"""Pretrained models and transfer learning for materials and molecules written as strings.

Names are loaded on first use: `import matprior` alone loads neither torch nor pandas.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "CompositionTokenizer": "matprior.tokens",
    "InvalidString": "matprior.notations",
    "MaterialClassifier": "matprior.estimators",
    "MaterialRegressor": "matprior.estimators",
    "Task": "matprior.data",
    "evaluate": "matprior.evaluation.benchmark",
    "list_datasets": "matprior.data.catalog",
    "list_models": "matprior.models.zoo",
    "load": "matprior.estimators",
    "load_dataset": "matprior.data.catalog",
    "parse": "matprior.notations",
    "pretrain": "matprior.pretraining.run",
    "read_table": "matprior.data",
    "scores": "matprior.evaluation.benchmark",
    "write_report": "matprior.reports.html",
}
_OTHER_NAMES = {"load_dataset": "load"}
"""Public name -> its name at home, where the two differ."""

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'matprior' has no attribute {name!r}; it has {', '.join(__all__)}")
    if name in ("load", "CompositionTokenizer"):
        import_module("matprior.models.matbert")  # registers our classes with Hugging Face's Auto classes
    return getattr(import_module(_HOMES[name]), _OTHER_NAMES.get(name, name))


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
