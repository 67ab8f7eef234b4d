"""Encoded rows as a data set, and the order in which a training visits them.

Strings have already become ids; here are only arrays. Rows of like length share a batch, because
half of a batch that pads 3 tokens to 12 would be wasted work.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset, Sampler

from matprior.tokens.composition import Encoded

MEGABATCH = 32
"""Batches that are shuffled together before sorting by length: large enough to bucket well."""


class Rows(Dataset):
    """Encoded strings with their targets, fetched a whole batch at a time.

    Parameters
    ----------
    encoded : ids and atomic fractions of `n` strings
    targets : shape (n, t) floats, NaN where unknown, or (n,) class indices; None when there are none
    weights : of the rows (n, 1) or of single targets (n, t); None when all count the same

    Notes
    -----
    An index may be `epoch * n + row`: the sampler says so which epoch it is in, so that whatever is
    drawn per row (masks) depends on seed, epoch and row alone, and a resumed run draws the same.
    """

    def __init__(
        self, encoded: Encoded, targets: np.ndarray | None = None, weights: np.ndarray | None = None
    ) -> None:
        self.encoded = encoded
        self.targets = None if targets is None else torch.as_tensor(targets)
        self.weights = None if weights is None else torch.as_tensor(weights)

    def __len__(self) -> int:
        return len(self.encoded)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.__getitems__([index])

    def __getitems__(self, indices: list[int]) -> dict[str, Any]:
        """The batch of these indices, trimmed to its longest string."""
        epoch, rows = divmod(np.asarray(indices, dtype=np.int64), len(self))
        batch = as_tensors(self.encoded, rows)
        if self.targets is not None:
            batch["labels"] = self.targets[rows]
        if self.weights is not None:
            batch["weights"] = self.weights[rows]
        return {**batch, "rows": torch.from_numpy(rows), "epoch": int(epoch[0])}


def as_tensors(encoded: Encoded, rows: np.ndarray) -> dict[str, Any]:
    """Model inputs for some rows: `input_ids`, `amounts`, `attention_mask`, each of shape (n, l).

    Rows with numbers beside the string have them as `extra`, shape (n, e).
    """
    part = encoded.take(rows)
    batch = {
        "input_ids": torch.from_numpy(part.ids.astype(np.int64)),
        "attention_mask": torch.from_numpy(part.attention_mask.astype(np.int64)),
    }
    if part.amounts is not None:
        batch["amounts"] = torch.from_numpy(part.amounts)
    return batch if part.extra is None else {**batch, "extra": torch.from_numpy(part.extra)}


class BucketSampler(Sampler[int]):
    """Shuffled rows, arranged so that consecutive batches hold strings of like length.

    Parameters
    ----------
    lengths : tokens per row, shape (n,)
    batch_size : rows per batch
    seed : same seed, same order; each epoch has its own order
    """

    def __init__(self, lengths: np.ndarray, batch_size: int, seed: int) -> None:
        self.lengths = np.asarray(lengths)
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Called by the training loop at the start of an epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        order = bucketed_order(self.lengths, self.batch_size, np.random.default_rng([self.seed, self.epoch]))
        return iter((order + self.epoch * len(order)).tolist())


class ShareOfBatches(Sampler[list[int]]):
    """What one of several processes sees of each batch: every n-th row, so that lengths are alike too.

    All processes together see what one process would. Only a last batch of fewer rows than processes
    is left out.

    Parameters
    ----------
    sampler : the order of all rows; its batch size is that of all processes together
    process, n_processes : which of how many
    """

    def __init__(self, sampler: BucketSampler, process: int, n_processes: int) -> None:
        self.sampler = sampler
        self.process = process
        self.n_processes = n_processes

    def set_epoch(self, epoch: int) -> None:
        self.sampler.set_epoch(epoch)

    def __len__(self) -> int:
        full, rest = divmod(len(self.sampler), self.sampler.batch_size)
        return full + (rest >= self.n_processes)

    def __iter__(self) -> Iterator[list[int]]:
        order, size = list(self.sampler), self.sampler.batch_size
        for index in range(len(self)):
            yield order[index * size : (index + 1) * size][self.process :: self.n_processes]


def bucketed_order(lengths: np.ndarray, batch_size: int, random: np.random.Generator) -> np.ndarray:
    """A random order of all rows in which each run of `batch_size` rows has nearly one length."""
    order = random.permutation(len(lengths))
    chunk = batch_size * MEGABATCH
    pieces = [
        part[np.argsort(lengths[part], kind="stable")]
        for part in (order[i : i + chunk] for i in range(0, len(order), chunk))
    ]
    order = np.concatenate(pieces) if pieces else order
    full = len(order) // batch_size * batch_size
    batches = order[:full].reshape(-1, batch_size)
    # The short batch stays last: anywhere else it would shift the borders of every batch after it.
    return np.concatenate([random.permutation(batches).ravel(), order[full:]])
