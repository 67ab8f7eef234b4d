"""Compositions described in words, with the facts as a table: the answer to `matprior describe`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from matprior.data.seen import SEEN, SeenFormulas
from matprior.generation.describing_rows import rule_facts
from matprior.generation.numbers import head_numbers, number_quantiles
from matprior.generation.similar import similar_materials
from matprior.generation.wording import OnlyTrue, plan
from matprior.models.damage import WEIGHTS, check_network, reading
from matprior.models.families import DESCRIBERS, type_of
from matprior.models.zoo import find, quiet
from matprior.notations.composition import parse
from matprior.tokens.description_reading import read_description
from matprior.tokens.descriptions import (
    CONTEXT,
    ID,
    PAD,
    SIMILAR,
    TOKENS,
    check_language,
    padded,
    question,
    text_of,
)
from matprior.tokens.facts import FACTS, NUMBERS, Facts, rounded
from matprior.tokens.phrases import JOINTS

NETWORK = "network"
"""Where numbers come from: what the describer itself believes."""
BATCH = 128
"""Formulas written at once."""


@dataclass
class Saying:
    """How things are said. Each string becomes the option's help."""

    language: str = "en"
    """en or ja."""
    beams: int = 4
    """Descriptions that compete; the likeliest is kept."""
    numbers: str = "matbert-small"
    """A pretrained encoder whose property heads say the numbers, or `network`: the describer itself."""
    free: bool = False
    """Let the network write everything itself: what it says may then contradict the rules."""

    def __post_init__(self) -> None:
        check_language(self.language)
        if self.beams < 1:
            raise ValueError(f"beams is {self.beams}; expected a whole number from 1 on, such as 4.")


def open_describer(model: str | Path) -> Any:
    """The network of a checkpoint that describes.

    Parameters
    ----------
    model : name of a shipped checkpoint, or a folder

    Raises
    ------
    ValueError
        No checkpoint, or one of another kind.
    """
    folder = find(model)
    kind = type_of(folder)
    if kind not in DESCRIBERS:
        raise ValueError(
            f"{str(model)!r} is a {kind!r} model and describes nothing. Choose one of kind describer in "
            "`matprior models list`, such as matt5-small."
        )
    from transformers import AutoModelForSeq2SeqLM

    check_network(folder)
    with quiet(), reading(folder, WEIGHTS):
        opened: Any = AutoModelForSeq2SeqLM.from_pretrained(
            folder, dtype=torch.float32, trust_remote_code=False
        )
    if opened.config.vocab_size != len(TOKENS):
        raise ValueError(
            f"{folder} has {opened.config.vocab_size} tokens; descriptions have {len(TOKENS)}. It was made "
            "for another grammar: choose a checkpoint of `matprior pretrain` with kind: describer."
        )
    return opened.eval()


