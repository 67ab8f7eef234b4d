"""What every network that answers a user's question shares, whatever it reads."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from matprior.models.heads import ExtraFeatures


def extra_features_of(config: Any) -> ExtraFeatures | None:
    """The module for numbers beside the string, where `config.extra_features` names some."""
    beside = config.extra_features
    return ExtraFeatures(beside["mean"], beside["scale"], config.hidden_size) if beside else None


class Answering:
    """Mixin of `MatBertForSequenceClassification` and `MolBertForSequenceClassification`.

    The class it is mixed into has `pooled`, `classifier`, `extra_features` and a dropout in `dropping`.
    """

    config: Any
    classifier: nn.Linear
    extra_features: ExtraFeatures | None

    def pooled(self, **inputs: Tensor) -> Tensor:
        """The vector of each string, shape (n, d), before numbers beside it are added."""
        raise NotImplementedError

    def dropping(self, vectors: Tensor) -> Tensor:
        """Dropout before the last layer."""
        raise NotImplementedError

    def vectors(self, extra: Tensor | None = None, **inputs: Tensor) -> Tensor:
        """What the last layer reads, shape (n, d)."""
        return self._beside(self.pooled(**inputs), extra)

    def raw(self, vectors: Tensor) -> Tensor:
        """Outputs of the last layer before `config.head` decodes them, shape (n, k * t)."""
        return self.classifier(self.dropping(vectors))

    def _beside(self, vectors: Tensor, extra: Tensor | None) -> Tensor:
        if self.extra_features is None:
            return vectors
        names = self.config.extra_features["names"]
        if extra is None or extra.shape != (len(vectors), len(names)):
            got = "none" if extra is None else f"an array of shape {tuple(extra.shape)}"
            raise ValueError(
                f"This model reads {len(names)} numbers beside each string ({', '.join(names)}), got {got}. "
                f"Give extra of shape ({len(vectors)}, {len(names)}), NaN where unknown."
            )
        return vectors + self.extra_features(extra)

    def plain_loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Loss for people who train with a bare `Trainer`; ours is in `training.losses`."""
        if self.config.problem_type == "single_label_classification":
            return nn.functional.cross_entropy(logits, labels.long())
        if self.config.problem_type == "multi_label_classification":
            return nn.functional.binary_cross_entropy_with_logits(logits, labels.to(logits.dtype))
        if self.config.head is not None:
            logits = logits[:, : len(self.config.head["targets"])]
        # view_as: labels of shape (n,) against logits (n, 1) would broadcast to (n, n) and train nonsense
        return nn.functional.mse_loss(logits, labels.to(logits.dtype).view_as(logits))


def reset_extra(module: nn.Module) -> None:
    """Start `ExtraFeatures` that did not come from a file."""
    if isinstance(module, ExtraFeatures) and not getattr(module.hidden.weight, "_is_hf_initialized", False):
        module.reset()


def mean_vector(weights: Tensor, rows: slice) -> Tensor:
    """Mean of some rows of an embedding: what a token that was never seen is worth."""
    with torch.no_grad():
        return weights[rows].mean(0)
