"""A fitted model with ONNX files beside its weights, compared with the original before it is given out."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from matprior.data import read_table
from matprior.models.checksums import marks
from matprior.models.damage import read_facts
from matprior.screening.engines import open_model, task_of
from matprior.screening.onnx import FACTS, FILES, need, networks, quantise, run_with_onnx, weights_of, write

TOLERANCE = 1e-4
"""Largest difference between ONNX and PyTorch, in units of the largest answer or of 1."""
MOST_LOSS = 0.01
"""Share by which 8 bits may raise the error and still be what `--engine onnx` takes."""
EXAMPLES = {
    "composition": ["NaCl", "Fe2O3", "LiCoO2", "CaCO3", "Ti6Al4V", "CoCrFeMnNi", "Si", "YBa2Cu3O7", "H2O"],
    "smiles": ["CCO", "c1ccccc1O", "CC(=O)Nc1ccc(O)cc1", "C", "ClCCl", "C1CCCCC1", "CC#N"],
    "selfies": ["[C][C][O]", "[C][=C][Branch1][C][C][C]", "[C]", "[C][#N]"],
}
"""Notation -> strings on which both are compared where no table is given."""


@dataclass
class Exported:
    """What was written."""

    folder: Path
    difference: float
    """Largest difference between the answers of ONNX and PyTorch, in the target's units."""
    errors: dict[str, float]
    """Engine -> mean absolute error on the rows of the check; empty without one."""
    default: str
    """File that `--engine onnx` takes."""

    @property
    def loss(self) -> float | None:
        """Share by which 8 bits raise the error; None where it wasn't measured."""
        if "onnx-int8" not in self.errors:
            return None
        return self.errors["onnx-int8"] / max(self.errors["torch"], 1e-12) - 1


def export(
    model: str | Path,
    output: str | Path,
    int8: bool = False,
    check: str | Path | None = None,
    target: str | None = None,
    strings: str | None = None,
) -> Exported:
    """Write a folder with everything of a fitted model and `model.onnx` for each of its networks.

    Parameters
    ----------
    model : folder of a fitted model
    output : folder to write; it must not exist
    int8 : also write networks with weights of 8 bits
    check : table of labelled rows, not of those the model learned from, on which errors are measured
    target : its column of truths
    strings : its column of strings; found by looking when None

    Raises
    ------
    ValueError
        The folder is no fitted model, `output` exists, a package is missing, or the answers differ.

    Examples
    --------
    >>> export("models/gap", "models/gap-onnx", int8=True).loss  # doctest: +SKIP
    """
    need("onnx", "onnxscript", "onnxruntime")
    model, final = Path(model), Path(output)
    if final.exists():
        raise ValueError(f"{final} exists already. Give the name of a new folder.")
    if check is not None and target is None:
        raise ValueError("--check needs --target: the column of the table that holds the truth.")
    original = open_model(model)
    if getattr(getattr(original, "model_", None), "extra_features", None) is not None:
        raise ValueError(
            f"{model} reads extra columns beside the string; such models can't be exported yet. Use PyTorch, "
            "or fit without --extra."
        )
    questions, truth = EXAMPLES[original.notation_], None
    if check is not None and target is not None:
        questions, truth = _rows(check, target, strings, original)
    final.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=final.parent, prefix=f".{final.name}-"))
    try:
        shutil.copytree(model, draft, dirs_exist_ok=True)
        _write(original, draft, int8)
        result = _compare(original, draft, int8, questions, truth)
        result.folder = final
        _tell(draft, result, original, check)
        os.replace(draft, final)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return result


def _write(estimator: Any, folder: Path, int8: bool) -> None:
    places = networks(estimator)
    for place, network in places.items():
        write(network, folder / place / FILES["onnx-fp32"])
        if int8:
            quantise(folder / place / FILES["onnx-fp32"], folder / place / FILES["onnx-int8"])
    facts = {
        "default": FILES["onnx-fp32"],
        "weights": {place: weights_of(folder / place) for place in places},
    }
    (folder / FACTS).write_text(json.dumps(facts), encoding="utf-8")


def _compare(
    original: Any, folder: Path, int8: bool, questions: list[str], truth: np.ndarray | None
) -> Exported:
    """Ask PyTorch and ONNX the same, and decide which file is the default."""
    told = {"torch": _answers(original, questions)}
    for engine in FILES if int8 else ["onnx-fp32"]:
        told[engine] = _answers(run_with_onnx(open_model(folder), folder, engine), questions)
    difference = float(np.abs(told["onnx-fp32"] - told["torch"]).max())
    if not difference <= TOLERANCE * max(1.0, float(np.abs(told["torch"]).max())):
        raise ValueError(
            f"ONNX and PyTorch differ by {difference:.2g} on {len(questions):,} strings; at most "
            f"{TOLERANCE:g} of the largest answer was expected. Nothing was written. Please report it."
        )
    errors = {} if truth is None else {name: _error(original, one, truth) for name, one in told.items()}
    result = Exported(folder, difference, errors, FILES["onnx-fp32"])
    if result.loss is not None and result.loss <= MOST_LOSS:
        result.default = FILES["onnx-int8"]
    return result


def _tell(folder: Path, result: Exported, estimator: Any, check: str | Path | None) -> None:
    facts = {
        "default": result.default,
        "weights": {place: weights_of(folder / place) for place in networks(estimator)},
        "difference": result.difference,
        "errors": result.errors,
        "check": None if check is None else str(check),
        "versions": {name: version(name) for name in ("matprior", "torch", "onnx", "onnxruntime")},
    }
    (folder / FACTS).write_text(json.dumps(facts, indent=1, ensure_ascii=False), encoding="utf-8")
    # The new files decide answers too: their checksums stand where those of the others do.
    told = read_facts(folder, "matprior.json") | marks(folder)
    (folder / "matprior.json").write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")


def _rows(
    check: str | Path, target: str, strings: str | None, estimator: Any
) -> tuple[list[str], np.ndarray]:
    """Strings and truths of the labelled rows of a table."""
    kind = (getattr(estimator, "task_", None) or {}).get("kind")
    table = read_table(check, task_of(estimator, strings, targets=[target], kind=kind))
    truth = table.frame[target]
    known = truth.notna().to_numpy()
    if not known.any():
        raise ValueError(f"No row of {check} has a value in {target!r}. Give a table of labelled rows.")
    return table.strings[known].tolist(), truth[known].to_numpy()


def _answers(estimator: Any, strings: list[str]) -> np.ndarray:
    """Values (n, t), or probabilities (n, c)."""
    told = getattr(estimator, "predict_proba", None) or estimator.predict
    answers = np.asarray(told(strings), dtype=np.float64)
    return answers if answers.ndim == 2 else answers[:, None]


def _error(estimator: Any, answers: np.ndarray, truth: np.ndarray) -> float:
    """Mean absolute error; of a classifier, of the probability of the true class."""
    if hasattr(estimator, "classes_"):
        columns = [[str(one) for one in estimator.classes_].index(str(label)) for label in truth]
        return float(np.mean(1 - answers[np.arange(len(truth)), columns]))
    return float(np.mean(np.abs(answers[:, 0] - truth.astype(np.float64))))
