"""Classical features of molecules for baselines and clusters: circular fragments and descriptors.

Rogers and Hahn 2010, J. Chem. Inf. Model. 50, 742 (ECFP); descriptors as in `smiles_descriptors`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from rdkit import DataStructs
from rdkit.Chem import rdFingerprintGenerator

from matprior.notations.base import InvalidString
from matprior.notations.smiles_descriptors import DESCRIPTOR_NAMES, descriptors
from matprior.notations.smiles_reading import read

COUNTED = 1024
"""Columns of fragment counts in `features`."""
_MOST = 255
"""Counts are clipped: a chain of a thousand CH2 must not outshine every other column."""
_Answer = TypeVar("_Answer")


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
    return [_generator(radius, bits).GetFingerprint(molecule) for molecule in _each(strings, read)]


def fragments(strings: Iterable[str], bits: int = 2048) -> np.ndarray:
    """What a molecule is made of, in three ways side by side: uint8 zeros and ones of shape (n, 3 * bits).

    Circular fragments (radius 3, ECFP6), pairs of atoms (Carhart et al. 1985) and torsions (Nilakantan et al.
    1987). For similarities: two molecules of one series share most of them.

    Examples
    --------
    >>> fragments(["CCO", "CCN"]).shape
    (2, 6144)
    """
    molecules = _each(strings, read)
    makers = (_generator(3, bits), *_paths(bits))
    rows = [np.concatenate([maker.GetFingerprintAsNumPy(one) for maker in makers]) for one in molecules]
    return np.array(rows, dtype=np.uint8).reshape(len(molecules), len(makers) * bits)


def features(strings: Iterable[str]) -> np.ndarray:
    """Fragment counts, then descriptors, float64 of shape (n, d); what cannot be computed is 0.

    Rows are kept in memory (2 kB each), because every fold and every model of a study asks for them again.

    Raises
    ------
    InvalidString : a string cannot be read; its place, counted from 1, is the row
    """
    rows = _each(strings, _row)
    table = np.zeros((len(rows), COUNTED + len(DESCRIPTOR_NAMES)))
    for line, (counts, values) in zip(table, rows, strict=True):
        line[:COUNTED] = counts
        line[COUNTED:] = values
    return np.nan_to_num(table, copy=False)


@lru_cache(maxsize=50_000)
def _row(string: str) -> tuple[np.ndarray, np.ndarray]:
    counts = _generator(2, COUNTED).GetCountFingerprintAsNumPy(read(string))
    return np.minimum(counts, _MOST).astype(np.uint8), descriptors([string])[0]


def feature_names() -> list[str]:
    """Names of the columns of `features`."""
    return [f"ECFP4 {i}" for i in range(COUNTED)] + list(DESCRIPTOR_NAMES)


def _each(strings: Iterable[str], function: Callable[[str], _Answer]) -> list[_Answer]:
    """The function of each string; an error says the row."""
    found = []
    for row, string in enumerate(strings, start=1):
        try:
            found.append(function(string))
        except InvalidString as error:
            raise error.at_row(row) from None
    return found


@lru_cache(maxsize=8)
def _generator(radius: int, size: int) -> Any:
    return rdFingerprintGenerator.GetMorganGenerator(radius=radius, fpSize=size)


@lru_cache(maxsize=2)
def _paths(size: int) -> tuple[Any, Any]:
    return (
        rdFingerprintGenerator.GetAtomPairGenerator(fpSize=size),
        rdFingerprintGenerator.GetTopologicalTorsionGenerator(fpSize=size),
    )
