"""Distinct formulas as a table, with what is known of each: the answer to `matprior generate`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from matprior.data.seen import SEEN, SeenFormulas
from matprior.generation.constraint import OnlyWanted, Wishes
from matprior.generation.sample import Sampling, sample
from matprior.generation.validity import judge_all
from matprior.models.checksums import check_marks, check_sizes
from matprior.models.families import GENERATORS
from matprior.models.zoo import find, quiet
from matprior.notations.composition import parse_amounts
from matprior.tokens.sentences import TOKENS

PATIENCE = 20
"""Sampling gives up once it has drawn this many times the rows that are still wanted, or a batch in vain."""


def open_generator(model: str | Path) -> Any:
    """The network of a checkpoint that writes formulas.

    Parameters
    ----------
    model : name of a shipped checkpoint, or a folder

    Raises
    ------
    ValueError
        No checkpoint, or one of another kind.
    """
    folder = find(model)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    kind = config.get("model_type")
    if kind not in GENERATORS:
        raise ValueError(
            f"{str(model)!r} is a {kind!r} model and writes no formulas. Choose one of kind generator in "
            "`matprior models list`, such as matgpt-small."
        )
    from safetensors import safe_open
    from transformers import GPT2LMHeadModel

    check_marks(folder)
    with safe_open(folder / "model.safetensors", framework="numpy") as arrays:
        check_sizes(folder, config, len(list(arrays.keys())))
    with quiet():
        opened: Any = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32)
    if opened.config.vocab_size != len(TOKENS):
        raise ValueError(
            f"{folder} has {opened.config.vocab_size} tokens; sentences of formulas have {len(TOKENS)}. It "
            "was made for another language: choose a checkpoint of `matprior pretrain` with kind: generator."
        )
    return opened.eval()


def propose(
    model: str | Path,
    n: int,
    sampling: Sampling | None = None,
    wishes: Wishes | None = None,
    asked: dict[str, float] | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> tuple[pd.DataFrame, list[str]]:
    """Draw until there are `n` distinct formulas, or until hardly any new one comes.

    Parameters
    ----------
    model : name of a shipped checkpoint, or a folder
    n : distinct formulas wanted
    sampling : how tokens are drawn
    wishes : what is asked of every formula
    asked : property -> value the formulas shall be likely to have
    progress : told (formulas found, formulas wanted, what is going on)

    Returns
    -------
    A table in the order of drawing: `formula`, `n_elements`, `charge_neutral`, `balanced` (both rules of
    SMACT), `log_probability` of the sentence, and `learned_from`, whether it was in the training set;
    and sentences on what was drawn in vain.
    """
    if n < 1:
        raise ValueError(f"n is {n}; expected a whole number from 1 on.")
    sampling, wishes = sampling or Sampling(), wishes or Wishes()
    network = open_generator(model)
    processor = OnlyWanted(wishes) if wishes.any else None
    found: dict[str, float] = {}
    drawn = unreadable = 0
    while len(found) < n:
        rows = min(sampling.batch_size, max(64, 2 * (n - len(found))))
        # Another seed for each round, so that the rounds differ and a run is repeated by its seed.
        part = Sampling(**{**vars(sampling), "seed": sampling.seed * 100_003 + drawn})
        batch = sample(network, rows, part, processor, asked)
        before = len(found)
        for formula, chance in zip(batch.formulas, batch.log_probabilities.tolist(), strict=True):
            if formula is not None and len(found) < n:
                found.setdefault(formula, chance)
        drawn += rows
        unreadable += sum(formula is None for formula in batch.formulas)
        if progress is not None:
            progress(len(found), n, f"{drawn:,} drawn")
        if len(found) == before or drawn > PATIENCE * n + sampling.batch_size:
            break
    notes = [f"{drawn:,} sentences drawn; {unreadable:,} of them were no formulas."]
    if len(found) < n:
        notes.append(
            f"Only {len(found):,} distinct formulas were found. Ask for fewer, raise --temperature, or "
            "loosen what is required."
        )
    return _table(found, find(model)), notes


def _table(found: dict[str, float], folder: Path) -> pd.DataFrame:
    formulas = list(found)
    verdicts = judge_all(formulas)
    table = pd.DataFrame(
        {
            "formula": formulas,
            "n_elements": [len(parse_amounts(formula)) for formula in formulas],
            "charge_neutral": [verdict.neutral for verdict in verdicts],
            "balanced": [verdict.balanced for verdict in verdicts],
            "log_probability": [round(chance, 3) for chance in found.values()],
        }
    )
    if (folder / SEEN).is_file() and formulas:
        table["learned_from"] = SeenFormulas(folder / SEEN).contains(formulas)
    return table
