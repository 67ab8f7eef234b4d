"""Objectives together: one corruption of a batch, one pass through the network, one weighted sum."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from matprior.models.pretraining_output import PretrainingOutput
from matprior.pretraining.base import Objective
from matprior.training.batches import Rows
from matprior.training.processes import alone

PIECE = 512
"""Held-out rows per pass."""
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
    shape, views = batch["input_ids"].shape, batch.get("views")
    inputs = {name: batch[name] for name in INPUTS if name in batch}
    if views is not None:
        # One pass for all: two would cost more, and processes that train together allow one only.
        inputs = {name: _stacked(own, views[name]) for name, own in inputs.items()}
    outputs = model(**inputs)
    if views is not None:
        outputs = _parted(outputs, *shape)
    return {name: objective.loss(outputs, batch) for name, objective in objectives.items()}


def held_out_losses(
    objectives: Mapping[str, Objective], rows: Rows, seed: int, batch: int = PIECE
) -> Callable[[nn.Module], dict[str, float]]:
    """A function that gives every term on rows that nothing is learned from, always changed alike.

    Parameters
    ----------
    rows : some thousand at most; their batches are kept
    batch : rows per pass
    """
    change, order = corruption(objectives, seed), np.argsort(rows.encoded.lengths, kind="stable")
    parts = np.array_split(order, -(-len(order) // batch))
    batches = [change(rows.__getitems__(part.tolist())) for part in parts]

    @torch.no_grad()
    def measure(model: nn.Module) -> dict[str, float]:
        was_training = model.training
        model.eval()
        device = next(model.parameters()).device
        found: dict[str, float] = dict.fromkeys(objectives, 0.0)
        with alone():
            for part, one in zip(parts, batches, strict=True):
                for name, term in losses(objectives, model, _on(one, device)).items():
                    found[name] += float(term) * len(part) / len(order)
        model.train(was_training)
        return {f"heldout_{name}": value for name, value in found.items()}

    return measure


def _on(batch: Any, device: torch.device) -> Any:
    if isinstance(batch, dict):
        return {name: _on(value, device) for name, value in batch.items()}
    return batch.to(device) if isinstance(batch, Tensor) else batch


def _stacked(own: Tensor, views: Tensor) -> Tensor:
    """Rows of both, padded on the right with 0 to one width."""
    width = max(own.shape[1], views.shape[1])
    return torch.cat([nn.functional.pad(one, (0, width - one.shape[1])) for one in (own, views)])


def _parted(outputs: PretrainingOutput, n: int, width: int) -> PretrainingOutput:
    """Answers for the strings themselves, and projections of their views alone."""
    parts = {name: value if name == "log_scale" else value[:n] for name, value in outputs.items()}
    for name in ("logits", "amount_logits", "task_logits"):  # per token: views may be longer
        if name in parts:
            parts[name] = parts[name][:, :width]
    assert outputs.projection is not None
    return PretrainingOutput(**{**parts, "projection": outputs.projection[n:]})
