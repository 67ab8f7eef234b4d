"""What was run, as pairs of words: the small print that lets somebody else run it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from matprior.evaluation.scores import runs
from matprior.reports.formats import duration, is_number, number

_NAMES = {
    "data": "data",
    "data_sha256": "SHA-256 of the data",
    "task": "task",
    "strings": "string column",
    "targets": "targets",
    "units": "units",
    "split": "split",
    "models": "models",
    "seeds": "seeds",
    "seconds": "time in all",
    "date": "date",
    "machine": "machine",
    "versions": "versions",
}
_ELSEWHERE = {"title", "command", "roles", "classes", "failures"}


def run_facts(run: Mapping[str, Any], results: pd.DataFrame) -> list[tuple[str, str]]:
    """List what is known about the run: first the usual entries, then any other.

    Parameters
    ----------
    run : as `write_report` takes it
    results : gives models, seeds and training rows where `run` does not say

    Examples
    --------
    >>> results = pd.DataFrame({"model": ["dummy"], "seed": [0]})
    >>> run_facts({"data": "gaps.csv", "versions": {"torch": "2.13"}}, results)
    [('data', 'gaps.csv'), ('models', 'dummy'), ('seeds', '0'), ('versions', 'torch 2.13')]
    """
    entries = {
        "models": list(dict.fromkeys(results["model"])),
        "seeds": sorted(results["seed"].unique().tolist()),
        **{name: value for name, value in run.items() if name not in _ELSEWHERE},
    }
    log = runs(results)
    if len(log):
        entries.setdefault("training rows per fold", _span(log["n_train"]))
        entries.setdefault("test rows per fold", _span(log["n_test"]))
    names = [name for name in _NAMES if name in entries] + [name for name in entries if name not in _NAMES]
    facts = [(_NAMES.get(name, name.replace("_", " ")), _text(name, entries[name])) for name in names]
    return [(name, text) for name, text in facts if text]


def _span(values: pd.Series) -> str:
    low, high = int(values.min()), int(values.max())
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "seconds":
        return duration(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_text('', item)}" for key, item in value.items() if item not in (None, ""))
    if isinstance(value, list | tuple | set):
        return ", ".join(_text("", item) for item in value)
    return number(value, 0 if float(value).is_integer() else None) if is_number(value) else str(value)
