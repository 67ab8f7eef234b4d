"""Pretrained models and transfer learning for materials and molecules written as strings.

Names are loaded on first use: `import matprior` alone loads neither torch nor pandas.
"""

from matprior.lazy import on_first_use, when_asked_for

__version__ = "0.1.0"

_HOMES = {
    "AutoClassifier": "matprior.estimators",
    "AutoRegressor": "matprior.estimators",
    "CompositionTokenizer": "matprior.tokens.composition",
    "InvalidString": "matprior.notations",
    "MaterialClassifier": "matprior.estimators",
    "MaterialRegressor": "matprior.estimators",
    "MaterialTasks": "matprior.estimators",
    "PrototypeClassifier": "matprior.estimators",
    "Task": "matprior.data",
    "embed": "matprior.estimators.vectors",
    "evaluate": "matprior.evaluation.benchmark",
    "list_datasets": "matprior.data.catalog",
    "list_models": "matprior.models.zoo",
    "load": "matprior.estimators",
    "load_dataset": "matprior.data.catalog:load",
    "parse": "matprior.notations",
    "pretrain": "matprior.pretraining.run",
    "read_table": "matprior.data",
    "scores": "matprior.evaluation.benchmark",
    "write_report": "matprior.reports.html",
}
__getattr__, __dir__, __all__ = on_first_use(__name__, _HOMES)

# Hugging Face's Auto classes know ours once anybody asks for one of them. Importing transformers here
# to register at once would cost every start seconds.
when_asked_for("transformers", "Auto", "matprior.models.registration")
