"""From a SMILES to RDKit's molecule, or to an error that says where and why.

Importing this module imports RDKit, so import it where it is used. Molecules are shared by a small cache:
never change one in place, copy it first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any

from rdkit import Chem, rdBase
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from matprior.notations.base import InvalidString
from matprior.notations.smiles_text import (
    EXPECTED,
    clean,
    first_mistake,
    looks_like_formula,
    repairs,
    tokens,
)

LONGEST = 20_000
"""Characters; a longer string is no molecule, and RDKit would take minutes over it."""
_ATOM_NUMBERS = re.compile(r"\d+")
_VALENCE = re.compile(r"atom # (\d+) (\w+), (\d+), is greater than permitted")
MOST_OPEN = 10
"""Atoms `*` in rings. Each may be aromatic or not, and RDKit tries every way: 16 take half a second."""
_DATIVE = re.compile(r"->|<-")
_ANY = Chem.BondType.UNSPECIFIED


def read(string: str) -> Chem.Mol:
    """The molecule of a SMILES.

    Raises
    ------
    InvalidString : with the place, the reason and, where one is found, the likely fix

    Examples
    --------
    >>> read("CCO").GetNumAtoms()
    3
    """
    if not isinstance(string, str):
        clean(string)  # raises: what is no text may not even be a key of the cache
    return _read(string)


@lru_cache(maxsize=512)
def _read(string: str) -> Chem.Mol:
    try:
        text = clean(string)
    except InvalidString as error:
        if error.suggestion and not _reads(error.suggestion):
            raise InvalidString(string, error.reason, error.position) from None
        raise
    if len(text) > LONGEST:
        raise InvalidString(string, f"{len(text):,} characters; at most {LONGEST:,} are read as one molecule")
    mistake = first_mistake(text)
    if mistake:
        raise _grammar_error(string, text, *mistake)
    if _too_open(text):
        reason = f"more than {MOST_OPEN} atoms '*' in rings; too many ways to make them aromatic"
        raise InvalidString(string, f"{reason}. Write the elements")
    molecule = parse(text)
    if molecule is None:
        raise _chemistry_error(string, text)
    if "~" in text:
        _refuse_open_rings(string, text, molecule)
    return molecule


def _too_open(text: str) -> bool:
    if text.count("*") + text.count("#0]") <= MOST_OPEN:
        return False
    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(text, sanitize=False)
    if molecule is None:
        return False
    Chem.FastFindRings(molecule)
    return sum(atom.GetAtomicNum() == 0 and atom.IsInRing() for atom in molecule.GetAtoms()) > MOST_OPEN


def _refuse_open_rings(string: str, text: str, molecule: Chem.Mol) -> None:
    """A bond of any order in a ring can leave open where the hydrogens are: RDKit reads it in two ways."""
    if _vague(molecule) or not _steady(molecule):
        fix = text.replace("~", "")
        reason = "a bond '~' in a ring leaves its hydrogens open; write '-', '=', ':' or nothing for it"
        raise InvalidString(
            string, reason, string.index("~"), fix if fix == string.replace("~", "") and _reads(fix) else None
        )


def _vague(molecule: Chem.Mol) -> bool:
    return any(bond.GetIsAromatic() and bond.GetBondType() == _ANY for bond in molecule.GetBonds())


def _steady(molecule: Chem.Mol) -> bool:
    """Whether what is written for a molecule is read as the same molecule, and written again the same."""
    text = write(molecule)
    again = parse(text)
    return (
        again is not None
        and not _vague(again)
        and CalcMolFormula(again) == CalcMolFormula(molecule)
        and write(again) == text
    )


def parse(text: str) -> Chem.Mol | None:
    """RDKit's molecule or None, without a word on standard error."""
    if _too_open(text):
        return None
    with rdBase.BlockLogs():
        return Chem.MolFromSmiles(text)


def write(molecule: Chem.Mol) -> str:
    """Canonical isomeric SMILES; a dative bond is written as a single one where that is the same molecule."""
    text = Chem.MolToSmiles(molecule)
    if _DATIVE.search(text):
        again = parse(plain(text))
        if again is not None and CalcMolFormula(again) == CalcMolFormula(molecule):
            text = plain(text)
    if "@" in text and any(atom.GetNumRadicalElectrons() for atom in molecule.GetAtoms()):
        return _settled(text)
    return text


def _settled(text: str) -> str:
    """One of the spellings between which RDKit goes back and forth at a stereocentre beside a radical."""
    spellings = [text]
    while (again := parse(spellings[-1])) and (text := plain(Chem.MolToSmiles(again))) not in spellings:
        spellings.append(text)
    return min(spellings[spellings.index(text) :])


