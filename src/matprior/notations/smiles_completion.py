"""Beginnings of molecules: spellings of a scaffold whose last atom is the one that goes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rdkit import Chem

from matprior.notations.base import InvalidString
from matprior.notations.smiles_reading import parse, read

TRIES = 60
"""Random spellings looked through for each open atom."""


def open_spellings(scaffold: str, seed: int = 0) -> list[str]:
    """SMILES of a scaffold that end in an atom to which more can be written.

    Parameters
    ----------
    scaffold : SMILES; `*` marks the open place, such as `*c1ccncc1`. Without `*` every atom with a hydrogen
        is open, one at a time.
    seed : same seed, same spellings

    Raises
    ------
    InvalidString
        No SMILES, more than one `*`, or no open atom.

    Examples
    --------
    >>> open_spellings("*C1CC1"), sorted(open_spellings("CO"))
    (['C1CC1'], ['CO', 'OC'])
    """
    found: dict[str, None] = {}
    for molecule in _marked(scaffold):
        spellings = Chem.MolToRandomSmilesVect(molecule, TRIES, randomSeed=seed + 1)
        ends = dict.fromkeys(text[:-1].rstrip("-") for text in spellings if text.endswith("*"))
        plainest = sorted(ends, key=lambda text: (text.count("("), text))
        readable = [text for text in plainest if text and parse(text) is not None]
        found.update(dict.fromkeys(readable[:1]))
    if not found:
        raise InvalidString(
            scaffold, "no atom of it can take another one; mark an open place with *, as in *c1ccncc1"
        )
    return list(found)


def contains(string: str, scaffold: str) -> bool:
    """Whether a molecule has all atoms and bonds of a scaffold; `*` stands for any atom.

    Examples
    --------
    >>> contains("Cc1ccncc1", "*c1ccncc1"), contains("Cc1ccccc1", "*c1ccncc1")
    (True, False)
    """
    chosen: Any = Chem.AdjustQueryParameters.NoAdjustments()
    chosen.makeDummiesQueries = True
    return bool(read(string).HasSubstructMatch(Chem.AdjustQueryProperties(read(scaffold), chosen)))


def _marked(scaffold: str) -> Iterator[Chem.Mol]:
    """The scaffold with one atom `*` at each place that is open."""
    molecule = read(scaffold)
    marks = [atom for atom in molecule.GetAtoms() if atom.GetAtomicNum() == 0]
    if len(marks) > 1 or (marks and marks[0].GetDegree() != 1):
        raise InvalidString(scaffold, "one open place can be completed: write one * at the end of a bond")
    if marks:
        yield molecule
        return
    # Of atoms that are alike one is enough.
    kinds = {kind: place for place, kind in enumerate(Chem.CanonicalRankAtoms(molecule, breakTies=False))}
    for place in kinds.values():
        if not molecule.GetAtomWithIdx(place).GetTotalNumHs():
            continue
        grown = Chem.RWMol(molecule)
        atom = grown.GetAtomWithIdx(place)
        atom.SetNumExplicitHs(max(atom.GetNumExplicitHs() - 1, 0))
        grown.AddBond(place, grown.AddAtom(Chem.Atom(0)), Chem.BondType.SINGLE)
        Chem.SanitizeMol(grown)
        yield grown
