"""Which classes of materials a composition belongs to, by rules of nomenclature.

After IUPAC's Red Book (Recommendations 2005): the most electronegative constituents end in -ide (IR-5.2),
and a non-metal that oxygen surrounds makes an oxoanion (IR-8). A formula has no structure, so the rules
say what its proportions admit: enough oxygen for each phosphorus is called a phosphate.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from matprior.notations.composition import parse_amounts
from matprior.notations.elements import ELECTRONEGATIVITY, GROUPS, ISOTOPES

_IDES = {
    "oxide": "O",
    "halide": "F Cl Br I",
    "chalcogenide": "S Se Te",
    "nitride": "N",
    "pnictide": "P As Sb",
    "carbide": "C",
    "silicide": "Si",
    "boride": "B",
    "hydride": "H",
}
_OXOANIONS = {
    "phosphate": ("P", 3),
    "sulfate": ("S", 3),
    "carbonate": ("C", 3),
    "nitrate": ("N", 2),
    "borate": ("B", 2),
    "silicate": ("Si", 2),
}
CLASSES: tuple[str, ...] = (
    "element",
    *_OXOANIONS,
    *_IDES,
    "hydroxide or hydrate",
    "organic",
    "intermetallic",
    "other",
)
"""Every class, in the order in which `material_classes` names them."""
NONMETALS = frozenset("H He B C N O F Ne Si P S Cl Ar Ge As Se Br Kr Sb Te I Xe At Rn".split())
"""Elements that are no metals; metalloids are counted among them."""


def material_classes(composition: str | Mapping[str, Fraction | int]) -> tuple[str, ...]:
    """The classes of a composition, most telling first; never empty.

    Parameters
    ----------
    composition : any spelling, or exact amounts of elements

    Examples
    --------
    >>> [material_classes(formula) for formula in ("Fe2O3", "LiFePO4", "BiOCl", "Ni3Al")]
    [('oxide',), ('phosphate',), ('oxide', 'halide'), ('intermetallic',)]
    >>> material_classes("CuSO4·5H2O"), material_classes("Fe")
    (('sulfate', 'hydroxide or hydrate'), ('element',))
    """
    given = parse_amounts(composition) if isinstance(composition, str) else composition
    amounts: dict[str, Fraction | int] = {}
    for symbol, amount in given.items():
        element = ISOTOPES.get(symbol, symbol)
        amounts[element] = amounts.get(element, 0) + amount
    if len(amounts) == 1:
        return ("element",)
    if not NONMETALS & amounts.keys():
        return ("intermetallic",)
    found = {*_oxoanions(amounts)}
    found |= _endings(amounts, found)
    if amounts.keys() >= {"C", "H"} and not found & {"carbonate"}:
        found = (found - {"carbide", "hydride", "nitride", "oxide"}) | {"organic"}
    elif amounts.keys() >= {"H", "O"}:
        found = (found - ({"oxide"} if len(amounts) > 2 else set())) | {"hydroxide or hydrate"}
    return tuple(name for name in CLASSES if name in found) or ("other",)


def _oxoanions(amounts: Mapping[str, Fraction | int]) -> set[str]:
    """Oxoanions that the oxygen suffices for, where something else is there to be their cation."""
    oxygen = amounts.get("O", 0)
    found = set()
    for name, (centre, needed) in _OXOANIONS.items():
        if centre in amounts and oxygen >= needed * amounts[centre] and len(amounts) > 2:
            found.add(name)
            oxygen -= needed * amounts[centre]
    return found


def _endings(amounts: Mapping[str, Fraction | int], oxoanions: set[str]) -> set[str]:
    """Classes in -ide: of the most electronegative element, and of halogens, O, S and N beside it."""
    centres = {_OXOANIONS[name][0] for name in oxoanions}
    free = [symbol for symbol in amounts if symbol not in centres and not (oxoanions and symbol == "O")]
    order = sorted(NONMETALS & set(free), key=lambda symbol: (-(ELECTRONEGATIVITY[symbol] or 0.0), symbol))
    strong = {"O", "N", *GROUPS["halogen"]}
    found = set()
    for place, symbol in enumerate(order):
        first = place == 0 and not oxoanions
        beside = symbol in strong or (symbol in ("S", "Se", "Te") and (first or bool(strong & set(order))))
        if first or (beside and len(free) > 1):
            found |= {name for name, members in _IDES.items() if symbol in members.split()}
    return found
