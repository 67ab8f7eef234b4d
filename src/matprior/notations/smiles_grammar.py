"""Whether a string is spelt as SMILES: OpenSMILES' grammar and RDKit's dative bonds, without RDKit.

RDKit reads "C C" as methane called C, and says of a wrong string only that it is wrong. This says where.
Valences and aromaticity are not looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from matprior.notations.base import InvalidString
from matprior.notations.elements import SYMBOLS

AROMATIC = ("b", "c", "n", "o", "p", "s", "se", "as", "te", "si")
ORGANIC = ("B", "C", "N", "O", "P", "S", "F", "Cl", "Br", "I")
"""Elements that may stand outside brackets."""

_SYMBOL = "|".join(sorted((*SYMBOLS, *AROMATIC), key=len, reverse=True))
_CLASS = r"TH[12]?|AL[12]?|SP[123]?|TB(?:1\d|20|[1-9])?|OH(?:[12]\d|30|[1-9])?"
_BRACKET_ATOM = re.compile(
    rf"\[(?P<isotope>\d+)?(?P<symbol>{_SYMBOL}|\*|\#\d+)(?P<chirality>@(?:@|{_CLASS})?)?(?P<hydrogens>H\d*)?"
    r"(?P<charge>\+\+|--|[+-]\d*)?(?P<atom_class>:\d+)?\]"
)
_PIECE = re.compile(
    r"(?P<bracket>\[[^\[\]]*\])|(?P<atom>Cl|Br|[BCNOPSFIbcnops*])|(?P<ring>\d|%\d\d|%\(\d{1,5}\))"
    r"|(?P<bond>->|<-|[-=#$:/\\~])|(?P<open>\()|(?P<close>\))|(?P<dot>\.)|(?P<arrow>>)"
)
_TURNED = ({"/", "\\"}, {"->", "<-"})
"""Bonds that are one bond seen from its two ends."""
_ENDS = ("atom", "ring", "close")
"""After these a chain may end, branch or go on."""
_NEEDS = {
    "bond": (*_ENDS, "open"),
    "ring": (*_ENDS, "bond"),
    "open": _ENDS,
    "close": _ENDS,
    "dot": (*_ENDS, "open"),
}
"""Kind of piece -> kinds that may stand before it. Atoms may stand after anything."""
_MISPLACED = {
    "bond": "the bond {0!r} has no atom before it",
    "ring": "the ring closure {0!r} has no atom before it",
    "open": "a branch opens with no atom before it",
    "close": "a branch closes with no atom before the ')'",
    "dot": "the dot has no atom before it",
}


def check_smiles(string: str) -> None:
    """Return if `string` is spelt as a SMILES (or as a reaction SMILES), else raise.

    Raises
    ------
    InvalidString
        With the place and the reason: a blank or a character of no SMILES, a malformed bracket atom, a
        parenthesis or a ring closure without its partner, a bond without an atom on either side.

    Examples
    --------
    >>> check_smiles("C[C@@H](N)C(=O)[O-]")
    >>> try:
    ...     check_smiles("CC(C")
    ... except InvalidString as error:
    ...     error.position, error.reason
    (2, "the branch is never closed; add ')' or take '(' out")
    """
    if not isinstance(string, str):
        raise InvalidString(string, f"expected SMILES text, got {type(string).__name__}")
    if not string:
        raise InvalidString(string, "an empty string is no SMILES")
    chain = _Chain(string)
    place = 0
    while place < len(string):
        match = _PIECE.match(string, place)
        if match is None:
            raise InvalidString(string, _stray(string, place), place)
        chain.add(str(match.lastgroup), match.group(), place)
        place = match.end()
    chain.finish(len(string))


@dataclass
class _Chain:
    """What has been read so far."""

    string: str
    before: str = "start"
    """Kind of the last piece."""
    bond: str = ""
    """The last piece, if it is a bond."""
    atoms: int = 0
    atom: int = 0
    """The atom that the next one would be bonded to; 0 is none."""
    branches: list[tuple[int, int]] = field(default_factory=list)
    """Of each open branch: the atom it starts at, and its place."""
    rings: dict[int, tuple[int, str, int]] = field(default_factory=dict)
    """Number of each open ring: its atom, bond and place."""
    bonded: set[tuple[int, int]] = field(default_factory=set)
    arrows: int = 0

    def add(self, kind: str, piece: str, place: int) -> None:
        """Take one piece, or raise."""
        if kind in _NEEDS and self.before not in _NEEDS[kind]:
            if kind == "close" and not self.branches:
                raise InvalidString(self.string, "')' closes no branch", place)
            raise InvalidString(self.string, _MISPLACED[kind].format(piece), place)
        if kind == "bracket":
            _check_bracket(self.string, piece, place)
            kind = "atom"
        getattr(self, f"_{kind}")(piece, place)
        self.bond = piece if kind == "bond" else ""
        self.before = kind

    def _atom(self, piece: str, place: int) -> None:
        self.atoms += 1
        if self.atom:
            self.bonded.add((self.atom, self.atoms))
        self.atom = self.atoms

    def _bond(self, piece: str, place: int) -> None:
        pass

    def _ring(self, piece: str, place: int) -> None:
        number = int(piece.strip("%()"))
        if number not in self.rings:
            self.rings[number] = (self.atom, self.bond, place)
            return
        other, bond, _ = self.rings.pop(number)
        if other == self.atom or (other, self.atom) in self.bonded:
            what = "an atom to itself" if other == self.atom else "two atoms that are bonded already"
            raise InvalidString(self.string, f"the ring closure {piece!r} joins {what}", place)
        if bond and self.bond and bond != self.bond and {bond, self.bond} not in _TURNED:
            reason = f"the ring closure {piece!r} is {bond!r} at one end and {self.bond!r} at the other"
            raise InvalidString(self.string, reason, place)
        self.bonded.add((other, self.atom))

    def _open(self, piece: str, place: int) -> None:
        self.branches.append((self.atom, place))

    def _close(self, piece: str, place: int) -> None:
        if not self.branches:
            raise InvalidString(self.string, "')' closes no branch", place)
        self.atom, _ = self.branches.pop()

    def _dot(self, piece: str, place: int) -> None:
        self.atom = 0

    def _arrow(self, piece: str, place: int) -> None:
        self.arrows += 1
        if self.arrows > 2:
            raise InvalidString(self.string, "a reaction has two '>'; this is the third", place)
        if self.before in (*_ENDS, "bond", "dot", "open"):
            self.finish(place, within=True)
        self.atom = 0

    def finish(self, place: int, within: bool = False) -> None:
        """Raise if something is still open at the end of a molecule."""
        if self.branches:
            start = self.branches[-1][1]
            raise InvalidString(self.string, "the branch is never closed; add ')' or take '(' out", start)
        if self.before in ("bond", "dot"):
            what = "bond" if self.before == "bond" else "dot"
            raise InvalidString(self.string, f"no atom follows the {what}", place - 1)
        if self.rings:
            number, (_, _, start) = next(iter(self.rings.items()))
            raise InvalidString(self.string, f"ring closure {number} has no partner", start)
        if not within and self.arrows == 1:
            raise InvalidString(self.string, "a reaction has two '>', this has one; write A>>B")
        if not within and not self.atoms:
            raise InvalidString(self.string, "there is no atom")


def _check_bracket(string: str, bracket: str, place: int) -> None:
    """Raise with the first part of a bracket atom that is wrong."""
    match = _BRACKET_ATOM.fullmatch(bracket)
    if match is None:
        reason = "is no bracket atom; its parts come in the order isotope, symbol, @ or @@, H, charge, :class"
        stray = re.search(r"[^\x21-\x7e]", bracket)
        if stray is not None:
            raise InvalidString(string, _stray(string, place + stray.start()), place + stray.start())
        raise InvalidString(string, f"{bracket} {reason}", place, "[2H]" if bracket == "[D]" else None)
    symbol = match["symbol"]
    if symbol.startswith("#") and int(symbol[1:]) > len(SYMBOLS):
        raise InvalidString(string, f"{bracket} has no element; atomic numbers end at {len(SYMBOLS)}", place)


def _stray(string: str, place: int) -> str:
    """Why no piece of a SMILES starts here."""
    char = string[place]
    if char.isspace():
        return "a blank; a SMILES has none, and what follows one would be lost as a name"
    if char == "[":
        return "the bracket is never closed; add ']'"
    if char == "]":
        return "']' closes no bracket"
    if char == "%":
        return "'%' begins a ring closure of two digits, as in %12"
    symbol = next((s for s in (string[place : place + 2], char) if s in SYMBOLS or s in AROMATIC), None)
    if symbol is not None:
        return f"{symbol!r} stands outside brackets; only {', '.join(ORGANIC)} may, so write [{symbol}]"
    return f"{char!r} is no part of a SMILES"
