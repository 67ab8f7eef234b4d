"""The sets that need no download: built once from the `chemicals` package, then read from the cache."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from matprior.data import inorganic, organic
from matprior.data.files import write_atomically
from matprior.data.handbook import handbook_version

if TYPE_CHECKING:
    import pandas as pd

BUILDERS: dict[str, Callable[[], pd.DataFrame]] = {
    "inorganic_melting_point": inorganic.melting_points,
    "inorganic_density": inorganic.densities,
    "inorganic_formation_enthalpy": inorganic.formation_enthalpies,
    "organic_melting_point": organic.melting_points,
    "organic_boiling_point": organic.boiling_points,
    "organic_refractive_index": organic.refractive_indices,
    "organic_logp": organic.octanol_water,
}
"""Name in the catalog -> function that builds the table."""

EDITION = 1
"""Raised when a builder changes, so that nobody keeps yesterday's table in the cache."""


def build(name: str, cache: Path) -> Path:
    """CSV of one embedded set, built if this version is not in the cache yet."""
    path = cache / f"embedded-{handbook_version()}-{EDITION}" / f"{name}.csv"
    if not path.exists():
        frame = BUILDERS[name]()
        with write_atomically(path) as draft:
            frame.to_csv(draft, index=False, lineterminator="\n")
    return path
