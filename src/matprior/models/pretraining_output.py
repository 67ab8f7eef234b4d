"""What the heads of a pretraining model answer, the same for every family."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from transformers.utils.generic import ModelOutput


@dataclass
class PretrainingOutput(ModelOutput):
    """Answers of the pretraining heads: `logits` (n, l, vocabulary), `property_logits` (n, p) and, with
    `config.predict_amount`, `amount_logits` (n, l), whose sigmoid is the fraction; with
    `config.projection`, `projection` (n, d); with `config.learned_scales`, `log_scale` (p,);
    with `config.tasks`, `task_logits` (n, l), which mean something at task tokens."""

    logits: Tensor | None = None
    property_logits: Tensor | None = None
    pooler_output: Tensor | None = None
    amount_logits: Tensor | None = None
    projection: Tensor | None = None
    log_scale: Tensor | None = None
    task_logits: Tensor | None = None
