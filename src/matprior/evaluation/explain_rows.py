"""Beside contributions: what a network looks at, and which training rows lie nearest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from matprior.evaluation.explain_model import explained, notation_of
from matprior.models.attention import eager


def attention(estimator: Any, strings: Sequence[str], target: int = 0) -> pd.DataFrame:
    """How much `[CLS]` looks at each part, layer by layer: mean over heads (and networks of a mix).

    Returns
    -------
    string, layer (from 1), part, place, weight: what falls on other tokens, itself among them, is left out.

    Notes
    -----
    Attention shows where information flows in one layer; it is no contribution and does not add up.
    """
    import torch

    from matprior.training.batches import as_tensors

    about = explained(estimator, list(strings), target)
    batch = as_tensors(about.encoded, np.arange(len(about.strings)))
    layers: list[np.ndarray] = []
    for network in about.networks:
        with eager(network), torch.no_grad():
            seen = network(**batch, output_attentions=True).attentions
        width = batch["input_ids"].shape[1]
        own = [
            split_attention(one.mean(1).double().numpy(), network.config, width)[0][:, 0]
            / len(about.networks)
            for one in seen
        ]
        layers = own if not layers else [a + b for a, b in zip(layers, own, strict=True)]
    parts = [
        about.parts(weights, signs=True).assign(layer=number)
        for number, weights in enumerate(layers, start=1)
    ]
    frame = pd.concat(parts, ignore_index=True).rename(columns={"contribution": "weight"})
    return frame[["string", "layer", "part", "place", "weight"]]


def split_attention(shares: np.ndarray, config: Any, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Attention of tokens to tokens (n, l, l), and to a learned prompt as a whole (n, l).

    Parameters
    ----------
    shares : of every place to every place, the prompt's among them, shape (n, l or p + l, l or p + l)
    config : of the network
    width : tokens `l`
    """
    length = shares.shape[-1] - width
    if length == 0:  # no prompt, or a layer that it does not reach
        return shares, np.zeros(shares.shape[:2])
    if config.prompt["depth"] == "deep":
        return shares[:, :, length:], shares[:, :, :length].sum(-1)
    tokens = np.r_[0, 1 + length : width + length]  # the prompt stands behind [CLS]
    asked = shares[:, tokens]
    return asked[:, :, tokens], asked[:, :, 1 : 1 + length].sum(-1)


def nearest_rows(estimator: Any, strings: Sequence[str], training: pd.DataFrame, k: int = 5) -> pd.DataFrame:
    """Rows of a table that lie nearest to each string in the model's own space.

    Parameters
    ----------
    estimator : fitted
    strings : `n` strings
    training : columns `string` and, if known, `label`
    k : rows per string

    Returns
    -------
    string, rank, near, label, distance (between the encoder's vectors, each scaled to length 1)
    """
    notation = notation_of(estimator)
    table = training.drop_duplicates("string").reset_index(drop=True)
    if table.empty:
        raise ValueError("There are 0 training rows to look among. Name a table with strings.")
    asked = [notation.canonical(one) for one in strings]
    ours, theirs = (_unit(estimator.embed(names)) for names in (asked, table["string"].tolist()))
    distance = np.sqrt(np.clip(2 - 2 * ours @ theirs.T, 0, None))
    order = np.argsort(distance, axis=1, kind="stable")[:, :k]
    label = table["label"] if "label" in table else pd.Series([None] * len(table))
    lines = [
        (string, rank, table["string"][j], label[j], distance[i, j])
        for i, string in enumerate(asked)
        for rank, j in enumerate(order[i], start=1)
    ]
    return pd.DataFrame(lines, columns=["string", "rank", "near", "label", "distance"])


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(min=1e-12)
