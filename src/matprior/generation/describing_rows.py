"""Descriptions as training rows: facts become sentences while a batch is made, in other words each epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from matprior.notations.element_roles import element_roles
from matprior.notations.material_classes import classes_of
from matprior.pretraining.draws import Draws
from matprior.tokens.composition import Encoded
from matprior.tokens.descriptions import (
    ASKS,
    EOS,
    FIRST_NUMBER,
    ID,
    PAD,
    SIMILAR,
    UNK,
    ids_of,
    padded,
    pieces,
)
from matprior.tokens.facts import FACTS, NUMBERS, Facts, places
from matprior.tokens.phrases import LANGUAGES, PHRASES
from matprior.tokens.sentences import sentence

IGNORED = -100
"""Label of a token that is not to be learned."""
WORDS_WEIGHT = 0.1
"""What the first words of a sentence weigh: which paraphrase comes is chance, and cannot be learned."""
SCALE = {"band_gap": 1.5, "formation_energy": 1.4, "above_hull": 0.3}
"""Fact that is a number -> about how far its values lie apart, so that none fills the loss."""
_BEFORE = frozenset(
    ID[way.before] for ways in PHRASES.values() for phrases in ways.values() for way in phrases
)


@dataclass(frozen=True)
class Asking:
    """What is asked of a batch."""

    japanese: float
    """Chance of Japanese."""
    rules: float
    """Chance of each fact that follows by rule."""
    numbers: float
    """Chance of each number that is known."""
    everything: float = 0.1
    """Chance that all facts are asked, whatever else is drawn."""
    hidden: float = 0.7
    """Chance that numbers are hidden from what is said behind them."""


def rule_facts(formula: str) -> Facts:
    """The facts of a formula that follow by rule.

    Examples
    --------
    >>> rule_facts("Fe2O3").classes
    ('OXIDE',)
    """
    return Facts(classes=classes_of(formula) or None, roles=element_roles(formula))


def encode_formulas(formulas: Sequence[str]) -> tuple[Encoded, np.ndarray]:
    """Formulas in the grammar, without what is asked; and which of them the grammar can write.

    Returns
    -------
    Ids of shape (n, l), and positions in `formulas`, shape (n,).
    """
    rows, kept = [], []
    for place, formula in enumerate(formulas):
        tokens = sentence(formula)
        if tokens is not None:
            rows.append([ID[token] for token in tokens])
            kept.append(place)
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    return Encoded(padded(rows).astype(np.int16), None, lengths), np.array(kept, dtype=np.int64)


def telling(rules: Sequence[Facts], asking: Asking, seed: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A function that draws what is asked of each row, and writes the answer.

    Parameters
    ----------
    rules : facts by rule of every training row
    asking : chances
    seed : draws depend on seed, epoch and row alone, so that a resumed run draws the same
    """

    def tell(batch: dict[str, Any]) -> dict[str, Any]:
        rows = batch["rows"].numpy()
        drawn = Draws(rows, 3 + 2 * len(FACTS), batch["epoch"], seed).uniform(0)
        values = batch["labels"].numpy()
        grid = {name: places(name, values[:, column]) for column, name in enumerate(NUMBERS)}
        questions, answers = [], []
        for i, row in enumerate(rows.tolist()):
            known = {
                name: NUMBERS[name].grid[grid[name][i]]
                for column, name in enumerate(NUMBERS)
                if np.isfinite(values[i, column])
            }
            facts = Facts(**{**vars(rules[row]), **known})
            language = LANGUAGES[int(drawn[i, 0] < asking.japanese)]
            # The same of the whole batch: a long answer among short ones would be mostly padding.
            asked = _asked(drawn[0, 1 : 2 + len(FACTS)], known, asking)
            choices = dict(
                zip(FACTS, (drawn[i, -1 - len(FACTS) : -1] * 20).astype(int).tolist(), strict=True)
            )
            formula = batch["input_ids"][i]
            questions.append(
                [
                    ID[ASKS[language]],
                    *(ID[ASKS[one]] for one in asked),
                    *formula[formula != PAD].tolist(),
                    EOS,
                ]
            )
            answers.append(_answer(facts, choices, language, asked))
        ids, said = torch.from_numpy(padded(questions)), torch.from_numpy(padded(answers))
        read, labels = hidden_numbers(said, torch.from_numpy(drawn[:, -1] < asking.hidden))
        return {
            **batch,
            "input_ids": ids,
            "attention_mask": (ids != PAD).long(),
            "decoder_input_ids": nn.functional.pad(read, (1, 0), value=PAD)[:, :-1],
            "labels": labels.masked_fill(labels == PAD, IGNORED),
        }

    return tell


