"""From the outputs of the last layer to answers: one class per head, read from `config.head`.

A head turns `k` outputs per target into a prediction and whatever else it knows (a spread, quantiles,
the probability of a special value). Output `j` of target `i` is column `j * t + i`, so that the first
`t` columns are always about the predictions, before decoding and after it. While a network is trained
`config.head` is None and it answers with the outputs as they are.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus

from matprior.models.links import Identity, link_of, told_link

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Levels of the `quantile` head; the middle one is the prediction."""
SMALLEST_SPREAD = 1e-3
"""Added to a predicted spread, in units of the targets' own: a likelihood of infinity is no lesson."""
EDGE_SHARE = 0.2
"""Share of the training rows that must hold one value at an end of the range for `two_part`."""


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
            columns = [
                link_of(link).undo(values[:, i].contiguous()) for i, link in enumerate(self.links)
            ]
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
    shares = {side: float((known == end).mean()) for side, end in (("lower", known.min()), ("upper", known.max()))}
    side = max(shares, key=lambda key: shares[key])  # of equals the lower: an edge is mostly a floor
    edge = float(known.min() if side == "lower" else known.max())
    if shares[side] < EDGE_SHARE:
        raise ValueError(
            f"head='two_part' is for targets of which many rows hold the smallest or the largest value. Of the "
            f"training rows of {name!r} only {shares[side]:.0%} hold {edge:g}; at least {EDGE_SHARE:.0%} are "
            "needed. Use head='point'."
        )
    return edge, side


HEADS: dict[str, type[PointHead]] = {
    "point": PointHead,
    "gaussian": GaussianHead,
    "quantile": QuantileHead,
    "two_part": TwoPartHead,
}
"""Value of `head` -> class. The CLI, error messages and the exam read this."""
CHOSEN = ("soft",)
"""Fields that people set; the others are learned."""


def new_head(choice: str | Mapping[str, Mapping[str, Any]], targets: list[str]) -> PointHead:
    """A head by name, or by name and options, for targets of these names.

    Examples
    --------
    >>> new_head({"two_part": {"soft": True}}, ["gap"]).soft
    True
    """
    if not isinstance(choice, str) and (not isinstance(choice, Mapping) or len(choice) != 1):
        raise ValueError(f"head is {choice!r}. Write its name, or {{'name': {{options}}}}.")
    name, options = (choice, {}) if isinstance(choice, str) else next(iter(choice.items()))
    if name not in HEADS:
        near = difflib.get_close_matches(str(name), HEADS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"There is no head {name!r}. Known: {', '.join(HEADS)}.{hint}")
    known = [f.name for f in fields(HEADS[name]) if f.name in CHOSEN]
    for unknown in set(options) - set(known):
        raise ValueError(f"Head {name!r} has no option {unknown!r}. Known: {', '.join(known) or 'none'}.")
    return HEADS[name](targets=targets, **options)


def told_head(head: PointHead) -> dict[str, Any] | None:
    """A head as plain data for `config.head`; None when the outputs are the answers already."""
    if type(head) is PointHead and not head.links and head.bounds is None:
        return None
    name = next(name for name, kind in HEADS.items() if type(head) is kind)
    return {"name": name, **asdict(head), "columns": head.columns}


def head_of(facts: dict[str, Any]) -> PointHead:
    """A head from what `told_head` wrote."""
    return HEADS[facts["name"]](**{k: v for k, v in facts.items() if k not in ("name", "columns")})


def decode(raw: Tensor, facts: dict[str, Any] | None) -> Tensor:
    """Outputs of the last layer (n, k * t) as answers in the user's units."""
    return raw if facts is None else head_of(facts).decode(raw)


__all__ = ["HEADS", "LEVELS", "Identity", "PointHead", "decode", "head_of", "new_head", "told_head", "told_link"]
