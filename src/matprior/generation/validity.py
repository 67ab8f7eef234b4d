"""Is a formula charge-neutral, and does it balance electronegativity? SMACT's two rules, on any formula.

Davies et al. 2016 (Chem 1:617). Every element takes one of its oxidation states, the same for all its
atoms. A formula is charge-neutral if some choice adds up to zero, and balanced if for one of these
choices every cation is less electronegative than every anion. Unlike SMACT's own default, alloys and
pure elements get no free pass. Mixed valence (Fe3O4) is not neutral by these rules, nor is it there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import lcm
from typing import NamedTuple

from matprior.notations import InvalidString
from matprior.notations.composition import parse
from matprior.notations.elements import ELECTRONEGATIVITY, ISOTOPES
from matprior.notations.oxidation_states import KNOWN_OXIDATION_STATES

States = Mapping[str, Sequence[int]]


class Verdict(NamedTuple):
    """What the rules say of one formula."""

    neutral: bool
    """Some choice of oxidation states adds up to zero."""
    balanced: bool
    """For one such choice every cation is less electronegative than every anion."""


def judge(formula: str | None, states: States = KNOWN_OXIDATION_STATES) -> Verdict:
    """Apply both rules; what is no formula fulfils none.

    Parameters
    ----------
    formula : any spelling
    states : element -> oxidation states, such as those of `read_states`

    Examples
    --------
    >>> judge("LiFePO4"), judge("NaCl2").neutral, judge("Fe3O4").neutral
    (Verdict(neutral=True, balanced=True), False, False)
    """
    amounts = _amounts(formula)
    if amounts is None or any(not states.get(symbol) for symbol in amounts):
        return Verdict(False, False)
    if not _neutral(amounts, states):
        return Verdict(False, False)
    return Verdict(True, _balanced(amounts, states))


def judge_all(formulas: Iterable[str | None], states: States = KNOWN_OXIDATION_STATES) -> list[Verdict]:
    """`judge` for many formulas; equal ones are judged once."""
    known: dict[str | None, Verdict] = {}
    return [known[one] if one in known else known.setdefault(one, judge(one, states)) for one in formulas]


@lru_cache(maxsize=4096)
def _amounts(formula: str | None) -> dict[str, int] | None:
    """Whole amounts of a neutral formula, isotopes counted as hydrogen; None if it is none."""
    if formula is None:
        return None
    try:
        found = parse(formula)
    except InvalidString:
        return None
    if found.charge:
        return None
    scale = lcm(*(amount.denominator for amount in found.amounts.values()))
    whole: dict[str, int] = {}
    for symbol, amount in found.amounts.items():
        element = ISOTOPES.get(symbol, symbol)
        whole[element] = whole.get(element, 0) + int(amount * scale)
    return whole


def _neutral(amounts: dict[str, int], states: States) -> bool:
    sums = {0}
    for symbol, amount in amounts.items():
        sums = {total + state * amount for total in sums for state in states[symbol]}
    return 0 in sums


def _balanced(amounts: dict[str, int], states: States) -> bool:
    """Try every value as the border: elements up to it are cations, the others anions.

    An element can be oxidised or reduced but not both, so in a neutral choice the two kinds are apart
    exactly if such a border exists. A state of 0 stands on either side.
    """
    if len(amounts) > 1 and any(ELECTRONEGATIVITY[symbol] is None for symbol in amounts):
        return False
    values = {symbol: ELECTRONEGATIVITY[symbol] or 0.0 for symbol in amounts}
    for border in sorted(set(values.values())):
        sums = {0}
        for symbol, amount in amounts.items():
            cation = values[symbol] <= border
            fit = [state for state in states[symbol] if (state >= 0 if cation else state <= 0)]
            sums = {total + state * amount for total in sums for state in fit}
        if 0 in sums:
            return True
    return False
