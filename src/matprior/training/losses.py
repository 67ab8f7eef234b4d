"""Losses over known targets. NaN in a target means: nobody measured it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def mean_over_known(error: Tensor, known: Tensor) -> Tensor:
    """Mean of `error` where `known`; 0, not NaN, for a batch with no known target."""
    return (error * known).sum() / known.sum().clamp(min=1)


def filled(labels: Tensor) -> Tensor:
    """Labels with 0 where unknown, to be left out afterwards: 0 * NaN is NaN, and its gradient too."""
    return labels.nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)


def smooth_l1(logits: Tensor, labels: Tensor) -> Tensor:
    """Huber loss (threshold 1 in standardised units) over known targets.

    Parameters
    ----------
    logits, labels : shape (n, t); NaN in `labels` marks an unknown target
    """
    known = labels.isfinite()
    error = functional.smooth_l1_loss(logits, filled(labels).to(logits.dtype), reduction="none")
    return mean_over_known(error, known)


def squared(logits: Tensor, labels: Tensor) -> Tensor:
    """Squared error over known targets; shapes as in `smooth_l1`."""
    known = labels.isfinite()
    return mean_over_known((logits - filled(labels)).square(), known)


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Class indices of shape (n,) against logits (n, c); -100 marks an unknown class."""
    if not (labels != -100).any():
        return logits.sum() * 0  # torch would answer NaN for a batch without a single label
    return functional.cross_entropy(logits, labels.long())


LOSSES = {"smooth_l1": smooth_l1, "squared": squared, "cross_entropy": cross_entropy}
"""Name in the options -> loss(logits, labels)."""


def masked_token_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy over masked places: logits (n, l, v), labels (n, l) with -100 elsewhere."""
    asked = labels != -100
    if not asked.any():
        return logits.sum() * 0
    return functional.cross_entropy(logits[asked], labels[asked])


def masked_fraction_loss(logits: Tensor, fractions: Tensor) -> Tensor:
    """Divergence of a guessed fraction from the true one at masked places; 0 for a perfect guess.

    The fraction is read as a probability: an error of 0.01 weighs more at 0.001 than at 0.5.

    Parameters
    ----------
    logits, fractions : shape (n, l); NaN in `fractions` where nothing is asked
    """
    known = fractions.isfinite()
    truth = filled(fractions).to(logits.dtype)
    error = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    own = torch.special.entr(truth) + torch.special.entr(1 - truth)
    return mean_over_known(error - own, known)


def balanced_by_column(logits: Tensor, labels: Tensor, threshold: float = 1.0) -> Tensor:
    """Smooth L1 per property, properties weighted by the square root of their known values.

    Weighting by the count would let the largest table drown the others; equal weights would let the
    noise of a property known for three rows of the batch steer the step. The root lies between.

    Parameters
    ----------
    logits, labels : shape (n, p), standardised; NaN in `labels` marks unknown
    threshold : errors beyond this count by their size, smaller ones by their square
    """
    known = labels.isfinite()
    truth = filled(labels).to(logits.dtype)
    error = functional.smooth_l1_loss(logits, truth, reduction="none", beta=threshold) * known
    count = known.sum(0)
    weight = count.to(logits.dtype).sqrt()
    return (error.sum(0) / count.clamp(min=1) * weight).sum() / weight.sum().clamp(min=1)


def standardise(targets: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and scale of each column over known values, shape (t,); scale is never 0."""
    known = targets.isfinite()
    count = known.sum(0).clamp(min=1)
    mean = filled(targets).sum(0) / count
    scale = (((filled(targets) - mean) * known).square().sum(0) / count).sqrt()
    # Relative to the mean: a diffusivity in m²/s is 1e-15 without being constant.
    return mean, torch.where(scale > 1e-12 * mean.abs(), scale, torch.ones_like(scale))
