"""What the prompts of a model of several tasks do: against none, another task's, and chance.

Everything is paired: the same rows, the same last layer, another prompt in the encoder.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from matprior.estimators.tasks import MaterialTasks
from matprior.evaluation.explain_rows import split_attention
from matprior.evaluation.statistics import bootstrap
from matprior.models.attention import eager
from matprior.models.prompts import Prompt
from matprior.notations.elements import SYMBOLS
from matprior.strategies.prompts import seen
from matprior.tokens import encode_many
from matprior.tokens.vocabulary import SPECIALS
from matprior.training.batches import as_tensors

RANDOM_DRAWS = 3
"""Random prompts whose errors are averaged."""
LOOKED_AT = 200
"""Strings whose attention is averaged."""
NEAREST = 3
"""Elements named per vector of a prompt."""
Progress = Callable[[int, int, str], None]


@dataclass
class PromptFindings:
    """What was found, as tables."""

    effects: pd.DataFrame
    """task, prompt (none, random, or of which task), measure, unit, n, own, other, difference, low, high, p:
    errors with the task's own prompt and with another; low and high hold the difference with 95 %."""
    similarity: pd.DataFrame
    """Tasks x tasks: cosine between the shifts of the strings' vectors that the prompts cause."""
    attention: pd.DataFrame
    """task, layer, looks ([CLS] or atoms), prompt, elements, special: shares that add up to 1."""
    nearest: pd.DataFrame
    """task, layer, vector, loudness, elements, cosine: what each vector of a prompt is most like."""
    costs: pd.DataFrame
    """As `MaterialTasks.table`, with ms per 1,000 strings."""
    notes: list[str]


def analyse_prompts(
    model: MaterialTasks,
    strings: Sequence[str],
    truths: Mapping[str, NDArray],
    seed: int = 0,
    progress: Progress | None = None,
) -> PromptFindings:
    """Ask every task with its own prompt, none, those of the others and random ones.

    Parameters
    ----------
    model : of several tasks
    strings : `n` formulas, best not those that the tasks learned from
    truths : task -> what was measured, shape (n,), NaN or None where unknown; tasks may be missing
    """
    strings, names = list(strings), model.names
    effects, shifts, looks, near, seconds = [], {}, [], [], []
    for place, name in enumerate(names):
        if progress:
            progress(place, len(names), name)
        estimator = model.of(name)
        if name in truths:
            effects += _effects(model, name, strings, np.asarray(truths[name]), seed)
        began = time.perf_counter()
        with_prompt = estimator.embed(strings)
        seconds.append(1e6 * (time.perf_counter() - began) / len(strings))
        with prompted(estimator.model_, None):
            shifts[name] = (with_prompt - estimator.embed(strings)).ravel()
        looks.append(attention_shares(estimator, strings[:LOOKED_AT]).assign(task=name))
        near.append(nearest_elements(estimator.model_).assign(task=name))
    unit = np.stack([one / max(float(np.linalg.norm(one)), 1e-12) for one in shifts.values()])
    missing = [name for name in names if name not in truths]
    notes = [f"No column for {', '.join(missing)}: no errors are told of them."] if missing else []
    columns = ["task", "prompt", "measure", "unit", "n", "own", "other", "difference", "low", "high", "p"]
    return PromptFindings(
        pd.DataFrame(effects, columns=columns),
        pd.DataFrame(unit @ unit.T, index=names, columns=names),
        pd.concat(looks, ignore_index=True),
        pd.concat(near, ignore_index=True),
        model.table().assign(ms=seconds).rename(columns={"ms": "ms per 1,000"}),
        notes,
    )


@contextmanager
def prompted(network: Any, prompt: Prompt | None) -> Iterator[None]:
    """Another prompt in the encoder of a network, or none, inside the block."""
    own = network.matbert.prompt
    network.matbert.prompt = prompt
    try:
        yield
    finally:
        network.matbert.prompt = own


def like(prompt: Prompt, random: np.random.Generator) -> Prompt:
    """A prompt of chance with the size and loudness of a learned one."""
    other = Prompt.__new__(Prompt)
    torch.nn.Module.__init__(other)
    values = prompt.values.detach()
    spread = values.std(-1, keepdim=True).numpy()
    drawn = random.normal(size=tuple(values.shape)).astype(np.float32) * spread
    other.values = torch.nn.Parameter(torch.from_numpy(drawn))
    other.loudness = prompt.loudness
    return other


