"""Training by gradient on the user's rows: what full, partial and low-rank fine-tuning share."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from matprior.strategies.base import Labelled, Strategy, TuningOptions
from matprior.strategies.start import begin_at_known
from matprior.training.batches import Rows
from matprior.training.loop import Progress, answers, train
from matprior.training.losses import LOSSES, WATCHED

INPUTS = ("input_ids", "amounts", "attention_mask", "extra")
"""What of a batch a model reads."""
SHARES = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0]
"""Shares of the fine-tuned encoder that interpolation tries."""


@dataclass
class FineTuning(Strategy):
    """A strategy that trains; subclasses say in `learn` which weights move."""

    def fit(
        self,
        model: Any,
        data: Labelled,
        training: TuningOptions,
        seed: int,
        progress: Progress | None = None,
    ) -> tuple[Any, pd.DataFrame]:
        # The share is chosen on the watched rows, which decide nothing where the last weights are kept.
        mixing = training.interpolate and data.watched is not None and training.keep == "best"
        before = _encoder_weights(model) if mixing else {}
        begin_at_known(model, data, training.known_from)
        history = self.learn(model, data, training, seed, progress)
        if mixing:
            history = pd.concat([history, interpolate(model, before, data)], ignore_index=True)
        return model.eval(), history

    def learn(
        self, model: Any, data: Labelled, training: TuningOptions, seed: int, progress: Progress | None
    ) -> pd.DataFrame:
        """Train whatever may move, in place, and return the history; the best epoch on watched rows wins."""
        criterion, company = LOSSES[data.loss], data.company

        def loss(network: Any, batch: dict[str, Any]) -> Any:
            inputs = {name: batch[name] for name in INPUTS if name in batch}
            if company is None:
                return criterion(network(**inputs).logits, batch["labels"], batch.get("weights"))
            vectors = network.vectors(**inputs)
            outputs = network.raw(vectors)
            own = outputs[: len(batch["labels"])]
            return criterion(own, batch["labels"], batch.get("weights")) + company.added(
                vectors, outputs, batch
            )

        boarding = (
            nullcontext()
            if company is None
            else company.aboard(model, data.encoded, training.epochs, training.batch_size)
        )
        with boarding:
            return train(
                model,
                Rows(data.encoded, data.targets, data.weights),
                loss,
                training,
                validate=None
                if data.watched is None
                else lambda net: {"validation_loss": watched_loss(net, data)},
                seed=seed,
                collate=None if company is None else company.collate,
                progress=progress,
            )


def watched_loss(model: Any, data: Labelled) -> float:
    """Loss on the watched rows."""
    logits = torch.from_numpy(answers(model, data.watched, lambda out: out.logits))
    weights = None if data.watched_weights is None else torch.as_tensor(data.watched_weights)
    return float(WATCHED[data.loss](logits, torch.as_tensor(data.watched_targets), weights))


def interpolate(model: Any, before: dict[str, Tensor], data: Labelled) -> pd.DataFrame:
    """Move the encoder back towards where it came from, as far as the watched rows like it.

    Parameters
    ----------
    model : fine-tuned; changed in place
    before : weights of its encoder before that

    Returns
    -------
    One row for the history: `share` of the fine-tuned encoder that was kept, and its `mixed_loss`.
    """
    after = _encoder_weights(model)

    def mix(share: float) -> None:
        # 1 and 0 are copies: a share of the whole must not change the last bit.
        if share in (0.0, 1.0):
            _write(model, after if share else before)
        else:
            _write(model, {name: torch.lerp(before[name], after[name], share) for name in after})

    losses = []
    for share in SHARES:
        mix(share)
        losses.append(watched_loss(model, data))
    # The first of equals is the most fine-tuned; NaN is never the least.
    best = min(range(len(SHARES)), key=lambda i: losses[i] if losses[i] == losses[i] else float("inf"))
    mix(SHARES[best])
    return pd.DataFrame([{"share": SHARES[best], "mixed_loss": losses[best]}])


def _encoder_weights(model: Any) -> dict[str, Tensor]:
    return {name: p.detach().clone() for name, p in model.base_model.named_parameters()}


@torch.no_grad()
def _write(model: Any, weights: dict[str, Tensor]) -> None:
    for name, parameter in model.base_model.named_parameters():
        parameter.copy_(weights[name])
