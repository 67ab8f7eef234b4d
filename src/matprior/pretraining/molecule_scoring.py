"""What a pretrained MolBERT knows of molecules it never saw, beside what needs no network."""

from __future__ import annotations

from typing import Any

import numpy as np

from matprior.models.molbert import MolBertForPreTraining
from matprior.pretraining.masked_tokens import MASK
from matprior.pretraining.reference import masked_scores
from matprior.pretraining.scoring import answer_at, property_scores
from matprior.tokens.composition import Encoded
from matprior.tokens.smiles_vocabulary import SPECIALS
from matprior.training.loop import answers


def molecule_scores(
    model: MolBertForPreTraining,
    learned: Encoded,
    kept: Encoded,
    truth: np.ndarray,
    learned_values: np.ndarray,
) -> list[dict[str, Any]]:
    """One hidden token, and computed properties, on held-out molecules.

    Parameters
    ----------
    learned, kept : canonical spellings learned from, and held out
    truth, learned_values : properties of both, shape (n, p), NaN where unknown
    """
    records = masked_token_scores(model, learned, kept)
    measured = [column["name"] for column in model.config.properties or [] if column["unit"]]
    single = property_scores(model, kept, truth, learned_values)
    return records + [one for one in single if one["task"] in measured] + _descriptors(model, kept, truth)


def masked_token_scores(
    model: MolBertForPreTraining, learned: Encoded, kept: Encoded
) -> list[dict[str, Any]]:
    """One token of each molecule hidden: network beside how common each token is."""
    random = np.random.default_rng(1)
    position = 1 + (random.random(len(kept)) * (kept.lengths - 2)).astype(int)
    place = (np.arange(len(kept)), position)
    labels = kept.ids[place].astype(int)
    ids = kept.ids.copy()
    ids[place] = MASK
    hidden = Encoded(ids, None, kept.lengths)
    log_p = answer_at(model, hidden, position, lambda out: out.logits.log_softmax(-1))
    counts = np.bincount(learned.ids.ravel(), minlength=log_p.shape[1])[len(SPECIALS) :] + 1.0
    guesses = {
        "unigram": np.broadcast_to(np.log(counts / counts.sum()), (len(kept), len(counts))),
        "network": log_p[:, len(SPECIALS) :],
    }
    return [
        {
            "task": "masked_token",
            "model": name,
            "n": len(kept),
            **masked_scores(guess, labels, first=len(SPECIALS)),
        }
        for name, guess in guesses.items()
    ]


def _descriptors(model: MolBertForPreTraining, kept: Encoded, truth: np.ndarray) -> list[dict[str, Any]]:
    """Share of the variance of computed descriptors that the vectors explain: median over all of them."""
    columns = model.config.properties or []
    chosen = [i for i, column in enumerate(columns) if not column["unit"]]
    if not chosen:
        return []
    guess = answers(model, kept, lambda out: out.property_logits)[:, chosen]
    mean = np.array([columns[i]["mean"] for i in chosen])
    scale = np.array([columns[i]["scale"] for i in chosen])
    real = np.clip((truth[:, chosen] - mean) / scale, -8, 8)
    spread = np.nanvar(real, axis=0)
    r2 = 1 - np.nanmean((real - guess) ** 2, axis=0)[spread > 1e-3] / spread[spread > 1e-3]
    name = f"median of {len(r2)} descriptors"
    return [{"task": name, "unit": "", "n": len(kept), "R2": float(np.median(r2)), "R2_dummy": 0.0}]
