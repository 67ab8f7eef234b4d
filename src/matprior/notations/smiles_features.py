"""Classical features of molecules for baselines and clusters: circular fragments and descriptors.

Rogers and Hahn 2010, J. Chem. Inf. Model. 50, 742 (ECFP); descriptors as in `smiles_descriptors`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from matprior.notations.base import InvalidString
from matprior.notations.smiles_descriptors import DESCRIPTOR_NAMES, descriptors
from matprior.notations.smiles_reading import read

COUNTED = 1024
"""Columns of fragment counts in `features`."""
_MOST = 255
"""Counts are clipped: a chain of a thousand CH2 must not outshine every other column."""


def fingerprints(strings: Iterable[str], radius: int = 2, bits: int = 2048) -> np.ndarray:
    """Circular (Morgan) fingerprints of zeros and ones, uint8 of shape (n, bits); radius 2 is ECFP4.

    Examples
    --------
    >>> fingerprints(["CCO"]).shape, int(fingerprints(["CCO"]).sum())
    ((1, 2048), 6)
    """
    vectors = bit_vectors(strings, radius, bits)
    table = np.zeros((len(vectors), bits), dtype=np.uint8)
    for row, vector in zip(table, vectors, strict=True):
        row[list(vector.GetOnBits())] = 1
    return table


def bit_vectors(strings: Iterable[str], radius: int, bits: int) -> list[DataStructs.ExplicitBitVect]:
    """The same fingerprints as RDKit compares them fastest."""
    return [_generator(radius, bits).GetFingerprint(molecule) for molecule in _molecules(strings)]


def counts(strings: Iterable[str], radius: int = 2, size: int = COUNTED) -> np.ndarray:
    """How often each circular fragment occurs, folded to `size` columns, float64 of shape (n, size)."""
    rows = [_generator(radius, size).GetCountFingerprintAsNumPy(mol) for mol in _molecules(strings)]
    return np.minimum(np.array(rows, dtype=np.float64).reshape(len(rows), size), _MOST)


def features(strings: Iterable[str]) -> np.ndarray:
    """Fragment counts, then descriptors, float64 of shape (n, d); what cannot be computed is 0.

    Raises
    ------
    InvalidString : a string cannot be read; its place, counted from 1, is the row
    """
    texts = list(strings)
    return np.hstack([counts(texts), np.nan_to_num(descriptors(texts).astype(np.float64))])


def feature_names() -> list[str]:
    """Names of the columns of `features`."""
    return [f"ECFP4 {i}" for i in range(COUNTED)] + list(DESCRIPTOR_NAMES)


def _molecules(strings: Iterable[str]) -> list[Chem.Mol]:
    found = []
    for row, string in enumerate(strings, start=1):
        try:
            found.append(read(string))
        except InvalidString as error:
            raise error.at_row(row) from None
    return found


@lru_cache(maxsize=8)
def _generator(radius: int, size: int) -> Any:
    return rdFingerprintGenerator.GetMorganGenerator(radius=radius, fpSize=size)
