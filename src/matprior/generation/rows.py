"""Sentences as training rows: what is asked may stand before a formula, and what the network shall say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from matprior.generation.substituting import Substitutes
from matprior.pretraining.draws import Draws
from matprior.tokens.composition import Encoded
from matprior.tokens.formula_language import FORMULAS
from matprior.tokens.language import Language

IGNORED = -100
"""Label of a token that is not to be learned."""
PIECE = 512
"""Held-out rows per pass."""


def with_asked(
    encoded: Encoded, values: np.ndarray, names: list[str], language: Language = FORMULAS
) -> Encoded:
    """Sentences with a place for every property behind the first token; padding where nobody knows its value.

    Parameters
    ----------
    encoded : as the language encodes them
    values : shape (n, p), NaN where unknown
    names : of the columns
    """
    unknown = np.full(len(encoded), language.pad)
    asked = [
        language.nearest(name, values[:, names.index(name)]) if name in names else unknown
        for name in language.centres
    ]
    ids = np.hstack([encoded.ids[:, :1], np.stack(asked, 1).astype(np.int16), encoded.ids[:, 1:]])
    return Encoded(ids, None, encoded.lengths + len(asked))


def showing(
    shown: float, seed: int, language: Language = FORMULAS, others: Substitutes | None = None
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A function that leaves properties out by chance, closes the gaps, and sets labels.

    Parameters
    ----------
    shown : chance that a known property stays
    seed : draws depend on seed, epoch and row alone, so that a resumed run draws the same
    language : of the sentences
    others : what may take their places
    """

    def show(batch: dict[str, Any]) -> dict[str, Any]:
        ids: Tensor = batch["input_ids"]
        if others is not None:
            ids = others.placed(ids, batch["rows"].numpy(), batch["epoch"])
        drawn = Draws(batch["rows"].numpy(), ids.shape[1], batch["epoch"], seed).uniform(0)
        asked = (ids >= language.first_asked) & (ids < language.first_spoken)
        kept = (ids != language.pad) & (~asked | torch.from_numpy(drawn < shown))
        # Stable: what is kept moves left in its order, what is not becomes padding on the right.
        order = (~kept).to(torch.int8).argsort(dim=1, stable=True)
        ids = torch.where(kept, ids, language.pad).gather(1, order)[:, : int(kept.sum(1).max())]
        spoken = (ids >= language.first_spoken) | (ids == language.eos)
        mask = (ids != language.pad).long()
        return {
            **batch,
            "input_ids": ids,
            "attention_mask": mask,
            "labels": torch.where(spoken, ids, IGNORED),
        }

    return show


def next_token_loss(model: nn.Module, batch: dict[str, Any]) -> Tensor:
    """Mean cross-entropy per token of strings, the end included; what is asked is not to be guessed."""
    logits = model(
        input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], use_cache=False
    ).logits
    return nn.functional.cross_entropy(
        logits[:, :-1].flatten(0, 1).float(), batch["labels"][:, 1:].flatten(), ignore_index=IGNORED
    )


@torch.no_grad()
def nats_per_string(model: Any, encoded: Encoded, pad: int = FORMULAS.pad) -> float:
    """Mean of the negative log-probability of whole sentences, nothing being asked.

    Parameters
    ----------
    encoded : as the language encodes them, without places for properties
    pad : its padding
    """
    was_training = model.training
    model.eval()
    total = 0.0
    order = np.argsort(encoded.lengths, kind="stable")
    for start in range(0, len(order), PIECE):
        ids = torch.from_numpy(encoded.take(order[start : start + PIECE]).ids.astype(np.int64))
        ids = ids.to(model.device)
        logits = model(input_ids=ids, attention_mask=(ids != pad).long()).logits
        total += float(
            nn.functional.cross_entropy(
                logits[:, :-1].flatten(0, 1).float(), ids[:, 1:].flatten(), ignore_index=pad, reduction="sum"
            )
        )
    model.train(was_training)
    return total / max(len(encoded), 1)


def places_for(
    substitutes: Sequence[Sequence[str]], encoded: Encoded, share: float, seed: int
) -> Substitutes:
    """Substitutes of sentences as sentences, those left out that are not as long as what they stand for.

    Parameters
    ----------
    substitutes : formulas, for each sentence some
    encoded : the sentences, `with_asked`
    share : chance that a sentence gives its place to a substitute
    seed : of the draws
    """
    many = [len(some) for some in substitutes]
    flat, written = FORMULAS.encode(one for some in substitutes for one in some)
    owner = np.repeat(np.arange(len(many)), many)[written]
    flat = with_asked(flat, np.zeros((len(flat), 0)), [])
    fit = np.flatnonzero(flat.lengths == encoded.lengths[owner])
    flat, owner = flat.take(fit), owner[fit]
    wide = np.full((len(flat), encoded.ids.shape[1]), FORMULAS.pad, dtype=encoded.ids.dtype)
    width = min(flat.ids.shape[1], wide.shape[1])
    wide[:, :width] = flat.ids[:, :width]
    first = np.searchsorted(owner, np.arange(len(many) + 1))
    return Substitutes(Encoded(wide, None, flat.lengths), first, share, seed)
