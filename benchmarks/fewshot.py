"""Few-shot learners on the composition benchmark, on Tox21, and against the clock.

    python benchmarks/fewshot.py --record docs/results/fewshot.json
    python benchmarks/fewshot.py --model MY_FOLDER
    python benchmarks/fewshot.py tox21 --model MY_FOLDER

`docs/fewshot.md` explains the tasks. Every contestant answers the same fixed episodes.
"""

from __future__ import annotations

import argparse
import json
import shlex
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from fewshot_tasks import tasks

from matprior.data.catalog import load
from matprior.data.episode_labels import long_form
from matprior.data.episodes import EpisodeOptions, Episodes, draw_episodes, strings_digest
from matprior.data.files import write_atomically
from matprior.estimators.columns import classical
from matprior.estimators.features import RICHEST, Pretrained
from matprior.evaluation.episode_scores import by_task, difference, summary
from matprior.evaluation.episodes import CONTESTANTS, evaluate_choices, evaluate_episodes
from matprior.evaluation.records import append_records, finite, peak_rss_mb, versions
from matprior.fewshot.blocks import Scales
from matprior.fewshot.episodic import episodic_loss, train_encoder
from matprior.fewshot.prototypes import Prototypes
from matprior.models.families import family_of
from matprior.notations import NOTATIONS, InvalidString
from matprior.training.loop import TrainingOptions, seed_everything

PAIRS = (("prototypes", "forest"), ("prototypes-both", "forest"), ("mixed-both", "forest"),
         ("prototypes", "scratch"), ("prototypes-both", "prototypes"))  # fmt: skip
"""Differences that are recorded."""
POOL, CHOSEN = 200, 16
"""Rows to choose from, and how many are chosen, where ways to choose a support set compete."""
CHOICES = ("random", "kmeans", "maxmin", "stratified")


def main(arguments: list[str] | None = None) -> None:
    """Run one part and tell, and record where asked."""
    options = _parser().parse_args(arguments)
    command = shlex.join(["python", "benchmarks/fewshot.py", *(arguments or sys.argv[1:])])
    run = {
        "compositions": compositions,
        "choice": choice,
        "tox21": tox21,
        "speed": speed,
        "episodic": episodic,
    }[options.part]
    found = run(options)
    if options.record is not None:
        now = {
            "command": command, "peak_rss_mb": peak_rss_mb(), "versions": versions(),
            "date": datetime.now(UTC).date().isoformat(),
        }  # fmt: skip
        append_records(options.record, [one | now for one in found])


