"""Terms that pull the vectors of source and target together, one class each.

A term is added to the loss of the ordinary training: the batch holds source rows with labels and target
rows without. It sees vectors and answers of both sides and gives a scalar. Every term is free of the scale
of the vectors, so that one weight means the same for any width, and shrinking all vectors gains nothing.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Widths of the kernels of the mean discrepancy, in units of the median squared distance."""


class _Reverse(torch.autograd.Function):
    """Nothing on the way up, the gradient times minus a factor on the way down."""

    @staticmethod
    def forward(context: Any, vectors: Tensor, factor: float) -> Tensor:
        context.factor = factor
        return vectors.view_as(vectors)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return -context.factor * gradient, None


def reverse(vectors: Tensor, factor: float) -> Tensor:
    """The vectors as they are; the gradient that comes back through them is multiplied by `-factor`."""
    return _Reverse.apply(vectors, factor)


def ramp(progress: float, steepness: float = 10.0) -> float:
    """Strength of the reversal after a share of the training: 0 at first, 1 at the end.

    Ganin and Lempitsky 2015, arXiv:1409.7495: a domain head that has learned nothing yet would only
    disturb the encoder.

    Examples
    --------
    >>> ramp(0.0), round(ramp(0.5), 3), round(ramp(1.0), 3)
    (0.0, 0.987, 1.0)
    """
    return 2 / (1 + math.exp(-steepness * progress)) - 1


@dataclass
class Side:
    """One domain's rows of a batch."""

    vectors: Tensor
    """Shape (n, d)."""
    answers: Tensor
    """What the network says of them, shape (n, k); no gradient passes."""


@dataclass
class Alignment(ABC):
    """One term of the loss that pulls two domains together."""

    weight: float = 0.1
    """How strongly; 0 is no adaptation."""

    def __post_init__(self) -> None:
        if not self.weight >= 0:
            raise ValueError(f"weight is {self.weight!r}; expected a number from 0 on. 0 is no adaptation.")

    def helper(self, width: int) -> nn.Module | None:
        """A module the term needs while training, for vectors of this width."""
        return None

    @abstractmethod
    def term(self, source: Side, target: Side, progress: float, helper: nn.Module | None) -> Tensor:
        """What is added to the loss; `progress` is the share of the training that is done."""


@dataclass
class Adversarial(Alignment):
    """A domain head learns to tell source from target; the encoder gets its gradient reversed (DANN).

    Ganin and Lempitsky 2015, arXiv:1409.7495. The head learns at full strength, the encoder is pushed the
    other way at `weight` times the ramp, and the head is thrown away at the end.
    """

    hidden: int = 64
    """Units of the domain head."""

    def helper(self, width: int) -> nn.Module:
        # Vectors of an encoder are of any size: without the norm the head would learn that first.
        return nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, self.hidden), nn.ReLU(), nn.Linear(self.hidden, 1)
        )

    def term(self, source: Side, target: Side, progress: float, helper: nn.Module | None) -> Tensor:
        assert helper is not None
        vectors = torch.cat((source.vectors, target.vectors))
        guess = helper(reverse(vectors, self.weight * ramp(progress)))[:, 0]
        truth = torch.zeros_like(guess)
        truth[len(source.vectors) :] = 1.0
        # Both domains count the same, however many rows of each are in the batch.
        ones = truth.sum().clamp(min=1)
        balance = (len(truth) - ones) / ones
        return functional.binary_cross_entropy_with_logits(guess, truth, pos_weight=balance)


@dataclass
class Coral(Alignment):
    """Covariances of the vectors are made alike. Sun and Saenko 2016, arXiv:1607.01719.

    The squared difference is divided by the squared sizes of both covariances.
    """

    def term(self, source: Side, target: Side, progress: float, helper: nn.Module | None) -> Tensor:
        one, other = covariance(source.vectors), covariance(target.vectors)
        size = one.square().sum() + other.square().sum()
        return self.weight * (one - other).square().sum() / size.clamp(min=1e-12)