def hidden_numbers(said: Tensor, hide: Tensor) -> tuple[Tensor, Tensor]:
    """Descriptions as the decoder reads them, and as it shall write them.

    A true number that stood before another would help to guess it, and nobody has it when a new formula is
    described. In rows that hide their numbers `<unk>` stands for them and for the ends that tell of them.

    Parameters
    ----------
    said : ids of descriptions, shape (n, l)
    hide : which rows, shape (n,)
    """
    number = torch.zeros_like(said, dtype=torch.bool)
    for name, first in FIRST_NUMBER.items():
        number |= (said >= first) & (said < first + len(NUMBERS[name].grid))
    number &= hide[:, None]
    end = nn.functional.pad(number, (1, 0))[:, :-1]
    return said.masked_fill(number | end, UNK), said.masked_fill(end, IGNORED)


def _asked(drawn: np.ndarray, known: dict[str, float], asking: Asking) -> list[str]:
    """Facts to be said. A number that nobody knows is not asked: a gap in a table teaches nothing."""
    everything = drawn[-1] < asking.everything
    asked = [
        fact
        for fact, chance in zip(FACTS, drawn[:-1], strict=True)
        if (fact in known or fact not in NUMBERS)
        and (everything or chance < (asking.numbers if fact in NUMBERS else asking.rules))
    ]
    return asked or [next(iter(known), "classes")]


def _answer(facts: Facts, choices: dict[str, int], language: str, asked: list[str]) -> list[int]:
    said = ids_of(pieces(Facts(**{**vars(facts), "similar": (SIMILAR,)}), choices, language, asked))
    return [*said, EOS]


def description_loss(distance_weight: float) -> Callable[[nn.Module, dict[str, Any]], Tensor]:
    """Cross-entropy of tokens, and how far numbers are off.

    The distance is the continuous ranked probability score over the grid of a number (Gneiting & Raftery
    2007, JASA 102:359): it is least for the true distribution, and unlike the likelihood it knows that 2.1
    is nearer to 2.0 than 5.0 is.
    """
    weight_of = torch.ones(len(ID))
    weight_of[list(_BEFORE)] = WORDS_WEIGHT
    grids = {name: torch.tensor(number.grid) for name, number in NUMBERS.items()}

    def loss(model: nn.Module, batch: dict[str, Any]) -> Tensor:
        labels = batch["labels"].flatten()
        logits = model(
            input_ids=batch["input_ids"],
            attention_mask=batch["attention_mask"],
            decoder_input_ids=batch["decoder_input_ids"],
            use_cache=False,
        ).logits.flatten(0, 1)
        said = labels != IGNORED
        labels, logits = labels[said], logits[said].float()
        weights = weight_of.to(labels.device)[labels]
        likelihood = nn.functional.cross_entropy(logits, labels, reduction="none")
        total = (likelihood * weights).sum() / weights.sum()
        for name, grid in grids.items():
            place = labels - FIRST_NUMBER[name]
            here = (place >= 0) & (place < len(grid))
            if here.any():
                first = FIRST_NUMBER[name]
                chances = logits[here, first : first + len(grid)].softmax(-1)
                total = total + distance_weight * ranked(chances, place[here], grid).mean() / SCALE[name]
        return total

    return loss


def ranked(chances: Tensor, place: Tensor, grid: Tensor) -> Tensor:
    """Continuous ranked probability score of distributions over a grid, shape (n,).

    Parameters
    ----------
    chances : shape (n, g)
    place : of the truth, shape (n,)
    grid : values, shape (g,)
    """
    below = chances.cumsum(-1)[:, :-1]
    true = (torch.arange(len(grid) - 1, device=place.device) >= place[:, None]).float()
    return ((below - true).square() * grid.diff().to(place.device)).sum(-1)
