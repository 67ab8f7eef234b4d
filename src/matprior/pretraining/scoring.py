"""What a pretrained model knows of formulas it never saw, beside what needs no network."""

from __future__ import annotations

from typing import Any

import numpy as np

from matprior.models.matbert import MatBertForPreTraining
from matprior.pretraining.masking import MASK
from matprior.pretraining.reference import Cooccurrence, masked_scores, one_hidden
from matprior.tokens.composition import ELEMENT_OFFSET, VOCABULARY_SIZE, Encoded
from matprior.training.loop import answers


def masked_atom_scores(model: MatBertForPreTraining, learned: Encoded, kept: Encoded) -> list[dict[str, Any]]:
    """One atom of each held-out formula hidden: network, unigram and co-occurrence baselines."""
    labels, position = one_hidden(kept, seed=1)
    hidden = Encoded(kept.ids.copy(), kept.amounts, kept.lengths)
    hidden.ids[np.arange(len(kept)), position] = MASK
    reference = Cooccurrence(learned)
    log_p = np.empty((len(kept), VOCABULARY_SIZE))
    for length in np.unique(kept.lengths):  # one length at a time: (n, l, vocabulary) needs one l
        member = np.flatnonzero(kept.lengths == length)
        guesses = answers(model, hidden.take(member), lambda out: out.logits.log_softmax(-1))
        log_p[member] = guesses[np.arange(len(member)), position[member]]
    log_p = log_p[:, ELEMENT_OFFSET + 1 :]
    log_p = log_p - np.logaddexp.reduce(log_p, axis=1, keepdims=True)
    rows = {
        "unigram": reference.log_probability(kept, position, exponent=0.0),
        "cooccurrence": reference.log_probability(kept, position),
        "network": log_p,
    }
    return [
        {"task": "masked_atom", "model": name, "n": len(kept), **masked_scores(value, labels)}
        for name, value in rows.items()
    ]


def property_scores(
    model: MatBertForPreTraining, kept: Encoded, truth: np.ndarray, learned: np.ndarray
) -> list[dict[str, Any]]:
    """Mean absolute error of each property on held-out formulas, beside the median of the learned ones."""
    columns = model.config.properties or []
    if not columns:
        return []
    guess = answers(model, kept, lambda out: out.property_logits)
    records = []
    for index, column in enumerate(columns):
        known = np.isfinite(truth[:, index])
        if not known.any():
            continue
        value = guess[known, index] * column["scale"] + column["mean"]
        median = float(np.nanmedian(learned[:, index]))
        records.append(
            {
                "task": column["name"],
                "unit": column["unit"]
                if column["transform"] == "none"
                else f"{column['transform']}({column['unit']})",
                "n": int(known.sum()),
                "MAE": float(np.abs(value - truth[known, index]).mean()),
                "MAE_dummy": float(np.abs(median - truth[known, index]).mean()),
            }
        )
    return records
