"""The strategy that carries target rows along: any fine-tuning with an alignment beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from torch import Tensor, nn

from matprior.domains.alignment import Alignment, Side
from matprior.strategies import Labelled, Strategy, TuningOptions, strategy_of
from matprior.strategies.company import Company, Seen
from matprior.tokens.composition import Encoded
from matprior.training.loop import Progress


class Riders(Company):
    """Target rows without labels, and the alignment they are there for.

    Source rows that are themselves rows of the target (labelled ones, in a semi-supervised training) stand
    on neither side of the alignment.
    """

    def __init__(self, encoded: Encoded, alignment: Alignment, seed: int = 0) -> None:
        super().__init__(encoded, 1.0, seed)
        self.alignment = alignment
        self._of_source = np.empty(0, dtype=bool)

    def new_helper(self, width: int) -> nn.Module | None:
        return self.alignment.helper(width)

    def board(self, rows: Encoded) -> None:
        known = set(row_keys(self.encoded))
        self._of_source = np.array([key not in known for key in row_keys(rows)], dtype=bool)

    def term(self, seen: Seen) -> Tensor:
        own = np.flatnonzero(self._of_source[seen.rows])
        if len(own) < 2 or len(seen.riders) < 2:  # no distribution in a single row
            return seen.vectors.sum() * 0
        answers = seen.outputs.detach()
        source = Side(seen.vectors[own], answers[own])
        target = Side(seen.vectors[seen.n :], answers[seen.n :])
        return self.alignment.term(source, target, seen.progress, self.helper)


class Accompanied(Strategy):
    """A strategy whose batches have company.

    Parameters
    ----------
    inner : the fine-tuning: a strategy or its name
    company : what rides along; None is the inner strategy alone
    """

    def __init__(self, inner: Any, company: Company | None) -> None:
        self.inner = strategy_of(inner)
        self.company = company

    def check(self) -> None:
        from matprior.strategies.tuning import FineTuning

        self.inner.check()
        if not isinstance(self.inner, FineTuning):
            raise ValueError(
                f"Strategy {type(self.inner).__name__} solves its head without batches, so nothing can ride "
                "along. Use strategy='full', 'partial' or 'lora'."
            )

    def fit(
        self, model: Any, data: Labelled, training: TuningOptions, seed: int, progress: Progress | None = None
    ) -> tuple[Any, pd.DataFrame]:
        self.check()
        return self.inner.fit(model, replace(data, company=self.company), training, seed, progress)


def aligned(inner: Any, alignment: Alignment, target: Encoded, seed: int = 0) -> Strategy:
    """A fine-tuning with an alignment towards target rows; with weight 0 the fine-tuning alone.

    Parameters
    ----------
    inner : a strategy or its name
    target : rows of the target, without labels
    """
    # Weight 0 is no adaptation to the last bit: no rider changes the order of a sum.
    return Accompanied(inner, Riders(target, alignment, seed) if alignment.weight else None)


def row_keys(encoded: Encoded) -> list[bytes]:
    """One key per row, the same for rows the encoder cannot tell apart."""
    keys = []
    for i, length in enumerate(encoded.lengths):
        key = encoded.ids[i, :length].tobytes()
        keys.append(key if encoded.amounts is None else key + encoded.amounts[i, :length].tobytes())
    return keys