@dataclass
class MeanDiscrepancy(Alignment):
    """Distributions of the vectors are made alike in all moments (MMD).

    Long et al. 2015, arXiv:1502.02791.
    """

    def term(self, source: Side, target: Side, progress: float, helper: nn.Module | None) -> Tensor:
        return self.weight * discrepancy(
            kernels(torch.cat((source.vectors, target.vectors))), len(source.vectors)
        )


@dataclass
class Conditional(Alignment):
    """Rows are compared with rows of like answers, so that other shares of low and high cost nothing.

    Discrepancy within each of several soft bins of the answers, as between classes in DSAN (Zhu et al. 2020,
    IEEE TNNLS 32:1713): a target that holds more metals is not pulled onto a source that holds fewer.
    """

    bins: int = 3
    """Ranges of the answers, with equally many rows of both sides together."""

    def term(self, source: Side, target: Side, progress: float, helper: nn.Module | None) -> Tensor:
        n = len(source.vectors)
        kernel = kernels(torch.cat((source.vectors, target.vectors)))
        belongs = memberships(torch.cat((source.answers, target.answers)).detach(), self.bins)
        mass = torch.stack((belongs[:n].mean(0), belongs[n:].mean(0)))
        one, other = belongs[:n] / belongs[:n].sum(0), belongs[n:] / belongs[n:].sum(0)
        signed = torch.cat((one, -other))
        within = (signed * (kernel @ signed)).sum(0)
        # A bin that one side hardly reaches says nothing of how that side looks there.
        share = mass.amin(0) / mass.amin(0).sum()
        return self.weight * (share * within).sum()


ALIGNMENTS: dict[str, type[Alignment]] = {
    "adversarial": Adversarial,
    "coral": Coral,
    "mmd": MeanDiscrepancy,
    "conditional": Conditional,
}
"""Name -> class. The CLI, the docs and the exam read this."""


def alignment_of(name: str, **options: Any) -> Alignment:
    """An alignment by name.

    Examples
    --------
    >>> alignment_of("coral", weight=1.0)
    Coral(weight=1.0)
    """
    if name not in ALIGNMENTS:
        raise ValueError(f"There is no alignment {name!r}. Known: {', '.join(ALIGNMENTS)}.")
    known = [field.name for field in fields(ALIGNMENTS[name])]
    for unknown in set(options) - set(known):
        raise ValueError(f"Alignment {name!r} has no option {unknown!r}. Known: {', '.join(known)}.")
    return ALIGNMENTS[name](**options)


def covariance(vectors: Tensor) -> Tensor:
    """Covariance of rows, shape (d, d)."""
    centred = vectors - vectors.mean(0)
    return centred.T @ centred / max(len(vectors) - 1, 1)


def memberships(answers: Tensor, bins: int) -> Tensor:
    """How much each row belongs to each range of the answers, shape (n, bins); rows add up to 1.

    Several columns of answers are read along the line on which they differ most.
    """
    centred = answers - answers.mean(0)
    if centred.shape[1] > 1:
        centred = centred @ torch.linalg.eigh(centred.T @ centred)[1][:, -1:]
    shares = (torch.arange(bins, device=answers.device, dtype=centred.dtype) + 0.5) / bins
    centres = torch.quantile(centred[:, 0], shares)
    width = centred.std().clamp(min=1e-6) / bins
    return (-((centred - centres) / width).square() / 2).softmax(1)


def kernels(vectors: Tensor) -> Tensor:
    """Mean of Gaussian kernels of several widths around the median squared distance, shape (n, n)."""
    lengths = vectors.square().sum(1)
    squared = (lengths.unsqueeze(1) + lengths - 2 * vectors @ vectors.T).clamp(min=0)
    off = squared[~torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)]
    # Detached: the width is a unit of measurement, and must not become a way to shrink the distance.
    median = off.detach().median().clamp(min=1e-12) if len(off) else squared.new_tensor(1.0)
    return torch.stack([(-squared / (width * median)).exp() for width in WIDTHS]).mean(0)


def discrepancy(kernel: Tensor, n: int) -> Tensor:
    """Squared mean discrepancy between the first `n` rows and the others, from the kernel of all."""
    return kernel[:n, :n].mean() + kernel[n:, n:].mean() - 2 * kernel[:n, n:].mean()
