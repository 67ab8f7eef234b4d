"""Objectives together: one corruption of a batch, one pass through the network, one weighted sum."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from matprior.pretraining.base import Objective

INPUTS = ("input_ids", "amounts", "attention_mask")


def corruption(objectives: Mapping[str, Objective], seed: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What every objective does to a batch, one after the other."""

    def corrupt(batch: dict[str, Any]) -> dict[str, Any]:
        for objective in objectives.values():
            batch = objective.corrupt(batch, seed)
        return batch

    return corrupt


def weighted_loss(objectives: Mapping[str, Objective]) -> Callable[[nn.Module, dict[str, Any]], Tensor]:
    """The weighted sum of all terms."""

    def loss(model: nn.Module, batch: dict[str, Any]) -> Tensor:
        terms = losses(objectives, model, batch)
        return torch.stack([objectives[name].weight * term for name, term in terms.items()]).sum()

    return loss


def losses(objectives: Mapping[str, Objective], model: nn.Module, batch: dict[str, Any]) -> dict[str, Tensor]:
    """Name -> term, unweighted, from a single pass."""
    outputs = model(*(batch[name] for name in INPUTS))
    return {name: objective.loss(outputs, batch) for name, objective in objectives.items()}
