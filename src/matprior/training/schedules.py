"""Learning rates per layer: what was learned first moves least."""

from __future__ import annotations

import re
from typing import Any

from torch import nn

LAYER = re.compile(r"\.layers?\.(\d+)\.")
ABOVE = ("head.",)
"""Prefixes of layers that were pretrained with the encoder but stand outside it."""


def depth_of(name: str, n_layers: int, encoder: str = "matbert") -> int:
    """Distance of a parameter from the head: 0 for the head, `n_layers + 1` for the embeddings."""
    if name.startswith(ABOVE):
        return 1
    if not name.startswith(f"{encoder}."):
        return 0
    if found := LAYER.search(name):
        return n_layers - int(found.group(1))
    return 1 if "pooler." in name or "final_norm." in name else n_layers + 1


def parameter_groups(
    model: nn.Module, learning_rate: float, head_learning_rate: float, layer_decay: float, weight_decay: float
) -> list[dict[str, Any]]:
    """Optimiser groups with layer-wise rates and no decay on biases and norms.

    Parameters
    ----------
    learning_rate : of the top layer of the encoder
    head_learning_rate : of everything outside the encoder
    layer_decay : factor per layer going down (Howard & Ruder 2018, arXiv:1801.06146); 1 is one rate for all
    weight_decay : on matrices only
    """
    n_layers = model.config.num_hidden_layers  # type: ignore[union-attr]
    groups: dict[tuple[float, float], dict[str, Any]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        depth = depth_of(name, int(n_layers), str(model.base_model_prefix))  # type: ignore[arg-type]
        rate = head_learning_rate if depth == 0 else learning_rate * layer_decay ** (depth - 1)
        decay = weight_decay if parameter.ndim > 1 else 0.0
        group = groups.setdefault((rate, decay), {"params": [], "lr": rate, "weight_decay": decay})
        group["params"].append(parameter)
    return list(groups.values())
