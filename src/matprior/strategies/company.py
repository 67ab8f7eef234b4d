"""Rows of another table that ride in the batches of a fine-tuning, and the term they add to its loss.

A batch holds the user's rows first and its riders behind them. The loss of the user's labels is counted
over the first, `Company.term` over both. What a company needs for its term (a head that guesses where a row
comes from) is on the model while it trains and gone afterwards.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from matprior.tokens.composition import Encoded
from matprior.training.batches import as_tensors

HELPER = "company_head"
"""Name of the helper on the model while it trains."""
PADDING = {"extra": float("nan")}
"""What fills a field that riders or rows lack; 0 for the others."""


@dataclass
class Seen:
    """What the network makes of the rows of one batch."""

    vectors: Tensor
    """What the last layer reads, shape (n + m, d): the user's rows and then the riders."""
    outputs: Tensor
    """What the last layer says, shape (n + m, k)."""
    n: int
    """How many rows are the user's."""
    progress: float
    """Share of the training that is done, 0 to 1."""
    riders: np.ndarray
    """Positions of the riders in their table, shape (m,)."""
    rows: np.ndarray
    """Positions of the user's rows in theirs, shape (n,)."""


class Company(ABC):
    """Rows that ride along.

    Parameters
    ----------
    encoded : the rows to draw riders from
    share : riders per row of the user's
    seed : same seed, same riders
    """

    def __init__(self, encoded: Encoded, share: float = 1.0, seed: int = 0) -> None:
        if not len(encoded):
            raise ValueError("There are 0 rows to ride along. Give at least one, or leave them out.")
        self.encoded = encoded
        self.share = share
        self.seed = seed
        self.helper: nn.Module | None = None
        self._done, self._steps, self._riders = 0, 1, np.empty(0, dtype=np.int64)

    @abstractmethod
    def term(self, seen: Seen) -> Tensor:
        """What is added to the loss, a scalar."""

    def new_helper(self, width: int) -> nn.Module | None:
        """A module this company's term needs, for vectors of this width; None when it needs none."""
        return None

    def board(self, rows: Encoded) -> None:  # noqa: B027 (most companies need nothing)
        """Called once with the user's rows, before the training."""

    @contextmanager
    def aboard(self, model: Any, rows: Encoded, epochs: int, batch_size: int) -> Iterator[None]:
        """Inside the block the helper is on the model, so that it learns; after it the model is plain."""
        self._done, self._steps = 0, epochs * math.ceil(len(rows) / batch_size)
        self.board(rows)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            self.helper = self.new_helper(model.config.hidden_size)
        if self.helper is not None:
            model.add_module(HELPER, self.helper.to(model.device))
        try:
            yield
        finally:
            if self.helper is not None:
                delattr(model, HELPER)

    def collate(self, batch: dict[str, Any]) -> dict[str, Any]:
        """The batch with riders behind its rows; labels and weights stay those of the user's rows."""
        rows = batch["rows"].numpy()
        # Drawn from seed, epoch and batch alone: a run that is repeated draws the same.
        random = np.random.default_rng([self.seed, batch["epoch"], int(rows[0])])
        count = max(1, round(self.share * len(rows)))
        chosen = random.choice(len(self.encoded), count, replace=count > len(self.encoded))
        riders = as_tensors(self.encoded, chosen)
        names = [name for name in ("input_ids", "attention_mask", "amounts", "extra") if name in batch]
        joined: dict[str, Any] = {
            name: _below(batch[name], riders.get(name), count, PADDING.get(name, 0)) for name in names
        }
        return {**batch, **joined, "riders": torch.from_numpy(chosen)}

    def added(self, vectors: Tensor, outputs: Tensor, batch: dict[str, Any]) -> Tensor:
        """The term of one batch, and one step counted."""
        progress = min(self._done / max(self._steps, 1), 1.0)
        self._done += 1
        riders, rows = batch["riders"].cpu().numpy(), batch["rows"].cpu().numpy()
        return self.term(Seen(vectors, outputs, len(rows), progress, riders, rows))


def _below(upper: Tensor, lower: Tensor | None, count: int, fill: float) -> Tensor:
    """Rows below rows, the narrower padded on the right."""
    if lower is None:
        lower = upper.new_full((count, *upper.shape[1:]), fill)
    width = max(upper.shape[1], lower.shape[1])
    parts = [functional.pad(part, (0, width - part.shape[1]), value=fill) for part in (upper, lower)]
    return torch.cat(parts)
