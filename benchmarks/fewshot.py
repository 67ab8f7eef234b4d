"""Few-shot learners on compositions, on molecules, on numbers, and against the clock.

    python benchmarks/fewshot.py all --record docs/results/fewshot.json --output runs/fewshot
    python benchmarks/fewshot.py --model MY_FOLDER
    python benchmarks/fewshot.py par --model MY_FOLDER

`docs/fewshot.md` explains the tasks. Every contestant answers the same fixed episodes. What is done is kept
in `--output`, and a run that was stopped goes on from there.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from command_line import Options
from fewshot_beside import episodic, speed
from fewshot_episodes import drawn, fewer_queries, moved, natural
from fewshot_features import blocks, both, joined
from fewshot_molecules import label_matrix, par_strings, par_tasks, potency_tasks
from fewshot_scores import in_pieces, told
from fewshot_tasks import tasks

from matprior.data.episodes import EpisodeOptions, Episodes
from matprior.evaluation.episode_values import VALUE_CONTESTANTS, evaluate_values
from matprior.evaluation.episodes import CONTESTANTS, evaluate_choices, evaluate_episodes
from matprior.evaluation.records import append_records, peak_rss_mb, versions
from matprior.fewshot.profile import Profile, held_out_profile

POOL, CHOSEN = 200, 16
"""Rows to choose from, and how many are chosen, where ways to choose a support set compete."""
CHOICES = ("random", "kmeans", "maxmin", "stratified")
USUAL = "prototypes,prototypes-both,prototypes-classical,linear,linear-both,mixed-both,forest,knn,scratch"
OF_MOLECULES = "prototypes,prototypes-both,prototypes-profile,linear-profile,mixed-profile,mixed-both,forest"
Records = Iterator[list[dict[str, Any]]]


def main(arguments: list[str] | None = None) -> None:
    """Run parts one after the other; each table of scores is recorded as soon as it is there."""
    options = _parser().parse_args(arguments)
    command = shlex.join(["python", "benchmarks/fewshot.py", *(arguments or sys.argv[1:])])
    for part in SCORED if options.part == "all" else (options.part,):
        for found in PARTS[part](options):
            now = {
                "command": command, "peak_rss_mb": peak_rss_mb(), "versions": versions(),
                "date": datetime.now(UTC).date().isoformat(),
            }  # fmt: skip
            if options.record is not None:
                append_records(options.record, [one | now for one in found])


def compositions(options: argparse.Namespace) -> Records:
    """Prototypes and peers at several sizes of the support."""
    table = tasks(None, (options.tasks,))
    features = blocks(table["string"].tolist(), options.model, "composition", options.seed)
    for size in _numbers(options.sizes):
        episodes = drawn(table, natural(size, options.queries, options.seed), options.episodes, size * 2)
        if options.output is not None:
            episodes.save(options.output / f"episodes-{options.tasks}-{size}.json")
        yield _compete(episodes, features, _chosen(options, USUAL), options, {
            "dataset": f"fewshot-compositions ({options.tasks} tasks)",
            "split": f"{options.episodes} episodes per task, by chemical system, {episodes.digest}",
            "n_train": size,
        })  # fmt: skip


def choice(options: argparse.Namespace) -> Records:
    """Ways to choose sixteen rows of two hundred, for prototypes."""
    table = tasks(None, (options.tasks,))
    features = blocks(table["string"].tolist(), options.model, "composition", options.seed)
    episodes = drawn(table, natural(POOL, options.queries, options.seed), options.pools, int(1.5 * POOL))

    def compete(some: Episodes) -> pd.DataFrame:
        return evaluate_choices(some, features, CHOSEN, CHOICES, CONTESTANTS["prototypes"], options.seed)

    results = in_pieces(episodes, compete, f"choice {options.model}", options.output)
    about = {
        "dataset": f"fewshot-compositions ({options.tasks} tasks), choice of the support",
        "split": f"{options.pools} pools of {POOL} per task, by chemical system, {episodes.digest}",
        "n_train": CHOSEN,
    }
    yield told(results, about, options, pairs=tuple((name, "random") for name in CHOICES[1:]))


def values(options: argparse.Namespace) -> Records:
    """Numbers in place of classes, on the same episodes; tasks whose column is a class are left out."""
    table = tasks(None, (options.tasks,))
    table = table[np.isfinite(table["value"])].reset_index(drop=True)
    features = blocks(table["string"].tolist(), options.model, "composition", options.seed)
    numbers = table["value"].to_numpy(float)
    for size in _numbers(options.sizes):
        episodes = drawn(
            table, natural(size, options.queries, options.seed), options.value_episodes, size * 2
        )

        def compete(some: Episodes) -> pd.DataFrame:
            return evaluate_values(some, numbers, features, VALUE_CONTESTANTS, options.seed)

        results = in_pieces(episodes, compete, f"values {options.model}", options.output)
        about = {
            "dataset": f"fewshot-compositions ({options.tasks} tasks), numbers",
            "split": f"{options.value_episodes} episodes per task, by chemical system, {episodes.digest}",
            "n_train": size,
        }
        yield told(results, about, options, ("R2",))


def par(options: argparse.Namespace) -> Records:
    """The protocol of PAR: 2-way K-shot, ten support sets of each task; at most `--asked` queries."""
    strings = par_strings()
    names = _chosen(options, OF_MOLECULES + ",prototypes-string-profile,tanimoto")
    which = ("embeddings", "classical", "fragments", "scratch")[: 3 + ("scratch" in names)]
    everything = blocks(strings, options.molecules, "smiles", options.seed, which, options.output)
    place = {string: i for i, string in enumerate(strings)}
    vectors, alone = both(everything), joined(everything, "embeddings")
    for dataset in options.sets.split(","):
        table, learned = par_tasks(dataset, "test"), par_tasks(dataset, "train")
        labels = label_matrix(learned, strings)
        everything["profile"] = held_out_profile(vectors, labels, seed=options.seed)
        everything["string-profile"] = held_out_profile(alone, labels, seed=options.seed)
        rows = table["string"].map(place).to_numpy()
        for shots in _numbers(options.shots):
            shape = EpisodeOptions(shots=shots, grouped=False, seed=options.seed)
            episodes = fewer_queries(drawn(table, shape, options.supports, 0, "smiles"), options.asked)
            # One row of features per molecule: the same molecules are asked by a hundred tasks.
            episodes = moved(episodes, rows)
            yield _compete(episodes, everything, names, options, {
                "dataset": f"{dataset}, tasks of PAR",
                "split": f"2-way {shots}-shot, {options.supports} support sets, at most {options.asked} "
                f"queries, {episodes.digest}",
                "n_train": 2 * shots,
            })  # fmt: skip


def potency(options: argparse.Namespace) -> Records:
    """Potent or not, by target, parted as FS-Mol does."""
    table = potency_tasks()
    features = blocks(
        table["string"].tolist(), options.molecules, "smiles", options.seed,
        ("embeddings", "classical", "fragments"), options.output,
    )  # fmt: skip
    vectors, learned = both(features), (table["part"] == "train").to_numpy()
    first = table.index[learned][~table["string"][learned].duplicated()]
    profile = Profile(vectors[first], label_matrix(table[learned], table["string"][first]))
    print(f"profile of {profile.weights.shape[1]} targets and {len(first):,} molecules", flush=True)
    asked = (table["part"] == options.tasks).to_numpy()
    features = {name: block[asked] for name, block in features.items()}
    features["profile"], table = profile.answers(vectors[asked]), table[asked].reset_index(drop=True)
    features["scratch"] = blocks(
        table["string"].tolist(), options.molecules, "smiles", options.seed, ("scratch",), options.output
    )["scratch"]
    for size in _numbers(options.sizes):
        shape = natural(size, options.queries, options.seed, grouped=False)
        episodes = drawn(table, shape, options.target_episodes, 0, "smiles")
        names = _chosen(options, OF_MOLECULES + ",knn,tanimoto,scratch")
        yield _compete(episodes, features, names, options, {
            "dataset": f"potency by target ({options.tasks} targets)",
            "split": f"{options.target_episodes} episodes per target, {episodes.digest}",
            "n_train": size,
        })  # fmt: skip


def _compete(
    episodes: Episodes,
    features: dict[str, np.ndarray],
    names: list[str],
    options: argparse.Namespace,
    about: dict[str, Any],
) -> list[dict[str, Any]]:
    """Records of contestants that answer the same episodes."""
    chosen = {name: CONTESTANTS[name] for name in names}
    results = in_pieces(
        episodes,
        lambda some: evaluate_episodes(some, features, chosen, options.seed),
        " ".join([about["dataset"], options.model, options.molecules, *names])[:150],
        options.output,
    )
    return told(results, about, options)


def _chosen(options: argparse.Namespace, usual: str) -> list[str]:
    return (options.contestants or usual).split(",")


def _numbers(text: str) -> list[int]:
    return [int(one) for one in text.split(",")]


PARTS = {
    "compositions": compositions,
    "choice": choice,
    "values": values,
    "par": par,
    "potency": potency,
    "speed": speed,
    "episodic": episodic,
}
"""Name on the command line -> what is run; `all` runs those that score the shipped checkpoints."""
SCORED = ("compositions", "choice", "values", "par", "potency", "speed")


def _parser() -> argparse.ArgumentParser:
    parser = Options(__doc__)
    parser.add_argument("part", nargs="?", default="compositions", choices=(*PARTS, "all"))
    parser.add_argument("--model", default="matbert-small-strict", help="checkpoint for compositions")
    parser.add_argument("--molecules", default="molbert-small", help="checkpoint for molecules")
    parser.add_argument("--tasks", default="test", choices=("test", "validation", "train"))
    parser.add_argument("--sizes", default="16,32,64,128", help="support rows")
    parser.add_argument("--episodes", type=int, default=14, help="per task of compositions")
    parser.add_argument("--target-episodes", type=int, default=17, help="per target of potencies")
    parser.add_argument("--queries", type=int, default=256)
    parser.add_argument("--pools", type=int, default=18, help="per task, to choose the support from")
    parser.add_argument("--value-episodes", type=int, default=20, help="per task of numbers")
    parser.add_argument("--sets", default="tox21,toxcast", help="of par")
    parser.add_argument("--shots", default="10,1", help="support rows per class, of par")
    parser.add_argument("--supports", type=int, default=10, help="support sets per task, of par")
    parser.add_argument("--asked", type=int, default=8000, help="query rows of an episode of par at most")
    parser.add_argument("--contestants", help="names, with commas between; the usual ones when left out")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=3, help="of episodic training")
    parser.add_argument("--rate", type=float, default=1e-4, help="learning rate of episodic training")
    parser.add_argument("--output", type=Path, help="folder for features, episodes and their scores")
    parser.add_argument("--record", type=Path, help="results file to add to")
    return parser


if __name__ == "__main__":
    main()
