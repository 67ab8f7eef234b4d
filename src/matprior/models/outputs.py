"""What the outputs of the last layer mean: one number per target, a number and a spread, or quantiles.

A head turns `k` outputs per target into a prediction and whatever else it knows. Output `j` of target
`i` is column `j * t + i`, so that the first `t` columns are always about the predictions, before
decoding and after it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus

from matprior.models.links import link_of

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Levels of the `quantile` head; the middle one is the prediction."""
SMALLEST_SPREAD = 1e-3
"""Added to a predicted spread, in units of the targets' own: a likelihood of infinity is no lesson."""


@dataclass
class PointHead:
    """One number per target."""

    targets: list[str] = field(default_factory=list)
    """Names of the `t` targets."""
    scale: list[float] = field(default_factory=list)
    """What one unit of an output means, shape (t,), on the scale the targets were learned on."""
    links: list[dict[str, Any]] = field(default_factory=list)
    """One per target, from the user's units to that scale; empty: none."""
    bounds: list[float | None] | None = None
    """No answer lies outside, in the user's units."""
    outputs: ClassVar[int] = 1
    """Outputs per target."""

    def learn(self, values: np.ndarray) -> None:
        """Look at the targets (n, t) of the training rows, with NaN for unknown."""

    def labels(self, values: np.ndarray, standard: np.ndarray) -> np.ndarray:
        """What the loss compares outputs with, given the targets and their standardised form."""
        return standard

    def ordinary(self, values: np.ndarray) -> np.ndarray:
        """Targets that are learned as numbers; the others become NaN."""
        return values

    def decode(self, raw: Tensor) -> Tensor:
        """Outputs (n, k * t) to answers in the user's units; columns as `columns` names them."""
        return self.user(self.centre(raw))

    def centre(self, raw: Tensor) -> Tensor:
        """The predictions (n, t) on the scale on which intervals are symmetric."""
        return raw[:, : self.t]

    def user(self, values: Tensor) -> Tensor:
        """Values (n, t) on that scale in the user's units, inside the bounds."""
        if self.links:
            columns = [link_of(link).undo(values[:, i].contiguous()) for i, link in enumerate(self.links)]
            values = torch.stack(columns, dim=1)
        return values if self.bounds is None else values.clamp(*self.bounds)

    def space(self, values: np.ndarray) -> np.ndarray:
        """Truths (n, t) in the user's units on the scale of `centre`."""
        if not self.links:
            return values
        return np.stack([link_of(link).apply(values[:, i]) for i, link in enumerate(self.links)], axis=1)

    @property
    def t(self) -> int:
        """Number of targets."""
        return len(self.targets)

    @property
    def curved(self) -> bool:
        """Whether `centre` is on another scale than the user's."""
        return bool(self.links)

    @property
    def columns(self) -> list[str]:
        """Names of the answers."""
        return list(self.targets)

    def told(self, raw: Tensor) -> Tensor | None:
        """What the head itself says of the error of its predictions, on the scale of `centre`."""
        return None

    def part(self, raw: Tensor, j: int) -> Tensor:
        """Output `j` of every target, shape (n, t)."""
        return raw[:, j * self.t : (j + 1) * self.t]

    def scaled(self, outputs: Tensor) -> Tensor:
        """Widths (n, t) from standardised units to those of the targets."""
        return outputs * torch.tensor(self.scale, dtype=outputs.dtype, device=outputs.device)


@dataclass
class GaussianHead(PointHead):
    """A mean and a standard deviation per target, so that hard strings get wide error bars."""

    outputs: ClassVar[int] = 2

    def told(self, raw: Tensor) -> Tensor:
        """Standard deviations (n, t) on the scale of `centre`."""
        return self.scaled(softplus(self.part(raw, 1)) + SMALLEST_SPREAD)

    def decode(self, raw: Tensor) -> Tensor:
        centre, spread = self.centre(raw), self.told(raw)
        if self.links:  # curved: half of what one spread to each side makes
            spread = (self.user(centre + spread) - self.user(centre - spread)) / 2
        return torch.cat((self.user(centre), spread), dim=1)

    @property
    def columns(self) -> list[str]:
        return [*self.targets, *(f"{name} std" for name in self.targets)]


@dataclass
class QuantileHead(PointHead):
    """The median and quantiles around it, each a step outwards from the last: they can't cross."""

    outputs: ClassVar[int] = len(LEVELS)

    def told(self, raw: Tensor) -> Tensor:
        """Quantiles minus the median, shape (n, q, t), on the scale of `centre`."""
        steps = torch.stack([self.scaled(softplus(self.part(raw, j))) for j in range(1, len(LEVELS))], dim=1)
        return around_median(steps)

    def decode(self, raw: Tensor) -> Tensor:
        centre, offsets = self.centre(raw), self.told(raw)
        others = [j for j, level in enumerate(LEVELS) if level != 0.5]
        quantiles = [self.user(centre + offsets[:, j]) for j in others]
        return torch.cat((self.user(centre), *quantiles), dim=1)

    @property
    def columns(self) -> list[str]:
        others = [level for level in LEVELS if level != 0.5]
        return [*self.targets, *(f"{name} q{level:g}" for level in others for name in self.targets)]


def around_median(steps: Tensor) -> Tensor:
    """Steps outwards, shape (n, q - 1, t), lower half first, as quantiles minus the median (n, q, t)."""
    half = steps.shape[1] // 2
    below = -steps[:, :half].cumsum(1).flip(1)
    return torch.cat((below, torch.zeros_like(steps[:, :1]), steps[:, half:].cumsum(1)), dim=1)
