"""Rules on elements: what must be in a material, and what must not."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches

from matprior.notations import NOTATIONS
from matprior.notations.base import Notation
from matprior.notations.elements import SYMBOLS
from matprior.screening.options import Screening

_SMILES_ATOM = re.compile(r"\[\d*([A-Z][a-z]?|[a-z]{1,2})[^\]]*\]|(Cl|Br|[BCNOPSFI]|[bcnops])")


def _in_composition(string: str) -> set[str]:
    return set(NOTATIONS["composition"].group(string).split("-"))


def _in_smiles(string: str) -> set[str]:
    return {(bracket or plain).capitalize() for bracket, plain in _SMILES_ATOM.findall(string)}


def _in_selfies(string: str) -> set[str]:
    from matprior.notations.selfies import to_smiles

    return _in_smiles(to_smiles(string))


ELEMENTS: dict[str, Callable[[str], set[str]]] = {
    "composition": _in_composition,
    "smiles": _in_smiles,
    "selfies": _in_selfies,
}
"""Notation -> the elements of a canonical string; of a molecule without hydrogens, mostly left out in it."""


def rule_of(options: Screening, notation: Notation) -> Callable[[str], bool] | None:
    """Whether a canonical string may stay; None where there are no rules.

    Examples
    --------
    >>> allowed = rule_of(Screening(require=["Li", "O"], forbid=["Pb"]), NOTATIONS["composition"])
    >>> allowed("LiCoO2"), allowed("LiPbO2"), allowed("Li3N")
    (True, False, False)
    """
    require, forbid = set(options.require), set(options.forbid)
    if not require and not forbid:
        return None
    for symbol in sorted(require | forbid):
        if symbol not in SYMBOLS:
            near = get_close_matches(symbol.capitalize(), SYMBOLS, n=1, cutoff=0.4)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"{symbol!r} is no element. Write symbols such as Li,O.{hint}")
    if "H" in require | forbid and notation.name != "composition":
        raise ValueError(
            "Strings of molecules leave most hydrogens out: no rule on H can be checked in them."
        )
    elements = getattr(notation, "elements", None) or ELEMENTS.get(notation.name)
    if elements is None:
        raise ValueError(
            f"Rules on elements can't be checked in {notation.name}; they can in {', '.join(ELEMENTS)}. "
            "Leave out --require and --forbid."
        )
    return lambda string: require <= (found := set(elements(string))) and not (forbid & found)
