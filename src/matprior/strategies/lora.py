"""Low-rank updates of the encoder's linear layers through peft, merged at the end.

Needs the extra `matprior[lora]`. Only the training does: the saved folder is a plain model.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from torch import nn

from matprior.strategies.base import Labelled, TuningOptions
from matprior.strategies.tuning import FineTuning
from matprior.training.loop import Progress


@dataclass
class LoRA(FineTuning):
    """Train low-rank updates of every linear layer of the encoder, and the head, then merge them.

    Hu et al. 2021, arXiv:2106.09685. Embeddings, biases and norms stay as they were pretrained.
    """

    rank: int = 8
    """Width of the update; 4 to 16 is usual below 100 million parameters."""
    alpha: int = 16
    """Updates are scaled by alpha / rank."""
    dropout: float = 0.0
    """Share of a layer's inputs that its update does not see while training."""
    rate: float = 10.0
    """Updates learn at this multiple of the encoder's rate: they start at zero and have far to go."""

    def check(self) -> None:
        try:
            import peft  # noqa: F401 (heavy, and not everybody has it)
        except ImportError as error:
            raise ValueError(
                f"strategy='lora' needs peft, which can't be loaded ({error}). "
                'Install it with: pip install "matprior[lora]"'
            ) from error

    def learn(
        self, model: Any, data: Labelled, training: TuningOptions, seed: int, progress: Progress | None
    ) -> pd.DataFrame:
        self.check()
        from peft import LoraConfig, get_peft_model

        linear = [
            f"{model.base_model_prefix}.{name}"
            for name, module in model.base_model.named_modules()
            if isinstance(module, nn.Linear)
        ]
        moving = {name: parameter.requires_grad for name, parameter in model.named_parameters()}
        # No task type: peft's classes for one would hide the atomic fractions from the model.
        config = LoraConfig(
            r=self.rank, lora_alpha=self.alpha, lora_dropout=self.dropout, target_modules=linear
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # peft's own, about a name in transformers
            wrapped = get_peft_model(model, config)
        for name, parameter in model.named_parameters():
            if name.startswith(
                ("classifier.", "extra_features.", f"{model.base_model_prefix}.attention_pooler.")
            ):  # new, with nothing to update
                parameter.requires_grad_(True)
        try:
            # `model`, not `wrapped`: its names tell the layers apart, and so their rates.
            faster = replace(training, learning_rate=self.rate * training.learning_rate)
            return super().learn(model, data, faster, seed, progress)
        finally:
            wrapped.merge_and_unload()
            for name, parameter in model.named_parameters():
                parameter.requires_grad_(moving[name])
