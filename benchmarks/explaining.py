"""What an explanation costs and whether to believe it: `matprior explain` of 100 materials, as a command.

Five models are fitted once and kept in `--models`: a network of compositions, a mix of compositions
(`auto`), a network of molecules tuned as a whole, one with a solved head on a frozen encoder, and a mix of
molecules. They are asked about rows that they have not seen; the command is timed from the shell, start-up
and page included.

    python benchmarks/explaining.py --record docs/results/explaining.json
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from generated import write_record

from matprior.data.catalog import load


@dataclass(frozen=True)
class Case:
    """One model and the table it is fitted on."""

    table: str
    column: str
    target: str
    checkpoint: str
    options: tuple[str, ...]


CASES = {
    "composition network": Case(
        "expt_gap", "formula", "band_gap_eV", "matbert-small", ("--strategy", "full", "--set", "epochs=10")
    ),
    "composition auto": Case(
        "expt_gap", "formula", "band_gap_eV", "matbert-small",
        ("--strategy", "auto", "--set", "strategy.candidates=network,trees-pretrained"),
    ),
    "molecule network": Case(
        "esol", "smiles", "logS_mol_per_L", "molbert-small", ("--strategy", "full")
    ),
    "molecule extract": Case(
        "esol", "smiles", "logS_mol_per_L", "molbert-small", ("--strategy", "extract")
    ),
    "molecule auto": Case(
        "esol", "smiles", "logS_mol_per_L", "molbert-small",
        ("--strategy", "auto", "--budget", "4", "--set", "strategy.candidates=network,trees-pretrained"),
    ),
}  # fmt: skip


def main() -> None:
    """Fit what is missing, time the command on each, and tell what came out."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--rows", type=int, default=100, help="materials that are explained")
    options.add_argument("--training-rows", type=int, default=800)
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--cases", default=",".join(CASES), help="comma-separated")
    options.add_argument("--models", type=Path, default=Path("runs/explaining"))
    options.add_argument("--record", type=Path, default=None)
    chosen = options.parse_args()
    for name in chosen.cases.split(","):
        told = measure(name, CASES[name], chosen)
        print(f"{name}: " + ", ".join(f"{key} {value:.4g}" for key, value in told.items()), flush=True)
        write(name, CASES[name], told, chosen)


def measure(name: str, case: Case, chosen: argparse.Namespace) -> dict[str, float]:
    """Seconds of the command, and what checks say of its explanations."""
    training, asked = tables(case, chosen)
    folder = chosen.models / f"{name.replace(' ', '-')}-{len(training)}"
    with tempfile.TemporaryDirectory() as scratch:
        table, ask = Path(scratch) / "training.csv", Path(scratch) / "asked.csv"
        training.to_csv(table, index=False)
        asked[[case.column]].to_csv(ask, index=False)
        if not (folder / "matprior.json").exists():
            words = ["--target", case.target, "--model", case.checkpoint, *case.options, "--output", folder]
            command("fit", table, *words)
        times = [
            command("explain", folder, "--table", ask, "--limit", chosen.rows, "--output", f"{scratch}/{i}")
            for i in range(chosen.repeats)
        ]
    wall, cpu = (statistics.median(values) for values in zip(*times, strict=True))
    return {"wall seconds": wall, "CPU seconds": cpu, **checks(folder, asked[case.column].tolist())}


def tables(case: Case, chosen: argparse.Namespace) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows to fit on, and others to explain: drawn once for all, no string in both."""
    from matprior.notations import NOTATIONS

    canonical = NOTATIONS["composition" if case.column == "formula" else "smiles"].canonical
    table = load(case.table).assign(same=lambda frame: frame[case.column].map(canonical))
    table = table.drop_duplicates("same").drop(columns="same").sample(frac=1.0, random_state=0)
    asked = table.iloc[: chosen.rows]
    return table.iloc[chosen.rows : chosen.rows + chosen.training_rows], asked


def command(*words: object) -> tuple[float, float]:
    """Wall and CPU seconds of one command, its children included."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-m", "matprior", *map(str, words)], check=True, capture_output=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def checks(folder: Path, strings: list[str]) -> dict[str, float]:
    """Completeness, and faithfulness of hiding and of deleting where enough strings can tell."""
    from matprior.evaluation.explain import contributions
    from matprior.evaluation.faithfulness import faithfulness
    from matprior.screening.engines import open_model

    estimator = open_model(folder)
    if hasattr(estimator, "stack_") and not estimator.members_:
        print("This mix holds no network; only its what-ifs are told.")
        return {}
    found = contributions(estimator, strings)
    told: dict[str, float] = {
        "share complete": float(found.strings["complete"].mean()),
        "largest share missed": float(found.strings["gap"].max()),
    }
    for how in ("delete", "hide"):
        try:
            faith = faithfulness(estimator, strings, how, ranked=found)
        except ValueError as error:
            print(f"{how}: {error}")
            continue
        told |= {
            f"change without the top-ranked part, {how}": faith.top,
            f"change without a random part, {how}": faith.other,
            f"p of faithfulness, {how}": faith.p_value,
            f"strings compared, {how}": faith.n,
        }
    return told


def write(name: str, case: Case, told: dict[str, float], chosen: argparse.Namespace) -> None:
    """A record for each number."""
    strategy = case.options[case.options.index("--strategy") + 1]
    units = {"wall seconds": "s", "CPU seconds": "s"}
    cores = len(os.sched_getaffinity(0))
    for what, value in told.items():
        if not math.isfinite(value):  # too few strings for a test
            continue
        facts: dict[str, Any] = {
            "dataset": case.table, "target": case.target, "model": name, "strategy": strategy,
            "checkpoint": case.checkpoint, "n_train": chosen.training_rows, "value": value,
            "metric": f"explaining {chosen.rows} materials: {what}", "unit": units.get(what, ""),
            "cores": cores, "command": shlex.join(["python", *sys.argv]),
        }  # fmt: skip
        write_record(chosen.record, **facts)


if __name__ == "__main__":
    main()
