"""What a chemist asks of a molecule, as numbers: logP, QED, TPSA, weight, and how hard it is to make.

Importing this module imports RDKit, so import it where it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from rdkit.Chem import QED, Crippen, Descriptors, rdMolDescriptors

from matprior.notations.smiles_reading import read


def _hard_to_make(molecule: Any) -> float:
    from rdkit.Contrib.SA_Score import sascorer  # reads a table of fragments when it is imported

    return float(sascorer.calculateScore(molecule))


PROPERTIES: dict[str, Callable[[Any], float]] = {
    "logp": Crippen.MolLogP,  # type: ignore[attr-defined]
    "qed": QED.qed,
    "tpsa": rdMolDescriptors.CalcTPSA,
    "weight": Descriptors.MolWt,  # type: ignore[attr-defined]
    "sa": _hard_to_make,
}
"""Name -> function of a molecule. logP: Wildman and Crippen 1999. QED: Bickerton et al. 2012, 0 to 1. TPSA:
Ertl et al. 2000, Å². Weight: g/mol. SA: Ertl and Schuffenhauer 2009, 1 (easy to make) to 10."""


def properties(strings: Sequence[str], names: Sequence[str]) -> np.ndarray:
    """Properties of molecules, float32 of shape (n, p).

    Parameters
    ----------
    strings : SMILES
    names : keys of `PROPERTIES`

    Raises
    ------
    ValueError
        A property of another name.
    InvalidString
        No SMILES.

    Examples
    --------
    >>> properties(["CCO"], ["tpsa", "weight"]).round().tolist()
    [[20.0, 46.0]]
    """
    for name in names:
        if name not in PROPERTIES:
            raise ValueError(f"There is no property {name!r} of molecules. Known: {', '.join(PROPERTIES)}.")
    rows = [[float(PROPERTIES[name](molecule)) for name in names] for molecule in map(read, strings)]
    return np.array(rows, dtype=np.float32).reshape(len(rows), len(names))
