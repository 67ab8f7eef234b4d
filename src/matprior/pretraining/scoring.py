"""What a pretrained model knows of formulas it never saw, beside what needs no network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.stats import rankdata
from torch import Tensor
from transformers import PreTrainedModel

from matprior.models.matbert import MatBertForPreTraining
from matprior.pretraining.contrastive import Contrastive
from matprior.pretraining.denoising import swapped
from matprior.pretraining.draws import Draws
from matprior.pretraining.groups import GROUP_MEMBERS, membership
from matprior.pretraining.masking import MASK, without_amounts
from matprior.pretraining.objectives import Objective
from matprior.pretraining.reference import Cooccurrence, masked_scores, one_hidden
from matprior.pretraining.substitutions import Substitutions
from matprior.pretraining.views import Perturbation
from matprior.tokens.composition import ELEMENT_OFFSET, VOCABULARY_SIZE, Encoded
from matprior.training.loop import answers

METRICS = (
    "cross_entropy", "perplexity", "top1", "top5", "intact", "MAE", "R2", "ROC-AUC", "alignment",
    "uniformity",
)  # fmt: skip
"""What a record of scores can hold."""
PAIRED = 2_000
"""Held-out formulas between which distances are taken."""


def scores_of(
    model: MatBertForPreTraining,
    objectives: Mapping[str, Objective],
    learned: Encoded,
    kept: Encoded,
    seed: int,
) -> list[dict[str, Any]]:
    """All scores but those of properties, on held-out formulas."""
    substitutions = Substitutions.learn(learned)
    records = masked_atom_scores(model, learned, kept, substitutions)
    records += masked_amount_scores(model, learned, kept)
    contrastive = objectives.get("contrastive")
    change = contrastive.perturbation if isinstance(contrastive, Contrastive) else Perturbation()
    records += view_scores(model, kept, change, substitutions, seed)
    return records + (denoising_scores(model, kept, seed) if "denoising" in objectives else [])


def masked_atom_scores(
    model: MatBertForPreTraining, learned: Encoded, kept: Encoded, substitutions: Substitutions
) -> list[dict[str, Any]]:
    """One atom of each held-out formula hidden: network, unigram, co-occurrence, ionic substitution.

    Records of the task `masked_atom` are over all formulas; those of `masked_atom_group` over the
    formulas whose hidden atom is of the chemical group named in `group`. Groups overlap.
    """
    labels, position = one_hidden(kept, seed=1)
    reference = Cooccurrence(learned)
    log_p = answer_at(
        model, _hidden(model, kept, position), position, lambda out: out.logits.log_softmax(-1)
    )[:, ELEMENT_OFFSET + 1 : VOCABULARY_SIZE]
    guesses = {
        "unigram": reference.log_probability(kept, position, exponent=0.0),
        "cooccurrence": reference.log_probability(kept, position),
        "substitution": substitutions.log_probability(kept, position),
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
    truth = kept.fractions[np.arange(len(kept)), position]
    guess = answer_at(
        model, _hidden(model, kept, position), position, lambda out: out.amount_logits.sigmoid()
    )
    dummy = np.empty(len(kept))
    for length in np.unique(kept.lengths):
        # A count of elements that no learned formula has: the median over all.
        same = learned.fractions[learned.lengths == length]
        same = same if same.size else learned.fractions
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


def view_scores(
    model: MatBertForPreTraining,
    kept: Encoded,
    change: Perturbation,
    substitutions: Substitutions,
    seed: int,
) -> list[dict[str, Any]]:
    """Alignment and uniformity of the vectors of materials (Wang & Isola 2020, arXiv:2005.10242).

    Alignment is the mean squared distance of two views of a formula, uniformity the logarithm of the
    mean of exp(-2 d²) over pairs of formulas; vectors have length 1, and both are better when lower.
    """
    some = kept.take(np.arange(min(len(kept), PAIRED)))
    draws = Draws(np.arange(len(some)), some.ids.shape[1], 0, seed)
    one, other = (_directions(model, change.view(some, draws, v, substitutions)) for v in (0, 1))
    own = _directions(model, some)
    first, second = np.triu_indices(len(own), 1)
    distance = 2 - 2 * (own @ own.T)[first, second]
    record = {"task": "views", "model": "network", "n": len(some), "unit": ""}
    record["alignment"] = float(np.square(one - other).sum(1).mean())
    if len(distance):
        record["uniformity"] = float(np.log(np.exp(-2 * distance).mean()))
    return [record]


def _directions(model: MatBertForPreTraining, encoded: Encoded) -> np.ndarray:
    vectors = answers(model, encoded, lambda out: out.pooler_output).astype(float)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def denoising_scores(model: MatBertForPreTraining, kept: Encoded, seed: int) -> list[dict[str, Any]]:
    """One element of each formula swapped: how often the true one is named, and the others left alone."""
    ids = swapped(kept.ids, Draws(np.arange(len(kept)), kept.ids.shape[1], 0, seed))
    changed = Encoded(ids.astype(kept.ids.dtype), kept.amounts, kept.lengths)
    right, there = [], []
    for length in np.unique(kept.lengths):
        member = np.flatnonzero(kept.lengths == length)
        guess = answers(model, changed.take(member), lambda out: out.logits.argmax(-1))
        truth, seen = kept.take(member).ids, changed.take(member).ids
        inside = truth > ELEMENT_OFFSET
        right.append((guess == truth)[inside])
        there.append((truth != seen)[inside])
    hit, swap = np.concatenate(right), np.concatenate(there)
    record = {"task": "denoising", "model": "network", "n": len(kept), "unit": ""}
    return [{**record, "top1": float(hit[swap].mean()), "intact": float(hit[~swap].mean())}]


def measured(record: dict[str, Any]) -> list[tuple[str, str, float, float | None]]:
    """Metric, unit, value and the value without a network (if there is one) of a record of scores."""
    unit = {"MAE": record.get("unit", ""), "cross_entropy": "nats"}
    return [
        (metric, unit.get(metric, ""), record[metric], record.get(f"{metric}_dummy"))
        for metric in METRICS
        if metric in record
    ]


def _hidden(model: MatBertForPreTraining, encoded: Encoded, position: np.ndarray) -> Encoded:
    """The formulas with one place hidden as it was in pretraining."""
    places = np.zeros(encoded.ids.shape, dtype=bool)
    places[np.arange(len(encoded)), position] = True
    amounts = without_amounts(encoded.fractions, places) if model.config.predict_amount else encoded.amounts
    return Encoded(np.where(places, np.int16(MASK), encoded.ids), amounts, encoded.lengths)


def answer_at(
    model: PreTrainedModel, encoded: Encoded, position: np.ndarray, read: Callable[[Any], Tensor]
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
    model: PreTrainedModel, kept: Encoded, truth: np.ndarray, learned: np.ndarray
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
        if column.get("kind") == "binary":
            records.append(_binary_scores(column["name"], guess[known, index], truth[known, index]))
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


def _binary_scores(name: str, logits: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
    """ROC-AUC, which is 0.5 without a network; left out where all formulas are of one kind."""
    record: dict[str, Any] = {"task": name, "unit": "", "n": len(truth)}
    yes = truth > 0.5
    n_yes, n_no = int(yes.sum()), int((~yes).sum())
    if n_yes and n_no:
        # The chance that a yes ranks above a no (Mann-Whitney); equal answers count half.
        above = rankdata(logits)[yes].sum() - n_yes * (n_yes + 1) / 2
        record |= {"ROC-AUC": float(above / (n_yes * n_no)), "ROC-AUC_dummy": 0.5}
    return record
