"""Molecules as SELFIES: `[C][C][O]`, in which every row of symbols is some molecule.

Krenn et al. 2020, Mach. Learn.: Sci. Technol. 1, 045024. The `selfies` library translates; what a molecule is
and which are the same is left to SMILES. SELFIES cannot write `*`, quadruple bonds, chirality other than `@`
and `@@`, and ring bonds over a dot: those are refused here, never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from matprior.notations.base import InvalidString, Notation
from matprior.notations.smiles import SmilesNotation
from matprior.notations.smiles_text import SELFIES_MARK, SELFIES_SHAPE, clean, first_mistake, tokens

EXPECTED = "a SELFIES such as '[C][C][O]' was expected"
_SYMBOL = re.compile(r"\[[^\[\]]*\]|\.")
_CANNOT = (
    (
        re.compile(r"\*"),
        "SELFIES has no wildcard '*'; name an atom that stands for polymer ends, such as '[At]'",
    ),
    (re.compile(r"\$"), "SELFIES has no quadruple bond '$'"),
    (re.compile(r"@(?:TH|AL|SP|TB|OH)\d"), "SELFIES knows no chirality but '@' and '@@'"),
)


def to_selfies(smiles: str, polymer_ends: str | None = None) -> str:
    """The SELFIES of a SMILES, atoms in the same order; checked to come back as the same molecule.

    Parameters
    ----------
    smiles : a valid SMILES
    polymer_ends : atom that stands for the ends `*` of a polymer, such as '[At]' or '[Po]'; `to_smiles` with
        the same choice gives `*` back

    Raises
    ------
    InvalidString : the string is no SMILES, or SELFIES has no way to write it

    Examples
    --------
    >>> to_selfies("CCO"), to_selfies("*CC*", polymer_ends="[At]")
    ('[C][C][O]', '[At][C][C][At]')
    """
    from matprior.notations.smiles_reading import read

    read(smiles)  # the library takes rings from an atom to itself, and fails on them without a reason
    text = clean(smiles)
    if polymer_ends is not None:
        if polymer_ends in text:
            reason = f"{polymer_ends} is in it already; choose another atom for polymer ends, such as '[Po]'"
            raise InvalidString(smiles, reason)
        text = _replace_ends(text, polymer_ends)
    for pattern, reason in _CANNOT:
        if match := pattern.search(text):
            raise InvalidString(smiles, reason, match.start() if polymer_ends is None else None)
    return _encode(smiles, text)


def _encode(smiles: str, text: str) -> str:
    """The first SELFIES that comes back as the same molecule."""
    import selfies

    from matprior.notations.smiles_reading import kekulised, parse, read, write

    problem = "it would come back as another molecule"
    canonical = write(read(text))
    # As it is written first; where the library stumbles over N(=O)=O or an unusual aromatic ring, RDKit's
    # spelling of the same atoms in the same order has charges and double bonds written out.
    for spelling in (text, kekulised(text)):
        try:
            found = str(selfies.encoder(spelling, strict=True))
        except (selfies.EncoderError, KeyError, IndexError) as error:  # the last two slip out of the library
            problem = _why(str(error))
            continue
        back = parse(selfies.decoder(found))
        if back is not None and write(back) == canonical:
            return found
    raise InvalidString(smiles, problem)


def to_smiles(string: str, polymer_ends: str | None = None) -> str:
    """The SMILES of a SELFIES, as the library writes it: not canonical.

    Raises
    ------
    InvalidString : text that is not made of symbols, an unknown symbol, or nothing left of it

    Examples
    --------
    >>> to_smiles("[C][=C][F]"), to_smiles("[At][C][C][At]", polymer_ends="[At]")
    ('C=CF', '*CC*')
    """
    import selfies

    text = _check(string)
    try:
        smiles = str(selfies.decoder(text))
    except selfies.DecoderError:
        raise _unknown_symbol(string, text) from None
    if not smiles:
        raise InvalidString(string, f"no atom is left of it; {EXPECTED}")
    return smiles.replace(polymer_ends, "*") if polymer_ends else smiles


class SelfiesNotation(Notation):
    """Molecules as SELFIES. Groups and features are those of the same molecule as SMILES.

    Examples
    --------
    >>> SelfiesNotation().canonical("[O][C][C]")
    '[C][C][O]'
    """

    name = "selfies"
    example = "[C][C][O]"

    def canonical(self, string: str) -> str:
        """SELFIES of RDKit's canonical SMILES."""
        canonical = self._smiles(string)
        try:
            return to_selfies(canonical)
        except InvalidString as error:
            raise InvalidString(string, f"it cannot be written canonically: {error.reason}") from None

    def group(self, string: str) -> str:
        """Scaffold or skeleton of the molecule, as a SMILES."""
        return SmilesNotation().group(self._smiles(string))

    def describe_changes(self, string: str) -> list[str]:
        """Whether symbols had no effect, as overflowing branches and bonds in SELFIES have none."""
        import selfies

        read = to_smiles(string)
        back = selfies.encoder(read, strict=False)
        lost = len(_SYMBOL.findall(string)) - len(_SYMBOL.findall(back))
        return [f"{lost} symbols have no effect: the molecule is {read}"] if lost > 0 else []

    def variants(self, string: str, n: int, seed: int = 0) -> list[str]:
        """Up to `n` SELFIES of the same molecule, from random SMILES."""
        found = [to_selfies(smiles) for smiles in SmilesNotation().variants(self._smiles(string), n, seed)]
        return list(dict.fromkeys(found))

    def standardise(
        self, string: str, salts: bool = True, charges: bool = True, tautomers: bool = False
    ) -> tuple[str, list[str]]:
        """As for the SMILES of the same molecule."""
        smiles, notes = SmilesNotation().standardise(self._smiles(string), salts, charges, tautomers)
        return to_selfies(smiles), notes

    def features(self, strings: Iterable[str]) -> np.ndarray:
        """Those of the same molecules as SMILES."""
        return SmilesNotation().features(list(self._many(strings)))

    def feature_names(self) -> list[str]:
        """Such as `ECFP4 17` and `MolLogP`."""
        return SmilesNotation().feature_names()

    def looks_like(self, strings: Sequence[object]) -> float:
        """Share that can be read; what could as well be a SMILES, such as `[NH4+1]`, counts for a quarter."""
        sample = list(strings)
        return sum(map(_likeness, sample)) / len(sample) if sample else 0.0

    def _smiles(self, string: str) -> str:
        smiles = to_smiles(string)
        try:
            return SmilesNotation().canonical(smiles)
        except InvalidString as error:
            raise InvalidString(string, f"it stands for {smiles}, and there {error.reason}") from None

    def _many(self, strings: Iterable[str]) -> Iterator[str]:
        for row, string in enumerate(strings, start=1):
            try:
                yield self._smiles(string)
            except InvalidString as error:
                raise error.at_row(row) from None


