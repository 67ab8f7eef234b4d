"""The scale a target is learned on: a link leads from the user's units to it, and back.

The way there is NumPy, for targets before training. The way back is torch: it is part of a fitted
network and runs from `config.head` alone, wherever the folder is opened.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

KNOTS = 200
"""Points of a learned curve: more than a table of labels can tell apart, and still a short config."""


@dataclass
class Identity:
    """The target as it is."""

    def learn(self, values: np.ndarray) -> Identity:
        """Learn from the known values (n,) of the training rows."""
        return self

    def apply(self, values: np.ndarray) -> np.ndarray:
        """From the user's units; NaN stays NaN."""
        return values

    def undo(self, values: Tensor) -> Tensor:
        """Back to the user's units."""
        return values

    def refusal(self, value: float) -> str | None:
        """Why this link cannot take a value; None when it can."""
        return None


@dataclass
class Log10(Identity):
    """Powers of ten: for targets that spread over orders of magnitude, such as conductivities."""

    def apply(self, values: np.ndarray) -> np.ndarray:
        return np.log10(values)

    def undo(self, values: Tensor) -> Tensor:
        # 10 ** 38 is the end of float32: an answer of infinity would help nobody.
        return torch.pow(10.0, values.clamp(-37.0, 37.0))

    def refusal(self, value: float) -> str | None:
        if value > 0:
            return None
        return "transform='log10' takes numbers above 0 only. Use transform='quantile', or leave it out"


@dataclass
class NormalScores(Identity):
    """Ranks among the training rows as quantiles of a normal law: few far outliers can't set the scale.

    Answers stay within the range of the training rows.
    """

    values: list[float] = field(default_factory=list)
    """Increasing, in the user's units."""
    scores: list[float] = field(default_factory=list)
    """Increasing, the normal quantile of each."""

    def learn(self, values: np.ndarray) -> NormalScores:
        from scipy.stats import norm

        different, counts = np.unique(values, return_counts=True)
        # The middle of a value's ranks: it is one point of the curve however many rows share it.
        scores = norm.ppf((np.cumsum(counts) - counts / 2) / counts.sum())
        kept = np.unique(np.linspace(0, len(different) - 1, KNOTS).round().astype(int))
        return NormalScores(different[kept].tolist(), scores[kept].tolist())

    def apply(self, values: np.ndarray) -> np.ndarray:
        return np.interp(values, self.values, self.scores)

    def undo(self, values: Tensor) -> Tensor:
        points = torch.tensor(self.scores, dtype=torch.float64, device=values.device)
        heights = torch.tensor(self.values, dtype=torch.float64, device=values.device)
        if len(points) == 1:
            return heights.to(values.dtype).expand_as(values)
        # float64: neighbouring knots of a long table are closer than float32 can tell.
        at = values.double().clamp(points[0], points[-1]).contiguous()
        right = torch.searchsorted(points, at).clamp(1, len(points) - 1)
        low, high = points[right - 1], points[right]
        share = (at - low) / (high - low)
        return torch.lerp(heights[right - 1], heights[right], share).to(values.dtype)


LINKS: dict[str, type[Identity]] = {"none": Identity, "log10": Log10, "quantile": NormalScores}
"""Value of `transform` -> class. The CLI, error messages and the exam read this."""


def link_of(facts: dict[str, Any]) -> Identity:
    """A link from what `told_link` wrote."""
    return LINKS[facts["name"]](**{key: value for key, value in facts.items() if key != "name"})


def told_link(link: Identity) -> dict[str, Any]:
    """A link as plain data for a config.

    Examples
    --------
    >>> told_link(Log10())
    {'name': 'log10'}
    """
    name = next(name for name, kind in LINKS.items() if type(link) is kind)
    return {"name": name, **asdict(link)}
