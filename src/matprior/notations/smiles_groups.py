"""Which molecules are related: scaffolds, clusters of similar ones, and DeepChem's scaffold split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from rdkit import Chem
from rdkit.Chem.Scaffolds import MurckoScaffold

from matprior.notations.base import InvalidString
from matprior.notations.smiles_reading import plain, read, write

_BLOCK = 1000
"""Molecules compared with all others at a time."""
PARTS = (0.8, 0.1, 0.1)
"""Shares of training, validation and test rows in DeepChem's scaffold split."""


def scaffold(string: str) -> str:
    """Bemis-Murcko scaffold without stereochemistry; '' for a molecule without rings.

    Bemis and Murcko 1996, J. Med. Chem. 39, 2887.

    Examples
    --------
    >>> scaffold("CC(=O)Oc1ccccc1C(=O)O"), scaffold("CCO")
    ('c1ccccc1', '')
    """
    return plain(MurckoScaffold.MurckoScaffoldSmiles(mol=read(string), includeChirality=False))


def skeleton(string: str) -> str:
    """The graph of the heavy atoms: all of them carbon, all bonds single.

    An atom with more than four neighbours, which carbon cannot have, is written `*`.

    Examples
    --------
    >>> skeleton("CC(=O)O"), skeleton("NC(N)=O")
    ('CC(C)C', 'CC(C)C')
    """
    graph = Chem.RWMol()
    molecule = read(string)
    for atom in molecule.GetAtoms():
        graph.AddAtom(Chem.Atom(6 if atom.GetDegree() <= 4 else 0))
    for bond in molecule.GetBonds():
        graph.AddBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), Chem.BondType.SINGLE)
    graph.UpdatePropertyCache(strict=False)
    return str(Chem.MolToSmiles(graph))


def family(string: str) -> str:
    """Key of the family a grouped split keeps together.

    The scaffold, where there are rings. DeepChem puts all molecules without rings into one family; a third
    of a table would then be one fold, so here they are related when their carbon skeleton is the same. A
    polymer (two or more ends `*`) is a family of its own: tables of polymers hold one at many conditions,
    and are split by polymer.

    Examples
    --------
    >>> family("CCc1ccccc1"), family("CCO"), family("*CC(*)C")
    ('c1ccccc1', 'CCC', '*CC(*)C')
    """
    molecule = read(string)
    if sum(atom.GetAtomicNum() == 0 for atom in molecule.GetAtoms()) >= 2:
        return write(molecule)
    return scaffold(string) or skeleton(string)


def butina_groups(strings: Iterable[str], cutoff: float = 0.35) -> np.ndarray:
    """Clusters of similar molecules, int64 of shape (n,), numbered from large to small.

    Taylor-Butina with ECFP4 (2048 bits): every member is within the cutoff of the centre of its cluster.
    Equal molecules are always together, and the order of the strings has no effect. Butina 1999,
    J. Chem. Inf. Comput. Sci. 39, 747. Memory and time grow with n²: 10,000 molecules take some 20 s.

    Parameters
    ----------
    strings : SMILES
    cutoff : largest Tanimoto distance to the centre, 0 to 1

    Examples
    --------
    >>> butina_groups(["CCCCCO", "CCCCCCO", "c1ccccc1"]).tolist()
    [0, 0, 1]
    """
    if not 0 <= cutoff <= 1:
        raise ValueError(
            f"cutoff is {cutoff}; expected a distance from 0 (the same) to 1 (nothing in common)."
        )
    keys = [write(read(string)) for string in strings]
    distinct = sorted(set(keys))
    near = _neighbours(distinct, 1 - cutoff)
    number = np.full(len(distinct), -1, dtype=np.int64)
    order = sorted(range(len(distinct)), key=lambda i: (-len(near[i]), distinct[i]))
    for count, centre in enumerate(order):
        if number[centre] < 0:
            free = near[centre][number[near[centre]] < 0]
            number[free] = count
    place = {key: i for i, key in enumerate(distinct)}
    found = number[[place[key] for key in keys]] if keys else number
    names, inverse, sizes = np.unique(found, return_inverse=True, return_counts=True)
    rank = np.empty(len(names), dtype=np.int64)
    rank[np.lexsort((names, -sizes))] = np.arange(len(names))
    return rank[inverse]


def _neighbours(strings: Sequence[str], alike: float) -> list[np.ndarray]:
    """Positions of the molecules with at least this Tanimoto similarity to each, itself included."""
    from matprior.notations.smiles_features import fingerprints

    prints = fingerprints(strings).astype(np.float32)  # exact up to 2^24 shared bits, and made for BLAS
    sizes = prints.sum(axis=1)
    found: list[np.ndarray] = []
    for start in range(0, len(prints), _BLOCK):
        rows = slice(start, start + _BLOCK)
        shared = prints[rows] @ prints.T
        either = sizes[rows, None] + sizes[None, :] - shared
        found += [np.flatnonzero(row) for row in shared >= alike * either - 1e-6]
    return found


def scaffold_split_order(strings: Sequence[str]) -> list[str]:
    """DeepChem's deterministic scaffold split: 'train', 'valid' or 'test' for each row, '' if unreadable.

    Families of one scaffold, the largest first and among equals the one that comes later in the table, fill
    training until it would exceed 80 %, then validation to 90 %, then test. All molecules without rings
    are one family. As `deepchem.splits.ScaffoldSplitter` does it, row for row.

    Examples
    --------
    >>> scaffold_split_order(["c1ccccc1C"] * 8 + ["C1CC1", "C1CCC1"])[7:]
    ['train', 'test', 'valid']
    """
    families: dict[str, list[int]] = {}
    for i, string in enumerate(strings):
        try:
            families.setdefault(scaffold(string), []).append(i)
        except InvalidString:
            continue
    total = sum(map(len, families.values()))
    ranked = sorted(families.values(), key=lambda rows: (len(rows), rows[0]), reverse=True)
    parts = [""] * len(strings)
    filled = {"train": 0, "valid": 0, "test": 0}
    for rows in ranked:
        if filled["train"] + len(rows) <= PARTS[0] * total:
            part = "train"
        elif filled["train"] + filled["valid"] + len(rows) <= (PARTS[0] + PARTS[1]) * total:
            part = "valid"
        else:
            part = "test"
        filled[part] += len(rows)
        for row in rows:
            parts[row] = part
    return parts
