"""Score descriptions of formulas that nobody learned from: slots, numbers, consistency, speed.

    python benchmarks/describing.py --record docs/results/description.json

Test formulas are those of CrabNet's test file of energies above the hull (mp_e_hull) that neither the
describer nor matbert-small-strict has seen; gaps and formation energies come from the other tables of the
Materials Project. Every score is of what is read back from the text. Systems: the describer with its own
numbers; the same with numbers of the heads of matbert-small-strict; the network left free to write; the heads
alone, whose errors are those to come near to; and the most common value of each slot among the test rows
themselves. Speed is counted per second of processor time on one thread.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from matprior.data.files import sha256_of
from matprior.data.folder import local_folder
from matprior.data.recipe import read_recipe
from matprior.data.seen import SEEN, SeenFormulas
from matprior.evaluation.records import append_records, finite, peak_rss_mb, versions
from matprior.generation.describe import NETWORK, Saying, describe
from matprior.generation.describing_recipe import DescriberRecipe
from matprior.generation.describing_rows import rule_facts
from matprior.generation.numbers import head_numbers, number_errors
from matprior.models.zoo import find
from matprior.pretraining.corpus import read_corpus
from matprior.tokens.description_reading import read_description
from matprior.tokens.facts import NUMBERS, Facts, rounded

TEST = "compositions/benchmark/mp_e_hull/test.csv"
ENCODER = "matbert-small-strict"
RULES = ("classes", "oxidation states", "roles")
"""Slots that follow by rule."""
SLOTS = (*RULES, "metal", "makeable")
"""Slots whose accuracy is counted; numbers are told by their error."""
Slots = dict[str, Any]


def main() -> None:
    """Read the options, describe, score, record."""
    parser = parser_of(__doc__, 2000)
    parser.add_argument("--free", type=int, default=500, help="of these, described by the network left free")
    parser.add_argument("--beams", type=int, default=4)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    folder = data_folder()
    formulas, values = test_rows(chosen, folder)
    print(f"{len(formulas):,} test formulas; known numbers: {np.isfinite(values).sum(0).tolist()}")
    bench = Bench(chosen, folder, formulas, values)
    bench.describer("own numbers", Saying(beams=chosen.beams, numbers=NETWORK), len(formulas))
    bench.describer("in Japanese", Saying(beams=chosen.beams, language="ja", numbers=ENCODER), chosen.free)
    bench.describer(f"numbers of {ENCODER}", Saying(beams=chosen.beams, numbers=ENCODER), len(formulas))
    bench.describer("left free", Saying(beams=chosen.beams, numbers=NETWORK, free=True), chosen.free)
    bench.heads()
    bench.dummy()


def parser_of(text: str, n: int) -> argparse.ArgumentParser:
    """Options that both benchmarks of descriptions have.

    Parameters
    ----------
    text : docstring of the benchmark
    n : formulas where nothing is said
    """
    parser = argparse.ArgumentParser(description=text.splitlines()[0])
    parser.add_argument("--model", default="matt5-small", help="name or folder of a describer")
    parser.add_argument("--n", type=int, default=n, help="test formulas, drawn at random")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", type=Path, help="results file (JSON) to add the scores to")
    return parser


def data_folder() -> Path:
    """Where the test file is."""
    folder = local_folder(None)
    if folder is None:
        raise ValueError(f"Set MATPRIOR_DATA to the data folder; it holds {TEST}.")
    return folder


def test_rows(chosen: argparse.Namespace, folder: Path) -> tuple[list[str], np.ndarray]:
    """Formulas that were never learned from, and their numbers, NaN where no table has one."""
    recipe = read_recipe(find(chosen.model) / "recipe.yaml", DescriberRecipe)
    sources = [one for one in recipe.numbers if one.name != "above_hull"]
    hull = next(one for one in recipe.numbers if one.name == "above_hull")
    sources.append(type(hull)(**{**vars(hull), "files": [TEST]}))
    corpus = read_corpus(folder, [TEST], sources, [])
    order = [[one.name for one in sources].index(name) for name in NUMBERS]
    seen = np.zeros(len(corpus.strings), dtype=bool)
    for model in (chosen.model, ENCODER):
        seen |= SeenFormulas(find(model) / SEEN).contains(corpus.strings)
    rows = np.random.default_rng(chosen.seed).permutation(np.flatnonzero(~seen))[: chosen.n]
    return [corpus.strings[i] for i in rows], corpus.values[rows][:, order].astype(float)


def slots_of(facts: Facts) -> Slots:
    """What a description says, slot by slot."""
    roles = facts.roles or ()
    return {
        "classes": facts.classes,
        "oxidation states": tuple(one[:2] for one in roles),
        "roles": tuple((one.symbol, one.role) for one in roles),
        "metal": facts.metal,
        "makeable": facts.makeable,
    }


def read(text: str) -> Facts | None:
    """The facts of a description; None where it is none."""
    try:
        return read_description(text)
    except ValueError:
        return None


class Bench:
    """What all systems share: test rows, what is true of them, and where scores go."""

    def __init__(
        self, chosen: argparse.Namespace, folder: Path, formulas: list[str], values: np.ndarray
    ) -> None:
        self.chosen, self.formulas, self.values = chosen, formulas, values
        self.file = folder / TEST
        self.truth: list[Slots] = []
        for formula, row in zip(formulas, values, strict=True):
            # The truth is rounded as the words are: a gap of 0.004 eV is one of a metal.
            known = {
                name: rounded(name, float(value))
                for name, value in zip(NUMBERS, row, strict=True)
                if np.isfinite(value)
            }
            self.truth.append(slots_of(Facts(**{**vars(rule_facts(formula)), **known})))
        self.regressor = number_errors(head_numbers(formulas, ENCODER), values)

    def describer(self, name: str, saying: Saying, n: int) -> None:
        """Describe the first `n` test formulas, and score what is read back."""
        before = time.process_time()
        table = describe(self.formulas[:n], self.chosen.model, saying)
        spent = time.process_time() - before
        facts = [read(text) for text in table["description"]]
        parsed = np.array([one is not None for one in facts])
        found = self.slots([slots_of(one or Facts()) for one in facts])
        right = [self.rules_hold(one, truth) for one, truth in zip(facts, self.truth[:n], strict=True)]
        found |= {"sentences that can be read": float(parsed.mean()), "rules hold": float(np.mean(right))}
        said = np.array(
            [[getattr(one or Facts(), number) for number in NUMBERS] for one in facts], dtype=float
        )
        found |= self.errors(said, n)
        found["descriptions per CPU second"] = n / spent
        if saying.numbers == NETWORK:
            found |= self.coverage(table, n)
        self.tell(f"{Path(self.chosen.model).name}, {name}", found, n)

    def heads(self) -> None:
        """Errors of the heads themselves, and the verdicts that follow from them."""
        said = head_numbers(self.formulas, ENCODER)
        facts = [
            Facts(**{name: rounded(name, value) for name, value in zip(NUMBERS, row, strict=True)})
            for row in said.tolist()
        ]
        found = self.slots([slots_of(one) for one in facts], ("metal", "makeable"))
        self.tell(f"{ENCODER}, heads", found | self.errors(said, len(said)), len(said))

    def dummy(self) -> None:
        """The most common value of each slot, and medians."""
        common = {
            slot: Counter(one[slot] for one in self.truth if one[slot] is not None).most_common(1)[0][0]
            for slot in SLOTS
        }
        found = self.slots([common] * len(self.truth))
        said = np.broadcast_to(np.nanmedian(self.values, 0), self.values.shape)
        self.tell("most common", found | self.errors(said, len(said)), len(said))

    def slots(self, said: Sequence[Slots], slots: Sequence[str] = SLOTS) -> dict[str, float]:
        """Accuracy of each slot over the formulas whose truth is known, and their mean."""
        found = {}
        for slot in slots:
            pairs = [
                (one[slot], truth[slot])
                for one, truth in zip(said, self.truth, strict=False)
                if truth[slot] is not None or slot in RULES
            ]
            found[f"accuracy of {slot}"] = float(np.mean([one == truth for one, truth in pairs]))
        return found | {"mean slot accuracy": float(np.mean(list(found.values())))}

    def rules_hold(self, facts: Facts | None, truth: Slots) -> bool:
        """Whether a description can be read and says of every rule slot what the rules say."""
        return facts is not None and all(slots_of(facts)[slot] == truth[slot] for slot in RULES)

    def errors(self, said: np.ndarray, n: int) -> dict[str, float]:
        """Mean absolute errors, over all rows also those of matbert-small-strict's heads as a ratio."""
        errors = number_errors(said, self.values[:n])
        found = {f"MAE of {name}": value for name, value in errors.items()}
        if n == len(self.formulas):
            found |= {
                f"MAE of {name} / regressor's": value / self.regressor[name] for name, value in errors.items()
            }
        return found

    def coverage(self, table: pd.DataFrame, n: int) -> dict[str, float]:
        """Share of computed numbers inside the interval that shall hold four in five."""
        found = {}
        for column, (name, number) in enumerate(NUMBERS.items()):
            label = f"{name}_{number.unit.replace('/', '_per_')}"
            truth = self.values[:n, column]
            known = np.isfinite(truth) & table[f"{label}_low"].notna().to_numpy()
            low, high = table[f"{label}_low"].to_numpy(), table[f"{label}_high"].to_numpy()
            half = 0.051 if name == "band_gap" else 0.026  # numbers are written in steps
            inside = (truth >= low - half) & (truth <= high + half)
            if known.any():
                found[f"coverage80 of {name}"] = float(inside[known].mean())
        return found

    def tell(self, name: str, found: dict[str, float], n: int) -> None:
        """Print, and add to the results file."""
        print(name, {metric: round(value, 4) for metric, value in found.items()}, flush=True)
        if self.chosen.record is None:
            return
        common = {
            "dataset": "mp_e_hull test formulas", "split": "never learned from", "target": "", "model": name,
            "strategy": "", "checkpoint": None if name == "most common" else name.split(",")[0],
            "n_train": None, "std": None, "folds": [], "seeds": [self.chosen.seed], "n": n, "seconds": None,
            "peak_rss_mb": peak_rss_mb(), "command": "python benchmarks/describing.py",
            "data_sha256": sha256_of(self.file), "versions": versions(),
            "date": datetime.now(UTC).date().isoformat(),
        }  # fmt: skip
        append_records(
            self.chosen.record,
            [
                {"metric": metric, "unit": unit_of(metric), "value": finite(value)} | common
                for metric, value in found.items()
            ],
        )


def unit_of(metric: str) -> str:
    """Unit of a score."""
    named = metric.removeprefix("MAE of ")
    return NUMBERS[named].unit if named in NUMBERS else ""


if __name__ == "__main__":
    main()
