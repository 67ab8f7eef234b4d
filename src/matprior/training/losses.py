"""Losses over known targets. NaN in a target means: nobody measured it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from matprior.models.outputs import LEVELS, SMALLEST_SPREAD, around_median
from matprior.training.processes import gathered, n_processes, shared_by_all, total


def mean_over_known(error: Tensor, known: Tensor, weights: Tensor | None = None) -> Tensor:
    """Mean of `error` where `known`; 0, not NaN, for a batch with no known target.

    With `weights` (of mean 1 over all rows) errors are weighted but their number is not: a batch of
    rows that matter little makes a small step.

    Raises
    ------
    ValueError
        Answers (n, 1) met labels (n,): every answer would be compared with every label, and the best
        network would predict their mean.
    """
    if error.shape != known.shape:
        raise ValueError(
            f"Labels of shape {tuple(known.shape)} made errors of shape {tuple(error.shape)}. Give labels of "
            "the shape of the answers, (n, t): one target is labels[:, None]."
        )
    if weights is not None:
        error = error * weights.to(error.dtype)
    return n_processes() * (error * known).sum() / total(known.sum()).clamp(min=1)


def filled(labels: Tensor) -> Tensor:
    """Labels with 0 where unknown, to be left out afterwards: 0 * NaN is NaN, and its gradient too."""
    return labels.nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)


def smooth_l1(logits: Tensor, labels: Tensor, weights: Tensor | None = None) -> Tensor:
    """Huber loss (threshold 1 in standardised units) over known targets.

    Parameters
    ----------
    logits, labels : shape (n, t); NaN in `labels` marks an unknown target
    weights : of the rows, shape (n, 1), or of single targets, shape (n, t)
    """
    known = labels.isfinite()
    error = functional.smooth_l1_loss(logits, filled(labels).to(logits.dtype), reduction="none")
    return mean_over_known(error, known, weights)


def squared(logits: Tensor, labels: Tensor, weights: Tensor | None = None) -> Tensor:
    """Squared error over known targets; shapes as in `smooth_l1`."""
    known = labels.isfinite()
    return mean_over_known((logits - filled(labels)).square(), known, weights)


def absolute(logits: Tensor, labels: Tensor, weights: Tensor | None = None) -> Tensor:
    """Absolute error over known targets; shapes as in `smooth_l1`."""
    known = labels.isfinite()
    return mean_over_known((logits - filled(labels)).abs(), known, weights)


def cross_entropy(logits: Tensor, labels: Tensor, weights: Tensor | None = None) -> Tensor:
    """Class indices of shape (n,) against logits (n, c); -100 marks an unknown class."""
    known = labels != -100
    # For a batch without a single label torch answers NaN, and of several processes none knows how many
    # labels the others have: both are counted below.
    if weights is None and n_processes() == 1 and known.any():
        return functional.cross_entropy(logits, labels.long())
    error = functional.cross_entropy(logits, labels.long(), reduction="none")
    return mean_over_known(error, known, None if weights is None else weights.reshape(len(labels)))


def binary(logits: Tensor, labels: Tensor, weights: Tensor | None = None) -> Tensor:
    """Several yes-or-no labels a row; shapes as in `smooth_l1`, labels 0 or 1."""
    known = labels.isfinite()
    truth = filled(labels).to(logits.dtype)
    error = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    return mean_over_known(error, known, weights)


def likelihood(logits: Tensor, labels: Tensor, weights: Tensor | None = None, beta: float = 0.0) -> Tensor:
    """Negative log-likelihood of a normal law over known targets.

    Parameters
    ----------
    logits : means and raw spreads, shape (n, 2t), see `models.answers`
    labels : shape (n, t)
    beta : each row counts in proportion to its variance to this power
    """
    mean, raw = logits.chunk(2, dim=1)
    spread = functional.softplus(raw) + SMALLEST_SPREAD
    known = labels.isfinite()
    error = ((filled(labels) - mean) / spread).square() / 2 + spread.log()
    if beta:
        error = error * spread.detach().pow(2 * beta)
    return mean_over_known(error, known, weights)


def beta_likelihood(logits: Tensor, labels: Tensor, weights: Tensor | None = None) -> Tensor:
    """`likelihood` that does not give up on rows it finds hard (Seitzer et al. 2022, arXiv:2203.09168).

    Plain likelihood divides the gradient of the mean by the variance, so that a row once called noisy
    is never learned. It is no proper score, so it is trained by but not watched.
    """
    return likelihood(logits, labels, weights, beta=0.5)


def pinball(logits: Tensor, labels: Tensor, weights: Tensor | None = None) -> Tensor:
    """Mean pinball loss over the levels of the quantile head; logits of shape (n, q * t), labels (n, t)."""
    median = logits[:, : labels.shape[1]]
    steps = functional.softplus(logits[:, labels.shape[1] :]).unflatten(1, (len(LEVELS) - 1, labels.shape[1]))
    known = labels.isfinite()
    below = filled(labels).to(logits.dtype).unsqueeze(1) - (median.unsqueeze(1) + around_median(steps))
    levels = torch.tensor(LEVELS, dtype=logits.dtype, device=logits.device).view(1, -1, 1)
    # Twice, so that the median alone would count as the absolute error.
    return mean_over_known(2 * torch.maximum(levels * below, (levels - 1) * below).mean(1), known, weights)


def two_part(logits: Tensor, labels: Tensor, weights: Tensor | None = None) -> Tensor:
    """Is it the special value, and what is the number where it is not?

    Parameters
    ----------
    logits : numbers and gates, shape (n, 2t)
    labels : standardised numbers, NaN at the special value, and then 1 at the special value and 0
        elsewhere, shape (n, 2t); NaN in both where unknown
    """
    number, gate = logits.chunk(2, dim=1)
    truth, at_edge = labels.chunk(2, dim=1)
    known = at_edge.isfinite()
    doubt = functional.binary_cross_entropy_with_logits(
        gate, filled(at_edge).to(gate.dtype), reduction="none"
    )
    error = functional.smooth_l1_loss(number, filled(truth).to(number.dtype), reduction="none")
    # One mean over all rows: the likelihood of both parts. A mean of each would let the few rows with a
    # number in a batch of special values steer the step.
    return mean_over_known(doubt + error * truth.isfinite(), known, weights)


LOSSES: dict[str, Callable[..., Tensor]] = {
    "smooth_l1": smooth_l1,
    "absolute": absolute,
    "squared": squared,
    "cross_entropy": cross_entropy,
    "binary": binary,
    "gaussian": beta_likelihood,
    "quantile": pinball,
    "two_part": two_part,
}
"""Name in the options -> loss(logits, labels, weights)."""
WATCHED = {**LOSSES, "gaussian": likelihood}
"""The loss that decides when to stop, where it is not the one that is trained by."""


def masked_token_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy over masked places: logits (n, l, v), labels (n, l) with -100 elsewhere."""
    asked = labels != -100
    count = total(asked.sum())
    if not asked.any():
        return logits.sum() * 0
    mean = functional.cross_entropy(logits[asked], labels[asked])
    return mean if n_processes() == 1 else mean * asked.sum() * n_processes() / count


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


