"""Sentences as training rows: what is asked may stand before a formula, and what the network shall say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from matprior.pretraining.draws import Draws
from matprior.tokens.composition import Encoded
from matprior.tokens.sentences import CENTRES, EOS, FIRST_ELEMENT, PAD, nearest_asked

IGNORED = -100
"""Label of a token that is not to be learned."""
PIECE = 512
"""Held-out rows per pass."""


def with_asked(encoded: Encoded, values: np.ndarray, names: list[str]) -> Encoded:
    """Sentences with a place for every property behind `<bos>`; `<pad>` where nobody knows its value.

    Parameters
    ----------
    encoded : as `encode_sentences` gives them
    values : shape (n, p), NaN where unknown
    names : of the columns
    """
    asked = [
        nearest_asked(name, values[:, names.index(name)]) if name in names else np.full(len(encoded), PAD)
        for name in CENTRES
    ]
    ids = np.hstack([encoded.ids[:, :1], np.stack(asked, 1).astype(np.int16), encoded.ids[:, 1:]])
    return Encoded(ids, None, encoded.lengths + len(CENTRES))


def showing(shown: float, seed: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A function that leaves properties out by chance, closes the gaps, and sets labels.

    Parameters
    ----------
    shown : chance that a known property stays
    seed : draws depend on seed, epoch and row alone, so that a resumed run draws the same
    """

    def show(batch: dict[str, Any]) -> dict[str, Any]:
        ids: Tensor = batch["input_ids"]
        drawn = Draws(batch["rows"].numpy(), ids.shape[1], batch["epoch"], seed).uniform(0)
        asked = (ids > EOS) & (ids < FIRST_ELEMENT)
        kept = (ids != PAD) & (~asked | torch.from_numpy(drawn < shown))
        # Stable: what is kept moves left in its order, what is not becomes padding on the right.
        order = (~kept).to(torch.int8).argsort(dim=1, stable=True)
        ids = torch.where(kept, ids, PAD).gather(1, order)[:, : int(kept.sum(1).max())]
        spoken = (ids >= FIRST_ELEMENT) | (ids == EOS)
        mask = (ids != PAD).long()
        return {
            **batch,
            "input_ids": ids,
            "attention_mask": mask,
            "labels": torch.where(spoken, ids, IGNORED),
        }

    return show


def next_token_loss(model: nn.Module, batch: dict[str, Any]) -> Tensor:
    """Mean cross-entropy per token of formulas, `<eos>` included; what is asked is not to be guessed."""
    logits = model(
        input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], use_cache=False
    ).logits
    return nn.functional.cross_entropy(
        logits[:, :-1].flatten(0, 1).float(), batch["labels"][:, 1:].flatten(), ignore_index=IGNORED
    )


@torch.no_grad()
def nats_per_formula(model: Any, encoded: Encoded) -> float:
    """Mean of the negative log-probability of whole sentences, nothing being asked.

    Parameters
    ----------
    encoded : as `encode_sentences` gives them, without places for properties
    """
    was_training = model.training
    model.eval()
    total = 0.0
    order = np.argsort(encoded.lengths, kind="stable")
    for start in range(0, len(order), PIECE):
        ids = torch.from_numpy(encoded.take(order[start : start + PIECE]).ids.astype(np.int64))
        ids = ids.to(model.device)
        logits = model(input_ids=ids, attention_mask=(ids != PAD).long()).logits
        total += float(
            nn.functional.cross_entropy(
                logits[:, :-1].flatten(0, 1).float(), ids[:, 1:].flatten(), ignore_index=PAD, reduction="sum"
            )
        )
    model.train(was_training)
    return total / max(len(encoded), 1)