def _effects(
    model: MaterialTasks, name: str, strings: list[str], truth: NDArray, seed: int
) -> list[dict[str, Any]]:
    estimator, random = model.of(name), np.random.default_rng(seed)
    known = pd.notna(truth)
    rows, truth = [one for one, keep in zip(strings, known, strict=True) if keep], truth[known]
    if len(rows) < 2:
        return []
    network, own = estimator.model_, estimator.model_.matbert.prompt
    others: dict[str, list[Prompt | None]] = {"none": [None]}
    others |= {
        f"of {other}": [model.of(other).model_.matbert.prompt] for other in model.names if other != name
    }
    others["random"] = [like(own, random) for _ in range(RANDOM_DRAWS)]
    mine, lines = _errors(estimator, rows, truth), []
    classes = hasattr(estimator, "classes_")
    unit = (
        ""
        if classes
        else getattr(estimator, "task_", {}).get("units", {}).get(estimator.target_names_[0], "")
    )
    for label, prompts in others.items():
        theirs = np.zeros(len(rows))
        for prompt in prompts:
            with prompted(network, prompt):
                theirs += _errors(estimator, rows, truth) / len(prompts)
        gain = theirs - mine
        error, p = bootstrap(partial(_mean_of, gain), len(gain), seed)
        lines.append({
            "task": name, "prompt": label, "measure": "probability missed" if classes else "MAE",
            "unit": unit, "n": len(rows), "own": mine.mean(), "other": theirs.mean(),
            "difference": gain.mean(), "low": gain.mean() - 1.96 * error,
            "high": gain.mean() + 1.96 * error, "p": p,
        })  # fmt: skip
    return lines


def _mean_of(gain: NDArray, drawn: NDArray) -> float:
    return float(gain[drawn].mean())


def _errors(estimator: Any, strings: list[str], truth: NDArray) -> NDArray:
    """|error| of a number, or the probability that is missing at the true class, shape (n,)."""
    if not hasattr(estimator, "classes_"):
        return np.abs(estimator.predict(strings) - truth.astype(float))
    place = {str(label): i for i, label in enumerate(estimator.classes_)}
    unknown = sorted({str(one) for one in truth} - place.keys())
    if unknown:
        raise ValueError(f"The table has the class {unknown[0]!r}; the task knows {', '.join(place)}.")
    likely = estimator.predict_proba(strings)
    return 1 - likely[np.arange(len(truth)), [place[str(one)] for one in truth]]


def attention_shares(estimator: Any, strings: list[str]) -> pd.DataFrame:
    """Where `[CLS]` and the atoms look in each layer: at the prompt, elements, or special tokens."""
    network, rows = estimator.model_, estimator._read(strings)
    batch = as_tensors(rows, np.arange(len(rows)))
    with eager(network), torch.no_grad():
        maps = network(**batch, output_attentions=True).attentions
    atoms = (batch["input_ids"] >= len(SPECIALS)).numpy()
    lines = []
    for layer, weights in enumerate(maps, start=1):
        shares = weights.mean(1).double().numpy()
        here, beside = split_attention(shares, network.config, atoms.shape[1])
        for looks, queries in (("[CLS]", np.arange(atoms.shape[1])[None] == 0), ("atoms", atoms)):
            chosen = np.broadcast_to(queries, atoms.shape)
            own = float(beside[chosen].mean())
            elements = float((here * atoms[:, None, :]).sum(-1)[chosen].mean())
            lines.append((layer, looks, own, elements, 1 - own - elements))
    return pd.DataFrame(lines, columns=["layer", "looks", "prompt", "elements", "special"])


def nearest_elements(network: Any) -> pd.DataFrame:
    """Elements whose keys and values (or embeddings) each vector of a prompt is most like, by the cosine."""
    encoder, prompt, shape = network.matbert, network.matbert.prompt, network.config.prompt
    batch = as_tensors(encode_many(list(SYMBOLS)), np.arange(len(SYMBOLS)))
    with prompted(network, None):
        told = seen(encoder, batch, shape)[..., 1, :].detach().numpy()  # position 1: the one element
    mine = prompt.values.detach().numpy()
    if shape["depth"] == "shallow":
        told, mine = told[:, None, None], mine[None, None]
    loudness = prompt.loudness.detach().mean(1).numpy()
    lines = []
    for layer in range(mine.shape[0]):
        vectors = np.moveaxis(mine[layer], 0, 1).reshape(mine.shape[2], -1)
        elements = told[:, layer].reshape(len(SYMBOLS), -1)
        # The mean of all elements is in every one of them: without it the likeness is about differences.
        centre = elements.mean(0)
        cosine = _unit(vectors - centre) @ _unit(elements - centre).T
        number = network.config.num_hidden_layers - len(loudness) + layer + 1
        for place, row in enumerate(cosine):
            best = np.argsort(-row, kind="stable")[:NEAREST]
            names = ", ".join(SYMBOLS[i] for i in best)
            lines.append((number, place + 1, loudness[layer, place], names, row[best[0]]))
    return pd.DataFrame(lines, columns=["layer", "vector", "loudness", "elements", "cosine"])


def _unit(vectors: NDArray) -> NDArray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(min=1e-12)
