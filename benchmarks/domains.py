"""Does adaptation help? From one chemistry to another, from computed to measured, through several tables.

    python benchmarks/domains.py --record docs/results/domains.json

Cases:

- oxides to chalcogenides and to halides, clusters of compositions left out (k-means, 50 clusters, as MatDA
  does: Hu et al. 2024, Digital Discovery), the sparse region left out, molecules of other scaffolds: every
  method without a label of the target, and with 30.
- computed to measured gaps with 50, 200 or all measured ones; official fold 0 is tested. The computed rows
  are taken without any formula of the test rows, and once with them.
- gaps of inorganic solids, frameworks and molecules in a chain; melting points of solids, then of molecules.

Every method is told with its error, the harmful ones too; `auto` is the choice that `adapt` makes. Computed
gaps of oxides and sulfides would be no fair case: the checkpoint has read them. Each case and seed is kept
in `--output` (runs/domains) as soon as it is done, and a run that was stopped goes on from there.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from command_line import Options, words
from domains_cases import KINDS, Case, cases
from domains_models import ONE, Line

from matprior.data.catalog import get
from matprior.data.files import sha256_of, write_atomically
from matprior.domains.choosing import MIXED
from matprior.evaluation.baselines import BASELINES
from matprior.evaluation.records import append_records, peak_rss_mb, versions

METRICS = ("MAE", "domain_accuracy", "coverage90")
ADAPTED = "all cases that adapt"


def main(arguments: list[str] | None = None) -> None:
    """Run the cases one after the other; each is recorded as soon as it is done."""
    parser = Options(__doc__)
    parser.add_argument("--record", type=Path, help="results file (JSON) to add to")
    parser.add_argument("--output", type=Path, default=Path("runs/domains"), help="folder of what is done")
    parser.add_argument("--model", default="matbert-small-strict", help="checkpoint for compositions")
    parser.add_argument("--molecules", default="molbert-small", help="checkpoint for molecules")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--source-rows", type=int, default=800, help="labelled source rows at most")
    parser.add_argument("--chain-rows", type=int, default=3000, help="rows of a table of a chain at most")
    parser.add_argument("--clusters", type=int, default=5, help="clusters that are left out in turn")
    parser.add_argument("--cases", default=",".join(KINDS), type=partial(words, known=list(KINDS)))
    options = parser.parse_args(arguments)
    command = shlex.join(["python", "benchmarks/domains.py", *(arguments or sys.argv[1:])])
    adapting: list[tuple[Case, Line]] = []
    for case in cases(options):
        lines = [one for seed in case.seeds for one in cell(case, seed, options)]
        found = records(case, lines, command, options) + against_direct(case, lines, command, options)
        adapting += [(case, one) for one in lines if case.adapts]
        if options.record is not None:
            append_records(options.record, found + (summary(adapting, command, options) if adapting else []))


def cell(case: Case, seed: int, options: argparse.Namespace) -> list[Line]:
    """Lines of a case and seed, from the folder where they are there."""
    slug = re.sub(r"[^A-Za-z0-9]+", "-", f"{case.name} {options.source_rows} {seed}")
    path = options.output / f"{slug}.json"
    if not path.exists():
        lines = [{**one, "case": _name(case, one), "seed": seed} for one in case.run(seed)]
        with write_atomically(path) as draft:
            draft.write_text(json.dumps(lines), encoding="utf-8")
    lines = json.loads(path.read_text(encoding="utf-8"))
    for one in lines:
        print(f"  {one['case']}, seed {seed}: {one['model']:<36} {one['MAE']:.4f}", flush=True)
    return lines


def _name(case: Case, one: Line) -> str:
    return f"{case.name}, {one['labels']} labels" if "labels" in one else case.name


def records(case: Case, lines: list[Line], command: str, options: argparse.Namespace) -> list[dict[str, Any]]:
    """One record per model and metric of a case; `folds` holds the seeds."""
    found = []
    for (name, model), part in pd.DataFrame(lines).groupby(["case", "model"], sort=False):
        for metric in METRICS:
            if metric not in part or part[metric].isna().all():
                continue
            one = base_record(case, str(name), str(model), metric, command, options)
            values = part[metric].to_numpy(float)
            one |= {"value": values.mean(), "std": values.std(), "folds": values.tolist()}
            one["n_train"] = int(part["n_train"].max())
            if "chose" in part and part["chose"].notna().all():
                one["chose"] = part["chose"].tolist()
            if "seconds" in part and part["seconds"].notna().any():
                one["seconds"] = float(part["seconds"].mean())
            found.append(one)
    return found


def summary(
    adapting: list[tuple[Case, Line]], command: str, options: argparse.Namespace
) -> list[dict[str, Any]]:
    """Per method over all cases and seeds: mean change of the error, how often better, the worst harm.

    Compared with no adaptation, those with labels of the target also with no adaptation that has them, and
    the mean of networks with one of them.
    """
    frame = pd.DataFrame([one for _, one in adapting])
    wide = frame.pivot_table(index=["case", "seed"], columns="model", values="MAE", sort=False)
    found = []
    for model in wide.columns.drop("none"):
        fair = f"none{model[model.index(',') :]}" if "," in model else "none"
        for against in dict.fromkeys(("none", fair, *([ONE] if model == MIXED else []))):
            if against == model or against not in wide:
                continue
            values = (wide[model] / wide[against] - 1).dropna().to_numpy()
            one = base_record(adapting[0][0], ADAPTED, str(model), f"change of MAE against {against}",
                              command, options)  # fmt: skip
            one |= _change(values, against) | {
                "dataset": "several", "target": "", "n_cases": int(wide.index.nunique()),
                "data_sha256": None, "equal": int((values == 0).sum()),
                "worse": int((values > 0).sum()), "worse_by_2_percent": int((values > 0.02).sum()),
                "worst": values.max(),
            }  # fmt: skip
            found.append(one)
            print(
                f"{_told(one)}, better in {one['better']} of {len(values)}, worst {100 * one['worst']:+.1f} %"
            )
    return found


def against_direct(
    case: Case, lines: list[Line], command: str, options: argparse.Namespace
) -> list[dict[str, Any]]:
    """Change of the error where other tables were learned first, or nothing was, over seeds and labels."""
    frame = pd.DataFrame(lines)
    if "direct" not in set(frame["model"]):
        return []
    wide = frame.pivot_table(index=["case", "seed"], columns="model", values="MAE", sort=False)
    wide = wide[wide["direct"].notna()]
    found = []
    for model in wide.columns.drop(["direct", "dummy"]).dropna():
        values = (wide[model] / wide["direct"] - 1).dropna().to_numpy()
        if len(values) < 2:
            continue
        one = base_record(case, case.name, str(model), "change of MAE against direct", command, options)
        one |= _change(values, "direct")
        found.append(one)
        print(f"{case.name}: {_told(one)}")
    return found


def _change(values: np.ndarray, against: str) -> dict[str, Any]:
    """What a record says of relative changes of an error; low and high are a bootstrap interval, 95 %."""
    random = np.random.default_rng(0)
    means = values[random.integers(len(values), size=(2000, len(values)))].mean(1)
    low, high = np.quantile(means, [0.025, 0.975])
    return {
        "value": values.mean(), "std": values.std(), "folds": values.tolist(), "low": float(low),
        "high": float(high), "better": int((values < 0).sum()), "n_train": None, "unit": "",
        "ratio_to": against,
    }  # fmt: skip


def _told(one: dict[str, Any]) -> str:
    value, low, high = (f"{100 * one[name]:+.1f}" for name in ("value", "low", "high"))
    return f"{one['model']:<32} against {one['ratio_to']:<16} {value} % [{low}, {high}]"


def base_record(
    case: Case, split: str, model: str, metric: str, command: str, options: argparse.Namespace
) -> dict[str, Any]:
    network = not model.startswith((*BASELINES, "dummy", "extratrees"))
    of_molecules = case.property.dataset == "esol" or "SMILES" in case.name
    checkpoint = options.molecules if of_molecules else options.model
    return {
        "dataset": case.property.dataset, "split": split, "target": case.property.column, "model": model,
        "strategy": ("extract" if "frozen" in case.name else "full") if network else "",
        "checkpoint": checkpoint if network and not model.startswith("scratch") else None,
        "metric": metric, "unit": case.property.unit if metric == "MAE" else "",
        "seeds": list(case.seeds),
        "data_sha256": sha256_of(get(case.property.dataset, None)), "command": command,
        "versions": versions(), "peak_rss_mb": peak_rss_mb(), "date": datetime.now(UTC).date().isoformat(),
    }  # fmt: skip


if __name__ == "__main__":
    main()
