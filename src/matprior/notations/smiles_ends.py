"""Molecules without one of their end atoms."""

from __future__ import annotations

from rdkit import Chem

from matprior.notations.smiles_reading import parse, read, write


def without_ends(string: str) -> list[tuple[int, str]]:
    """Every end atom of a molecule, and the molecule with hydrogen in its place.

    An end has one neighbour. Ends of charged pairs (an oxygen of a nitro group) stay: without it the rest
    would be another kind of molecule.

    Parameters
    ----------
    string : a valid SMILES; atoms are numbered as they appear in it

    Examples
    --------
    >>> without_ends("CCO"), without_ends("Cn1cccc1")
    ([(0, 'CO'), (2, 'CC')], [(0, 'c1cc[nH]c1')])
    """
    molecule = read(string)
    found = []
    for atom in molecule.GetAtoms():
        if atom.GetDegree() != 1:
            continue
        (neighbour,) = atom.GetNeighbors()
        if atom.GetFormalCharge() or neighbour.GetFormalCharge():
            continue
        rest = _without(molecule, atom, neighbour)
        if rest is not None:
            found.append((atom.GetIdx(), rest))
    return found


def _without(molecule: Chem.Mol, atom: Chem.Atom, neighbour: Chem.Atom) -> str | None:
    bond = molecule.GetBondBetweenAtoms(atom.GetIdx(), neighbour.GetIdx())
    rest = Chem.RWMol(molecule)
    other = rest.GetAtomWithIdx(neighbour.GetIdx())
    # Hydrogens are written out: RDKit gives none to an aromatic nitrogen or to an atom in brackets.
    other.SetNumExplicitHs(other.GetNumExplicitHs() + int(bond.GetBondTypeAsDouble()))
    rest.RemoveAtom(atom.GetIdx())
    try:
        Chem.SanitizeMol(rest)
    except Chem.MolSanitizeException:
        return None
    Chem.AssignStereochemistry(rest, cleanIt=True, force=True)
    back = parse(write(rest))
    return None if back is None else write(back)
