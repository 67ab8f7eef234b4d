"""Is this material in that set? Guards test rows against what a model has already seen.

Two formulas count as one material when they hold the same elements and no atomic fraction
differs by more than a tolerance: `Fe2O3` and `Fe4O6` always, `Fe0.3333Ni0.6667` and `FeNi2`
with the default one. D and T count as hydrogen; charges are not looked at.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

import numpy as np

from matprior.notations import InvalidString, parse_amounts
from matprior.notations.elements import ISOTOPES
from matprior.notations.prompts import split_prompts

TOLERANCE = 1e-4
"""Default largest difference of an atomic fraction: tables round fractions to 4 decimals."""


class FormulaSet:
    """Formulas that can be asked whether they contain others.

    Parameters
    ----------
    formulas : what was seen; any spelling. Half a million take some seconds

    Examples
    --------
    >>> seen = FormulaSet(["Fe2O3", "NaCl"])
    >>> seen.contains(["O6Fe4", "Cl1.00005Na", "FeO"]).tolist()
    [True, True, False]
    """

    def __init__(self, formulas: Iterable[str]) -> None:
        systems: dict[tuple[str, ...], set[tuple[float, ...]]] = {}
        for system, fractions in _fractions(formulas):
            systems.setdefault(system, set()).add(fractions)
        # Sorted, so that a search looks only at a narrow window of the first fraction.
        self._systems = {system: sorted(found) for system, found in systems.items()}

    def __len__(self) -> int:
        """Number of distinct compositions, equal ones in another spelling counted once."""
        return sum(map(len, self._systems.values()))

    def contains(self, strings: Iterable[str], tolerance: float = TOLERANCE) -> np.ndarray:
        """For each string, whether the set holds the same composition within `tolerance`.

        Returns
        -------
        boolean array of shape (n,)
        """
        if not 0 <= tolerance < 1:
            raise ValueError(
                f"tolerance is {tolerance}; expected an atomic fraction from 0 to below 1, like 1e-4"
            )
        slack = tolerance + 1e-12  # a difference of exactly the tolerance counts as inside
        found = [
            _near(fractions, self._systems.get(system, ()), slack)
            for system, fractions in _fractions(strings)
        ]
        return np.array(found, dtype=bool)


class LeakError(ValueError):
    """Test formulas, with labels of the same source, in a table that a model would learn from."""


def refuse_leak(
    auxiliary: Iterable[str],
    test: Sequence[str],
    names: tuple[str, str],
    same_labels: bool | None = None,
    tolerance: float = TOLERANCE,
) -> int:
    """Refuse to learn from a table that holds test formulas with labels of the same source.

    Parameters
    ----------
    auxiliary : formulas of the table to learn from
    test : formulas of the test rows, `n`
    names : data sets (or files) of the two, looked up in `matprior.data.label_sources`
    same_labels : whether both have labels of one source; None looks it up, unknown tables have not

    Returns
    -------
    Number of test rows whose formula the auxiliary table holds. Computed gaps may teach a model that is
    tested on measured ones, so other sources are counted and not refused.

    Examples
    --------
    >>> refuse_leak(["NaCl", "MgO"], ["ClNa", "CaO"], ("mp_gap", "expt_gap"))
    1
    """
    from matprior.data.label_sources import label_source, share_labels

    hits = FormulaSet(auxiliary).contains(test, tolerance)
    shared = [string for string, seen in zip(test, hits, strict=True) if seen]
    if same_labels is None:
        same_labels = share_labels(*names)
    if same_labels and shared:
        raise LeakError(
            f"{names[0]} holds {len(shared):,} of {len(test):,} test formulas of {names[1]}, with labels of "
            f"the same source ({label_source(names[1]) or 'as you said'}): {listed(shared)}. A model that "
            "learns from them has seen the answers. Leave the table out, or drop these formulas from it."
        )
    return len(shared)


def listed(strings: Sequence[str], most: int = 10) -> str:
    """The first few distinct strings, and how many more there are.

    >>> listed(["NaCl", "KCl", "NaCl"], most=1)
    'NaCl and 1 more'
    """
    distinct = list(dict.fromkeys(strings))
    more = f" and {len(distinct) - most:,} more" if len(distinct) > most else ""
    return ", ".join(distinct[:most]) + more


def overlap(train: Iterable[str], test: Iterable[str], tolerance: float = TOLERANCE) -> float:
    """Share of `test` whose composition also occurs in `train`; nan when `test` is empty.

    Examples
    --------
    >>> overlap(["NaCl", "MgO"], ["ClNa", "CaO"])
    0.5
    """
    hits = FormulaSet(train).contains(test, tolerance)
    return float(hits.mean()) if len(hits) else float("nan")


def _fractions(formulas: Iterable[str]) -> Iterator[tuple[tuple[str, ...], tuple[float, ...]]]:
    """Elements in alphabetical order and their atomic fractions, for each formula."""
    if isinstance(formulas, str):
        raise ValueError(f"Got the single string {formulas!r}, expected several. Write [{formulas!r}].")
    for row, formula in enumerate(formulas, start=1):
        try:
            amounts = parse_amounts(split_prompts(formula).formula)
        except InvalidString as error:
            raise error.at_row(row) from None
        if "D" in amounts or "T" in amounts:
            amounts = _without_isotopes(amounts)
        system = tuple(sorted(amounts))
        total = sum(amounts.values())
        # Exact amounts divided once: equal compositions give equal floats, so tolerance 0 works.
        yield system, tuple([float(amounts[symbol] / total) for symbol in system])


def _without_isotopes(amounts: Mapping[str, int | Fraction]) -> dict[str, int | Fraction]:
    plain: dict[str, int | Fraction] = {}
    for symbol, amount in amounts.items():
        element = ISOTOPES.get(symbol, symbol)
        plain[element] = plain.get(element, 0) + amount
    return plain


def _near(asked: tuple[float, ...], seen: Sequence[tuple[float, ...]], slack: float) -> bool:
    """Is one of `seen` (sorted) equal to `asked` within `slack` in every fraction?"""
    first = asked[0]
    for place in range(bisect_left(seen, (first - slack,)), len(seen)):
        other = seen[place]
        if other[0] > first + slack:
            return False
        if all(abs(a - b) <= slack for a, b in zip(asked, other, strict=True)):
            return True
    return False
