"""How many formulas a second we read, against pymatgen's `Composition`, on one core.

    OMP_NUM_THREADS=1 python benchmarks/parser.py ../shared/data/compositions/corpus.txt.gz > records.json

Prints a JSON list of records. Both sides read the same strings in turns within one run, and each
figure is the median over the rounds, so that a busy machine slows both alike. `parse_amounts` and
`Composition(...)` are what each offers for "give me the amounts"; pymatgen keeps no memory of
formulas between calls, and ours keeps pieces such as `Fe2`: the first round of ours starts cold.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import platform
import resource
import sys
import time
from collections.abc import Callable, Iterable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median, stdev

from pymatgen.core import Composition

from matprior.notations import NOTATIONS, fraction_matrix, parse, parse_amounts

CONTENDERS: dict[str, Callable[[list[str]], object]] = {
    "pymatgen Composition": lambda strings: [Composition(s) for s in strings],
    "parse_amounts": lambda strings: [parse_amounts(s) for s in strings],
    "parse": lambda strings: [parse(s) for s in strings],
    "canonical": lambda strings: list(map(NOTATIONS["composition"].canonical, strings)),
    "fraction_matrix": lambda strings: [
        fraction_matrix(strings[i : i + 10_000]) for i in range(0, len(strings), 10_000)
    ],
}
PEER = "pymatgen Composition"


def seconds_for(run: Callable[[list[str]], object], strings: list[str]) -> float:
    """CPU time of this process, which other programs on the machine do not add to."""
    start = time.process_time()
    run(strings)
    return time.process_time() - start


def records(path: Path, rounds: int, limit: int | None) -> Iterable[dict]:
    """One record per contender, with its ratio to the peer."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        strings = [line.rstrip("\n") for line in stream][:limit]
    speeds: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for round_ in range(rounds):
        for name, run in CONTENDERS.items():
            speeds[name].append(len(strings) / seconds_for(run, strings))
            print(f"round {round_ + 1}: {name} {speeds[name][-1]:,.0f}/s", file=sys.stderr)
    for name, values in speeds.items():
        yield {
            "dataset": path.name.removesuffix(".txt.gz"),
            "model": name,
            "n_train": 0,
            "n": len(strings),
            "metric": "formulas per second",
            "unit": "1/s",
            "value": round(median(values)),
            "std": round(stdev(values)) if rounds > 1 else 0,
            "folds": [round(value) for value in values],
            "ratio_to": PEER,
            "ratio": round(median(values) / median(speeds[PEER]), 2),
            "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            "command": f"python benchmarks/parser.py {path.name} --rounds {rounds}",
            "data_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "versions": {"python": platform.python_version()}
            | {name: version(name) for name in ("numpy", "pymatgen")},
            "date": date.today().isoformat(),
        }


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path, help="gzipped text, one formula a line")
    parser.add_argument("--rounds", type=int, default=5, help="turns for each side; the median counts")
    parser.add_argument("--limit", type=int, default=None, help="read only so many formulas")
    options = parser.parse_args()
    print(json.dumps(list(records(options.corpus, options.rounds, options.limit)), indent=1))


if __name__ == "__main__":
    main()
