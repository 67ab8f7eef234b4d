"""The strategy that carries target rows along: any fine-tuning with an alignment beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from matprior.domains.alignment import Alignment, Side
from matprior.strategies import Labelled, Strategy, TuningOptions, strategy_of
from matprior.strategies.company import Company, Seen
from matprior.tokens.composition import Encoded
from matprior.training.loop import Progress

OWN = -1
"""In place of a source: the row is one of the target."""


class Riders(Company):
    """Target rows without labels, and the alignment they are there for.

    Source rows that are themselves rows of the target (labelled ones, in a semi-supervised training) stand
    on neither side of the alignment. Of several sources each is pulled towards the target by itself, with a
    helper of its own, and their terms are averaged (Zhao et al. 2018, NeurIPS 31, for the adversarial one).

    Parameters
    ----------
    sources : rows of each source where there are several; a row of two belongs to the first
    """

    def __init__(
        self, encoded: Encoded, alignment: Alignment, seed: int = 0, sources: Sequence[Encoded] = ()
    ) -> None:
        super().__init__(encoded, 1.0, seed)
        self.alignment = alignment
        self.sources = sources
        self._source_of = np.empty(0, dtype=int)

    def new_helper(self, width: int) -> nn.Module | None:
        helpers = [self.alignment.helper(width) for _ in range(self._n_sources)]
        return None if helpers[0] is None else nn.ModuleList(helpers)  # type: ignore[arg-type]

    def board(self, rows: Encoded) -> None:
        known = set(row_keys(self.encoded))
        places = {key: place for place, one in reversed([*enumerate(self.sources)]) for key in row_keys(one)}
        self._source_of = np.array([OWN if key in known else places.get(key, 0) for key in row_keys(rows)])

    def term(self, seen: Seen) -> Tensor:
        answers = seen.outputs.detach()
        target = Side(seen.vectors[seen.n :], answers[seen.n :])
        terms = []
        for place in range(self._n_sources):
            own = np.flatnonzero(self._source_of[seen.rows] == place)
            if len(own) < 2 or len(seen.riders) < 2:  # no distribution in a single row
                continue
            helper = None if self.helper is None else self.helper[place]  # type: ignore[index]
            source = Side(seen.vectors[own], answers[own])
            terms.append(self.alignment.term(source, target, seen.progress, helper))
        return torch.stack(terms).mean() if terms else seen.vectors.sum() * 0

    @property
    def _n_sources(self) -> int:
        return max(1, len(self.sources))


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


def aligned(
    inner: Any, alignment: Alignment, target: Encoded, seed: int = 0, sources: Sequence[Encoded] = ()
) -> Strategy:
    """A fine-tuning with an alignment towards target rows; with weight 0 the fine-tuning alone.

    Parameters
    ----------
    inner : a strategy or its name
    target : rows of the target, without labels
    sources : rows of each source where there are several
    """
    # Weight 0 is no adaptation to the last bit: no rider changes the order of a sum.
    return Accompanied(inner, Riders(target, alignment, seed, sources) if alignment.weight else None)


def row_keys(encoded: Encoded) -> list[bytes]:
    """One key per row, the same for rows the encoder cannot tell apart."""
    keys = []
    for i, length in enumerate(encoded.lengths):
        key = encoded.ids[i, :length].tobytes()
        keys.append(key if encoded.amounts is None else key + encoded.amounts[i, :length].tobytes())
    return keys
