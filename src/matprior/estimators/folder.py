"""A fitted model as a folder that anybody can open: Hugging Face files, and what only we read. No pickles."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import load_file, save_file
from transformers import AutoTokenizer

from matprior.data.files import write_folder
from matprior.estimators.domain import DOMAIN, Domain
from matprior.estimators.head_intervals import calibrated
from matprior.models.checksums import marks
from matprior.models.damage import WEIGHTS, check_network, damaged, read_facts, reading, restored
from matprior.models.families import family_of, save_tokenizer
from matprior.models.zoo import quiet, shipped

if TYPE_CHECKING:
    from matprior.estimators.base import MaterialEstimator

FACTS = "matprior.json"
CALIBRATION = "calibration.safetensors"
FITTED = (
    "target_names_", "classes_", "threshold_", "training_", "n_training_rows_", "elements_",
    "_one_dimensional", "task_", "multilabel_",
)  # fmt: skip
"""What fitting finds and `matprior.json` keeps."""
VERSIONED = ("matprior", "torch", "transformers", "numpy", "scikit-learn")


def save(estimator: MaterialEstimator, folder: str | Path) -> Path:
    """Write a fitted estimator; the folder appears whole or not at all.

    Files: `config.json`, `model.safetensors`, tokenizer files, `matprior.json` (what only we need),
    `calibration.safetensors` (error bars), `history.csv`.
    """
    with write_folder(folder) as draft:
        save_network(estimator.model_, draft)
        save_beside(estimator, draft)
    return Path(folder)


def save_network(network: Any, folder: Path) -> None:
    """What Hugging Face opens: config, weights, tokenizer."""
    with quiet():
        network.save_pretrained(folder)
    save_tokenizer(network.config, folder)


def save_beside(estimator: MaterialEstimator, folder: Path) -> None:
    """What only matprior reads: error bars, domain, history, and the facts with the marks of all files."""
    calibration = getattr(estimator, "calibration_", None)
    if calibration is not None:
        arrays = calibration.arrays()
        # In their own precision: error bars after loading are the same to the last bit.
        save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, folder / CALIBRATION)
    if hasattr(estimator, "domain_"):  # a folder of an older version had none
        estimator.domain_.save(folder / DOMAIN)
    estimator.history_.to_csv(folder / "history.csv", index=False)
    facts = _facts(estimator) | marks(folder)
    (folder / FACTS).write_text(json.dumps(facts, indent=1, ensure_ascii=False), encoding="utf-8")


def load(folder: str | Path, kind: type | None = None) -> Any:
    """Read a folder written by `save`.

    Parameters
    ----------
    folder : with a `matprior.json`
    kind : the class expected; None takes what the folder says

    Raises
    ------
    ValueError
        Not such a folder, it holds the other kind of estimator, or a file of it is damaged.
    """
    if not (Path(folder) / FACTS).is_file():
        if str(folder) in shipped():
            raise _never_fitted(folder)
        raise ValueError(
            f"{str(folder)!r} is not a fitted matprior model: it has no {FACTS}. "
            "Give the folder that `matprior fit --output` or `save` wrote."
        )
    held = str(read_facts(folder, FACTS).get("estimator"))
    if held.startswith("Auto"):
        from matprior.estimators import autofolder

        _check_kind(folder, held, kind)
        return autofolder.load(Path(folder))
    if held == "MaterialTasks":
        from matprior.estimators import tasks_folder

        _check_kind(folder, held, kind)
        return tasks_folder.load(Path(folder))
    if held not in ("MaterialRegressor", "MaterialClassifier"):
        raise _never_fitted(folder)
    _check_kind(folder, held, kind)
    return read_beside(folder, open_network(folder))


def read_beside(folder: str | Path, network: Any) -> Any:
    """The estimator whose facts `save_beside` wrote, around its network."""
    from matprior.estimators.classifier import MaterialClassifier
    from matprior.estimators.regressor import MaterialRegressor

    kinds: dict[str, type] = {
        "MaterialRegressor": MaterialRegressor,
        "MaterialClassifier": MaterialClassifier,
    }
    facts = read_facts(folder, FACTS, "parameters", "fitted")
    with reading(folder, FACTS):
        if isinstance(facts["parameters"].get("strategy"), dict):
            from matprior.strategies import strategy_of

            facts["parameters"]["strategy"] = strategy_of(facts["parameters"]["strategy"])
    estimator = restored(folder, FACTS, kinds[facts["estimator"]], facts, FITTED)
    estimator.model_ = network
    if "classes_" in facts["fitted"]:
        estimator.classes_ = np.asarray(facts["fitted"]["classes_"])
        estimator.multilabel_ = facts["fitted"].get("multilabel_", False)
        if estimator.multilabel_:
            estimator.threshold_ = np.asarray(estimator.threshold_)
    if (Path(folder) / CALIBRATION).is_file():
        with reading(folder, CALIBRATION):
            estimator.calibration_ = calibrated(load_file(Path(folder) / CALIBRATION))
    if (Path(folder) / DOMAIN).is_file():
        with reading(folder, DOMAIN):
            estimator.domain_ = Domain.load(Path(folder) / DOMAIN)
    import pandas as pd

    history = Path(folder) / "history.csv"
    with reading(folder, history.name):
        estimator.history_ = (
            pd.read_csv(history) if history.exists() and history.stat().st_size > 1 else pd.DataFrame()
        )
    return estimator


def _check_kind(folder: str | Path, held: str, kind: type | None) -> None:
    if kind is not None and held != kind.__name__:
        raise ValueError(f"{folder} holds a {held}, not a {kind.__name__}.")


def _never_fitted(folder: str | Path) -> ValueError:
    return ValueError(
        f"{str(folder)!r} is a pretrained checkpoint, not a fitted model: it has never seen your "
        f"property. Fit it first: matprior fit DATA --target COLUMN --model {folder} --output FOLDER."
    )


def open_network(folder: str | Path, kind: Any = None) -> Any:
    """The network of a folder, every weight of it from the file; `kind` is its class, if not the usual."""
    check_network(folder)
    answering = kind or family_of(folder).answering
    with quiet(), reading(folder, WEIGHTS):
        model, told = answering.from_pretrained(folder, output_loading_info=True)
    # Hugging Face fills what a file lacks with random numbers, which would answer without a word.
    if missing := sorted(told["missing_keys"]):
        raise damaged(folder, WEIGHTS, f"{len(missing)} weights are not in it, such as {missing[0]}")
    with reading(folder, "tokenizer_config.json"):
        AutoTokenizer.from_pretrained(
            folder, trust_remote_code=False
        )  # a folder without its tokenizer is not whole
    return model.eval()


def _facts(estimator: MaterialEstimator) -> dict[str, Any]:
    """What only matprior needs, as plain JSON."""
    fitted = {name: plain(getattr(estimator, name)) for name in FITTED if hasattr(estimator, name)}
    parameters = {name: parameter(name, value) for name, value in estimator.get_params(deep=False).items()}
    return {
        "estimator": type(estimator).__name__,
        "notation": estimator.notation_,
        "parameters": parameters,
        "fitted": fitted,
        "versions": {name: version(name) for name in VERSIONED},
    }


def parameter(name: str, value: Any) -> Any:
    from dataclasses import asdict, is_dataclass

    from matprior.strategies import told

    if name == "strategy":
        return told(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value) if isinstance(value, Path) else plain(value)


def plain(value: Any) -> Any:
    """NumPy numbers and arrays as Python's own."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    return value
