"""Ask a pretrained checkpoint by task words: `[MP] Fe2O3 [BAND_GAP]` is a question it was trained on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matprior.models.damage import WEIGHTS, check_network, reading
from matprior.models.families import family_of
from matprior.models.zoo import find, quiet
from matprior.tokens.composition import Encoded
from matprior.tokens.encoders import encode
from matprior.tokens.vocabulary import SEP, VOCABULARY_SIZE
from matprior.training.loop import answers

UNDONE = {"none": lambda x: x, "log10": lambda x: 10.0**x}
"""Transform of a property -> back to its unit."""


def ask(checkpoint: str | Path, strings: Sequence[str]) -> pd.DataFrame:
    """Answers of a pretrained checkpoint at the task words of strings, without any fitting.

    Parameters
    ----------
    checkpoint : name or folder of one whose recipe had `hard_prompts.tasks`
    strings : formulas, each with one task word or several, as in `[OXIDE] Fe2O3 [BAND_GAP]`

    Returns
    -------
    One line per question: string, task, value, unit.

    Raises
    ------
    ValueError
        The checkpoint has no task words, or a string asks nothing.
    """
    folder = find(checkpoint)
    check_network(folder)
    with quiet(), reading(folder, WEIGHTS):
        model = family_of(folder).pretraining.from_pretrained(folder).eval()
    tasks = task_ids(model.config, str(checkpoint))
    rows = encode(strings, "composition", model.config.encoding, None, model.config.words)
    lines = []
    for row, (string, ids) in enumerate(zip(strings, rows.ids.tolist(), strict=True)):
        places = [place for place, token in enumerate(ids) if token in tasks]
        if not places:
            raise ValueError(
                f"{string!r} (row {row + 1}) asks for nothing. Add a task word: "
                f"{', '.join(task['token'] for task in tasks.values())}."
            )
        lines += [(row, place, tasks[ids[place]]) for place in places]
    told = _at(model, rows.take(np.array([row for row, _, _ in lines])), [place for _, place, _ in lines])
    return pd.DataFrame(
        [
            {
                "string": strings[row],
                "task": task["token"],
                "value": _undone(value, task),
                "unit": task["unit"],
            }
            for (row, _, task), value in zip(lines, told.tolist(), strict=True)
        ]
    )


def task_ids(config: Any, name: str) -> dict[int, dict[str, Any]]:
    """Token id -> what the task head answers there."""
    if not getattr(config, "task_words", None):
        raise ValueError(
            f"{name} was pretrained without task words, so nothing can be asked of it. Fit it to your "
            "property (matprior fit), or choose a checkpoint whose recipe has hard_prompts.tasks."
        )
    return {VOCABULARY_SIZE + config.words.index(task["token"]): task for task in config.task_words}


def asked(model: Any, encoded: Encoded, words: Iterable[str]) -> np.ndarray:
    """Standardised answers at the last of some words, which are put beside each row, shape (n,)."""
    ids = [VOCABULARY_SIZE + model.config.words.index(word) for word in words]
    return _at(model, beside(encoded, ids), encoded.lengths - 1 + len(ids) - 1)


def beside(encoded: Encoded, ids: Sequence[int]) -> Encoded:
    """Rows with the same prompts before their `[SEP]`."""
    n = len(encoded)
    wide = ((0, 0), (0, len(ids)))
    tokens, amounts = np.pad(encoded.ids, wide), np.pad(encoded.fractions, wide)
    places = encoded.lengths[:, None] - 1 + np.arange(len(ids) + 1)
    tokens[np.arange(n)[:, None], places] = [*ids, SEP]
    return Encoded(tokens, amounts, encoded.lengths + len(ids))


def asked_scores(model: Any, kept: Encoded, truth: np.ndarray, learned: np.ndarray) -> list[dict[str, Any]]:
    """Mean absolute error of each property asked by its words, on held-out formulas; empty without words.

    Parameters
    ----------
    truth, learned : properties of the held-out and of the learned formulas, transformed, shape (n, p)
    """
    names = [column["name"] for column in model.config.properties or []]
    records = []
    for task in model.config.task_words or []:
        for name, database in task["properties"].items():
            column = names.index(name)
            known = np.flatnonzero(np.isfinite(truth[:, column]))
            if not len(known):
                continue
            words = [word for word in (database, task["token"]) if word]
            value = asked(model, kept.take(known), words) * task["scale"] + task["mean"]
            median, right = float(np.nanmedian(learned[:, column])), truth[known, column]
            unit = task["unit"] if task["transform"] == "none" else f"{task['transform']}({task['unit']})"
            record = {"task": f"asked {' '.join(words)}", "property": name, "unit": unit, "n": len(known)}
            errors = {"MAE": np.abs(value - right), "MAE_dummy": np.abs(median - right)}
            records.append(record | {key: float(error.mean()) for key, error in errors.items()})
    return records


def _at(model: Any, rows: Encoded, places: Any) -> np.ndarray:
    """Task answers at one place of each row, shape (n,)."""
    places = np.asarray(places)
    found = np.empty(len(rows))
    for length in np.unique(rows.lengths):  # one length at a time: answers of a batch need one width
        member = np.flatnonzero(rows.lengths == length)
        told = answers(model, rows.take(member), lambda out: out.task_logits)
        found[member] = told[np.arange(len(member)), places[member]]
    return found


def _undone(value: float, task: dict[str, Any]) -> float:
    return float(UNDONE[task["transform"]](value * task["scale"] + task["mean"]))
