"""The numbers of a description: what the network believes, and what the heads of an encoder answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from matprior.models.families import type_of
from matprior.models.zoo import find, quiet
from matprior.tokens.descriptions import FIRST_NUMBER, ID, PAD, UNK, padded, question
from matprior.tokens.facts import NUMBERS
from matprior.tokens.phrases import PHRASES

HEADS = {
    "band_gap": "mp_band_gap",
    "formation_energy": "mp_formation_energy",
    "above_hull": "mp_energy_above_hull",
}
"""Fact that is a number -> the property head that answers it."""
NO_GAP = 0.1
"""Answers of a head below this many eV are those of a metal: right most often on formulas that
`matbert-small-strict` was not taught, more often than its own head for metals (docs/log.md)."""
PIECE = 512
"""Formulas per pass."""
QUANTILES = (0.5, 0.1, 0.9)
"""What is read from a distribution: the number that is said, and the ends of its interval."""


@torch.inference_mode()
def number_quantiles(model: Any, formulas: Sequence[str], wanted: Sequence[float] = QUANTILES) -> np.ndarray:
    """Quantiles of what a describer believes of each number, shape (n, 3, q); NaN for unwritable formulas.

    The network is asked for all numbers at once, in the plainest English words, and none is told of another.
    """
    found = np.full((len(formulas), len(NUMBERS), len(wanted)), np.nan)
    asked = [question(formula, list(NUMBERS)) for formula in formulas]
    rows = [place for place, ids in enumerate(asked) if ids is not None]
    rows.sort(key=lambda place: len(asked[place] or ()))
    words = [PAD, *(i for name in NUMBERS for i in (ID[PHRASES["en"][name][0].before], UNK, UNK))][:-2]
    said = torch.tensor([words], device=model.device)
    for start in range(0, len(rows), PIECE):
        some = rows[start : start + PIECE]
        ids = torch.from_numpy(padded([asked[place] or [] for place in some])).to(model.device)
        logits = model(
            input_ids=ids,
            attention_mask=(ids != PAD).long(),
            decoder_input_ids=said.expand(len(some), -1),
            use_cache=False,
        ).logits[:, 1::3]
        for column, (name, number) in enumerate(NUMBERS.items()):
            first = FIRST_NUMBER[name]
            part = logits[:, column, first : first + len(number.grid)]
            found[some, column] = np.array(number.grid)[quantile_places(part, wanted).cpu().numpy()]
    return found


def quantile_places(logits: Tensor, wanted: Sequence[float]) -> Tensor:
    """Places in a grid at which quantiles of distributions over it lie, shape (n, q).

    Examples
    --------
    >>> quantile_places(torch.tensor([[0.0, 0.0, 1.0, 0.0]]), [0.5]).tolist()
    [[2]]
    """
    below = logits.float().softmax(-1).cumsum(-1)
    places = [(below < share).sum(-1) for share in wanted]
    return torch.stack(places, -1).clamp(max=logits.shape[-1] - 1)


def spoken_numbers(model: Any, formulas: Sequence[str]) -> np.ndarray:
    """The numbers that a describer says: medians of what it believes, shape (n, 3)."""
    was_training = model.training
    model.eval()
    found = number_quantiles(model, formulas, [0.5])[:, :, 0]
    model.train(was_training)
    return found


def open_heads(encoder: str | Path) -> Any:
    """A pretrained encoder with its property heads.

    Raises
    ------
    ValueError
        No encoder of compositions.
    """
    from matprior.models.matbert import MatBertForPreTraining

    if type_of(find(encoder)) != "matbert":
        raise ValueError(
            f"{str(encoder)!r} is no encoder of compositions and has no heads that say numbers. Name one "
            "such as matbert-small, or let the network say them."
        )
    with quiet():
        return MatBertForPreTraining.from_pretrained(find(encoder)).eval()


def head_numbers(formulas: Sequence[str], encoder: Any) -> np.ndarray:
    """The numbers that property heads of a pretrained encoder answer, shape (n, 3); NaN without a head.

    Energies above the hull below 0 mean 0, and so do gaps below `NO_GAP`: a regression hardly ever says 0.

    Parameters
    ----------
    formulas : `n`
    encoder : name, folder, or what `open_heads` gave
    """
    from matprior.tokens.composition import encode_many
    from matprior.training.loop import answers

    network = open_heads(encoder) if isinstance(encoder, str | Path) else encoder
    names = [one["name"] for one in network.config.properties or []]
    told = answers(network, encode_many(formulas), lambda out: out.property_logits)
    found = np.full((len(formulas), len(NUMBERS)), np.nan)
    for column, (fact, head) in enumerate(HEADS.items()):
        if head in names:
            facts = network.config.properties[names.index(head)]
            found[:, column] = told[:, names.index(head)] * facts["scale"] + facts["mean"]
            if min(NUMBERS[fact].grid) == 0:
                found[:, column] = found[:, column].clip(min=0)
            if fact == "band_gap":
                found[found[:, column] < NO_GAP, column] = 0
    return found


def number_errors(said: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Mean absolute error of each number that is known for some formula."""
    known = np.isfinite(said) & np.isfinite(truth)
    return {
        name: float(np.abs(said - truth)[known[:, column], column].mean())
        for column, name in enumerate(NUMBERS)
        if known[:, column].any()
    }
