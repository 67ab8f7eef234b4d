"""Which part of a string moved the prediction, and by how much: integrated gradients with a check.

The only door to captum. Sundararajan et al. 2017, arXiv:1703.01365: the gradient is followed from a string
whose parts are all hidden (`[MASK]` in their place, amounts kept) to the string itself, so that the
contributions add up to the difference of the two answers. Where they do not, they are not given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.evaluation.explain_model import Explained, explained
from matprior.training.batches import as_tensors

STEPS = (24, 96, 384)
"""Points of the path, tried in turn until contributions are complete."""
TOLERANCE = 0.02
"""Largest share of the difference that contributions may miss."""
_TOKENS_AT_ONCE = 24_000


@dataclass
class Contributions:
    """What integrated gradients say of some strings."""

    parts: pd.DataFrame
    """string, place, part, contribution: a line per element or token; NaN where the check failed."""
    strings: pd.DataFrame
    """string, answer, hidden, gap, complete: the answer, that of the hidden string, and the check."""
    unit: str
    what: str
    """What exactly is explained."""
    notes: list[str] = field(default_factory=list)


def contributions(
    estimator: Any, strings: Sequence[str], target: int = 0, tolerance: float = TOLERANCE
) -> Contributions:
    """Contribution of every element (or token) to the prediction of each string.

    Parameters
    ----------
    estimator : a fitted regressor or classifier, `auto` included: there the networks are explained
    strings : `n` strings
    target : which target or label, where there are several
    tolerance : share of the difference that contributions may miss; rows that stay above it after 384 steps
        get no contributions

    Raises
    ------
    ValueError
        A mix without a network (it has no gradients), or captum is not installed.

    Examples
    --------
    >>> from matprior import MaterialRegressor
    >>> formulas = ["NaCl", "KCl", "LiF", "MgO", "CaO", "NaF", "KF", "LiCl", "SrO", "BaO", "KBr", "NaBr"]
    >>> model = MaterialRegressor(model=None, size="tiny", training={"epochs": 2}).fit(formulas, range(12))
    >>> found = contributions(model, ["NaCl"])
    >>> found.parts["part"].tolist(), bool(found.strings["complete"][0])
    (['Na', 'Cl'], True)
    """
    about = explained(estimator, list(strings), target)
    n, width = about.encoded.ids.shape
    total, answer, hidden = np.zeros((n, width)), np.zeros(n), np.zeros(n)
    for network in about.networks:
        told, reached, start = _complete(network, about, tolerance)
        total += told / len(about.networks)
        answer += reached / len(about.networks)
        hidden += start / len(about.networks)
    gap = _gap(total, answer, hidden)
    complete = gap <= tolerance
    notes = list(about.notes)
    if not complete.all():
        some = ", ".join(about.strings[i] for i in np.flatnonzero(~complete)[:3])
        notes.append(
            f"{int((~complete).sum()):,} strings are not explained ({some}): their contributions miss more "
            f"than {tolerance:.0%} of the difference even with {STEPS[-1]} steps."
        )
    shown = np.where(complete[:, None], total, np.nan)
    table = pd.DataFrame(
        {"string": about.strings, "answer": answer, "hidden": hidden, "gap": gap, "complete": complete}
    )
    return Contributions(about.parts(shown), table, about.unit, about.what, notes)


def _complete(network: Any, about: Explained, tolerance: float) -> tuple[NDArray, NDArray, NDArray]:
    """Contributions (n, l), answers (n,) and answers of the hidden strings (n,); more steps where needed."""
    n = len(about.encoded)
    told = np.zeros(about.encoded.ids.shape)
    answer, hidden = np.zeros(n), np.zeros(n)
    left = np.arange(n)
    for steps in STEPS:
        lengths = about.encoded.lengths[left]
        for rows in np.split(left[np.argsort(lengths, kind="stable")], range(64, len(left), 64)):
            part, answer[rows], hidden[rows] = _integrated(network, about, rows, steps)
            told[rows] = 0.0
            told[np.ix_(rows, np.arange(part.shape[1]))] = part
        # Half of the tolerance: errors of several networks may add up.
        left = left[_gap(told[left], answer[left], hidden[left]) > tolerance / 2]
        if not len(left):
            break
    return told, answer, hidden


def _gap(told: NDArray, answer: NDArray, hidden: NDArray) -> NDArray:
    """What contributions miss, as a share of the difference, shape (n,).

    Where contributions cancel, a tenth of their sizes is the measure: a share of nothing says nothing.
    """
    missed = np.abs(told.sum(1) - (answer - hidden))
    size = np.maximum(np.abs(answer - hidden), 0.1 * np.abs(told).sum(1))
    return np.divide(missed, size, out=np.zeros(len(missed)), where=size > 1e-9)


def _integrated(
    network: Any, about: Explained, rows: NDArray, steps: int
) -> tuple[NDArray, NDArray, NDArray]:
    import torch

    integrated_gradients = _method()
    batch = {name: tensor.to(network.device) for name, tensor in as_tensors(about.encoded, rows).items()}
    ids = batch.pop("input_ids")
    names, beside = list(batch), tuple(batch.values())
    chosen = torch.from_numpy(about.chosen[rows]).to(network.device)

    def run(input_ids: Any, chosen: Any, *further: Any) -> Any:
        return about.read(network(input_ids, **dict(zip(names, further, strict=True))).logits, chosen)

    start = about.hide(ids)
    method = integrated_gradients(run, network.get_input_embeddings())
    told = method.attribute(
        ids,
        baselines=start,
        additional_forward_args=(chosen, *beside),
        n_steps=steps,
        internal_batch_size=max(len(rows), _TOKENS_AT_ONCE // ids.shape[1]),
    )
    with torch.no_grad():
        ends = [run(one, chosen, *beside).double().cpu().numpy() for one in (ids, start)]
    return told.sum(-1).detach().double().cpu().numpy(), *ends


def _method() -> Callable[..., Any]:
    try:
        from captum.attr import LayerIntegratedGradients
    except ImportError as error:
        raise ValueError("Explanations need captum: pip install matprior[explain].") from error
    return LayerIntegratedGradients