def plain(smiles: str) -> str:
    """A SMILES as RDKit writes it, without its arrows for dative bonds, which no other program reads."""
    return _DATIVE.sub("", smiles)


def kekulised(string: str) -> str:
    """A SMILES without aromatic atoms, in the order of the string: every double bond and charge written."""
    molecule = Chem.Mol(read(string))
    Chem.Kekulize(molecule, clearAromaticFlags=True)
    return plain(Chem.MolToSmiles(molecule, kekuleSmiles=True, canonical=False))


def _grammar_error(string: str, text: str, reason: str, place: int) -> InvalidString:
    shift = string.index(text[0])
    fix = next((fixed for fixed in repairs(text, place) if fixed != text and _reads(fixed)), None)
    if looks_like_formula(text):
        reason, fix = f"this looks like a formula, not a SMILES; {EXPECTED}", None
        return InvalidString(string, reason, None, fix)
    if re.fullmatch(r"[A-Za-z]?[a-z]{3,}(?:[ -][a-z]+)*", text) and not fix:
        return InvalidString(string, f"this reads like a name; {EXPECTED}")
    return InvalidString(string, reason, place + shift, fix)


def _reads(text: str) -> bool:
    return bool(text) and first_mistake(text) is None and parse(text) is not None


def _chemistry_error(string: str, text: str) -> InvalidString:
    """The grammar is right and RDKit still refuses: valences, aromatic rings, ring bonds."""
    problems: tuple[Any, ...] = ()
    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(text, sanitize=False)
        # RDKit's own check fails on valences beyond all bounds.
        with suppress(RuntimeError):
            problems = Chem.DetectChemistryProblems(molecule) if molecule is not None else ()
    places = [place for kind, _, place in tokens(text) if kind == "atom"]
    shift = string.index(text[0])
    if molecule is None:
        reason = "a ring bond joins an atom to itself or to an atom it is already bound to"
        return InvalidString(string, f"{reason}; RDKit cannot read it")
    for problem in problems:
        found = _explain(problem, molecule)
        if found:
            reason, atom = found
            fix = next((fixed for fixed in _charged(text, places, problem, molecule) if _reads(fixed)), None)
            return InvalidString(string, reason, places[atom] + shift if atom < len(places) else None, fix)
    return InvalidString(string, f"RDKit refuses it; {EXPECTED}")


def _explain(problem: Any, molecule: Chem.Mol) -> tuple[str, int] | None:
    """Reason in words and the atom where it shows."""
    message = problem.Message()
    if match := _VALENCE.search(message):
        atom = molecule.GetAtomWithIdx(int(match[1]))
        most = max(Chem.GetPeriodicTable().GetValenceList(atom.GetAtomicNum()))
        allowed = f", more than the {most} it can have" if most > 0 and not atom.GetFormalCharge() else ""
        advice = "write its charge in square brackets, or count its bonds"
        return f"atom {match[2]} has {match[3]} bonds{allowed or ', too many for it'}; {advice}", int(
            match[1]
        )
    if "kekulize" in message:
        atoms = [int(number) for number in _ATOM_NUMBERS.findall(message)]
        reason = "no alternation of single and double bonds fits this aromatic ring"
        return f"{reason}; a hydrogen such as in '[nH]' or a charge may be missing", atoms[0] if atoms else 0
    if match := re.search(r"non-ring atom (\d+) marked aromatic", message):
        return "a small letter marks an aromatic atom, and this one is in no ring", int(match[1])
    return None


def _charged(text: str, places: list[int], problem: Any, molecule: Chem.Mol) -> Iterator[str]:
    """The string with one atom in brackets, with the hydrogen or charge that is often forgotten."""
    numbers = [int(number) for number in _ATOM_NUMBERS.findall(problem.Message())]
    if "kekulize" in problem.Message():
        written = {"n": ("[nH]",)}
        atoms = numbers
    else:
        written = {symbol: (f"[{symbol}{'-' if symbol == 'B' else '+'}]",) for symbol in "NOPSB"}
        atoms = numbers[:1]
    for place in (places[atom] for atom in atoms if atom < len(places)):
        bare = text[place + 1 : place + 2] if text[place + 2 : place + 3] == "]" else text[place]
        for token in written.get(bare, ()):
            yield text[:place] + token + text[place + (3 if text[place] == "[" else 1) :]
    if "non-ring" in problem.Message():
        yield text.upper().replace("CL", "Cl").replace("BR", "Br")
