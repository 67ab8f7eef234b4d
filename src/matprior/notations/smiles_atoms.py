"""Atoms of a SMILES and their places in the string, and the functional groups they form.

Atoms are numbered as they appear in the string, hydrogens that are written as atoms (`[H]`) included, so
that a mask over a group of atoms can be laid over the tokens.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from rdkit import Chem, rdBase

from matprior.notations.smiles_reading import read
from matprior.notations.smiles_text import clean, tokens

_CARBONS = ("A=,#[!#6;!#1]", "C=,#C", "[CX4](-[O,N,S])-[O,N,S]", "[O,N,S]1CC1")
"""SMARTS of which every atom belongs to a functional group: C=X, C=C, acetals, three-rings with X."""


def atom_positions(string: str) -> list[int]:
    """Index in the string where each atom begins.

    Examples
    --------
    >>> atom_positions("CC(=O)[O-]")
    [0, 1, 4, 6]
    """
    text = clean(string)
    shift = string.index(text[0])
    return [place + shift for kind, _, place in tokens(text) if kind == "atom"]


def functional_groups(string: str) -> list[list[int]]:
    """Atoms of each functional group, in the order of their first atoms.

    Ertl's rules: all atoms but carbon and hydrogen, carbons in double or triple bonds outside aromatic rings,
    and carbons of acetals and of three-membered rings with O, N or S; neighbours among them form one group.
    Ertl 2017, J. Cheminform. 9, 36.

    Raises
    ------
    InvalidString : the string is no SMILES

    Examples
    --------
    >>> functional_groups("CC(=O)Oc1ccccc1C=C")
    [[1, 2, 3], [10, 11]]
    """
    molecule = _as_written(string)
    marked = {atom.GetIdx() for atom in molecule.GetAtoms() if atom.GetAtomicNum() not in (1, 6)}
    for pattern in _patterns():
        marked.update(i for match in molecule.GetSubstructMatches(pattern) for i in match)
    groups = []
    while marked:
        group, edge = set(), {min(marked)}
        while edge:
            group |= edge
            marked -= edge
            edge = {
                near.GetIdx() for i in edge for near in molecule.GetAtomWithIdx(i).GetNeighbors()
            } & marked
        groups.append(sorted(group))
    return groups


def atom_facts(string: str) -> list[dict[str, Any]]:
    """What is known of each atom, by name.

    `element`, `aromatic`, `ring` (in one), `ring_size` (of the smallest, 0 in none), `hybridisation`,
    `charge` (formal), `hydrogens` (bonded to it, written or not).

    Raises
    ------
    InvalidString : the string is no SMILES

    Examples
    --------
    >>> [one["hybridisation"] for one in atom_facts("CC#N")]
    ['SP3', 'SP', 'SP']
    """
    molecule = _as_written(string)
    rings = molecule.GetRingInfo()
    return [
        {
            "element": atom.GetSymbol(),
            "aromatic": atom.GetIsAromatic(),
            "ring": atom.IsInRing(),
            "ring_size": rings.MinAtomRingSize(atom.GetIdx()),
            "hybridisation": str(atom.GetHybridization()),
            "charge": atom.GetFormalCharge(),
            "hydrogens": atom.GetTotalNumHs(includeNeighbors=True),
        }
        for atom in molecule.GetAtoms()
    ]


def _as_written(string: str) -> Chem.Mol:
    """The molecule with its hydrogens as they are written."""
    read(string)  # raises with the place and the reason
    parameters: Any = Chem.SmilesParserParams()
    parameters.removeHs = False
    with rdBase.BlockLogs():
        return Chem.MolFromSmiles(clean(string), parameters)


@cache
def _patterns() -> tuple[Chem.Mol, ...]:
    return tuple(map(Chem.MolFromSmarts, _CARBONS))
