"""What one formula says: exact amounts and a charge, and the forms that follow from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from matprior.notations.composition_grammar import Amounts
from matprior.notations.elements import FORMULA_ORDER, ISOTOPES, MASS


@dataclass(frozen=True)
class Composition:
    """What one formula says, exactly.

    Examples
    --------
    >>> Composition({"O": Fraction(3, 2), "Fe": 1}).canonical
    'Fe2O3'
    >>> Composition({"D": 2, "O": 1}).system
    'H-O'
    """

    amounts: Amounts
    """Symbol -> exact amount in order of first appearance; D and T keep their own symbols."""
    charge: int = 0
    """Charge of the formula as written, in elementary charges."""
    notes: tuple[str, ...] = ()
    """What had to be interpreted, as sentences for people."""

    @property
    def fractions(self) -> dict[str, float]:
        """Symbol -> share of the atoms; the shares add up to 1."""
        total = sum(self.amounts.values())
        return {symbol: float(amount / total) for symbol, amount in self.amounts.items()}

    @property
    def canonical(self) -> str:
        """Smallest whole-number formula, elements by electronegativity, charge after `^`."""
        return canonical_formula(self.amounts, self.charge)

    @property
    def system(self) -> str:
        """Chemical system, such as `Co-Li-O`: the elements in alphabetical order."""
        return chemical_system(self.amounts)

    @property
    def mass(self) -> float:
        """Molar mass of the formula as written, g/mol."""
        return float(sum(Fraction(MASS[symbol]) * amount for symbol, amount in self.amounts.items()))


def canonical_formula(amounts: Amounts, charge: int = 0) -> str:
    """The smallest whole-number formula of these amounts and this charge.

    Examples
    --------
    >>> canonical_formula({"O": Fraction(3, 2), "Fe": 1})
    'Fe2O3'
    >>> canonical_formula({"S": 1, "O": 4}, charge=-2)
    'SO4^2-'
    """
    scale = lcm(*(amount.denominator for amount in amounts.values()))
    integers = {symbol: int(amount * scale) for symbol, amount in amounts.items()}
    common = gcd(charge * scale, *integers.values())
    parts = []
    for symbol in sorted(integers, key=FORMULA_ORDER.__getitem__):
        count = integers[symbol] // common
        parts.append(symbol if count == 1 else f"{symbol}{count}")
    if charge:
        size = abs(charge) * scale // common
        parts.append(f"^{size if size > 1 else ''}{'+' if charge > 0 else '-'}")
    return "".join(parts)


def chemical_system(amounts: Iterable[str]) -> str:
    """The elements in alphabetical order with hyphens between; D and T count as H."""
    return "-".join(sorted({ISOTOPES.get(symbol, symbol) for symbol in amounts}))
