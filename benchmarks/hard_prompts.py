"""What hard prompts are worth: a checkpoint with them against its twin without, of equal steps and rows.

    python benchmarks/hard_prompts.py --prompted runs/matbert-tiny --plain runs/matbert-tiny-plain \\
        --output runs/hard_prompts --record docs/results/hard_prompts.json

Three questions. On held-out formulas: masked atoms and properties of both twins, asked without a prompt.
Zero labels (`hard_prompts_asked.py`): a property of a database that has no label in pretraining, asked by
its words, against the ordinary heads of related properties. Few labels: both twins fine-tuned on measured
tables, with no prompt, with the words of each formula's own classes, with those of another formula, and
with a task word. Stopped, it goes on where it stood when given again.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hard_prompts_asked import asked_records
from measured import facts, open_task

from matprior.data.folder import local_folder
from matprior.estimators import MaterialClassifier, MaterialRegressor
from matprior.evaluation.baselines import BASELINES
from matprior.evaluation.label_task import LabelTask
from matprior.evaluation.metrics import METRICS
from matprior.evaluation.records import append_records, finite, peak_rss_mb, versions
from matprior.evaluation.statistics import bootstrap
from matprior.notations import classes_of

TASKS = "expt_gap,melting_point,expt_is_metal"
PARTS = ("held-out", "asked", "few")
METRIC = {"regression": "MAE", "binary": "ROC-AUC"}
WORDS = {"expt_gap": "[BAND_GAP]", "expt_is_metal": "[BAND_GAP]"}
"""Task -> the word of the computed property nearest to it."""
REFERENCE = "prompted, no prompt"
"""What the prompts of the same checkpoint are compared with."""


def with_classes(strings: list[str]) -> list[str]:
    """Formulas behind the words of their own classes."""
    return [" ".join([*(f"[{name}]" for name in classes_of(string)), string]) for string in strings]


def with_others(strings: list[str]) -> list[str]:
    """Formulas behind the words of other formulas of the same list: right in number, wrong in place."""
    order = np.random.default_rng(0).permutation(len(strings))
    shown = with_classes([strings[i] for i in order])
    return [
        text.removesuffix(strings[i]) + string for i, text, string in zip(order, shown, strings, strict=True)
    ]


def arms(
    task: str, prompted: str, plain: str
) -> dict[str, tuple[str | None, Callable[[list[str]], list[str]]]]:
    """Name -> checkpoint and what is done to the strings."""
    found: dict[str, tuple[str | None, Callable[[list[str]], list[str]]]] = {
        "plain twin": (plain, list),
        REFERENCE: (prompted, list),
        "prompted, own classes": (prompted, with_classes),
        "prompted, classes of others": (prompted, with_others),
        "scratch": (None, list),
    }
    if task in WORDS:
        found[f"prompted, {WORDS[task]}"] = (prompted, lambda s: [f"{one} {WORDS[task]}" for one in s])
    return found


def answers(
    task: LabelTask, arm: str, checkpoint: str | None, change: Callable, n: int, draw: int
) -> np.ndarray:
    """Predictions of the test rows: numbers, or the chance of the second class."""
    strings = change(list(task.table.strings))
    values = task.table.frame[task.target].to_numpy()
    learn = task.rows(n, draw)
    if arm in BASELINES:
        model: Any = BASELINES[arm](task.kind, draw, 1)
    elif task.kind == "regression":
        model = MaterialRegressor(checkpoint, seed=draw, size="tiny", **task.options)
    else:
        model = MaterialClassifier(checkpoint, seed=draw, size="tiny", **task.options)
    model.fit([strings[i] for i in learn], values[learn])
    tested = [strings[i] for i in task.test]
    return model.predict(tested) if task.kind == "regression" else model.predict_proba(tested)[:, 1]


def cells(task: LabelTask, options: argparse.Namespace) -> Iterator[tuple[str, int, np.ndarray, float]]:
    """Arm, number of labels, predictions (draws, tests) and seconds per fit; finished cells are read."""
    known = arms(task.name, str(options.prompted), str(options.plain))
    known |= dict.fromkeys(("dummy", "extratrees-magpie"), (None, list))
    folder = options.output / "cells"
    folder.mkdir(parents=True, exist_ok=True)
    for n in options.counts:
        for arm, (checkpoint, change) in known.items():
            several, spent = [], []
            for draw in options.seeds:
                file = folder / f"{task.name}-{n}-{draw}-{arm.replace(' ', '_').replace(',', '')}.json"
                if not file.exists():
                    start = time.perf_counter()
                    told = answers(task, arm, checkpoint, change, n, draw)
                    took = time.perf_counter() - start
                    file.write_text(
                        json.dumps({"seconds": took, "answers": np.asarray(told, float).tolist()})
                    )
                    print(f"{task.name} {n} {draw} {arm}: {took:.1f} s", flush=True)
                held = json.loads(file.read_text())
                several.append(held["answers"])
                spent.append(held["seconds"])
            yield arm, n, np.array(several), float(np.mean(spent))


def score(task: LabelTask, truth: np.ndarray, told: np.ndarray) -> float:
    """The metric of one draw."""
    metric = METRICS[METRIC[task.kind]]
    return (
        float(np.abs(truth - told).mean())
        if task.kind == "regression"
        else float(metric.function(truth, told))
    )


def few_label_records(name: str, options: argparse.Namespace, command: str) -> list[dict[str, Any]]:
    """Every arm's score, and its paired difference from the same checkpoint without a prompt."""
    training = {"training": {"epochs": options.epochs}} if options.epochs else {}
    task = open_task(name, None, training)
    truth = task.table.frame[task.target].to_numpy()[task.test].astype(float)
    told = list(cells(task, options))
    reference = {n: found for arm, n, found, _ in told if arm == REFERENCE}

    @cache  # the same rows are drawn for every arm, and an area under a curve takes its time
    def unprompted(n: int, rows: bytes) -> float:
        chosen = np.frombuffer(rows, dtype=np.int64)
        return float(np.mean([score(task, truth[chosen], one[chosen]) for one in reference[n]]))

    records = []
    for arm, n, found, seconds in told:
        values = [score(task, truth, one) for one in found]

        def gain(rows: np.ndarray, found: np.ndarray = found, n: int = n) -> float:
            own = np.mean([score(task, truth[rows], one[rows]) for one in found])
            better = unprompted(n, rows.astype(np.int64).tobytes()) - float(own)
            return better if task.kind == "regression" else -better

        middle = gain(np.arange(len(truth)))
        error, p = bootstrap(gain, len(truth)) if arm != REFERENCE else (0.0, 1.0)
        network = arm not in BASELINES
        records.append({
            "dataset": name, **facts(name, task, None, None), "target": task.target, "model": arm,
            "strategy": "full" if network else "",
            "checkpoint": arms(name, str(options.prompted), str(options.plain))[arm][0] if network else None,
            "n_train": n, "metric": METRIC[task.kind], "unit": task.unit, "value": finite(np.mean(values)),
            "std": finite(np.std(values, ddof=1)), "folds": values, "seeds": list(options.seeds),
            "gain_over_no_prompt": middle, "gain_low": middle - 1.96 * error,
            "gain_high": middle + 1.96 * error, "p": p, "seconds": seconds, "peak_rss_mb": peak_rss_mb(),
            "command": command, "versions": versions(), "date": datetime.now(UTC).date().isoformat(),
        })  # fmt: skip
        records[-1]["checkpoint"] = records[-1]["checkpoint"] and Path(records[-1]["checkpoint"]).name
        print(f"{name} {n} {arm}: {np.mean(values):.4f}, gain {middle:+.4f} ± {1.96 * error:.4f}", flush=True)
    return records


