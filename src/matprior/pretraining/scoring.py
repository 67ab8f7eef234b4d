"""What a pretrained model knows of formulas it never saw, beside what needs no network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from torch import Tensor

from matprior.models.matbert import MatBertForPreTraining
from matprior.pretraining.groups import GROUP_MEMBERS, membership
from matprior.pretraining.masking import MASK, without_amounts
from matprior.pretraining.reference import Cooccurrence, masked_scores, one_hidden
from matprior.tokens.composition import ELEMENT_OFFSET, Encoded
from matprior.training.loop import answers


def masked_atom_scores(model: MatBertForPreTraining, learned: Encoded, kept: Encoded) -> list[dict[str, Any]]:
    """One atom of each held-out formula hidden: network, unigram and co-occurrence baselines.

    Records of the task `masked_atom` are over all formulas; those of `masked_atom_group` over the
    formulas whose hidden atom is of the chemical group named in `group`. Groups overlap.
    """
    labels, position = one_hidden(kept, seed=1)
    reference = Cooccurrence(learned)
    log_p = _at(model, _hidden(model, kept, position), position, lambda out: out.logits.log_softmax(-1))[
        :, ELEMENT_OFFSET + 1 :
    ]
    guesses = {
        "unigram": reference.log_probability(kept, position, exponent=0.0),
        "cooccurrence": reference.log_probability(kept, position),
        "network": log_p - np.logaddexp.reduce(log_p, axis=1, keepdims=True),
    }
    records = [
        {"task": "masked_atom", "model": name, "n": len(kept), **masked_scores(value, labels)}
        for name, value in guesses.items()
    ]
    return records + group_scores(guesses, labels)


def group_scores(guesses: dict[str, np.ndarray], labels: np.ndarray) -> list[dict[str, Any]]:
    """The scores of `masked_scores` for each chemical group that is asked for at least once.

    Parameters
    ----------
    guesses : model -> log-probabilities of shape (n, 118)
    labels : ids of the hidden elements, shape (n,)
    """
    records = []
    for group, members in zip(GROUP_MEMBERS, membership()[:, labels], strict=True):
        if not members.any():
            continue
        said = {"task": "masked_atom_group", "group": group, "n": int(members.sum())}
        records += [
            {**said, "model": name, **masked_scores(value[members], labels[members])}
            for name, value in guesses.items()
        ]
    return records


def masked_amount_scores(
    model: MatBertForPreTraining, learned: Encoded, kept: Encoded
) -> list[dict[str, Any]]:
    """Mean absolute error of one hidden fraction, beside the median fraction of equally many elements.

    Formulas of one element are left out: their fraction is 1. Empty where the model has no such head.
    """
    kept = kept.take(np.flatnonzero(kept.lengths > 3))
    if not model.config.predict_amount or not len(kept):
        return []
    _, position = one_hidden(kept, seed=1)
    truth = kept.amounts[np.arange(len(kept)), position]
    guess = _at(model, _hidden(model, kept, position), position, lambda out: out.amount_logits.sigmoid())
    dummy = np.empty(len(kept))
    for length in np.unique(kept.lengths):
        # A count of elements that no learned formula has: the median over all.
        same = learned.amounts[learned.lengths == length]
        same = same if same.size else learned.amounts
        dummy[kept.lengths == length] = np.median(same[same > 0])
    return [
        {
            "task": "masked_amount",
            "unit": "",
            "n": len(kept),
            "MAE": float(np.abs(guess - truth).mean()),
            "MAE_dummy": float(np.abs(dummy - truth).mean()),
        }
    ]


def _hidden(model: MatBertForPreTraining, encoded: Encoded, position: np.ndarray) -> Encoded:
    """The formulas with one place hidden as it was in pretraining."""
    places = np.zeros(encoded.ids.shape, dtype=bool)
    places[np.arange(len(encoded)), position] = True
    amounts = without_amounts(encoded.amounts, places) if model.config.predict_amount else encoded.amounts
    return Encoded(np.where(places, np.int16(MASK), encoded.ids), amounts, encoded.lengths)


def _at(
    model: MatBertForPreTraining, encoded: Encoded, position: np.ndarray, read: Callable[[Any], Tensor]
) -> np.ndarray:
    """What `read` takes from the model's output, shape (n, l, ...), at one place of each row: (n, ...)."""
    parts, rows = [], []
    for length in np.unique(encoded.lengths):  # one length at a time: answers of a batch need one l
        member = np.flatnonzero(encoded.lengths == length)
        parts.append(answers(model, encoded.take(member), read)[np.arange(len(member)), position[member]])
        rows.append(member)
    stacked = np.concatenate(parts).astype(float)
    result = np.empty_like(stacked)
    result[np.concatenate(rows)] = stacked
    return result


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