BALANCES = ("sqrt", "equal", "count", "uncertainty")
"""How properties share one loss; see `balanced_by_column`."""


def balanced_by_column(
    logits: Tensor,
    labels: Tensor,
    balance: str = "sqrt",
    binary: Tensor | None = None,
    log_scale: Tensor | None = None,
    threshold: float = 1.0,
) -> Tensor:
    """Loss per property, averaged over properties: smooth L1, or cross-entropy where they are yes or no.

    With `sqrt` a property weighs by the square root of its known values: weighting by the `count` would
    let the largest table drown the others, `equal` weights would let the noise of a property known for
    three rows of the batch steer the step. With `uncertainty` each loss L is moreover divided by a
    learned scale b, and log b is added (Kendall et al. 2018, arXiv:1705.07115, with the Laplace
    likelihood that belongs to an absolute error): what can't be predicted well weighs less.

    Parameters
    ----------
    logits, labels : shape (n, p), standardised; NaN in `labels` marks unknown
    balance : sqrt, equal, count or uncertainty
    binary : shape (p,), true where the labels are 0 and 1 and the answers logits; none by default
    log_scale : shape (p,), the learned log b; needed for `uncertainty`
    threshold : errors beyond this count by their size, smaller ones by their square
    """
    known = labels.isfinite()
    truth = filled(labels).to(logits.dtype)
    error = functional.smooth_l1_loss(logits, truth, reduction="none", beta=threshold)
    if binary is not None:
        entropy = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
        error = torch.where(binary, entropy, error)
    error = error * known
    count = total(known.sum(0))
    weight = count.to(logits.dtype)
    if balance == "equal":
        weight = (weight > 0).to(logits.dtype)
    elif balance != "count":
        weight = weight.sqrt()
    loss = error.sum(0) / count.clamp(min=1)
    if n_processes() > 1:
        loss = loss * n_processes()
    if balance == "uncertainty":
        assert log_scale is not None
        loss = loss * (-log_scale).exp() + log_scale
    return (loss * weight).sum() / weight.sum().clamp(min=1)


def info_nce(one: Tensor, other: Tensor, temperature: float) -> Tensor:
    """Cross-entropy of finding the other view of a row among those of all rows, both ways.

    Parameters
    ----------
    one, other : two views of `n` rows, shape (n, d); of any length, only directions count
    temperature : cosines are divided by this
    """
    one, other = gathered(functional.normalize(one, dim=-1)), gathered(functional.normalize(other, dim=-1))
    if len(one) < 2:  # nothing to be told from
        return (one.sum() + other.sum()) * 0
    similarity = one @ other.T / temperature
    own = torch.arange(len(one), device=one.device)
    both = functional.cross_entropy(similarity, own) + functional.cross_entropy(similarity.T, own)
    return shared_by_all(both / 2)


def standardise(targets: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and scale of each column over known values, shape (t,); scale is never 0."""
    known = targets.isfinite()
    count = known.sum(0).clamp(min=1)
    mean = filled(targets).sum(0) / count
    scale = (((filled(targets) - mean) * known).square().sum(0) / count).sqrt()
    # Relative to the mean: a diffusivity in m²/s is 1e-15 without being constant.
    return mean, torch.where(scale > 1e-12 * mean.abs(), scale, torch.ones_like(scale))
