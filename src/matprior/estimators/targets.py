"""From targets in the user's units to what a head learns, and from its outputs to bars in those units."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from matprior.models.answers import new_head
from matprior.models.links import LINKS, told_link
from matprior.models.outputs import PointHead
from matprior.training.losses import standardise

POINT_LOSSES = ("absolute", "smooth_l1", "squared")
"""Losses of the `point` head; every other head has its own."""
BOUNDS: dict[str, tuple[float | None, float | None]] = {"positive": (0.0, None), "fraction": (0.0, 1.0)}
"""Bounds that have a name."""


def chosen_head(
    head: str | Mapping[str, Mapping[str, Any]],
    loss: str,
    transform: str,
    bounds: Any,
    names: list[str],
) -> tuple[PointHead, str]:
    """An untrained head and the name of its loss.

    Raises
    ------
    ValueError
        A name that is not known, or choices that contradict each other.
    """
    made = new_head(head, names)
    _known("loss", loss, POINT_LOSSES)
    _known("transform", transform, tuple(LINKS))
    name = head if isinstance(head, str) else next(iter(head))
    if name != "point" and loss != POINT_LOSSES[0]:
        raise ValueError(
            f"loss={loss!r} is for head='point'; head={name!r} has a loss of its own. Leave one of them out."
        )
    made.bounds = _bounds(bounds)
    return made, loss if name == "point" else name


def coded(
    head: PointHead, transform: str, values: np.ndarray, learn: np.ndarray
) -> tuple[np.ndarray, torch.Tensor, torch.Tensor]:
    """Code targets for a head that has seen those of the training rows.

    Parameters
    ----------
    values : shape (n, t), NaN where unknown
    learn : positions of the training rows

    Returns
    -------
    Labels for the loss, float32, and the mean and scale (t,) that were taken from the numbers.
    """
    numbers = head.ordinary(values)
    if transform != "none":
        links = [LINKS[transform]().learn(column[np.isfinite(column)]) for column in numbers[learn].T]
        head.links = [told_link(link) for link in links]
        numbers = np.stack([link.apply(numbers[:, i]) for i, link in enumerate(links)], axis=1)
    # Mean and scale from training rows alone: the watched rows must stay unseen.
    mean, scale = standardise(torch.from_numpy(numbers[learn]))
    head.scale = scale.tolist()
    standard = ((torch.from_numpy(numbers) - mean) / scale).float().numpy()
    return head.labels(values, standard).astype(np.float32), mean, scale


def check_values(head: PointHead, transform: str, values: np.ndarray) -> None:
    """Raise ValueError naming the first row whose target the transform or the bounds rule out.

    `values` are those of all rows as the user gave them; `head` has seen the training rows.
    """
    low, high = head.bounds or (None, None)
    link = LINKS[transform]()
    numbers = head.ordinary(values)
    for row, column in np.argwhere(np.isfinite(values)):
        value, name = float(values[row, column]), head.targets[column]
        if (low is not None and value < low) or (high is not None and value > high):
            raise ValueError(
                f"The target {name!r} of row {row + 1} is {value:g}, outside bounds={[low, high]}. "
                "Correct the row, or widen the bounds."
            )
        if np.isfinite(numbers[row, column]) and (refusal := link.refusal(value)):
            raise ValueError(f"The target {name!r} of row {row + 1} is {value:g}: {refusal}.")


def _known(what: str, given: Any, known: tuple[str, ...]) -> None:
    if given in known:
        return
    near = difflib.get_close_matches(str(given), known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"{what} is {given!r}. Known: {', '.join(known)}.{hint}")


def _bounds(bounds: Any) -> list[float | None] | None:
    if bounds is None:
        return None
    if isinstance(bounds, str):
        _known("bounds", bounds, tuple(BOUNDS))
        bounds = BOUNDS[bounds]
    ends = list(bounds)
    numbers = all(end is None or isinstance(end, (int, float)) for end in ends)
    if len(ends) != 2 or not numbers or (None not in ends and ends[0] >= ends[1]) or ends == [None, None]:
        raise ValueError(
            f"bounds is {bounds!r}. Write (low, high) with None for an open end, or one of "
            f"{', '.join(BOUNDS)}."
        )
    return [None if end is None else float(end) for end in ends]
