"""Episodes answered in pieces that survive a stop, their means told, and their records."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matprior.data.episodes import Episodes
from matprior.data.files import write_atomically
from matprior.evaluation.episode_scores import by_task, difference, summary
from matprior.evaluation.records import finite

PAIRS = (
    ("prototypes", "forest"), ("prototypes-both", "forest"), ("mixed-both", "forest"),
    ("prototypes-profile", "forest"), ("linear-profile", "forest"), ("mixed-profile", "forest"),
    ("mixed-profile", "mixed-both"), ("linear-profile", "linear-both"), ("prototypes", "scratch"),
    ("prototypes-string-profile", "prototypes"), ("prototypes-both", "prototypes"),
    ("tanimoto", "forest"), ("ridge", "forest"), ("gp", "forest"), ("gp-both", "forest"),
)  # fmt: skip
"""Differences that are recorded where both sides took part."""
LISTED = 12
"""Tasks up to which the value of each is recorded; of more, the mean and its intervals."""
PIECE = 130
"""Episodes that are answered and written at once."""


def in_pieces(
    episodes: Episodes,
    evaluate: Callable[[Episodes], pd.DataFrame],
    name: str,
    folder: Path | None,
) -> pd.DataFrame:
    """Scores of all episodes; with a folder, each piece is written there and read back after a stop.

    Parameters
    ----------
    evaluate : scores of some episodes, such as `evaluate_episodes`
    name : of the pieces' files; another setting needs another name
    """
    found, digest = [], episodes.digest
    for start in range(0, len(episodes), PIECE):
        some = Episodes(episodes.options, episodes.strings_sha256, episodes.episodes[start : start + PIECE])
        path = None if folder is None else folder / f"{_slug(name)}-{digest}-{start}.csv"
        if path is not None and path.exists():
            found.append(pd.read_csv(path))
            continue
        piece = evaluate(some)
        piece["episode"] += start
        if path is not None:
            with write_atomically(path) as draft:
                piece.to_csv(draft, index=False)
        found.append(piece)
    return pd.concat(found, ignore_index=True)


def told(
    results: pd.DataFrame,
    about: dict[str, Any],
    options: argparse.Namespace,
    metrics: tuple[str, ...] = ("dAUPRC", "ROC-AUC"),
    pairs: tuple[tuple[str, str], ...] = PAIRS,
) -> list[dict[str, Any]]:
    """Print means and differences, and give the records."""
    seconds = results.groupby("contestant")["seconds"].mean()
    records = []
    print(f"\n{about['dataset']}, {about['n_train']} labelled rows", flush=True)
    for line in summary(results).to_dict("records"):
        name, metric = str(line["contestant"]), str(line["metric"])
        if metric == "MAE":  # tasks have different units
            continue
        print(f"  {name:22} {metric:9} {line['mean']:.4f} [{line['low']:.4f}, {line['high']:.4f}]")
        per_task = by_task(results, metric)[name]
        records.append(_record(about, options, name, metric, line, per_task.tolist(), seconds[name]))
    there = set(results["contestant"])
    for one, other in (pair for pair in pairs if set(pair) <= there):
        for metric in metrics:
            line = difference(results, one, other, metric)
            print(f"  {one} - {other}: {metric} {line['mean']:+.4f} [{line['low']:+.4f}, {line['high']:+.4f}]"
                  f", over tasks [{line['low_tasks']:+.4f}, {line['high_tasks']:+.4f}], better on "
                  f"{line['better']:.0%} of {line['n_tasks']}", flush=True)  # fmt: skip
            gains = (by_task(results, metric)[one] - by_task(results, metric)[other]).tolist()
            records.append(_record(about, options, f"{one} - {other}", metric, line, gains, None))
    return records


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name)


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
        "unit": "", "value": finite(line["mean"]), "std": finite(float(np.nanstd(per_task))),
        "folds": [finite(value) for value in per_task] if len(per_task) <= LISTED else [],
        "seeds": [options.seed],
        "low": finite(line["low"]), "high": finite(line["high"]), "low_tasks": finite(line["low_tasks"]),
        "high_tasks": finite(line["high_tasks"]),
        "n_episodes": line["n_episodes"], "n_tasks": line["n_tasks"],
        "seconds": None if seconds is None else finite(seconds),
    }  # fmt: skip
