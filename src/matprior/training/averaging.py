"""A running average of the weights beside the weights themselves (EMA)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from matprior.data.files import write_atomically


class WeightAverage:
    """Exponential moving average of the parameters that may move.

    Averaging only looks at the weights: the training goes on as it would without.

    Parameters
    ----------
    model : whose parameters are averaged
    decay : share of the old average that stays at each step

    Notes
    -----
    The decay rises from 0.2 to its full value, so that the untrained start is soon forgotten: a
    fine-tuning on 50 rows has 300 steps, and 0.999 of it would still be mostly the start.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self.average: dict[str, Tensor] = {
            name: parameter.detach().clone()
            for name, parameter in model.named_parameters()
            if parameter.requires_grad
        }

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Take one step's weights into the average."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (9 + self.steps))
        for name, parameter in model.named_parameters():
            if name in self.average:
                self.average[name].lerp_(parameter.detach(), 1 - decay)

    @contextmanager
    def in_place(self, model: nn.Module) -> Iterator[None]:
        """The model answers with the averaged weights inside the block, and with its own after it."""
        own = {name: p.detach().clone() for name, p in model.named_parameters() if name in self.average}
        self._write(model, self.average)
        try:
            yield
        finally:
            self._write(model, own)

    def save(self, path: Path) -> None:
        """Write the average beside a checkpoint."""
        with write_atomically(path) as draft:
            save_file({**self.average, "steps": torch.tensor(self.steps)}, draft)

    def load(self, path: Path) -> None:
        """Read what `save` wrote."""
        stored = load_file(path)
        self.steps = int(stored.pop("steps"))
        for name, tensor in stored.items():
            self.average[name].copy_(tensor)

    @torch.no_grad()
    def _write(self, model: nn.Module, weights: dict[str, Tensor]) -> None:
        for name, parameter in model.named_parameters():
            if name in weights:
                parameter.copy_(weights[name])
