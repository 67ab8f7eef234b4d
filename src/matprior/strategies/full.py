"""Every weight may move, the lower layers least."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import torch

from matprior.strategies.base import Labelled, Strategy
from matprior.training.batches import Rows
from matprior.training.loop import Progress, TrainingOptions, answers, train
from matprior.training.losses import LOSSES


@dataclass
class FullFineTune(Strategy):
    """Train encoder and head together with layer-wise rates; the best epoch on watched rows wins."""

    def fit(
        self,
        model: Any,
        data: Labelled,
        training: TrainingOptions,
        seed: int,
        progress: Progress | None = None,
    ) -> tuple[Any, pd.DataFrame]:
        criterion = LOSSES[data.loss]

        def loss(network: Any, batch: dict[str, Any]) -> Any:
            logits = network(batch["input_ids"], batch["amounts"], batch["attention_mask"]).logits
            return criterion(logits, batch["labels"])

        def validate(network: Any) -> dict[str, float]:
            logits = answers(network, data.watched, lambda out: out.logits)
            return {
                "validation_loss": float(
                    criterion(torch.from_numpy(logits), torch.as_tensor(data.watched_targets))
                )
            }

        history = train(
            model,
            Rows(data.encoded, data.targets),
            loss,
            training,
            validate=None if data.watched is None else validate,
            seed=seed,
            progress=progress,
        )
        return model, history