def _likeness(string: object) -> float:
    if not isinstance(string, str) or not SELFIES_SHAPE.fullmatch(string.strip()):
        return 0.0
    try:
        to_smiles(string)
    except InvalidString:
        return 0.0
    return 1.0 if SELFIES_MARK.search(string) else 0.25


def _check(string: str) -> str:
    """The text, once it is made of symbols and dots and nothing else."""
    if isinstance(string, str) and SELFIES_SHAPE.fullmatch(string.strip()):
        return string.strip()
    try:
        text = clean(string)
    except InvalidString as error:
        reason = error.reason.partition("; ")[0]
        raise InvalidString(string, f"{reason}; {EXPECTED}", error.position) from None
    place = 0
    while match := _SYMBOL.match(text, place):
        place = match.end()
    shift = string.index(text[0])
    if first_mistake(text) is None:
        raise InvalidString(string, f"this looks like a SMILES; {EXPECTED}", None, _translated(text))
    raise InvalidString(
        string, f"a symbol in square brackets is missing or not closed; {EXPECTED}", place + shift
    )


def _translated(text: str) -> str | None:
    try:
        return to_selfies(text)
    except InvalidString:
        return None


def _unknown_symbol(string: str, text: str) -> InvalidString:
    import selfies

    for match in _SYMBOL.finditer(text):
        try:
            selfies.decoder(f"[C]{match[0]}[C]" if match[0] != "." else "[C].[C]")
        except selfies.DecoderError:
            place = match.start() + string.index(text[0])
            return InvalidString(string, f"unknown symbol {match[0]!r}", place)
    return InvalidString(string, f"it cannot be decoded; {EXPECTED}")


def _replace_ends(text: str, atom: str) -> str:
    pieces = (atom if kind == "atom" and token in ("*", "[*]") else token for kind, token, _ in tokens(text))
    return "".join(pieces)


def _why(message: str) -> str:
    """The library's error in one sentence."""
    if match := re.search(r"\[(.+) with (\d+) bond\(s\) - a max\. of (\d+)", message):
        return f"SELFIES allows {match[3]} bonds for {match[1]}, and here it has {match[2]}"
    if "kekulization" in message:
        return "no alternation of single and double bonds fits this aromatic ring; perhaps write '[nH]'"
    return "the selfies library cannot translate it, as with ring bonds over a dot"
