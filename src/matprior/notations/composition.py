"""Chemical compositions as text: `Fe2O3`, `(NH4)2SO4`, `CuSO4·5H2O`, `Ti-6Al-4V`.

`parse` reads one string with care and says what it had to interpret; `parse_amounts` and
`fraction_matrix` are the same reading for hundreds of thousands of strings. Amounts are exact
integers or fractions throughout: rounding would make two spellings of one material differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import lcm

import numpy as np

from matprior.notations.base import InvalidString, Notation
from matprior.notations.composition_advice import advise, not_text
from matprior.notations.composition_alloys import check_unit, from_weights, read_percent_form, take_unit
from matprior.notations.composition_flat import read_flat
from matprior.notations.composition_grammar import (
    MAX_INTEGER_DIGITS,
    Amounts,
    Reader,
    refuse_oxidation_states,
)
from matprior.notations.composition_remarks import remarks, resembles_formula
from matprior.notations.composition_text import Problem, clean, close_gaps, separate_parts, without_state
from matprior.notations.composition_value import Composition, canonical_formula, chemical_system
from matprior.notations.elements import ATOMIC_NUMBER, SYMBOLS
from matprior.notations.prompts import split_prompts


def parse(string: str, unit: str = "atoms") -> Composition:
    """Read one composition, with the charge and notes on everything that was interpreted.

    Parameters
    ----------
    string : a formula or, with a percent unit, an alloy such as `Ti-6Al-4V`
    unit : what the amounts count: "atoms", "wt%" (they are weights) or "at%"

    Raises
    ------
    InvalidString : with the place, the reason and, where one is found, the likely fix

    Notes
    -----
    Where a string can be read in two ways there is a rule. A full stop is a decimal point unless
    it parts an adduct (see `separate_parts`). One digit before a final sign is the charge of a
    lone element or of a bracket around everything (`Fe3+`, `[Fe(CN)6]4-`), else an amount
    (`NH4+`); two digits are refused (`SO42-`). An element with amount 0 is left out. A leading
    number multiplies its part (`2Fe2O3`, `5H2O`). `NaN`, `NO`, `No` are formulas. Each use of a
    rule that could surprise is told in `notes`.

    Examples
    --------
    >>> parse("Fe0.620C9.5e-4").amounts
    {'Fe': Fraction(31, 50), 'C': Fraction(19, 20000)}
    >>> parse("[Fe(CN)6]4-").charge
    -4
    >>> round(parse("Ti-6Al-4V", unit="wt%").fractions["Al"], 4)
    0.102
    """
    check_unit(unit)
    if not isinstance(string, str):
        raise not_text(string)
    try:
        return _read(string, unit)
    except Problem as problem:
        raise advise(string, problem, lambda fixed: _reads(fixed, unit)) from None


def parse_amounts(string: str) -> Amounts:
    """Only the exact amounts, fast: for formulas by the hundred thousand.

    Examples
    --------
    >>> parse_amounts("Ca(OH)2")
    {'Ca': 1, 'O': 2, 'H': 2}
    """
    return read_flat(string) or parse(string).amounts


def fraction_matrix(strings: Iterable[str]) -> np.ndarray:
    """Atomic fractions of all 118 elements, float64 of shape (n, 118); rows sum to 1.

    D and T count as hydrogen, hard prompts beside a formula as nothing. A string that cannot be read
    raises `InvalidString` with its place in `strings` as the row, counted from 1.

    Examples
    --------
    >>> fraction_matrix(["H2O"])[0, [0, 7]].round(3).tolist()
    [0.667, 0.333]
    """
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    n = 0
    for n, string in enumerate(strings, start=1):
        try:
            amounts = parse_amounts(split_prompts(string).formula)
        except InvalidString as error:
            raise error.at_row(n) from None
        total = sum(amounts.values())
        for symbol, amount in amounts.items():
            rows.append(n - 1)
            columns.append(ATOMIC_NUMBER[symbol] - 1)
            values.append(float(amount / total))
    matrix = np.zeros((n, len(SYMBOLS)))
    np.add.at(matrix, (rows, columns), values)  # add, because H and D of one formula share a column
    return matrix


def _read(string: str, unit: str) -> Composition:
    flat = read_flat(string) if unit == "atoms" else None
    if flat:
        return Composition(flat, 0, tuple(remarks(string, flat)))
    text, unit = take_unit(clean(string), unit)
    if not text.chars:
        raise Problem("blank", "the string is empty; a formula such as 'Fe2O3' was expected")
    percent = read_percent_form(text, unit)
    if percent:
        amounts, charge, notes = percent[0], 0, percent[1]
    else:
        text, state = without_state(text)
        refuse_oxidation_states(text)
        text, notes = separate_parts(close_gaps(text))
        notes += state
        reader = Reader(text)
        amounts, charge = reader.read()
        notes += reader.notes
        if charge and not reader.notes:
            notes.append(f"a charge of {abs(charge)}{'+' if charge > 0 else '-'} was read")
    zeros = [symbol for symbol, amount in amounts.items() if not amount]
    amounts = {symbol: amount for symbol, amount in amounts.items() if amount}
    if zeros:
        notes.append(f"amount 0: left out {', '.join(zeros)}")
    if not amounts:
        raise Problem("zero amounts", "every amount is 0, so nothing is left")
    if unit == "wt%":
        amounts, more = from_weights(amounts)
        notes += more
    _check_size(amounts)
    return Composition(amounts, charge, (*notes, *remarks(text.chars, amounts)))


def _check_size(amounts: Amounts) -> None:
    scale = lcm(*(amount.denominator for amount in amounts.values()))
    if max(int(amount * scale) for amount in amounts.values()) >= 10**MAX_INTEGER_DIGITS:
        raise Problem("number", "the amounts have more digits than a composition can have; round them")


def _reads(string: str, unit: str) -> bool:
    try:
        _read(string, unit)
    except Problem:
        return False
    return True


class CompositionNotation(Notation):
    """Compositions: what they mean, which are the same, and classical features of them.

    Examples
    --------
    >>> notation = CompositionNotation()
    >>> notation.canonical("(Li0.5)2 CoO₂"), notation.group("LiCoO2")
    ('LiCoO2', 'Co-Li-O')
    >>> notation.describe_changes("CuSO4.5H2O")
    ["'CuSO4.5H2O' is read as 'CuSO4·5H2O': the full stop parts two units; write '·' to be sure"]
    """

    name = "composition"
    example = "Fe2O3"

    def canonical(self, string: str) -> str:
        """Smallest whole-number formula; equal for all orders, scales and bracketings. Prompts stay."""
        flat = read_flat(string)
        if flat:
            return canonical_formula(flat)
        prompted = split_prompts(string)
        return prompted.around(parse(prompted.formula).canonical)

    def group(self, string: str) -> str:
        """The chemical system."""
        return chemical_system(parse_amounts(split_prompts(string).formula))

    def describe_changes(self, string: str) -> list[str]:
        """What had to be interpreted to read this string."""
        return list(parse(split_prompts(string).formula).notes)

    def features(self, strings: Iterable[str]) -> np.ndarray:
        """Element fractions, then statistics of element properties: see `feature_names`."""
        from matprior.notations.composition_features import features

        return features(fraction_matrix(strings))

    def feature_names(self) -> list[str]:
        """Such as `fraction Fe` and `mean electronegativity`."""
        from matprior.notations.composition_features import feature_names

        return feature_names()

    def looks_like(self, strings: Sequence[object]) -> float:
        """Share that can be read and looks as chemists write compositions.

        `CCO` can be read, but looks like a SMILES, so it does not count; a bare element symbol,
        such as a column of phases or metals may hold, counts for a quarter.
        """
        sample = list(strings)
        return sum(map(self._likeness, sample)) / len(sample) if sample else 0.0

    def _likeness(self, string: object) -> float:
        if not isinstance(string, str):
            return 0.0
        try:
            amounts = _read(split_prompts(string).formula, "atoms").amounts
        except Problem as problem:
            # An alloy without a declared unit still is a composition, and says so when it is read.
            return 1.0 if problem.kind == "unit" else 0.0
        return resembles_formula(string, amounts)