def describe(
    formulas: Sequence[str],
    model: str | Path = "matt5-small",
    saying: Saying | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> pd.DataFrame:
    """Describe compositions.

    Parameters
    ----------
    formulas : any spelling, `n`
    model : name of a shipped checkpoint, or a folder
    saying : language, beams, where numbers come from
    progress : told (formulas done, formulas in all, what is going on)

    Returns
    -------
    One row per formula: the facts as read back from the words, the ends of an interval that holds the
    computed number four times in five (only where the network says it), whether the formula was among
    those learned from, and the `description`. Unknown facts are empty.
    """
    saying = saying or Saying()
    network = open_describer(model)
    canonical = [parse(formula).canonical for formula in formulas]
    facts, quantiles = facts_about(canonical, network, find(model), saying.numbers)
    texts: list[str] = []
    for start in range(0, len(canonical), BATCH):
        part = slice(start, start + BATCH)
        texts += write(network, canonical[part], facts[part], saying)
        if progress is not None:
            progress(len(texts), len(canonical), "described")
    seen = _seen(find(model))
    return pd.DataFrame(
        [
            _row(formula, text, spread, known)
            for formula, text, spread, known in zip(formulas, texts, quantiles, seen(canonical), strict=True)
        ]
    )


def facts_about(
    formulas: Sequence[str], network: Any, folder: Path, numbers: str = NETWORK
) -> tuple[list[Facts], np.ndarray]:
    """What a description will state: facts by rule, numbers, similar known materials.

    Numbers are unknown for a formula that the grammar cannot write, with an element that none of the formulas
    learned from had, or with a charge.

    Returns
    -------
    Facts of each formula, and the median and the ends of the interval of each number, shape (n, 3, 3).
    """
    rules = [rule_facts(formula) for formula in formulas]
    relatives = similar_materials(formulas, [one.roles or () for one in rules], _seen(folder))
    if numbers == NETWORK:
        told = number_quantiles(network, formulas)
    else:
        told = np.full((len(formulas), len(NUMBERS), 3), np.nan)
        told[:, :, 0] = head_numbers(formulas, numbers)
    learned = _learned(folder)
    strange = [not learned >= one.amounts.keys() or bool(one.charge) for one in map(parse, formulas)]
    told[strange] = np.nan
    found = []
    for one, others, values in zip(rules, relatives, told[:, :, 0].tolist(), strict=True):
        known = {name: rounded(name, v) for name, v in zip(NUMBERS, values, strict=True) if np.isfinite(v)}
        found.append(Facts(**{**vars(one), "similar": others or None, **known}))
    return found, told


@torch.inference_mode()
def write(network: Any, formulas: Sequence[str], facts: Sequence[Facts], saying: Saying) -> list[str]:
    """Descriptions of some formulas by beam search."""
    asked = [question(formula, FACTS, saying.language) for formula in formulas]
    # What cannot be written is said without the formula: rules and unknowns need no network to be true.
    plain = [ID[f"<{name}>"] for name in (saying.language, *FACTS)] + [ID["</s>"]]
    ids = torch.from_numpy(padded([one or plain for one in asked])).to(network.device)
    plans = [plan(one, saying.language, FACTS) for one in facts]
    with quiet():
        written = network.generate(
            input_ids=ids,
            attention_mask=(ids != PAD).long(),
            num_beams=saying.beams,
            max_new_tokens=CONTEXT if saying.free else max(map(len, plans)) + 1,
            do_sample=False,
            length_penalty=0.0,
            logits_processor=[] if saying.free else [OnlyTrue(plans, saying.beams)],
        )
    joint = JOINTS[saying.language][0]
    return [
        text_of(
            joint.join(one.similar or ("?",)) if TOKENS[i] == SIMILAR else TOKENS[i]
            for i in row
            if TOKENS[i] not in ("<pad>", "</s>")
        )
        for row, one in zip(written.tolist(), facts, strict=True)
    ]


def _row(formula: str, text: str, spread: np.ndarray, known: bool) -> dict[str, Any]:
    try:
        facts = read_description(text)
    except ValueError:  # only words that nothing kept to the grammar can be no description
        facts = Facts()
    row: dict[str, Any] = {"formula": formula, "classes": ", ".join(facts.classes or ())}
    for column, (name, number) in enumerate(NUMBERS.items()):
        label = f"{name}_{number.unit.replace('/', '_per_')}"
        row[label] = getattr(facts, name)
        row[f"{label}_low"], row[f"{label}_high"] = spread[column, 1], spread[column, 2]
        if name == "band_gap":
            row["metal"] = facts.metal
        if name == "above_hull":
            row["makeable"] = facts.makeable
    row["oxidation_states"] = ", ".join(
        f"{symbol} {'?' if state is None else f'{state:+d}'}" for symbol, state, _ in facts.roles or ()
    )
    row["roles"] = ", ".join(f"{symbol} {role}" for symbol, _, role in facts.roles or ())
    row["similar"] = ", ".join(facts.similar or ())
    return {**row, "learned_from": known, "description": text}


def _seen(folder: Path) -> Callable[[Sequence[str]], np.ndarray]:
    """Whether formulas are among those learned from; none is where the folder has no list of them."""
    if (folder / SEEN).is_file():
        return SeenFormulas(folder / SEEN).contains
    return lambda formulas: np.zeros(len(formulas), dtype=bool)


def _learned(folder: Path) -> set[str]:
    """Elements of the formulas learned from."""
    told = json.loads((folder / "matprior.json").read_text(encoding="utf-8"))
    return set(told["elements"])
