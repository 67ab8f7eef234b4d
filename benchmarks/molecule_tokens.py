"""How many SMILES a second become tokens, and whether any is lost among a million made up by a grammar.

    OMP_NUM_THREADS=1 python benchmarks/molecule_tokens.py molecules.csv.gz --record docs/results/tokens.json

Bulk encoding, the same ids by a plain Hugging Face call, and smirk (`pip install smirk`, where it is there)
read the same strings in turns; times are CPU time of this process, which other programs do not add to. The
fuzz joins the tokens of every made-up string and compares: its crashes and losses should both be 0.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from statistics import median, stdev
from typing import Any

os.environ["TOKENIZERS_PARALLELISM"] = "false"  # one core for each side

import numpy as np
import pandas as pd

from matprior.data.files import sha256_of
from matprior.evaluation.records import append_records, peak_rss_mb, versions
from matprior.notations.elements import SYMBOLS
from matprior.tokens.encoders import encode
from matprior.tokens.fast import molecule_tokenizer
from matprior.tokens.smiles_vocabulary import CHIRALITY, TOKENS

PEER = "Hugging Face call"
FIRST = {"metric": "SMILES per second", "unit": "1/s"}
PLAIN = ["C", "N", "O", "S", "P", "F", "Cl", "Br", "I", "B", "c", "n", "o", "s", "*"]
BONDS = ["", "", "", "-", "=", "#", "$", ":", "/", "\\", "~", ".", ">", ">>"]
TAILS = ["", "", "", "1", "=2", "%10", "%(105)", "(C)", "(=O)", "(-[Og])"]
BATCH = 50_000


def contenders() -> dict[str, Callable[[list[str]], object]]:
    """Name -> what turns strings into ids."""
    tokenizer = molecule_tokenizer()
    found: dict[str, Callable[[list[str]], object]] = {
        "bulk encoding": lambda strings: encode(strings, "smiles"),
        PEER: lambda strings: tokenizer(strings, truncation=True),
    }
    if find_spec("smirk") is not None:
        from smirk import SmirkTokenizerFast

        peer = SmirkTokenizerFast()
        # Its call on a list is refused by transformers 5; one by one it answers.
        found["smirk, one by one"] = lambda strings: [peer(string) for string in strings]
    return found


def made_up(n: int, seed: int) -> Iterator[list[str]]:
    """Batches of strings that the grammar of OpenSMILES allows."""
    random = np.random.default_rng(seed)

    def some(choices: list[str], size: int) -> list[str]:
        return [choices[i] for i in random.integers(len(choices), size=size).tolist()]

    for start in range(0, n, BATCH):
        size = min(BATCH, n - start)
        strings = [""] * size
        for place in range(6):
            parts = [some(["", "2", "13", "131"], size), some([*SYMBOLS, "c", "n", "se", "as", "*"], size)]
            parts += [some(["", "", *CHIRALITY], size), some(["", "H", "H3"], size)]
            parts += [
                some(["", "+", "-", "+2", "-3", "++", "--", "+15"], size),
                some(["", ":1", ":042"], size),
            ]
            brackets = [f"[{''.join(atom)}]" for atom in zip(*parts, strict=True)]
            plain, tails = some(PLAIN, size), some(TAILS, size)
            bonds = some(BONDS, size) if place else [""] * size
            choose = random.random(size) < 0.5
            for row in range(size):
                atom = brackets[row] if choose[row] else plain[row]
                strings[row] += bonds[row] + atom + tails[row]
        yield strings


def lost(strings: list[str]) -> int:
    """How many strings do not come back from their ids."""
    encoded = encode(strings, "smiles", max_length=10_000)
    names = np.array(TOKENS, dtype=object)
    back = ("".join(names[ids[1 : n - 1]]) for ids, n in zip(encoded.ids, encoded.lengths, strict=True))
    return sum(one != string for one, string in zip(back, strings, strict=True))


def speeds(strings: list[str], rounds: int) -> dict[str, list[float]]:
    """Strings per CPU second of each side in each round."""
    sides = contenders()
    found: dict[str, list[float]] = {name: [] for name in sides}
    for run in sides.values():
        run(strings[:1000])  # tables are made on first use
    for _ in range(rounds):
        for name, run in sides.items():
            start = time.process_time()
            run(strings)
            found[name].append(len(strings) / (time.process_time() - start))
    return found


def main() -> None:
    """Measure, fuzz, write records."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path, help="table with a column of SMILES")
    parser.add_argument("--column", default="smiles")
    parser.add_argument("--limit", type=int, default=40_000, help="strings of the speed test")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--fuzz", type=int, default=1_000_000, help="made-up strings")
    parser.add_argument("--record", type=Path, help="results file (JSON)")
    chosen = parser.parse_args()
    strings = pd.read_csv(chosen.table, keep_default_na=False)[chosen.column].tolist()[: chosen.limit]
    common: dict[str, Any] = {
        "split": "", "target": "", "strategy": "", "checkpoint": "", "n_train": 0, "seeds": [0],
        "command": f"python benchmarks/molecule_tokens.py {chosen.table.name}",
        "data_sha256": sha256_of(chosen.table), "versions": versions(),
        "date": datetime.now(UTC).date().isoformat(),
        "seconds": None,
    }  # fmt: skip
    found = speeds([string for string in strings if string], chosen.rounds)
    records = [
        common
        | FIRST
        | {
            "dataset": chosen.table.name.split(".")[0], "model": name, "value": round(median(values)),
            "std": round(stdev(values)) if len(values) > 1 else None, "folds": [round(v) for v in values],
            "ratio_to": PEER, "ratio": round(median(values) / median(found[PEER]), 2),
            "peak_rss_mb": peak_rss_mb(),
        }
        for name, values in found.items()
    ]  # fmt: skip
    losses = sum(lost(batch) for batch in made_up(chosen.fuzz, seed=0))
    fuzz = {"dataset": "made up by a grammar", "model": "bulk encoding", "metric": "strings lost"}
    records.append(
        common | fuzz | {"unit": "", "value": losses, "std": None, "folds": [], "n_test": chosen.fuzz,
                         "peak_rss_mb": peak_rss_mb()}
    )  # fmt: skip
    for one in records:
        print(f"{one['model']}, {one['dataset']}: {one['value']:,} {one['metric']}", file=sys.stderr)
    if chosen.record:
        append_records(chosen.record, records)


if __name__ == "__main__":
    main()