def compositions(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Prototypes and peers at several sizes of the support."""
    table = tasks(None, (options.tasks,))
    features = blocks(table["formula"].tolist(), options.model, "composition", options.seed)
    chosen = {name: CONTESTANTS[name] for name in options.contestants.split(",")}
    found = []
    for size in (int(text) for text in options.sizes.split(",")):
        shape = EpisodeOptions(shots=size // 2, queries=options.queries, balance="natural", seed=options.seed)
        episodes = drawn(table, shape, options.episodes, size * 2)
        if options.output is not None:
            episodes.save(options.output / f"episodes-{options.tasks}-{size}.json")
        results = evaluate_episodes(episodes, features, chosen, options.seed)
        about = {
            "dataset": f"fewshot-compositions ({options.tasks} tasks)",
            "split": f"{options.episodes} episodes per task, by chemical system, {episodes.digest}",
            "n_train": size,
        }
        found += told(results, about, options, [pair for pair in PAIRS if set(pair) <= set(chosen)])
    return found


def choice(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Ways to choose sixteen rows of two hundred, for prototypes."""
    table = tasks(None, (options.tasks,))
    features = blocks(table["formula"].tolist(), options.model, "composition", options.seed)
    shape = EpisodeOptions(shots=POOL // 2, queries=options.queries, balance="natural", seed=options.seed)
    episodes = drawn(table, shape, options.episodes, int(1.5 * POOL))
    results = evaluate_choices(episodes, features, CHOSEN, CHOICES, CONTESTANTS["prototypes"], options.seed)
    about = {
        "dataset": f"fewshot-compositions ({options.tasks} tasks), choice of the support",
        "split": f"{options.episodes} pools of {POOL} per task, by chemical system, {episodes.digest}",
        "n_train": CHOSEN,
    }
    return told(results, about, options, [(name, "random") for name in CHOICES[1:]])


def tox21(options: argparse.Namespace) -> list[dict[str, Any]]:
    """The protocol of PAR: 2-way K-shot, all other molecules as queries; ten support sets of each task."""
    from matprior.data.catalog import get

    frame = load("tox21")
    path = get("tox21")
    names = json.loads((path.parents[1] / "fewshot" / "par_task_splits.json").read_text())["tox21"][
        "test_tasks"
    ]
    canonical = [_canonical(string) for string in frame["smiles"]]
    kept = [i for i, string in enumerate(canonical) if string is not None]
    strings, labels, named = long_form(
        [canonical[i] or "" for i in kept], {name: frame[name].iloc[kept].tolist() for name in names}
    )
    features = blocks(strings, options.model, "smiles", options.seed)
    chosen = {name: CONTESTANTS[name] for name in options.contestants.split(",")}
    found = []
    for shots in (int(text) for text in options.shots.split(",")):
        shape = EpisodeOptions(shots=shots, grouped=False, seed=options.seed)
        episodes = draw_episodes(strings, labels, shape, options.episodes, tasks=named, notation="smiles")
        results = evaluate_episodes(episodes, features, chosen, options.seed)
        about = {
            "dataset": "tox21, tasks of PAR",
            "split": f"2-way {shots}-shot, {options.episodes} support sets, {episodes.digest}",
            "n_train": 2 * shots,
        }
        found += told(results, about, options, [pair for pair in PAIRS if set(pair) <= set(chosen)])
    return found


def speed(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Milliseconds to answer an episode of 5 classes, 5 rows each, 75 queries, once it is encoded."""
    random = np.random.default_rng(options.seed)
    formulas = load("inorganic_melting_point")["formula"].drop_duplicates().head(100).tolist()
    features = blocks(formulas, options.model, "composition", options.seed, scratch=False)
    found = []
    for name in ("prototypes", "prototypes-both", "prototypes-euclidean"):
        parts, times = [features[block] for block in CONTESTANTS[name].blocks], []
        walls: list[float] = []
        for _ in range(options.episodes):
            order = random.permutation(len(formulas))
            began, wall = time.process_time(), time.perf_counter()
            known, asked = ([part[rows] for part in parts] for rows in (order[:25], order[25:100]))
            scales = Scales(known)
            few = Prototypes(scales.joined(known), np.repeat(np.arange(5), 5), 5)
            few.probabilities(scales.joined(asked))
            # Processor time: on a machine that others use, the clock tells of them.
            times.append(1000 * (time.process_time() - began))
            walls.append(1000 * (time.perf_counter() - wall))
        median = statistics.median(times)
        clock = statistics.median(walls)
        print(f"{name}: {median:.1f} ms of the processor, {clock:.1f} ms of the clock")
        found.append(
            {
                "dataset": "5-way 5-shot, 75 queries", "split": "after encoding, one core", "model": name,
                "checkpoint": options.model, "n_train": 25, "unit": "ms",
                "metric": "milliseconds per episode",
                "value": median, "std": float(np.std(times)), "folds": [], "seeds": [options.seed],
                "seconds": sum(times) / 1000, "clock": "processor time", "wall_ms": clock,
            }
        )  # fmt: skip
    return found


def episodic(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Train the encoder on the training tasks, watched on the validation tasks, for `--model`."""
    if options.output is None:
        raise ValueError("The trained encoder needs a folder: give --output.")
    pretrained = Pretrained.open(options.model)
    table = tasks(None, ("validation", "train"))
    sides = [labelled(table[table["part"] == part], pretrained) for part in ("train", "validation")]
    rate = {"learning_rate": options.rate, "head_learning_rate": options.rate}
    training = TrainingOptions(epochs=options.epochs, batch_size=512, **rate)
    print(f"before: {episodic_loss(pretrained.network, *sides[1], 512):.4f}", flush=True)
    history = train_encoder(pretrained.network, *sides[0], training, sides[1], options.seed)
    print(history.to_string())
    Pretrained(pretrained.network, False).save(options.output / "encoder")
    return []


def labelled(table: pd.DataFrame, pretrained: Pretrained) -> tuple[Any, np.ndarray]:
    """Encoded formulas, and their label in each task, NaN where none."""
    labels = table.pivot_table(index="formula", columns="task", values="label")
    return pretrained.encode(labels.index.tolist()), labels.to_numpy(float)


def blocks(
    strings: list[str], model: str, notation: str, seed: int, scratch: bool = True
) -> dict[str, np.ndarray]:
    """Features of every row: of the checkpoint, of one like it with random weights, and classical ones."""
    distinct = sorted(set(strings))
    place = {string: i for i, string in enumerate(distinct)}
    rows = np.array([place[string] for string in strings])
    found = {"classical": classical(distinct, RICHEST[notation], notation)}
    pretrained = Pretrained.open(model)
    found["embeddings"] = pretrained.embed(pretrained.encode(distinct)).astype(float)
    if scratch:
        seed_everything(seed)
        config = pretrained.network.config
        blank = Pretrained(family_of(config).pretraining(config), False)
        found["scratch"] = blank.embed(pretrained.encode(distinct)).astype(float)
    return {name: block[rows] for name, block in found.items()}


def drawn(table: pd.DataFrame, shape: EpisodeOptions, n: int, fewest: int) -> Episodes:
    """Episodes of the tasks that have at least `fewest` rows and unrelated queries."""
    strings, every = table["formula"].tolist(), []
    for task, rows in table.groupby("task", sort=True):
        if len(rows) < fewest:
            continue
        try:
            own = draw_episodes(
                rows["formula"].tolist(), rows["label"].tolist(), shape, n, tasks=[str(task)] * len(rows)
            )
        except ValueError as error:
            print(f"left out: {error}")
            continue
        places = rows.index.to_numpy()
        every += [
            type(one)(one.task, one.classes, places[one.support], one.support_codes, places[one.query],
                      one.query_codes)
            for one in own
        ]  # fmt: skip
    return Episodes(shape, strings_digest(strings), every)


def told(
    results: pd.DataFrame, about: dict[str, Any], options: argparse.Namespace, pairs: list[tuple[str, str]]
) -> list[dict[str, Any]]:
    """Print means and differences, write the episodes' scores, and give the records."""
    if options.output is not None:
        name = f"{about['dataset']}-{about['n_train']}".replace(" ", "-").replace(",", "")
        with write_atomically(options.output / f"{name}.csv") as draft:
            results.to_csv(draft, index=False)
    seconds = results.groupby("contestant")["seconds"].mean()
    records = []
    print(f"\n{about['dataset']}, {about['n_train']} labelled rows")
    for line in summary(results).to_dict("records"):
        name, metric = str(line["contestant"]), str(line["metric"])
        print(f"  {name:22} {metric:9} {line['mean']:.4f} [{line['low']:.4f}, {line['high']:.4f}]")
        per_task = by_task(results, metric)[name]
        records.append(_record(about, options, name, metric, line, per_task.tolist(), seconds[name]))
    for one, other in pairs:
        for metric in ("dAUPRC", "ROC-AUC"):
            line = difference(results, one, other, metric)
            print(f"  {one} - {other}: {metric} {line['mean']:+.4f} [{line['low']:+.4f}, {line['high']:+.4f}]"
                  f", over tasks [{line['low_tasks']:+.4f}, {line['high_tasks']:+.4f}], better on "
                  f"{line['better']:.0%} of {line['n_tasks']}")  # fmt: skip
            gains = (by_task(results, metric)[one] - by_task(results, metric)[other]).tolist()
            records.append(_record(about, options, f"{one} - {other}", metric, line, gains, None))
    return records


def _record(
    about: dict[str, Any],
    options: argparse.Namespace,
    model: str,
    metric: str,
    line: dict[str, Any],
    per_task: list[float],
    seconds: float | None,
) -> dict[str, Any]:
    return {
        **about, "model": model, "strategy": "frozen", "checkpoint": options.model, "metric": metric,
        "unit": "", "value": finite(line["mean"]), "std": finite(float(np.std(per_task))),
        "folds": [finite(value) for value in per_task], "seeds": [options.seed],
        "low": finite(line["low"]), "high": finite(line["high"]), "low_tasks": finite(line["low_tasks"]),
        "high_tasks": finite(line["high_tasks"]),
        "n_episodes": line["n_episodes"], "n_tasks": line["n_tasks"],
        "seconds": None if seconds is None else finite(seconds),
    }  # fmt: skip


def _canonical(string: str) -> str | None:
    try:
        return NOTATIONS["smiles"].canonical(string)
    except InvalidString:
        return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = ("compositions", "choice", "tox21", "speed", "episodic")
    parser.add_argument("part", nargs="?", default="compositions", choices=parts)
    parser.add_argument("--model", default="matbert-small", help="checkpoint, by name or folder")
    parser.add_argument("--tasks", default="test", choices=("test", "validation", "train"))
    parser.add_argument("--sizes", default="16,32,64,128", help="support rows")
    parser.add_argument("--shots", default="10,1", help="support rows per class, of tox21")
    parser.add_argument("--episodes", type=int, default=14, help="per task; 10 is the protocol of tox21")
    parser.add_argument("--queries", type=int, default=256)
    default = (
        "prototypes,prototypes-both,prototypes-classical,linear,linear-both,mixed-both,forest,knn,scratch"
    )
    parser.add_argument("--contestants", default=default)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=3, help="of episodic training")
    parser.add_argument("--rate", type=float, default=1e-4, help="learning rate of episodic training")
    parser.add_argument("--output", type=Path, help="folder for episodes and their scores")
    parser.add_argument("--record", type=Path, help="results file to add to")
    return parser


if __name__ == "__main__":
    main()
