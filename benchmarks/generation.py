"""Score MatGPT, free and constrained, and ways to propose formulas without a network, on one footing.

    python benchmarks/generation.py --record docs/results/generation.json

Every system proposes 10,000 formulas with a fixed seed. What was learned from is read as the checkpoint's
recipe says; held out are the known formulas of corpus_heldout.tsv.gz that are balanced by both rules and
were not learned from. `held_out` as a system is a draw from these: what the scores look like for real
compounds. With --states the two rules are judged by another table of oxidation states as well, such as the
one SMACT began with. Speed is counted per second of processor time on one thread, which other programs on
the machine do not add to.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from generation_records import GUIDANCE, guided, measure_chosen, parser_of, record
from scipy.stats import wasserstein_distance

from matprior.data.folder import local_folder
from matprior.data.recipe import read_recipe
from matprior.generation.baselines import BASELINES
from matprior.generation.constraint import OnlyWanted, Wishes
from matprior.generation.lessons import lessons_of
from matprior.generation.propose import open_generator, propose
from matprior.generation.recipe import GeneratorRecipe
from matprior.generation.sample import Sampling, sample
from matprior.generation.scores import UNITS, Known, score
from matprior.generation.validity import judge_all
from matprior.models.zoo import find
from matprior.notations import parse
from matprior.notations.oxidation_states import read_states
from matprior.pretraining.molecule_corpus import drawn
from matprior.pretraining.result import split_rows
from matprior.pretraining.sources import read_formulas

HELD_OUT = "compositions/corpus_heldout.tsv.gz"
ASKED = {"band_gap": ("mp_band_gap", (1.5, 3.0)), "formation_energy": ("mp_formation_energy", (-2.0, -0.5))}
"""Property that is asked for -> head of matbert-small-strict that judges the answer, and the values asked."""
NOVEL = (
    ("matgpt-small novel", Sampling(), Wishes()),
    ("matgpt-small novel at temperature 0.5", Sampling(0.5), Wishes()),
    ("matgpt-small constrained novel at temperature 0.5", Sampling(0.5), Wishes(charge_neutral=True)),
)
"""Systems that leave out what was learned from, as ionic substitution does."""
PREDICTED = 3_000
"""Formulas whose predicted properties are compared."""
PREDICTED_UNITS = {"predicted band_gap distance": "eV", "predicted formation_energy distance": "eV/atom"}
Draw = Callable[[int], list[str | None]]


def main() -> None:
    """Read the options, propose, score, record."""
    parser = parser_of(__doc__, "matgpt-small")
    parser.add_argument("--states", type=Path, help="another table of oxidation states to judge by")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    measure_chosen(Bench(chosen), chosen.systems)


class Bench:
    """What all systems share: what was learned from, what was held out, and where scores go."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        self.chosen = chosen
        folder = local_folder(None)
        if folder is None:
            raise ValueError("Set MATPRIOR_DATA to the data folder; it holds compositions/corpus.txt.gz.")
        self.recipe = read_recipe(find(chosen.model) / "recipe.yaml", GeneratorRecipe)
        self.recipe.properties = []  # formulas alone are needed here
        lessons = lessons_of(self.recipe, folder)
        learn, _ = split_rows(len(lessons.strings), self.recipe)
        self.learned = [lessons.strings[i] for i in learn]
        self.file = folder / HELD_OUT
        others = list(read_formulas(self.file))
        balanced = [f for f, verdict in zip(others, judge_all(others), strict=True) if verdict.balanced]
        kept = frozenset(parse(formula).canonical for formula in balanced) - set(lessons.strings)
        self.known = Known(self.learned, kept)
        self.model = open_generator(chosen.model)
        print(f"{len(self.learned):,} formulas learned from, {len(kept):,} held out")

    def systems(self) -> dict[str, Draw]:
        """Name -> a function of the seed that proposes."""
        n, wanted = self.chosen.n, OnlyWanted(Wishes(charge_neutral=True))
        held_out = sorted(self.known.held_out)
        found: dict[str, Draw] = {
            "matgpt-small": lambda seed: sample(self.model, n, Sampling(seed=seed)).strings,
            "matgpt-small constrained": lambda seed: (
                sample(self.model, n, Sampling(seed=seed), wanted).strings
            ),
            "held_out": lambda seed: list(
                np.random.default_rng(seed).choice(held_out, min(n, len(held_out)), replace=False)
            ),
        }
        for name, sampling, wishes in NOVEL:
            found[name] = lambda seed, sampling=sampling, wishes=wishes: self._novel(
                replace(sampling, seed=seed), wishes
            )
        for name, way in BASELINES.items():
            found[name] = lambda seed, way=way: way(self.learned, n, seed)
        return found

    def _novel(self, sampling: Sampling, wishes: Wishes) -> list[str | None]:
        table, _ = propose(self.chosen.model, self.chosen.n, sampling, wishes, novel=True)
        return list(table["formula"])

    def measure(self, name: str, draw: Draw) -> None:
        """Propose once, score, print, record."""
        before, wall = time.process_time(), time.perf_counter()
        formulas = [None if one is None else str(one) for one in draw(self.chosen.seed)]
        spent, wall = time.process_time() - before, time.perf_counter() - wall
        found = score(formulas, self.known) | self._predicted(formulas)
        if name != "held_out":
            found["formulas per CPU second"] = len(formulas) / spent
        if self.chosen.states:
            verdicts = judge_all(formulas, read_states(self.chosen.states.read_text(encoding="utf-8")))
            found["charge_neutral, other states"] = float(np.mean([one.neutral for one in verdicts]))
            found["balanced, other states"] = float(np.mean([one.balanced for one in verdicts]))
        print(name, {metric: round(value, 4) for metric, value in found.items()}, flush=True)
        self._record(name, "balanced compositions", found, wall)

    def _predicted(self, formulas: list[str | None]) -> dict[str, float]:
        """How far predicted properties lie from those of what was learned from: Wasserstein distances."""
        distinct = sorted({one for one in formulas if one is not None})
        found = {}
        for name, (head, _) in ASKED.items():
            both = [
                predictions(head, drawn(one, PREDICTED, self.chosen.seed)) for one in (distinct, self.learned)
            ]
            found[f"predicted {name} distance"] = float(wasserstein_distance(*both))
        return found

    def measure_asked(self) -> None:
        """What the heads of matbert-small-strict say of formulas that were asked to have a property."""
        for name, (head, values) in ASKED.items():
            free = self._asked({}, head, 1.0)
            for value, guidance in product(values, GUIDANCE):
                found = self._asked({name: value}, head, guidance)
                found["predicted mean, nothing asked"] = free["predicted mean"]
                print(name, value, guidance, {one: round(x, 4) for one, x in found.items()}, flush=True)
                self._record("matgpt-small", f"{name} {value:g} asked", found, None, guidance)

    def _asked(self, asked: dict[str, float], head: str, guidance: float) -> dict[str, float]:
        """Validity and predictions of constrained proposals."""
        sampling = Sampling(seed=self.chosen.seed, guidance=guidance)
        processor = OnlyWanted(Wishes(charge_neutral=True))
        formulas = sample(self.model, self.chosen.asked, sampling, processor, asked).strings
        readable = [one for one in formulas if one is not None]
        told = predictions(head, readable)
        balanced = np.mean([verdict.balanced for verdict in judge_all(formulas)])
        return {
            "balanced": float(balanced),
            "predicted mean": float(told.mean()),
            "predicted median": float(np.median(told)),
            "unique": len(set(readable)) / len(formulas),
        }

    def _record(
        self, model: str, dataset: str, found: dict[str, float], seconds: float | None, guidance: float = 1.0
    ) -> None:
        record(
            self.chosen.record, found, UNITS | PREDICTED_UNITS, self.file, dataset=dataset,
            split=f"{len(self.known.held_out)} known formulas held out", model=model,
            checkpoint=self.recipe.name if "matgpt" in model else None, n_train=len(self.learned),
            seeds=[self.chosen.seed], seconds=seconds,
            n_samples=self.chosen.asked if "asked" in dataset else self.chosen.n, strategy=guided(guidance),
        )  # fmt: skip


def predictions(head: str, formulas: list[str]) -> np.ndarray:
    """Answers of a property head of matbert-small-strict, shape (n,)."""
    from matprior.models.matbert import MatBertForPreTraining
    from matprior.models.zoo import quiet
    from matprior.tokens.composition import encode_many
    from matprior.training.loop import answers

    with quiet():
        network: Any = MatBertForPreTraining.from_pretrained(find("matbert-small-strict"))
    place = [one["name"] for one in network.config.properties].index(head)
    facts = network.config.properties[place]
    told = answers(network, encode_many(formulas), lambda out: out.property_logits)[:, place]
    return told * facts["scale"] + facts["mean"]


if __name__ == "__main__":
    main()
