"""A fitted model on the engine that is wanted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from matprior.screening.options import ENGINES

if TYPE_CHECKING:
    from matprior.data import Task


def open_model(folder: str | Path, engine: str = "torch", several: bool = False) -> Any:
    """Load a fitted model that answers through PyTorch or onnxruntime.

    Parameters
    ----------
    folder : of a fitted model; for ONNX, of an exported one
    engine : one of `ENGINES`
    several : whether the caller knows what to do with a model of several tasks
    """
    from matprior.estimators import MaterialTasks, load

    if engine not in ENGINES:
        raise ValueError(f"engine is {engine!r}; expected one of {', '.join(ENGINES)}.")
    estimator = load(folder)
    if isinstance(estimator, MaterialTasks) and not (several and engine == "torch"):
        raise ValueError(
            f"{folder} holds several tasks ({', '.join(estimator.names)}), and this wants one model. Take "
            f"one out: matprior prompts take {folder} {estimator.names[0]} --output FOLDER."
        )
    if engine == "torch":
        return estimator
    from matprior.screening.onnx import run_with_onnx

    return run_with_onnx(estimator, folder, engine)


def task_of(estimator: Any, strings: str | None = None, **further: Any) -> Task:
    """How a table is read for a fitted model: in its notation, with amounts in the unit it was fitted with.

    Parameters
    ----------
    strings : column of the strings; found by looking when None
    further : other fields of the task
    """
    from matprior.data import Task

    told = getattr(estimator, "task_", None) or {}
    # `fit` of the command line notes the notation there; a model that was fitted in Python knows it too.
    notation = told.get("notation") or estimator.notation_
    return Task(strings=strings, notation=notation, amount_unit=told.get("amount_unit", "atoms"), **further)
