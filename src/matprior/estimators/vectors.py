"""Vectors of strings, from a pretrained checkpoint or from a model that was fitted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from matprior.estimators.base import as_strings
from matprior.estimators.features import Pretrained
from matprior.estimators.folder import FACTS, load
from matprior.models.damage import read_facts
from matprior.models.families import notation_of
from matprior.models.zoo import checkpoint_for, shipped
from matprior.notations import NOTATIONS, InvalidString
from matprior.strategies import embed as pooled
from matprior.training.loop import Progress

BLOCK = 4096
"""Strings embedded between two words on progress: enough for batches of one length each."""
SAMPLE = 200
"""Strings looked at to find their notation."""
POOLINGS = ("weighted", "cls", "mean")
"""Ways from tokens to one vector that need no training; molecules have no `weighted`."""


class Encoder:
    """A checkpoint, or a fitted model, that is asked for vectors alone.

    Parameters
    ----------
    model : name of a shipped checkpoint, its folder, or the folder of a fitted model
    pooling : how tokens become one vector, "weighted", "cls" or "mean" (of molecules "cls" or "mean"); None
        is the way the checkpoint was pretrained with

    Attributes
    ----------
    notation_ : what the strings mean
    task_ : how a fitted model's table was read; empty for a checkpoint

    Raises
    ------
    ValueError
        There is no such model, a file of it is damaged, it has no vectors of its own, or this pooling is not
        for it.

    Examples
    --------
    >>> Encoder("matbert-small").embed(["NaCl", "Fe2O3"]).shape
    (2, 192)
    """

    def __init__(self, model: str | Path, pooling: str | None = None) -> None:
        self.name = Path(model).name
        self.task_: dict[str, Any] = {}
        self._asked: Any
        if pooling not in (None, *POOLINGS):
            raise ValueError(
                f"pooling is {pooling!r}; expected one of {', '.join(POOLINGS)}. Others are learned by a fit."
            )
        if not is_fitted(model):
            opened = Pretrained.open(model, pooling)
            self.notation_ = notation_of(opened.network)
            self._asked = lambda strings: pooled(opened.network, opened.encode(strings))
            return
        if pooling is not None:
            raise ValueError(
                f"{model} was fitted with a pooling of its own; pooling={pooling!r} is for checkpoints. "
                "Leave it out, or fit anew with it among the training options."
            )
        estimator = load(model)
        if not hasattr(estimator, "embed"):
            raise ValueError(
                f"{model} holds several tasks ({', '.join(estimator.names)}), each with vectors of its own. "
                f"Take one out: matprior prompts take {model} {estimator.names[0]} --output FOLDER."
            )
        self.notation_, self._asked = estimator.notation_, estimator.embed
        self.task_ = getattr(estimator, "task_", None) or {}

    def embed(self, strings: Any, progress: Progress | None = None) -> np.ndarray:
        """The vector of each string, shape (n, d)."""
        strings = as_strings(strings)
        if not strings:
            example = NOTATIONS[self.notation_].example
            raise ValueError(f"There are 0 strings to embed. Give at least one, like [{example!r}].")
        parts = []
        for start in range(0, len(strings), BLOCK):
            try:
                parts.append(self._asked(strings[start : start + BLOCK]))
            except InvalidString as error:  # its row is counted within the block
                raise error if error.row is None else error.at_row(start + error.row) from None
            if progress is not None:
                progress(min(start + BLOCK, len(strings)), len(strings), "")
        return np.concatenate(parts)


def embed(
    strings: Any,
    model: str | Path | None = None,
    pooling: str | None = None,
    progress: Progress | None = None,
) -> np.ndarray:
    """Vectors of compositions or molecules, for a learner, a map or a search of your own.

    Parameters
    ----------
    strings : list, array or Series of `n` strings
    model : name of a shipped checkpoint, its folder, or the folder of a fitted model, which gives the vectors
        that it learned. Left out, the checkpoint that reads the strings: `matbert-small` for formulas,
        `molbert-small` for SMILES; what may be either (`CO`) counts as a formula.
    pooling : how a checkpoint's tokens become one vector: "weighted" by atomic fraction, "cls" or "mean"; of
        molecules "cls" or "mean"; None is the way it was pretrained with
    progress : told the number of strings done

    Returns
    -------
    Array of shape (n, d), float32.

    Examples
    --------
    >>> embed(["NaCl", "Fe2O3"]).shape, embed(["CCO", "c1ccccc1"]).shape
    ((2, 192), (2, 256))
    """
    if model is None:
        model = checkpoint_for(likeliest(strings))
    return Encoder(model, pooling).embed(strings, progress)


def is_fitted(model: str | Path) -> bool:
    """Whether this is the folder of a fitted model; if not, it is a checkpoint or nothing of ours."""
    if str(model) in shipped() or not (Path(model) / FACTS).is_file():
        return False
    return "estimator" in read_facts(model, FACTS)


def likeliest(strings: Any, first: str | None = None) -> str:
    """The notation that most strings look like; of equals the `first`, or the one that tables are read in.

    Examples
    --------
    >>> likeliest(["CCO", "c1ccccc1"]), likeliest(["CO"]), likeliest(["[C][C][O]"], "composition")
    ('smiles', 'composition', 'composition')
    """
    strings = as_strings(strings)
    sample = strings[:: max(1, len(strings) // SAMPLE)][:SAMPLE]
    order = ([] if first is None else [first]) + sorted(NOTATIONS, reverse=True)
    return max(order, key=lambda name: NOTATIONS[name].looks_like(sample))
