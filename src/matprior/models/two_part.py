"""A head for targets of which many share one value at an end of the range."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from matprior.models.outputs import PointHead

EDGE_SHARE = 0.2
"""Share of the training rows that must hold one value at an end of the range."""


@dataclass
class TwoPartHead(PointHead):
    """For targets of which many share one value at the end of the range, as metals share a gap of 0.

    One output says how likely that value is, another what the number is where it is not. The more
    likely of the two is the prediction: the median of both together, which the absolute error rewards.
    """

    soft: bool = False
    """Predict the mean of both instead, which the squared error rewards."""
    edges: list[float] = field(default_factory=list)
    """The special value of each target, learned from the training rows."""
    sides: list[str] = field(default_factory=list)
    """At which end of the range it lies: lower or upper."""
    outputs: ClassVar[int] = 2

    def learn(self, values: np.ndarray) -> None:
        found = [_edge(column[np.isfinite(column)], self.targets[i]) for i, column in enumerate(values.T)]
        self.edges, self.sides = [edge for edge, _ in found], [side for _, side in found]

    def ordinary(self, values: np.ndarray) -> np.ndarray:
        return np.where(values == np.array(self.edges), np.nan, values)

    def labels(self, values: np.ndarray, standard: np.ndarray) -> np.ndarray:
        at_edge = np.where(np.isfinite(values), values == np.array(self.edges), np.nan)
        return np.concatenate((standard, at_edge), axis=1)

    def decode(self, raw: Tensor) -> Tensor:
        return torch.cat((self._mixed(raw), self.part(raw, 1).sigmoid(), self._number(raw)), dim=1)

    def centre(self, raw: Tensor) -> Tensor:
        return self._mixed(raw)

    @property
    def curved(self) -> bool:
        return False

    def user(self, values: Tensor) -> Tensor:
        return self._inside(values if self.bounds is None else values.clamp(*self.bounds))

    def space(self, values: np.ndarray) -> np.ndarray:
        return values  # a link knows no value for the edge: errors are counted in the user's units

    def _mixed(self, raw: Tensor) -> Tensor:
        number, edge = self._number(raw), torch.tensor(self.edges, dtype=raw.dtype, device=raw.device)
        if self.soft:
            return torch.lerp(number, edge.expand_as(number), self.part(raw, 1).sigmoid())
        return torch.where(self.part(raw, 1) > 0, edge, number)

    def _number(self, raw: Tensor) -> Tensor:
        return self._inside(super().user(raw[:, : self.t]))

    def _inside(self, values: Tensor) -> Tensor:
        """Nothing lies beyond the special value."""
        edge = torch.tensor(self.edges, dtype=values.dtype, device=values.device)
        lower = torch.tensor([side == "lower" for side in self.sides], device=values.device)
        return torch.where(lower, torch.maximum(values, edge), torch.minimum(values, edge))

    @property
    def columns(self) -> list[str]:
        gates = [f"P({name} = {edge:g})" for name, edge in zip(self.targets, self.edges, strict=True)]
        return [*self.targets, *gates, *(f"{name} otherwise" for name in self.targets)]


def _edge(known: np.ndarray, name: str) -> tuple[float, str]:
    """The value at an end of the range that most rows share, and which end that is."""
    shares = {
        side: float((known == end).mean()) for side, end in (("lower", known.min()), ("upper", known.max()))
    }
    side = max(shares, key=lambda key: shares[key])  # of equals the lower: an edge is mostly a floor
    edge = float(known.min() if side == "lower" else known.max())
    if shares[side] < EDGE_SHARE:
        raise ValueError(
            f"head='two_part' is for targets of which many rows hold the smallest or the largest value. "
            f"Of the training rows of {name!r} only {shares[side]:.0%} hold {edge:g}; at least "
            f"{EDGE_SHARE:.0%} are needed. Use head='point'."
        )
    return edge, side
