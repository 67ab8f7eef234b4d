"""Beside the scores of few-shot learners: how long an answer takes, and an encoder trained by episodes."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from fewshot_features import blocks
from fewshot_molecules import label_matrix
from fewshot_tasks import tasks

from matprior.data.catalog import load
from matprior.estimators.features import Pretrained
from matprior.evaluation.episodes import CONTESTANTS
from matprior.fewshot.blocks import Scales
from matprior.fewshot.episodic import episodic_loss, train_encoder
from matprior.fewshot.prototypes import Prototypes
from matprior.training.loop import TrainingOptions

TIMED = 60
"""Episodes whose median time is told."""


def speed(options: argparse.Namespace) -> Iterator[list[dict[str, Any]]]:
    """Milliseconds to answer an episode of 5 classes, 5 rows each, 75 queries, once it is encoded."""
    random = np.random.default_rng(options.seed)
    formulas = load("inorganic_melting_point")["formula"].drop_duplicates().head(100).tolist()
    features = blocks(formulas, options.model, "composition", options.seed, ("embeddings", "classical"))
    found = []
    for name in ("prototypes", "prototypes-both", "prototypes-euclidean"):
        parts, times = [features[block] for block in CONTESTANTS[name].blocks], []
        walls: list[float] = []
        for _ in range(TIMED):
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
    yield found


def episodic(options: argparse.Namespace) -> Iterator[list[dict[str, Any]]]:
    """Train the encoder on the training tasks, watched on the validation tasks, for `--model`."""
    if options.output is None:
        raise ValueError("The trained encoder needs a folder: give --output.")
    pretrained = Pretrained.open(options.model)
    table = tasks(None, ("validation", "train"))
    sides = []
    for part in ("train", "validation"):
        rows = table[table["part"] == part]
        strings = sorted(set(rows["string"]))
        sides.append((pretrained.encode(strings), label_matrix(rows, strings)))
    rate = {"learning_rate": options.rate, "head_learning_rate": options.rate}
    training = TrainingOptions(epochs=options.epochs, batch_size=512, **rate)
    print(f"before: {episodic_loss(pretrained.network, *sides[1], 512):.4f}", flush=True)
    history = train_encoder(pretrained.network, *sides[0], training, sides[1], options.seed)
    print(history.to_string())
    Pretrained(pretrained.network, False).save(options.output / "encoder")
    yield []