def held_out_records(prompted: Path, plain: Path, command: str) -> list[dict[str, Any]]:
    """Scores of both twins on the formulas that pretraining kept aside, as the runs wrote them."""
    records = []
    for folder in (prompted, plain):
        told = json.loads((folder / "matprior.json").read_text(encoding="utf-8"))
        for one in json.loads((folder / "scores.json").read_text(encoding="utf-8")):
            named = one["task"] == "masked_atom" and one["model"] == "network"
            metric = "top1" if named else "MAE"
            if metric not in one:
                continue
            records.append({
                "dataset": "held-out formulas", "split": "2 % of the corpus", "target": one["task"],
                "model": folder.name, "strategy": "none: the pretraining heads answer",
                "checkpoint": folder.name, "n_train": told["formulas"], "metric": metric,
                "unit": one.get("unit", ""), "value": one[metric], "baseline": "median of the learned",
                "baseline_value": one.get("MAE_dummy"), "n": one["n"], "seeds": [told["seed"]],
                "seconds": told["seconds"], "command": command, "versions": told["versions"],
            })  # fmt: skip
    return records


def main(arguments: list[str] | None = None) -> None:
    """Measure what is missing and write the records."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--prompted", type=Path, required=True, help="checkpoint with hard prompts")
    parser.add_argument("--plain", type=Path, required=True, help="its twin without")
    parser.add_argument("--output", type=Path, required=True, help="folder of finished cells")
    parser.add_argument("--record", type=Path, default=None, help="results file (JSON) to add to")
    parser.add_argument("--tasks", default=TASKS, help="comma-separated")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="questions to answer")
    parser.add_argument("--counts", type=int, nargs="+", default=[100, 300], help="label counts")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=None, help="of the networks, for a quick try")
    options = parser.parse_args(arguments)
    command = shlex.join(["python", "benchmarks/hard_prompts.py", *(arguments or sys.argv[1:])])
    folder = local_folder(None)
    if folder is None:
        raise ValueError("Set MATPRIOR_DATA to the data folder; it holds compositions/benchmark.")
    found = []
    if "held-out" in options.parts:
        found += held_out_records(options.prompted, options.plain, command)
    if "asked" in options.parts:
        found += asked_records(options.prompted, options.plain, folder, command)
    if options.record and found:
        append_records(options.record, found)
    for name in options.tasks.split(",") if "few" in options.parts else []:
        few = few_label_records(name, options, command)
        if options.record:
            append_records(options.record, few)


if __name__ == "__main__":
    main()
