"""Distinct formulas or molecules as a table, with what is known of each: behind `matprior generate`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from matprior.data.seen import SEEN, SeenFormulas
from matprior.generation.asked import JUDGE, Within, told_of
from matprior.generation.constraint import OnlyWanted, Wishes
from matprior.generation.described import Sieve, asked_by, sieves_of
from matprior.generation.molecules import MoleculeWishes, OnlyStrings, molecule_table
from matprior.generation.sample import Sampled, Sampling, sample
from matprior.generation.validity import judge_all
from matprior.models.damage import WEIGHTS, check_network, reading
from matprior.models.families import GENERATORS, notation_of, type_of
from matprior.models.zoo import find, quiet
from matprior.notations.composition import parse_amounts
from matprior.tokens.facts import NUMBERS, Facts
from matprior.tokens.formula_language import FORMULAS
from matprior.tokens.language import Language
from matprior.tokens.molecule_language import MoleculeLanguage

PATIENCE, MORE_PATIENCE = 20, 200
"""Sampling gives up once it has drawn this many times the rows that are wanted, the second number of times
where some are left out for what they are ..."""
IN_VAIN = 5
"""... or so many batches of every beginning in vain, each twice as large as the one before."""
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
    asked: Mapping[str, float | Within] | None = None,
    progress: Told | None = None,
    novel: bool = False,
    facts: Facts | None = None,
) -> tuple[pd.DataFrame, list[str]]:
    """Draw until there are `n` distinct formulas or molecules, or until hardly any new one comes.

    Parameters
    ----------
    model : name of a shipped checkpoint, or a folder
    n : distinct strings wanted
    sampling : how tokens are drawn
    wishes : what is asked of every formula, or of every molecule
    asked : property -> value the strings shall be likely to have; with `Within` they have it, as computed or
        as the heads of `matbert-small` answer
    progress : told (strings found, strings wanted, what is going on)
    novel : leave out what the network has learned from
    facts : what shall be true of every formula (`described.read_wanted` of a description): classes, states,
        resemblance and verdicts are, numbers are about as said

    Returns
    -------
    A table in the order of drawing. Of formulas: `formula`, `n_elements`, `charge_neutral`, `balanced` (both
    rules of SMACT), what `matbert-small` answers to the numbers asked for; of molecules: `smiles` and
    computed properties. Of both: `log_probability` of the sentence, and `learned_from`, whether it was in the
    training set. And sentences on what was drawn in vain.

    Raises
    ------
    ValueError
        Wishes of the other notation, facts for molecules, or something new from a checkpoint that does not
        tell what it has seen.
    """
    if n < 1:
        raise ValueError(f"n is {n}; expected a whole number from 1 on.")
    sampling, asked = sampling or Sampling(), asked or {}
    network, language = open_generator(model), language_of(model)
    ways: Sequence[Wishes | MoleculeWishes | None] = [wishes]
    if facts is not None:
        if isinstance(language, MoleculeLanguage):
            raise ValueError(f"{model} writes molecules; facts describe formulas. Try matgpt-small.")
        if not isinstance(wishes, MoleculeWishes):  # those are refused below
            ways, asked = asked_by(facts, wishes or Wishes(), asked)
    values = {name: one.value if isinstance(one, Within) else one for name, one in asked.items()}
    within = {name: one for name, one in asked.items() if isinstance(one, Within)}
    ask_prefix = 1 + len(language.asked_tokens(values))
    begins, sieves = _wished(str(model), language, ways, sampling.seed, ask_prefix)
    seen = SeenFormulas(find(model) / SEEN) if (find(model) / SEEN).is_file() else None
    if novel:
        if seen is None:
            raise ValueError(
                f"{model} does not tell what it learned from: {SEEN} is missing. Leave out --novel (novel)."
            )
        sieves["were learned from"] = lambda strings: ~seen.contains(strings)
    sieves |= sieves_of(facts) if facts is not None else {}
    for name, one in within.items():
        sieves[f"have no {name} of {one}"] = partial(one.holds, name, language)

    def draw(rows: int, part: Sampling, turn: int) -> Sampled:
        begin, held = begins[turn % len(begins)]
        return sample(network, rows, part, held, values, language=language, begin=begin)

    found, notes = _collect(draw, n, sampling, sieves, len(begins), progress)
    if isinstance(language, MoleculeLanguage):
        table = molecule_table(found)
    else:
        names = [*values, *(["above_hull"] if facts is not None and facts.above_hull is not None else [])]
        table = _formula_table(found, names)
        if names:
            told = ", ".join(names).replace("_", " ")
            notes.append(f"What {JUDGE} answers for each formula is in the table: {told}.")
    if seen is not None and found:
        table["learned_from"] = seen.contains(list(found))
    return table, notes


def _wished(
    model: str, language: Language, ways: Sequence[Wishes | MoleculeWishes | None], seed: int, start: int
) -> tuple[list[tuple[list[int], Any]], dict[str, Sieve]]:
    """Beginnings with what holds the network to the wishes, and what is left out afterwards.

    `ways` are wishes of which the one or the other is to be fulfilled; of molecules there is one.
    """
    if isinstance(language, MoleculeLanguage):
        wished = ways[0] or MoleculeWishes()
        if not isinstance(wished, MoleculeWishes):
            raise ValueError(f"{model} writes molecules; ask for a prefix or a scaffold (MoleculeWishes).")
        sieves: dict[str, Sieve] = {}
        if wished.scaffold:
            sieves["changed the scaffold while they went on"] = lambda strings: np.array(
                [wished.fulfilled(one) for one in strings], dtype=bool
            )
        held = OnlyStrings(language, start)
        return [(begin, held) for begin in wished.beginnings(language, seed)], sieves
    begins: list[tuple[list[int], Any]] = []
    for wishes in (one or Wishes() for one in ways):
        if not isinstance(wishes, Wishes):
            raise ValueError(f"{model} writes formulas; ask for elements and charges (Wishes).")
        begins.append(([], OnlyWanted(wishes) if wishes.any else None))
    return begins, {}


def _collect(
    draw: Draw,
    n: int,
    sampling: Sampling,
    sieves: Mapping[str, Sieve],
    turns: int,
    progress: Told | None,
) -> tuple[dict[str, float], list[str]]:
    """Distinct strings with their log-probabilities, and what was drawn in vain.

    `turns` is the number of rounds after which beginnings repeat: each gets its share of the rows.
    """
    found: dict[str, float] = {}
    left_out: dict[str, set[str]] = {why: set() for why in sieves}
    drawn = unreadable = turn = vain = 0
    most = (MORE_PATIENCE if sieves else PATIENCE) * n + turns * sampling.batch_size
    while len(found) < n:
        rows = min(sampling.batch_size, max(64, 2 * (n - len(found)) // turns) << vain // turns)
        # Another seed for each round, so that the rounds differ and a run is repeated by its seed.
        batch = draw(rows, replace(sampling, seed=sampling.seed * 100_003 + drawn), turn)
        before = len(found)
        chances = dict(zip(batch.strings[::-1], batch.log_probabilities.tolist()[::-1], strict=True))
        unreadable += batch.strings.count(None)
        refused = set().union(*left_out.values())
        new = [one for one in dict.fromkeys(batch.strings) if one and one not in found and one not in refused]
        for why, sieve in sieves.items():
            passed = sieve(new) if new else np.zeros(0, dtype=bool)
            left_out[why].update(one for one, good in zip(new, passed, strict=True) if not good)
            new = [one for one, good in zip(new, passed, strict=True) if good]
        found |= {one: chances[one] for one in new[: n - len(found)]}
        drawn, turn = drawn + rows, turn + 1
        if progress is not None:
            progress(len(found), n, f"{drawn:,} drawn")
        vain = vain + 1 if len(found) == before else 0
        if vain == IN_VAIN * turns or drawn > most:
            break
    notes = [f"{drawn:,} sentences drawn; {unreadable:,} of them could not be read."]
    notes += [f"{len(some):,} that {why} were left out." for why, some in left_out.items() if some]
    if len(found) < n:
        notes.append(
            f"Only {len(found):,} distinct ones were found. Ask for fewer, raise --temperature, or "
            "loosen what is required."
        )
    return found, notes


def _formula_table(found: dict[str, float], names: list[str]) -> pd.DataFrame:
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
    if names and formulas:
        values = told_of(formulas, names, FORMULAS)
        for place, name in enumerate(names):
            column = f"{name}_{NUMBERS[name].unit.replace('/', '_per_')}"
            table.insert(2 + place, column, [float(f"{x:.3g}") for x in values[:, place]])
    return table
