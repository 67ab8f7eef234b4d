"""Score MolGPT, ways to propose molecules without a network, and real molecules, on one footing.

    python benchmarks/molecule_generation.py --record docs/results/generation.json

Every system proposes 10,000 molecules with a fixed seed; the metrics are those of MOSES, against its test set
(`moses/test.csv.gz` of the data folder). `real molecules` are drawn from what the training set of MOSES has
and the checkpoint did not learn from: what the scores look like for the real thing, to be compared with what
MOSES prints for its training set. Novelty is counted against the whole training set of MOSES. Speed is
counted per second of processor time on one thread, which other programs on the machine do not add to.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from itertools import product

import numpy as np
import torch
from generation_records import GUIDANCE, guided, measure_chosen, parser_of, record

from matprior.data.folder import local_folder
from matprior.data.recipe import read_recipe
from matprior.data.seen import SEEN, SeenFormulas
from matprior.generation.molecule_baselines import MOLECULE_BASELINES
from matprior.generation.molecule_scores import UNITS, KnownMolecules, score_molecules
from matprior.generation.molecules import OnlyStrings
from matprior.generation.propose import language_of, open_generator
from matprior.generation.recipe import GeneratorRecipe
from matprior.generation.sample import Sampling, sample
from matprior.models.zoo import find
from matprior.notations import NOTATIONS
from matprior.notations.smiles_properties import properties
from matprior.pretraining.molecule_corpus import drawn
from matprior.pretraining.sources import read_strings

TRAIN, TEST = "moses/train.csv.gz", "moses/test.csv.gz"
ASKED = {"logp": (1.0, 3.5), "qed": (0.6, 0.9), "tpsa": (40.0, 90.0), "weight": (270.0, 340.0)}
"""Property that is asked for -> values asked: one below and one above what most molecules of MOSES have."""
CHECKED = 2_000
"""Molecules of the training set that are spelt anew, to see whether its spelling is still canonical."""


def main() -> None:
    """Read the options, propose, score, record."""
    parser = parser_of(__doc__, "molgpt-small")
    parser.add_argument("--temperature", type=float, default=1.0, help="of the network alone")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    measure_chosen(Bench(chosen), chosen.systems)


class Bench:
    """What all systems share: what was learned from, a test set, and where scores go."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        self.chosen = chosen
        folder = local_folder(None)
        if folder is None:
            raise ValueError(f"Set MATPRIOR_DATA to the data folder; it holds {TRAIN}.")
        self.name = find(chosen.model).name
        recipe = read_recipe(find(chosen.model) / "recipe.yaml", GeneratorRecipe)
        everything = list(read_strings(folder / TRAIN))
        part = drawn(everything, recipe.limit, recipe.seed)
        seen = SeenFormulas(find(chosen.model) / SEEN).contains(part)
        learned = [string for string, there in zip(part, seen, strict=True) if there]
        self.file = folder / TEST
        self.others = sorted(set(everything) - set(part))
        whole = set(everything)
        test = list(read_strings(self.file))
        self.known = KnownMolecules(learned, test, seed=chosen.seed, novel_to=whole)
        self.model, self.language = open_generator(chosen.model), language_of(chosen.model)
        checked = drawn(everything, CHECKED, chosen.seed)
        same = np.mean([NOTATIONS["smiles"].canonical(one) == one for one in checked])
        print(f"{len(learned):,} molecules learned from, {len(test):,} in the test set")
        print(f"{same:.2%} of the training set's strings are canonical today", flush=True)

    def systems(self) -> dict[str, Callable[[int], list[str | None]]]:
        """Name -> a function of the seed that proposes."""
        n, learned = self.chosen.n, list(self.known.training)
        found: dict[str, Callable[[int], list[str | None]]] = {
            self.name: lambda seed: self._sample(n, seed, {}),
            "real molecules": lambda seed: list(drawn(self.others, n, seed)),
        }
        for name, way in MOLECULE_BASELINES.items():
            found[name] = lambda seed, way=way: way(learned, n, seed)
        return found

    def _sample(self, n: int, seed: int, asked: dict[str, float], guidance: float = 1.0) -> list[str | None]:
        held = OnlyStrings(self.language, 1 + len(asked))
        sampling = Sampling(self.chosen.temperature, guidance=guidance, seed=seed)
        return sample(self.model, n, sampling, held, asked, language=self.language).strings

    def measure(self, name: str, draw: Callable[[int], list[str | None]]) -> None:
        """Propose once, score, print, record."""
        before, wall = time.process_time(), time.perf_counter()
        molecules = draw(self.chosen.seed)
        spent, wall = time.process_time() - before, time.perf_counter() - wall
        found = score_molecules(molecules, self.known)
        if name not in ("real molecules", "copies"):
            found["molecules per CPU second"] = len(molecules) / spent
        print(name, {metric: round(value, 4) for metric, value in found.items()}, flush=True)
        self._record(name, "molecules like those of MOSES", found, self.chosen.n, wall)

    def measure_asked(self) -> None:
        """Computed properties of molecules that were asked to have them."""
        free = self._sample(self.chosen.asked, self.chosen.seed, {})
        plain = properties([one for one in free if one is not None], list(ASKED)).mean(0)
        for place, (name, values) in enumerate(ASKED.items()):
            for value, guidance in product(values, GUIDANCE):
                molecules = self._sample(self.chosen.asked, self.chosen.seed, {name: value}, guidance)
                valid = [one for one in molecules if one is not None]
                told = properties(valid, [name])[:, 0]
                found = {
                    "valid": len(valid) / len(molecules),
                    "unique": len(set(valid)) / len(valid),
                    "computed mean": float(told.mean()),
                    "computed deviation": float(told.std()),
                    "mean relative to what was asked": float(told.mean()) / value,
                    "computed mean, nothing asked": float(plain[place]),
                }
                print(name, value, guidance, {one: round(x, 4) for one, x in found.items()}, flush=True)
                self._record(self.name, f"{name} {value:g} asked", found, self.chosen.asked, None, guidance)

    def _record(
        self,
        model: str,
        dataset: str,
        found: dict[str, float],
        n: int,
        seconds: float | None,
        guidance: float = 1.0,
    ) -> None:
        temperature = self.chosen.temperature
        said = ["" if temperature == 1 else f"temperature {temperature:g}", guided(guidance)]
        record(
            self.chosen.record, found, UNITS, self.file, dataset=dataset, split="test set of MOSES",
            strategy=", ".join(filter(None, said)),
            model=model, checkpoint=self.name if model == self.name else None,
            n_train=len(self.known.training), seeds=[self.chosen.seed], n_samples=n, seconds=seconds,
        )  # fmt: skip


if __name__ == "__main__":
    main()
