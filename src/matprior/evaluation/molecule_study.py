"""A checkpoint for molecules examined: probes of its atoms and molecules, a map, neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.estimators.encoding import encoded
from matprior.evaluation.material_map import flat_map, nearest_materials
from matprior.evaluation.molecule_probing import DESCRIPTORS, probe_atoms, probe_molecules
from matprior.evaluation.molecule_vectors import (
    atoms_of,
    contextual,
    embedded,
    molecule_vectors,
    open_network,
    random_network,
    token_counts,
    windows,
)
from matprior.evaluation.probe_study import Findings, Progress

ATOMS = 2_000
"""Atoms that are asked about, at most."""
ASKED = 1_000
"""Molecules that are asked about, at most."""
CHOICES = 20_000
"""Molecules among which neighbours are looked for, at most."""


def probe_molecule_checkpoint(
    model: str | Path,
    strings: Sequence[str],
    values: NDArray,
    near: Sequence[str] = (),
    layout: str = "tsne",
    limit: int = 5000,
    seed: int = 0,
    quantity: str = "",
    progress: Progress | None = None,
) -> Findings:
    """Examine a checkpoint that reads SMILES: what its vectors know, and how it arranges molecules.

    Parameters
    ----------
    model : name of a shipped checkpoint, or a folder
    strings : canonical SMILES that are asked about, mapped and chosen from, `n`
    values : colours of the map, shape (n,); NaN where unknown. Under the name `quantity` they are probed too
    near : canonical SMILES whose neighbours are asked for
    layout : of the map, a name in `material_map.LAYOUTS`
    limit : molecules on the map; more are drawn by `seed`

    Returns
    -------
    Findings; `elements` is empty, and `near` where nothing was asked.
    """
    if len(strings) < 3:
        raise ValueError(f"{len(strings)} molecules make no map; give a table of at least 3.")
    networks = {"contextual": open_network(model), "random network": random_network(model, seed)}
    draw = np.random.default_rng(seed).permutation(len(strings))
    told = progress or (lambda done, steps, what: None)
    told(0, 3, "atoms")
    atoms = _atoms(networks, [strings[i] for i in draw[:ASKED]], seed)
    told(1, 3, "molecules")
    asked = np.sort(draw[:ASKED])
    molecules = _molecules(networks, [strings[i] for i in asked], {quantity: values[asked]}, seed)
    told(2, 3, "map")
    chosen, pool = np.sort(draw[:limit]), [strings[i] for i in np.sort(draw[:CHOICES])]
    shown = [strings[i] for i in chosen]
    network = networks["contextual"]
    points = flat_map(molecule_vectors(network, shown), layout, seed)
    materials = pd.DataFrame({"string": shown, "value": values[chosen], "x": points[:, 0], "y": points[:, 1]})
    neighbours = pd.DataFrame(columns=["query", "rank", "string", "similarity"])
    if near:
        neighbours = nearest_materials(
            molecule_vectors(network, near), molecule_vectors(network, pool), pool, near
        )
    told(3, 3, "")
    return Findings(pd.concat([atoms, molecules], ignore_index=True), pd.DataFrame(), materials, neighbours)


def _atoms(networks: dict[str, Any], strings: list[str], seed: int) -> pd.DataFrame:
    config = networks["contextual"].config
    atoms = atoms_of(strings, config.encoding, ATOMS, config.max_position_embeddings)
    rows = encoded(strings[: int(atoms.molecule.max()) + 1], config)
    vectors = {name: contextual(network, rows, atoms) for name, network in networks.items()}
    vectors["own token"] = embedded(networks["contextual"], rows, atoms)
    vectors["window"] = windows(rows, atoms)
    return probe_atoms(vectors, atoms, seed)


def _molecules(
    networks: dict[str, Any], strings: list[str], measured: dict[str, NDArray], seed: int
) -> pd.DataFrame:
    from matprior.notations.smiles_descriptors import DESCRIPTOR_NAMES
    from matprior.notations.smiles_features import COUNTED, features

    vectors = {name: molecule_vectors(network, strings) for name, network in networks.items()}
    vectors["tokens"] = token_counts(encoded(strings, networks["contextual"].config))
    classical = features(strings)
    vectors["fingerprint"] = classical[:, :COUNTED]
    asked = {name: classical[:, COUNTED + DESCRIPTOR_NAMES.index(name)] for name in DESCRIPTORS}
    return probe_molecules(vectors, asked | {name: told for name, told in measured.items() if name}, seed)
