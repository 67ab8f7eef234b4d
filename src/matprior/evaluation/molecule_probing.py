"""What a straight line can read out of the vectors of atoms and of molecules.

As for elements, a probe is a ridge whose penalty is chosen on its own rows, and all kinds of vectors get the
same questions in the same folds. Atoms of one molecule are never on both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.evaluation.baselines import N_INNER, inner_folds
from matprior.evaluation.molecule_vectors import Atoms
from matprior.evaluation.probing import Probe, chance_of, score_probe

FEWEST = 25
"""A class of fewer atoms is left out: some fold would have none of it."""
COLUMNS = [
    "level", "vectors", "width", "property", "metric", "value", "std", "chance", "n_rows", "n_folds", "folds",
]  # fmt: skip
"""As of a probe table of elements, with `level` (atoms or molecules) in front."""
DESCRIPTORS = (
    "MolLogP", "TPSA", "MolWt", "FractionCSP3", "NumRotatableBonds", "NumHDonors", "RingCount",
    "NumAromaticRings", "BalabanJ",
)  # fmt: skip
"""Computed numbers that molecules are asked for."""


def probe_atoms(vectors: Mapping[str, NDArray], atoms: Atoms, seed: int = 0) -> pd.DataFrame:
    """Ask vectors of atoms for every fact.

    Parameters
    ----------
    vectors : name -> shape (n, d)
    atoms : the same `n` atoms with their facts
    seed : of the dealing

    Returns
    -------
    Lines with the columns `COLUMNS`; a fact that all atoms share is left out.
    """
    numbers, of_atom = np.unique(atoms.molecule, return_inverse=True)
    fold_of = inner_folds(None, len(numbers), seed)[of_atom]
    lines = []
    for name, facts in atoms.facts.items():
        classes, count = np.unique(facts, return_counts=True)
        kept = np.isin(facts, classes[count >= FEWEST])
        if (count >= FEWEST).sum() < 2:
            continue
        probe = Probe(name, "balanced", facts[kept])
        for kind, values in vectors.items():
            scores = [
                score_probe(probe, values[kept], facts[kept], fold_of[kept] == fold)
                for fold in range(N_INNER)
            ]
            lines.append(_line("atoms", kind, values, probe, scores, int(kept.sum())))
    return pd.DataFrame(lines, columns=COLUMNS)


def probe_molecules(
    vectors: Mapping[str, NDArray], asked: Mapping[str, NDArray], seed: int = 0
) -> pd.DataFrame:
    """Ask vectors of molecules for numbers.

    Parameters
    ----------
    vectors : name -> shape (n, d)
    asked : name -> numbers, shape (n,), NaN where unknown
    seed : of the dealing

    Examples
    --------
    >>> vectors = {"self": np.arange(50.0)[:, None], "noise": np.random.default_rng(0).normal(size=(50, 1))}
    >>> table = probe_molecules(vectors, {"number": np.arange(50.0)})
    >>> [round(value, 1) for value in table["value"]] == [1.0, round(table["value"].iloc[1], 1)]
    True
    """
    alike: dict[bytes, list[str]] = {}
    for name, numbers in asked.items():
        known = np.isfinite(numbers)
        if known.sum() >= 2 * N_INNER and numbers[known].std() > 0:
            alike.setdefault(known.tobytes(), []).append(name)
    lines = []
    for names in alike.values():
        known = np.isfinite(asked[names[0]])
        answers = np.column_stack([asked[name][known] for name in names])
        fold_of = inner_folds(None, len(answers), seed)
        told = {
            kind: [_together(values[known], answers, fold_of == fold) for fold in range(N_INNER)]
            for kind, values in vectors.items()
        }
        for place, name in enumerate(names):
            probe = Probe(name, "number", answers[:, place])
            for kind, scores in told.items():
                own = [float(fold[place]) for fold in scores]
                lines.append(_line("molecules", kind, vectors[kind], probe, own, len(answers)))
    return pd.DataFrame(lines, columns=COLUMNS)


def _together(values: NDArray, answers: NDArray, test: NDArray) -> NDArray:
    """R² of each number (n, q) on the rows `test`; a vector is decomposed once for all of them."""
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    line = RidgeCV(np.logspace(-2, 5, 8), alpha_per_target=True)
    scale = answers.std(axis=0)
    model = make_pipeline(StandardScaler(), line).fit(values[~test], answers[~test] / scale)
    # Of one number scikit-learn predicts a flat array, and (n, 1) against (n,) would broadcast to (n, n).
    wrong = answers[test] / scale - model.predict(values[test]).reshape(-1, answers.shape[1])
    return 1 - np.square(wrong).mean(axis=0)


def _line(
    level: str, kind: str, values: NDArray, probe: Probe, scores: list[float], n_rows: int
) -> dict[str, Any]:
    return {
        "level": level, "vectors": kind, "width": values.shape[1], "property": probe.name,
        "metric": probe.metric, "value": float(np.mean(scores)), "std": float(np.std(scores, ddof=1)),
        "chance": chance_of(probe, probe.answers), "n_rows": n_rows, "n_folds": len(scores),
        "folds": np.round(scores, 6).tolist(),
    }  # fmt: skip
