"""From a description back to formulas: is the one that was described among the proposals?

    python benchmarks/describing_back.py --record docs/results/description.json

Formulas are those of `describing.py`, which neither the describer nor matbert-small-strict has seen; they
must be new to the generator too. Each is described, numbers by the heads of matbert-small, and the sentences
go to the generator: all of them, and those on class, gap and energies alone, which name no element. Told are
the shares of descriptions whose formula was proposed, and for which anything was.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from describing import TEST, data_folder, parser_of, test_rows

from matprior.data.files import sha256_of
from matprior.data.seen import SEEN, SeenFormulas
from matprior.evaluation.records import append_records, peak_rss_mb, versions
from matprior.generation.describe import describe
from matprior.generation.described import read_wanted
from matprior.generation.propose import propose
from matprior.models.zoo import find
from matprior.tokens.facts import Facts

GENERATOR = "matgpt-small"
WANTED = 10
"""Proposals that are asked for with each description."""


def main() -> None:
    """Describe, propose, count, record."""
    chosen = parser_of(__doc__, 50).parse_args()
    torch.set_num_threads(1)
    folder = data_folder()
    several = argparse.Namespace(**{**vars(chosen), "n": 4 * chosen.n})
    formulas = [*map(str, test_rows(several, folder)[0])]
    met = SeenFormulas(find(GENERATOR) / SEEN).contains(formulas)
    formulas = [one for one, known in zip(formulas, met, strict=True) if not known][: chosen.n]
    described = describe(formulas, chosen.model)
    wanted = [read_wanted(text) for text in described["description"]]
    found = score(formulas, wanted) | {
        f"{name}, no element named": value
        for name, value in score(formulas, [replace(one, roles=None, similar=None) for one in wanted]).items()
    }
    for name, value in found.items():
        print(f"{name}: {value:.3f}")
    if chosen.record is not None:
        append_records(chosen.record, records(found, len(formulas), chosen, folder / TEST))


def score(formulas: list[str], wanted: list[Facts]) -> dict[str, float]:
    """Shares of descriptions, and what they cost."""
    there, some, counts = [], [], []
    before = time.process_time()
    for formula, facts in zip(formulas, wanted, strict=True):
        table, _ = propose(GENERATOR, WANTED, facts=facts)
        there.append(formula in set(table["formula"]))
        some.append(len(table) > 0)
        counts.append(len(table))
    return {
        "described formula proposed": float(np.mean(there)),
        "descriptions with a proposal": float(np.mean(some)),
        "proposals for a description": float(np.mean(counts)),
        "CPU seconds for a description": (time.process_time() - before) / len(formulas),
    }


def records(found: dict[str, float], n: int, chosen: argparse.Namespace, file: Path) -> list[dict]:
    """One record per score."""
    common = {
        "dataset": "mp_e_hull test formulas", "split": "never learned from", "target": "",
        "model": f"{GENERATOR}, from descriptions", "strategy": "", "checkpoint": GENERATOR, "n_train": None,
        "std": 0.0, "folds": [], "seeds": [chosen.seed], "n": n, "peak_rss_mb": peak_rss_mb(),
        "command": "python benchmarks/describing_back.py", "data_sha256": sha256_of(file),
        "versions": versions(), "date": datetime.now(UTC).date().isoformat(),
    }  # fmt: skip
    return [{"metric": name, "unit": "", "value": value, **common} for name, value in found.items()]


if __name__ == "__main__":
    main()
