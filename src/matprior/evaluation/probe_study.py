"""A checkpoint examined: probes of its element vectors, maps, neighbours, and records of all that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.evaluation.element_vectors import (
    ElementVectors,
    contextual_vectors,
    input_vectors,
    open_encoder,
    packaged_vectors,
    property_vectors,
    random_vectors,
)
from matprior.evaluation.material_map import flat_map, material_vectors, nearest_materials
from matprior.evaluation.probing import PROBED, probe_elements, probes
from matprior.evaluation.records import finite, versions
from matprior.notations.elements import SYMBOLS

CHOICES = 100_000
"""Materials among which neighbours are looked for, at most."""
Progress = Callable[[int, int, str], None]


@dataclass
class Findings:
    """What `probe_checkpoint` found."""

    probes: pd.DataFrame
    """Columns `probing.COLUMNS`, or `molecule_probing.COLUMNS`."""
    elements: pd.DataFrame
    """vectors, symbol, block, x, y: a flat map per kind of learned vectors. Empty for molecules."""
    materials: pd.DataFrame
    """string, value, x, y."""
    near: pd.DataFrame
    """query, rank, string, similarity."""


def probe_checkpoint(
    model: str | Path,
    strings: Sequence[str],
    values: NDArray,
    near: Sequence[str] = (),
    layout: str = "tsne",
    limit: int = 5000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Findings:
    """Examine a checkpoint: what its element vectors know, and how it arranges materials.

    Parameters
    ----------
    model : name of a shipped checkpoint, or a folder
    strings : canonical formulas in which elements are met, that are mapped and chosen from, `n`
    values : colours of the map, shape (n,); NaN where unknown
    near : canonical formulas whose neighbours are asked for
    layout : of the maps, a name in `material_map.LAYOUTS`
    limit : materials on the map and behind the contextual vectors; more are drawn by `seed`

    Returns
    -------
    Findings; `near` is empty where nothing was asked.
    """
    if len(strings) < 3:
        raise ValueError(f"{len(strings)} materials make no map; give a table of at least 3.")
    encoder = open_encoder(model)
    draw = np.random.default_rng(seed).permutation(len(strings))
    chosen, pool = np.sort(draw[:limit]), np.sort(draw[:CHOICES])
    shown = [strings[i] for i in chosen]
    learned = [input_vectors(encoder), contextual_vectors(encoder, shown)]
    others = [property_vectors(), *packaged_vectors(), random_vectors(encoder.config.hidden_size, seed)]
    table = probe_elements([*learned, *others], seed=seed, progress=progress)
    points = flat_map(material_vectors(encoder, shown), layout, seed)
    materials = pd.DataFrame({"string": shown, "value": values[chosen], "x": points[:, 0], "y": points[:, 1]})
    elements = pd.concat([element_map(one, layout, seed) for one in learned], ignore_index=True)
    return Findings(table, elements, materials, _near(encoder, near, [strings[i] for i in pool]))


def element_map(vectors: ElementVectors, layout: str = "tsne", seed: int = 0) -> pd.DataFrame:
    """Flat map of the probed elements: columns vectors, symbol, block, x, y.

    Examples
    --------
    >>> from matprior.evaluation.element_vectors import property_vectors
    >>> len(element_map(property_vectors(), "pca"))
    89
    """
    kept = np.flatnonzero(np.isin(SYMBOLS, PROBED) & vectors.covered)
    # Columns of a table have units; a map of the largest number would be a map of nothing else.
    values = vectors.values[kept]
    if not vectors.learned:
        values = (values - values.mean(axis=0)) / np.where(values.std(axis=0) > 0, values.std(axis=0), 1.0)
    points = flat_map(values, layout, seed)
    return pd.DataFrame(
        {
            "vectors": vectors.name,
            "symbol": [SYMBOLS[i] for i in kept],
            "block": probes()["block"].answers[kept],
            "x": points[:, 0],
            "y": points[:, 1],
        }
    )


def _near(encoder: Any, near: Sequence[str], strings: list[str]) -> pd.DataFrame:
    if not near:
        return pd.DataFrame(columns=["query", "rank", "string", "similarity"])
    queries = material_vectors(encoder, near)
    return nearest_materials(queries, material_vectors(encoder, strings), strings, near)


def probe_records(findings: Findings, model: str, command: str = "", seed: int = 0) -> list[dict[str, Any]]:
    """One record per kind of vectors and question, for `records.append_records`."""
    common = {
        "unit": "", "seeds": [seed], "command": command, "data_sha256": None, "versions": versions(),
        "date": datetime.now(UTC).date().isoformat(),
    }  # fmt: skip
    found = []
    for line in findings.probes.to_dict("records"):
        own = line["vectors"] in ("input", "contextual", "own token")
        level, times = line.get("level", "elements"), line["n_folds"] // 5
        dealt = f", dealt {times} times" if times > 1 else ""
        found.append(
            {
                **common,
                "dataset": level,
                "split": f"5 folds over {'molecules' if level == 'atoms' else level}{dealt}",
                "target": line["property"],
                "model": f"{model}:{line['vectors']}" if own else line["vectors"],
                "strategy": "linear probe",
                "checkpoint": model if own else None,
                "n_train": round(0.8 * line["n_rows" if "level" in line else "n_elements"]),
                "metric": line["metric"],
                "value": finite(line["value"]),
                "std": finite(line["std"]),
                "chance": finite(line["chance"]),
                "folds": [finite(value) for value in line["folds"]],
            }
        )
    return found
