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
    return _reaches_zero([(amount, states[symbol]) for symbol, amount in amounts.items()])


def _balanced(amounts: dict[str, int], states: States) -> bool:
    """Try every value as the border: elements up to it are cations, the others anions.

    An element can be oxidised or reduced but not both, so in a neutral choice the two kinds are apart
    exactly if such a border exists. A state of 0 stands on either side.
    """
    if len(amounts) > 1 and any(ELECTRONEGATIVITY[symbol] is None for symbol in amounts):
        return False
    values = {symbol: ELECTRONEGATIVITY[symbol] or 0.0 for symbol in amounts}
    for border in sorted(set(values.values())):
        choices: list[tuple[int, Sequence[int]]] = []
        for symbol, amount in amounts.items():
            cation = values[symbol] <= border
            fit = [state for state in states[symbol] if (state >= 0 if cation else state <= 0)]
            choices.append((amount, fit))
        if _reaches_zero(choices):
            return True
    return False


def _reaches_zero(choices: list[tuple[int, Sequence[int]]]) -> bool:
    """Whether one state for each amount can be chosen so that charges cancel.

    The sums are bits of one number, counted from the lowest possible sum: an alloy of nine elements with
    decimals has millions of choices, but only some ten thousand sums.
    """
    if not all(states for _, states in choices):
        return False
    lowest = sum(amount * min(states) for amount, states in choices)
    if lowest > 0:
        return False
    sums = 1
    for amount, states in choices:
        least = min(states)
        shifted = 0
        for state in states:
            shifted |= sums << (amount * (state - least))
        # What is above zero stays there: only additions from the lowest sum upwards follow.
        sums = shifted & ((2 << -lowest) - 1)
    return bool(sums >> -lowest & 1)
