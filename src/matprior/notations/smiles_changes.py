"""Other spellings of a molecule, and what was or may be changed about it, in words."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize

from matprior.notations.smiles_reading import parse, plain, read, write

_SPECTATORS = """
F Cl Br I [F-] [Cl-] [Br-] [I-] [H+] [OH-] [NH4+] N O [OH3+] [Li+] [Na+] [K+] [Rb+] [Cs+] [Mg+2] [Ca+2]
[Sr+2] [Ba+2] [Li] [Na] [K] [Mg] [Ca] O=S(=O)(O)O O=S(=O)([O-])O
O=S(=O)([O-])[O-] O=P(O)(O)O O=P([O-])(O)O O=P([O-])([O-])O O=P([O-])([O-])[O-] O=[N+]([O-])O
O=[N+]([O-])[O-] [O-][Cl+3]([O-])([O-])[O-] [O-][Cl+3]([O-])([O-])O O=Cl(=O)(=O)O O=Cl(=O)(=O)[O-]
O=C([O-])O O=C([O-])[O-] O=CO O=C[O-] CC(=O)O CC(=O)[O-] O=C(O)C(F)(F)F O=C([O-])C(F)(F)F O=C(O)C(=O)O
O=C([O-])C(=O)O O=C([O-])C(=O)[O-] O=C(O)/C=C/C(=O)O O=C(O)/C=C\\C(=O)O O=C([O-])/C=C/C(=O)O
O=C([O-])/C=C\\C(=O)O O=C(O)C=CC(=O)O O=C(O)CCC(=O)O O=C(O)CC(O)(CC(=O)O)C(=O)O
O=C([O-])CC(O)(CC(=O)O)C(=O)O O=C(O)C(O)C(O)C(=O)O O=C(O)[C@H](O)[C@@H](O)C(=O)O CS(=O)(=O)O
CS(=O)(=O)[O-] Cc1ccc(S(=O)(=O)O)cc1 Cc1ccc(S(=O)(=O)[O-])cc1 O=S(=O)(O)c1ccccc1 F[P-](F)(F)(F)(F)F
F[B-](F)(F)F CO CCO CC(C)O CC(C)=O CC#N ClCCl ClC(Cl)Cl C1CCOC1 CN(C)C=O CS(C)=O CCN(CC)CC OCCNCCO
NC(CO)(CO)CO
"""
"""Counter-ions and solvents that are taken away beside an organic part."""


def remarks(string: str) -> list[str]:
    """Sentences on what reading changed beyond the order of the atoms. Usually empty.

    Examples
    --------
    >>> remarks("CN(=O)=O")
    ['charges are written out: 5-bonded N(=O)=O becomes [N+](=O)[O-]']
    >>> remarks("C[C@H](C)O")
    ['chirality at 1 atom is left out: the atom is no stereocentre']
    """
    if not re.search(r"[@/\\]|->|<-|N\(=O\)|=O\)=N|O=N|N#N|:\d+\]", string):
        return []
    canonical, notes = write(read(string)), []
    if "[N+]" in canonical and "+" not in string:
        notes.append("charges are written out: 5-bonded N(=O)=O becomes [N+](=O)[O-]")
    lost = len(re.findall("@+", string)) - len(re.findall("@+", canonical))
    if lost > 0:
        atoms, verb = (
            ("1 atom", "the atom is no stereocentre") if lost == 1 else (f"{lost} atoms", "they are none")
        )
        notes.append(f"chirality at {atoms} is left out: {verb}")
    if re.search(r"[/\\]", string) and not re.search(r"[/\\]", canonical):
        notes.append("directions of bonds (/ and \\) are left out: no double bond has a cis and a trans side")
    if "\\\\" in string:
        notes.append("a doubled backslash is read as one")
    if re.search("->|<-", string):
        notes.append("a dative bond (arrow) is written as a single bond")
    if re.search(r":\d+\]", string):
        notes.append("atom map numbers are kept: the same molecule without them counts as another")
    return notes


def random_spellings(string: str, n: int, seed: int = 0) -> list[str]:
    """Up to `n` different SMILES of one molecule, atoms in random order; the same for the same seed.

    Examples
    --------
    >>> sorted(random_spellings("CCO", 10))
    ['C(C)O', 'C(O)C', 'CCO', 'OCC']
    """
    if n < 1:
        return []
    molecule = read(string)
    canonical, found = write(molecule), dict[str, None]()
    for attempt in range(4):
        start = (seed * 4 + attempt) % 2**31 + 1  # RDKit takes 0 for "not seeded"
        for spelling in map(plain, Chem.MolToRandomSmilesVect(molecule, 2 * n, randomSeed=start)):
            # Read back: ring bonds beside double bonds now and then turn a random spelling into an isomer.
            if spelling not in found and (again := parse(spelling)) and write(again) == canonical:
                found[spelling] = None
            if len(found) == n:
                return list(found)
    return list(found) or [canonical]


def standardise(
    string: str, salts: bool = True, charges: bool = True, tautomers: bool = False
) -> tuple[str, list[str]]:
    """Canonical SMILES of the part that matters, and sentences on what was changed.

    Parameters
    ----------
    string : a SMILES
    salts : take away common counter-ions and solvents, and repeats, when one organic part is left. A
        substance with any other second part (a perovskite, a cocrystal, a complex) stays whole.
    charges : neutralise by adding or taking protons; quaternary nitrogen and the like keep their charge
    tautomers : RDKit's canonical tautomer, which need not be the stable one

    Raises
    ------
    InvalidString : the string is no SMILES

    Examples
    --------
    >>> standardise("CC(=O)[O-].[Na+]")
    ('CC(=O)O', ['[Na+] was taken away', 'CC(=O)[O-] was neutralised'])
    """
    molecule, notes = read(string), list[str]()
    with rdBase.BlockLogs():
        if salts:
            molecule, notes = _main_part(molecule)
        if charges:
            before, molecule = write(molecule), rdMolStandardize.Uncharger().uncharge(Chem.Mol(molecule))
            if write(molecule) != before:
                notes.append(f"{before} was neutralised")
        if tautomers:
            before = write(molecule)
            molecule = rdMolStandardize.TautomerEnumerator().Canonicalize(molecule)
            if write(molecule) != before:
                notes.append(f"{before} was written as its canonical tautomer")
    text = write(molecule)
    again = parse(text)  # what was rewritten may canonicalise differently once read
    return (write(again) if again is not None else text), notes


def _main_part(molecule: Chem.Mol) -> tuple[Chem.Mol, list[str]]:
    """The organic part of a salt or solvate, and what was taken away; anything else as it is."""
    parts = Chem.GetMolFrags(molecule, asMols=True)
    if len(parts) == 1:
        return molecule, []
    names = [write(part) for part in parts]
    kept = sorted({name for name in names if name not in _spectators()})
    if not kept:  # a salt of two small organic ions, such as sodium acetate
        organic = {n for n, part in zip(names, parts, strict=True) if _is_organic(part)}
        kept = sorted(organic)
    chosen = [part for name, part in zip(names, parts, strict=True) if name in kept]
    if len(kept) != 1 or not _is_organic(chosen[0]):
        return molecule, []
    gone = Counter(names)
    gone[kept[0]] -= 1
    listed = [f"{count} {name}" if count > 1 else name for name, count in sorted(gone.items()) if count]
    return chosen[0], [f"{', '.join(listed)} {'was' if sum(gone.values()) == 1 else 'were'} taken away"]


def _is_organic(part: Chem.Mol) -> bool:
    return any(atom.GetAtomicNum() == 6 for atom in part.GetAtoms())


@cache
def _spectators() -> frozenset[str]:
    return frozenset(write(read(smiles)) for smiles in _SPECTATORS.split())
