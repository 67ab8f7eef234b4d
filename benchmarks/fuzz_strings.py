"""What is fuzzed, strings: functions from bytes to nothing, which raise when a promise is broken.

Each reads hostile bytes as one kind of input. A refusal in the package's own words is a good answer; any
other error, a hang, and any loss without a word are findings. What came through is checked to have come
through whole: written again and read back, it is the same.
"""

from __future__ import annotations

from typing import Any

from matprior.notations import NOTATIONS, InvalidString, parse


class Broken(AssertionError):
    """A promise that was not kept."""


def keep(fact: bool, what: str) -> None:
    """Raise `Broken` unless the fact holds."""
    if not fact:
        raise Broken(what)


def text_of(data: bytes) -> str:
    """Text with everything a string can hold, halves of surrogate pairs too."""
    return data.decode("utf-8", "surrogateescape")


def formula(data: bytes) -> None:
    """A formula is read exactly: its canonical spelling is the same material, and so are its tokens."""
    from matprior.tokens.composition import encode_many
    from matprior.tokens.decoding import formula_of

    text = text_of(data)
    try:
        found = parse(text)
    except InvalidString as error:
        str(error)
        return
    again = parse(found.canonical)
    keep(again.canonical == found.canonical, "the canonical spelling has another canonical spelling")
    keep(set(again.amounts) == set(found.amounts), "elements changed")
    first = next(iter(found.amounts))
    keep(
        all(
            found.amounts[s] * again.amounts[first] == again.amounts[s] * found.amounts[first]
            for s in found.amounts
        ),
        "shares changed",
    )
    keep(NOTATIONS["composition"].canonical(text) == found.canonical, "the fast path reads something else")
    atoms, plain = sum(again.amounts.values()), not found.charge and not {"D", "T"} & set(found.amounts)
    if plain and atoms <= 4_096 and len(found.amounts) <= 20:
        row = encode_many([text])
        keep(formula_of(row.ids[0], row.amounts[0]) == found.canonical, "tokens are of another formula")


def smiles(data: bytes) -> None:
    """A molecule keeps its atoms in the canonical spelling, and the tokens of both give them back."""
    from matprior.notations.smiles_reading import read
    from matprior.tokens.smiles import split_smiles

    text = text_of(data)
    try:
        keep("".join(split_smiles(text)) == text, "tokens joined are not the string")
    except InvalidString as error:
        str(error)
    try:
        canonical = NOTATIONS["smiles"].canonical(text)
    except InvalidString as error:
        str(error)
        return
    keep(_atoms(read(text)) == _atoms(read(canonical)), "atoms were lost or made")
    keep("".join(split_smiles(canonical)) == canonical, "tokens joined are not the canonical string")


def _atoms(molecule: Any) -> str:
    from rdkit.Chem.rdMolDescriptors import CalcMolFormula

    return str(CalcMolFormula(molecule, True, False))


def selfies(data: bytes) -> None:
    """A SELFIES and the molecule that it stands for are one; half of the executions are rows of symbols."""
    from matprior.notations.selfies import to_selfies
    from matprior.tokens.selfies import split_selfies
    from matprior.tokens.selfies_vocabulary import TOKENS

    symbols = [token for token in TOKENS if token.startswith("[")]
    raw = data[1:]
    text = "".join(symbols[byte % len(symbols)] for byte in raw) if data[:1] > b"\x7f" else text_of(raw)
    try:
        keep("".join(split_selfies(text)) == text, "tokens joined are not the string")
    except InvalidString as error:
        str(error)
    try:
        canonical = NOTATIONS["selfies"].canonical(text)
    except InvalidString as error:
        str(error)
        return
    keep(NOTATIONS["selfies"].canonical(canonical) == canonical, "canonical is not the end of the way")
    molecule = NOTATIONS["smiles"].canonical(_as_smiles(canonical))
    keep(
        _as_smiles(to_selfies(molecule), True) == molecule, "the way to SMILES and back changes the molecule"
    )


def _as_smiles(text: str, canonical: bool = False) -> str:
    from matprior.notations.selfies import to_smiles

    found = to_smiles(text)
    return NOTATIONS["smiles"].canonical(found) if canonical else found
