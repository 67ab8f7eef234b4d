"""Several processes that train together: what each must know of the others.

Gradients are averaged over processes. A loss that is a mean over something counted in the batch (hidden
atoms, known values) must therefore divide by the count of all processes and be multiplied by their
number; then any number of processes takes the same step as one. With one process nothing here changes
a number.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, distributed

_alone = False


@contextmanager
def alone() -> Iterator[None]:
    """Inside the block every process computes for itself, as when all score the same held-out rows."""
    global _alone
    before, _alone = _alone, True
    try:
        yield
    finally:
        _alone = before


def n_processes() -> int:
    """Number of processes that train together; 1 outside `torchrun` and `accelerate launch`."""
    if _alone or not distributed.is_available() or not distributed.is_initialized():
        return 1
    return distributed.get_world_size()


def total(count: Tensor) -> Tensor:
    """A count summed over all processes; no gradient passes."""
    if n_processes() == 1:
        return count
    summed = count.detach().clone()
    distributed.all_reduce(summed)
    return summed


def gathered(vectors: Tensor) -> Tensor:
    """Rows of all processes, shape (n, d), the same everywhere; gradient passes to the own rows alone."""
    if n_processes() == 1:
        return vectors
    sizes = [torch.zeros(1, dtype=torch.long, device=vectors.device) for _ in range(n_processes())]
    distributed.all_gather(sizes, torch.tensor([len(vectors)], device=vectors.device))
    longest = int(max(sizes))
    # Tensors to be gathered must be of one shape.
    padded = vectors.new_zeros(longest, vectors.shape[1])
    padded[: len(vectors)] = vectors.detach()
    parts = [torch.zeros_like(padded) for _ in sizes]
    distributed.all_gather(parts, padded)
    rank = distributed.get_rank()
    own = [part[: int(size)] for part, size in zip(parts, sizes, strict=True)]
    own[rank] = vectors
    return torch.cat(own)


def shared_by_all(loss: Tensor) -> Tensor:
    """A loss that every process computes over the rows of all; its gradient reaches the own rows alone.

    The value stays, and the gradient is multiplied so that the average over processes is their sum.
    """
    n = n_processes()
    return loss if n == 1 else loss + (n - 1) * (loss - loss.detach())
