"""What the tests of training share: a network of 2 layers, 48 rows, 6 steps per epoch."""

from __future__ import annotations

from typing import Any

import torch

from matprior.models.matbert import MatBertConfig, MatBertForSequenceClassification
from matprior.training.loop import TrainingOptions, seed_everything
from matprior.training.losses import squared

Weights = dict[str, torch.Tensor]
BATCH, EPOCHS = 8, 3  # 48 rows: 6 steps per epoch, 18 in all


def regressor(shape: dict[str, int], dropout: float = 0.2) -> MatBertForSequenceClassification:
    seed_everything(0)
    return MatBertForSequenceClassification(
        MatBertConfig.of_size(
            "tiny", **shape, num_labels=1, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout
        )
    )


def regression_loss(model: Any, batch: dict[str, Any]) -> torch.Tensor:
    logits = model(batch["input_ids"], batch["amounts"], batch["attention_mask"]).logits
    return squared(logits, batch["labels"])


def options(**changes: Any) -> TrainingOptions:
    return TrainingOptions(**{"epochs": EPOCHS, "batch_size": BATCH, "learning_rate": 1e-3, **changes})


def copy_of(model: torch.nn.Module) -> Weights:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def assert_same(one: Weights, other: Weights) -> None:
    assert one.keys() == other.keys()
    for name in one:
        assert torch.equal(one[name], other[name]), name
