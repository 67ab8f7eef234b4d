"""Screening of generated formulas from file to file: rows per second, memory, and the ratio to `predict`.

    python benchmarks/screening.py --rows 1000000 --record docs/results/screening.json

The rate of screening counts everything, start-up included. That of `matprior predict`, one process on a
file, is taken between two sizes, so that its start-up is not held against it. Memory is the sum over all
processes, pages that they share counted once, read from /proc (Linux). With
`--peer-python PEER_ENV/bin/python`, an environment that has matminer, Magpie features and a random forest
answer a part of the pool (see `predict_speed.py`).
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from generated import fitted_model, training_rows, write_pool, write_record
from predict_speed import peer_seconds

MATPRIOR = [sys.executable, "-m", "matprior"]


@dataclass
class Ran:
    """One command."""

    seconds: float
    rss_mb: list[float] = field(default_factory=list)
    """Resident memory of all its processes, twice a second."""


def main() -> None:
    """Generate, screen, predict a part, and say what came out."""
    chosen = _parser().parse_args()
    chosen.output.mkdir(parents=True, exist_ok=True)
    model = chosen.model or fitted_model(chosen.output / "model")
    pool = write_pool(chosen.output / f"pool_{chosen.rows}.csv", chosen.rows, chosen.seed)
    best = chosen.output / "best.csv"
    words = ["screen", model, pool, "--output", best, "--top", chosen.top, "--engine", chosen.engine]
    if chosen.workers:
        words += ["--workers", chosen.workers]
    ran = run([*words, *shlex.split(chosen.options)])
    rate = chosen.rows / ran.seconds
    third = max(1, len(ran.rss_mb) // 3)
    print(f"{chosen.rows:,} rows in {ran.seconds:.1f} s: {rate:,.0f} rows/s")
    print(
        f"most memory: first third {max(ran.rss_mb[:third]):.0f} MB, last {max(ran.rss_mb[-third:]):.0f} MB"
    )
    single = predict_rate(model, chosen)
    print(
        f"matprior predict, one process: {single:,.0f} rows/s; screening is {rate / single:.2f} times as fast"
    )
    common = {
        "dataset": f"{chosen.rows:,} generated formulas", "model": Path(model).name, "seeds": [chosen.seed],
        "strategy": f"{chosen.engine} {chosen.options}".strip(), "command": shlex.join(["python", *sys.argv]),
        "seconds": ran.seconds, "peak_rss_mb": max(ran.rss_mb), "n_failed": 0,
    }  # fmt: skip
    write_record(
        chosen.record, **common, metric="rows screened per second, file to file", unit="1/s", value=rate,
        ratio_to="matprior predict in one process, without start-up", ratio=rate / single,
    )  # fmt: skip
    if chosen.peer_python:
        peer = peer_rate(pool, chosen)
        print(
            f"matminer and a random forest: {peer:,.0f} rows/s; screening is {rate / peer:.1f} times as fast"
        )
        write_record(
            chosen.record, **common, metric="rows screened per second, file to file, beside matminer",
            unit="1/s", value=rate,
            ratio_to="matminer Magpie + RandomForest(300), 2 processes, without imports and fitting",
            ratio=rate / peer,
        )  # fmt: skip
    write_record(
        chosen.record, **common, metric="most resident memory of all processes, last third", unit="MB",
        value=max(ran.rss_mb[-third:]), ratio_to="the first third of the time",
        ratio=max(ran.rss_mb[-third:]) / max(ran.rss_mb[:third]),
    )  # fmt: skip
    write_record(
        chosen.record, **common, metric="minutes for 10,000,000 rows, extrapolated", unit="min",
        value=1e7 / rate / 60,
    )  # fmt: skip


def predict_rate(model: Path, chosen: argparse.Namespace) -> float:
    """Rows per second of `matprior predict`, between two sizes of file."""
    seconds = []
    for n in (chosen.sample // 4, chosen.sample):
        part = write_pool(chosen.output / "part.csv", n, chosen.seed + 1)
        seconds.append(run(["predict", model, part, "--output", chosen.output / "part_out.csv"]).seconds)
    return (chosen.sample - chosen.sample // 4) / (seconds[1] - seconds[0])


def peer_rate(pool: Path, chosen: argparse.Namespace) -> float:
    """Formulas per second of the peer, trained on the rows of `fitted_model`."""
    train, part = chosen.output / "peer_train.csv", chosen.output / "peer_part.csv"
    rows = training_rows(1500).rename(columns={"band_gap_eV": "target"})
    rows[["formula", "target"]].to_csv(train, index=False)
    with open(pool, encoding="utf-8") as lines:
        part.write_text("".join(islice(lines, chosen.peer_rows + 1)), encoding="utf-8")
    return chosen.peer_rows / peer_seconds(chosen.peer_python, train, part)


def run(words: list[object]) -> Ran:
    """Run a command of ours and watch its memory."""
    start = time.perf_counter()
    process = subprocess.Popen([*MATPRIOR, *map(str, words)], stdout=subprocess.DEVNULL)
    ran = Ran(0.0)
    while process.poll() is None:
        ran.rss_mb.append(sum(map(memory_mb, family(process.pid))))
        time.sleep(0.5)
    if process.returncode:
        raise SystemExit(f"matprior {shlex.join(map(str, words))} failed.")
    ran.seconds = time.perf_counter() - start
    return ran


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(one for child in children for one in family(int(child)))]


def memory_mb(pid: int) -> float:
    """Resident memory; a page that n processes share counts one n-th in each."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1e3 for line in lines if line.startswith("Pss:")), 0.0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--sample", type=int, default=40_000, help="rows for predict")
    parser.add_argument("--peer-python", default=None, help="Python of an environment with matminer")
    parser.add_argument("--peer-rows", type=int, default=5_000, help="rows for the peer")
    parser.add_argument("--model", type=Path, default=None, help="fitted folder; one is made when left out")
    parser.add_argument("--output", type=Path, default=Path("runs/screening"))
    parser.add_argument("--top", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=None)
    parser.add_argument("--engine", default="torch")
    parser.add_argument(
        "--options", default="", help="further words of screen, such as '--diverse --by upper'"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", type=Path, default=None)
    return parser


if __name__ == "__main__":
    main()
