"""Rows of earlier tables that ride in the batches of a later one, so that they are not forgotten."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from matprior.strategies.company import Company, Seen
from matprior.tokens.composition import Encoded
from matprior.training.losses import absolute


@dataclass
class Remembered:
    """One earlier table: strings and what was learned of them."""

    strings: list[str]
    labels: NDArray
    """Numbers, or one column of 0 and 1 per class, shape (n, c); standardised."""


def remembered(strings: list[str], values: NDArray, most: int, seed: int) -> Remembered:
    """A sample of a table's rows with standardised labels.

    Parameters
    ----------
    values : numbers or labels of classes, shape (n,)
    most : rows at most

    Examples
    --------
    >>> remembered(["NaCl", "KCl", "LiF"], np.array(["a", "b", "a"]), 10, 0).labels.shape
    (3, 2)
    """
    numeric = np.issubdtype(values.dtype, np.number)
    columns = values[:, None] if numeric else (values[:, None] == np.unique(values)).astype(float)
    labels = columns.astype(float)
    spread = labels.std(0)
    labels = (labels - labels.mean(0)) / np.where(spread > 0, spread, 1.0)
    kept = np.sort(np.random.default_rng(seed).permutation(len(strings))[:most])
    return Remembered([strings[i] for i in kept], labels[kept])


class Replay(Company):
    """Earlier rows with their labels; a head of its own answers for them and is gone afterwards.

    Parameters
    ----------
    encoded : rows of all earlier tables below each other, `n`
    labels : shape (n, c), NaN where a row is of another table
    share : earlier rows per row of the table that is learned
    weight : of their labels in the loss
    """

    def __init__(
        self, encoded: Encoded, labels: NDArray, share: float, weight: float = 1.0, seed: int = 0
    ) -> None:
        super().__init__(encoded, share, seed)
        self.labels = torch.as_tensor(labels, dtype=torch.float32)
        self.weight = weight

    def new_helper(self, width: int) -> nn.Module:
        return nn.Linear(width, self.labels.shape[1])

    def term(self, seen: Seen) -> Tensor:
        assert self.helper is not None
        guess = self.helper(seen.vectors[seen.n :])
        return self.weight * absolute(guess, self.labels[torch.from_numpy(seen.riders)].to(guess.device))


def below_each_other(parts: list[Remembered]) -> tuple[list[str], NDArray]:
    """Strings of several tables, and their labels in columns of their own."""
    strings = [string for part in parts for string in part.strings]
    labels = np.full((len(strings), sum(part.labels.shape[1] for part in parts)), np.nan)
    row = column = 0
    for part in parts:
        n, c = part.labels.shape
        labels[row : row + n, column : column + c] = part.labels
        row, column = row + n, column + c
    return strings, labels
