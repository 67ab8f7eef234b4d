"""The top of the encoder and the head may move; everything below stays as it was pretrained."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from torch import nn

from matprior.strategies.base import Labelled, TuningOptions
from matprior.strategies.tuning import FineTuning
from matprior.training.loop import Progress
from matprior.training.schedules import ABOVE, LAYER

TOP = ("classifier.", "extra_features.")
"""Prefixes of what is new on top of the encoder."""


@dataclass
class PartialFineTune(FineTuning):
    """Train the top layers, the pooler and the head; the layers below are frozen, their dropout too.

    With `stage_epochs` the layers thaw one after another, from the head down (Howard & Ruder 2018,
    arXiv:1801.06146). Each stage has a warm-up of its own and begins at the best epoch of the last.
    """

    layers: int = 2
    """Encoder layers that may move, counted from the top; 0 leaves pooler and head."""
    stage_epochs: int = 0
    """Epochs of the head alone, and then per layer that thaws; the rest of `epochs` goes to the last stage.
    0 thaws all at once."""

    def learn(
        self, model: Any, data: Labelled, training: TuningOptions, seed: int, progress: Progress | None
    ) -> pd.DataFrame:
        stages = self._stages(model, training)
        batches = -(-len(data.encoded) // training.batch_size)
        histories, steps, epochs = [], 0, 0
        with freezing(model) as rates:
            for number, (thawed, length) in enumerate(stages):
                thaw(model, tuple(thawed), rates)
                part = replace(training, epochs=length)
                told = _further(progress, steps, batches * training.epochs)
                # Another seed per stage: the same order of rows would otherwise begin each of them.
                history = super().learn(model, data, part, seed + number, told)
                histories.append(
                    history.assign(step=history["step"] + steps, epoch=history["epoch"] + epochs)
                )
                steps, epochs = steps + batches * length, epochs + length
        return pd.concat(histories, ignore_index=True)

    def _stages(self, model: Any, training: TuningOptions) -> list[tuple[list[str], int]]:
        """Prefixes of the weights that may move, and for how many epochs, stage by stage."""
        n_layers = model.config.num_hidden_layers
        if not 0 <= self.layers <= n_layers:
            raise ValueError(
                f"layers={self.layers} of a model that has {n_layers}. Give 0 to {n_layers}, "
                "or strategy='full' to move the embeddings too."
            )
        layers, poolers = _prefixes(model)
        layers = layers[: self.layers]
        if not self.stage_epochs:
            return [([*TOP, *poolers, *layers], training.epochs)]
        thawed = [
            [*TOP],
            *([*TOP, *poolers, *layers[: i + 1]] for i in range(self.layers or 1)),
        ]
        last = training.epochs - self.stage_epochs * (len(thawed) - 1)
        if self.stage_epochs < 0 or last < 1:
            raise ValueError(
                f"{len(thawed)} stages of stage_epochs={self.stage_epochs} do not fit into "
                f"epochs={training.epochs}. Lower stage_epochs or raise epochs."
            )
        return list(zip(thawed, [*[self.stage_epochs] * (len(thawed) - 1), last], strict=True))


def _prefixes(model: nn.Module) -> tuple[list[str], list[str]]:
    """Prefixes of the encoder's layers, from the top, and of what makes one vector of their output."""
    names = [name for name, _ in model.named_parameters()]
    found = {int(match.group(1)): name[: match.end()] for name in names if (match := LAYER.search(name))}
    encoder = f"{model.base_model_prefix}."
    parts = ("pooler.", "attention_pooler.", "final_norm.")
    return [found[i] for i in sorted(found, reverse=True)], [*(encoder + part for part in parts), *ABOVE]


def _further(progress: Progress | None, steps: int, total: int) -> Progress | None:
    """Steps of one stage told as steps of all."""
    return None if progress is None else lambda done, _, what: progress(steps + done, total, what)


@contextmanager
def freezing(model: nn.Module) -> Iterator[dict[nn.Dropout, float]]:
    """Whatever is frozen inside the block moves again after it, with the dropout it had.

    Yields
    ------
    The dropout rate each module had before.
    """
    dropouts = {module: module.p for module in model.modules() if isinstance(module, nn.Dropout)}
    moving = {parameter: parameter.requires_grad for parameter in model.parameters()}
    try:
        yield dropouts
    finally:
        for module, rate in dropouts.items():
            module.p = rate
        for parameter, moves in moving.items():
            parameter.requires_grad_(moves)


def thaw(model: nn.Module, prefixes: tuple[str, ...], rates: dict[nn.Dropout, float]) -> None:
    """Let the weights of these prefixes move and no others."""
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name.startswith(prefixes))
    for name, module in model.named_modules():
        if isinstance(module, nn.Dropout):
            # A rate of 0, not eval mode: the loop puts the whole model back into training mode.
            moves = name.startswith(prefixes) or not name.startswith(f"{model.base_model_prefix}.")
            module.p = rates[module] if moves else 0.0
