"""Measured claims as records of a results file: one JSON list per topic, written by the code that measured.

Everything a reader needs to trust a number stands in its record: the folds behind it, the data's
checksum, the command, the versions.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd

from matprior.evaluation.baselines import BASELINES
from matprior.evaluation.contestants import checkpoint_and_strategy
from matprior.evaluation.metrics import find_metric
from matprior.evaluation.scores import fold_scores, runs, scores

PACKAGES = ("matprior", "torch", "transformers", "scikit-learn", "numpy", "pandas")
"""Their versions are part of every record."""
IDENTITY = (
    "dataset", "split", "target", "model", "strategy", "checkpoint", "n_train", "metric", "seeds",
    "data_sha256", "variants", "settings", "extra",
)  # fmt: skip
"""Records that agree in these answer one question; the newer replaces the older."""


@dataclass(frozen=True)
class Setting:
    """What the Results cannot say about themselves."""

    dataset: str
    """Name used across results files, such as expt_gap."""
    split: str
    """Who is tested on what, such as official_test_fold or 5 folds by chemical system."""
    command: str = ""
    """The command that gives the number again."""
    data: str | Path | None = None
    """The file that was read; its checksum is recorded."""
    strategy: str = ""
    """Fine-tuning strategy of the networks whose name does not say it."""
    settings: tuple[str, ...] = ()
    """Options of the networks that differ from the defaults, such as `held_out=families`."""
    extra: tuple[str, ...] = ()
    """Columns beside the strings that were learned from, such as a temperature."""


def record(
    results: pd.DataFrame, model: str, metric: str, setting: Setting, target: str | None = None
) -> dict[str, Any]:
    """One claim: a model's score on a data set, with all that it rests on.

    Parameters
    ----------
    results : as `evaluate` gives them
    model, metric : as in the scores
    setting : data set, split, command
    target : needed if there are several

    Returns
    -------
    A dict of plain values; a number that is not finite is None. `folds` holds the value of every fold
    with its seeds averaged, `seconds` the mean for one fit and its predictions.
    """
    found = [
        one
        for one in records(results, setting)
        if (one["model"], one["metric"]) == (model, metric) and target in (None, one["target"])
    ]
    if len(found) != 1:
        find_metric(metric)
        known = sorted(set(results["model"]))
        raise ValueError(
            f"{len(found)} scores match model {model!r}, metric {metric!r}, target {target!r}; expected one. "
            f"Models: {known}. Name the target if there are several."
        )
    return found[0]


def records(results: pd.DataFrame, setting: Setting) -> list[dict[str, Any]]:
    """Every score of an evaluation as a record, failed models included."""
    by_fold, log = fold_scores(results), runs(results)
    today = datetime.now(UTC).date().isoformat()
    now = {"peak_rss_mb": peak_rss_mb(), "versions": versions(), "date": today}
    rows = [{str(k): v for k, v in row.items()} for row in scores(results).to_dict("records")]
    return [_record(row, by_fold, log, setting) | now for row in rows]


def _record(
    row: dict[str, Any], by_fold: pd.DataFrame, log: pd.DataFrame, setting: Setting
) -> dict[str, Any]:
    mine = by_fold[(by_fold["model"] == row["model"]) & (by_fold["target"] == row["target"])]
    values = mine[mine["metric"] == row["metric"]].groupby("fold", sort=False)["value"].mean()
    fits = log[(log["model"] == row["model"]) & (log["target"] == row["target"])]
    checkpoint, strategy, settings = None, "", None
    if row["model"] not in BASELINES:
        checkpoint, named = checkpoint_and_strategy(row["model"])
        strategy = named or setting.strategy
        settings = sorted(setting.settings) or None
    from matprior.data.files import sha256_of

    return {
        "dataset": setting.dataset, "split": setting.split, "target": row["target"],
        "model": row["model"], "strategy": strategy, "checkpoint": checkpoint, "settings": settings,
        **({"extra": list(setting.extra)} if setting.extra else {}),
        "n_train": round(fits["n_train"].mean()) if len(fits) else None,
        "metric": row["metric"], "unit": row["unit"],
        "value": finite(row["mean"]), "std": finite(row["std"]),
        "folds": [finite(value) for value in values],
        "seeds": sorted({int(seed) for seed in (fits if len(fits) else mine)["seed"]}),
        "seconds": finite(row["seconds"]), "n_failed": int(row["n_failed"]), "command": setting.command,
        "data_sha256": sha256_of(setting.data) if setting.data else None,
    }  # fmt: skip


def append_records(path: str | Path, new: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add records to a results file, which is made if missing; returns all that it then holds.

    A record that answers the same question as an older one (see `IDENTITY`) takes its place.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "topic.json"
    >>> for value in (0.41, 0.40):
    ...     held = append_records(path, [{"dataset": "expt_gap", "metric": "MAE", "value": value}])
    >>> [one["value"] for one in held]
    [0.4]
    """
    from matprior.data.files import write_atomically

    path = Path(path)
    held = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    if not isinstance(held, list):
        kind = type(held).__name__
        raise ValueError(f"{path} is not a results file: a JSON list was expected, not a {kind}.")
    merged = {_identity(one): one for one in held}
    for one in new:
        merged[_identity(one)] = one
    everything = list(merged.values())
    with write_atomically(path) as draft:
        text = json.dumps(everything, indent=1, ensure_ascii=False, allow_nan=False)
        draft.write_text(text + "\n", encoding="utf-8")
    return everything


def _identity(one: dict[str, Any]) -> str:
    return json.dumps([one.get(name) for name in IDENTITY])


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that can move a number."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


def peak_rss_mb() -> float | None:
    """Most memory this process has held, in MB; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows has no such module
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if platform.system() == "Darwin" else 1e3), 1)


def finite(value: float) -> float | None:
    """The number, or None for NaN and infinity, which JSON does not have."""
    return float(value) if value is not None and math.isfinite(value) else None
