"""Records of what was generated, for formulas and molecules alike."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from command_line import Options, given

from matprior.data.files import sha256_of
from matprior.evaluation.records import append_records, finite, peak_rss_mb, versions

GUIDANCE = (1.0, 2.0, 3.0)
"""How far what is asked carries, in turn."""


def parser_of(text: str, model: str) -> argparse.ArgumentParser:
    """Options that both benchmarks have.

    Parameters
    ----------
    text : docstring of the benchmark
    model : checkpoint that is measured where none is named
    """
    parser = Options(text)
    parser.add_argument("--model", default=model, help="name or folder of a generator")
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--asked", type=int, default=1_000, help="strings per property value asked for")
    parser.add_argument("--systems", help="only these, separated by commas")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", type=Path, help="results file (JSON) to add the scores to")
    return parser


def measure_chosen(bench: Any, systems: str | None) -> None:
    """Measure the systems named, separated by commas, and `asked`; all for None."""
    only = systems.split(",") if systems else None
    for name, draw in bench.systems().items():
        if only is None or name in only:
            bench.measure(name, draw)
    if only is None or "asked" in only:
        bench.measure_asked()


def guided(guidance: float) -> str:
    """What a record says of how far the properties asked for carry; nothing where it is as learned."""
    return "" if guidance == 1 else f"guidance {guidance:g}"


def record(
    path: Path | None, found: Mapping[str, float], units: Mapping[str, str], file: Path, **said: Any
) -> None:
    """Add one record per score.

    Parameters
    ----------
    path : results file; nothing is written where there is none
    found : metric -> value
    units : metric -> unit
    file : data whose checksum stands in the record
    said : dataset, split, model and whatever else the records share
    """
    if path is None:
        return
    common = {
        "target": "", "strategy": "", "std": None, "folds": [], "peak_rss_mb": peak_rss_mb(),
        "command": given(), "data_sha256": sha256_of(file), "versions": versions(),
        "date": datetime.now(UTC).date().isoformat(),
    }  # fmt: skip
    append_records(
        path,
        [
            {"metric": metric, "unit": units.get(metric, ""), "value": finite(value), **common, **said}
            for metric, value in found.items()
        ],
    )
