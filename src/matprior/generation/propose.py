"""Distinct formulas or molecules as a table, with what is known of each: behind `matprior generate`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from matprior.data.seen import SEEN, SeenFormulas
from matprior.generation.constraint import OnlyWanted, Wishes
from matprior.generation.molecules import MoleculeWishes, OnlyStrings, molecule_table
from matprior.generation.sample import Sampled, Sampling, sample
from matprior.generation.validity import judge_all
from matprior.models.damage import WEIGHTS, check_network, reading
from matprior.models.families import GENERATORS, notation_of, type_of
from matprior.models.zoo import find, quiet
from matprior.notations.composition import parse_amounts
from matprior.tokens.formula_language import FORMULAS
from matprior.tokens.language import Language
from matprior.tokens.molecule_language import MoleculeLanguage

PATIENCE = 20
"""Sampling gives up once it has drawn this many times the rows that are still wanted, or a batch in vain."""
Draw = Callable[[int, Sampling, int], Sampled]
"""Called with the number of rows, how tokens are drawn, and the number of the round."""
Told = Callable[[int, int, str], None]


def open_generator(model: str | Path) -> Any:
    """The network of a checkpoint that writes formulas or molecules.

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
    if kind not in GENERATORS:
        raise ValueError(
            f"{str(model)!r} is a {kind!r} model and writes no formulas or molecules. Choose one of kind "
            "generator in `matprior models list`, such as matgpt-small or molgpt-small."
        )
    from transformers import GPT2LMHeadModel

    check_network(folder)
    with quiet(), reading(folder, WEIGHTS):
        opened: Any = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32)
    n_tokens = len(language_of(folder).tokens)
    if opened.config.vocab_size != n_tokens:
        raise ValueError(
            f"{folder} has {opened.config.vocab_size} tokens; its language has {n_tokens}. It "
            "was made for another language: choose a checkpoint of `matprior pretrain` with kind: generator."
        )
    return opened.eval()


def language_of(model: str | Path) -> Language:
    """What a generator writes in.

    Parameters
    ----------
    model : name of a shipped checkpoint, or a folder
    """
    folder = find(model)
    notation = notation_of(folder)
    return FORMULAS if notation == FORMULAS.notation else MoleculeLanguage.opened(folder, notation)


def propose(
    model: str | Path,
    n: int,
    sampling: Sampling | None = None,
    wishes: Wishes | MoleculeWishes | None = None,
    asked: dict[str, float] | None = None,
    progress: Told | None = None,
) -> tuple[pd.DataFrame, list[str]]:
    """Draw until there are `n` distinct formulas or molecules, or until hardly any new one comes.

    Parameters
    ----------
    model : name of a shipped checkpoint, or a folder
    n : distinct strings wanted
    sampling : how tokens are drawn
    wishes : what is asked of every formula, or of every molecule
    asked : property -> value the strings shall be likely to have
    progress : told (strings found, strings wanted, what is going on)

    Returns
    -------
    A table in the order of drawing. Of formulas: `formula`, `n_elements`, `charge_neutral`, `balanced` (both
    rules of SMACT); of molecules: `smiles` and computed properties. Of both: `log_probability` of the
    sentence, and `learned_from`, whether it was in the training set. And sentences on what was drawn in vain.
    """
    if n < 1:
        raise ValueError(f"n is {n}; expected a whole number from 1 on.")
    sampling, asked = sampling or Sampling(), asked or {}
    network, language = open_generator(model), language_of(model)
    accept: Callable[[str], bool] = lambda _: True  # noqa: E731
    if isinstance(language, MoleculeLanguage):
        wished = wishes or MoleculeWishes()
        if not isinstance(wished, MoleculeWishes):
            raise ValueError(f"{model} writes molecules; ask for a prefix or a scaffold (MoleculeWishes).")
        begins = wished.beginnings(language, sampling.seed)
        accept = wished.fulfilled
        held: Any = OnlyStrings(language, 1 + len(language.asked_tokens(asked)))
    else:
        wishes = wishes or Wishes()
        if not isinstance(wishes, Wishes):
            raise ValueError(f"{model} writes formulas; ask for elements and charges (Wishes).")
        begins, held = [[]], OnlyWanted(wishes) if wishes.any else None

    def draw(rows: int, part: Sampling, turn: int) -> Sampled:
        begin = begins[turn % len(begins)]
        return sample(network, rows, part, held, asked, language=language, begin=begin)

    found, notes = _collect(draw, n, sampling, accept, len(begins), progress)
    table = molecule_table(found) if isinstance(language, MoleculeLanguage) else _formula_table(found)
    if (find(model) / SEEN).is_file() and found:
        table["learned_from"] = SeenFormulas(find(model) / SEEN).contains(list(found))
    return table, notes


def _collect(
    draw: Draw,
    n: int,
    sampling: Sampling,
    accept: Callable[[str], bool],
    turns: int,
    progress: Told | None,
) -> tuple[dict[str, float], list[str]]:
    """Distinct strings with their log-probabilities, and what was drawn in vain.

    `turns` is the number of rounds after which beginnings repeat: each gets its share of the rows.
    """
    found: dict[str, float] = {}
    drawn = unreadable = unwanted = turn = vain = 0
    while len(found) < n:
        rows = min(sampling.batch_size, max(64, 2 * (n - len(found)) // turns))
        # Another seed for each round, so that the rounds differ and a run is repeated by its seed.
        batch = draw(rows, replace(sampling, seed=sampling.seed * 100_003 + drawn), turn)
        before = len(found)
        for string, chance in zip(batch.strings, batch.log_probabilities.tolist(), strict=True):
            if string is None:
                unreadable += 1
            elif not accept(string):
                unwanted += 1
            elif len(found) < n:
                found.setdefault(string, chance)
        drawn, turn = drawn + rows, turn + 1
        if progress is not None:
            progress(len(found), n, f"{drawn:,} drawn")
        vain = vain + 1 if len(found) == before else 0
        if vain == turns or drawn > PATIENCE * n + turns * sampling.batch_size:
            break
    notes = [f"{drawn:,} sentences drawn; {unreadable:,} of them could not be read."]
    if unwanted:
        notes.append(f"{unwanted:,} changed the scaffold while they went on, and were left out.")
    if len(found) < n:
        notes.append(
            f"Only {len(found):,} distinct ones were found. Ask for fewer, raise --temperature, or "
            "loosen what is required."
        )
    return found, notes


def _formula_table(found: dict[str, float]) -> pd.DataFrame:
    formulas = list(found)
    verdicts = judge_all(formulas)
    return pd.DataFrame(
        {
            "formula": formulas,
            "n_elements": [len(parse_amounts(formula)) for formula in formulas],
            "charge_neutral": [verdict.neutral for verdict in verdicts],
            "balanced": [verdict.balanced for verdict in verdicts],
            "log_probability": [round(chance, 3) for chance in found.values()],
        }
    )
