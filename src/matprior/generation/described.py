"""The way back from a description: what a formula must be like for its words to be true of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from matprior.generation.asked import Within, told_of
from matprior.generation.constraint import MOST, Wishes
from matprior.generation.similar import similar_materials
from matprior.notations.composition import parse
from matprior.notations.element_roles import element_roles
from matprior.notations.material_classes import CLASSES, classes_of
from matprior.tokens.description_reading import read_description
from matprior.tokens.facts import NUMBERS, Facts, rounded
from matprior.tokens.formula_language import FORMULAS
from matprior.tokens.phrases import CLASS_WORDS

Sieve = Callable[[list[str]], np.ndarray]
"""Which of some distinct strings stay: shape (n,), bool."""
GIVE = {"band_gap": 0.3, "formation_energy": 0.15}
"""What a number may be off by from what is said, in its unit: about what the heads err by."""
MOST_WAYS = 12
"""Sets of elements that are asked for in turn, at most."""
EXAMPLE = (
    "Class of the material: oxides. Band gap, predicted for computed structures: 1.50 eV (no metal). "
    "Likely oxidation states and roles: Zn (+2, cation), O (-2, anion)."
)
_NUMBER = re.compile(r"(?<![\d.+-])(-?\d+(?:\.\d+)?) (meV/atom|eV/atom|eV)(?![A-Za-z/])")
_FACT_OF_UNIT = {number.form.split(" ")[1]: name for name, number in NUMBERS.items()}


def read_wanted(text: str) -> Facts:
    """What sentences ask of a formula; numbers need not be those that a description would round to.

    Parameters
    ----------
    text : as `matprior describe` writes it, in English or Japanese; any part of it will do

    Raises
    ------
    ValueError
        A sentence is none of a description, or contradicts itself.

    Examples
    --------
    >>> read_wanted("Formation energy, predicted: -1.234 eV/atom.").formation_energy
    -1.25
    """
    try:
        facts = read_description(_NUMBER.sub(_told, text))
    except ValueError as error:
        raise ValueError(
            f"{error} Write sentences as `matprior describe` does, or copy some of them, such as: {EXAMPLE} "
            f"Classes: {', '.join(CLASS_WORDS['en'].values())}."
        ) from None
    if facts == Facts():
        raise ValueError(f"The description says nothing that is known. Say something, such as: {EXAMPLE}")
    return facts


def _told(match: re.Match[str]) -> str:
    """A number as the grammar writes it."""
    name = _FACT_OF_UNIT[match[2]]
    number = NUMBERS[name]
    return number.token(rounded(name, float(match[1]) / number.factor))


def asked_by(
    facts: Facts, wishes: Wishes, asked: Mapping[str, float | Within]
) -> tuple[list[Wishes], dict[str, float | Within]]:
    """Wishes and properties with what facts ask for beside them; what was asked before stays.

    Returns
    -------
    Wishes of which a formula fulfils one or the other, and properties.

    Examples
    --------
    >>> (wishes,), asked = asked_by(read_wanted(EXAMPLE), Wishes(), {})
    >>> wishes.require, wishes.most, wishes.charge_neutral, str(asked["band_gap"])
    (['O', 'Zn'], 2, True, '1.5 ± 0.3')
    """
    asked = dict(asked)
    for name, give in GIVE.items():
        value = getattr(facts, name)
        if value is not None:
            # That there is no gap is a verdict of its own, and needs no room.
            asked.setdefault(name, value if name == "band_gap" and facts.metal else Within(value, give))
    symbols = {one.symbol for one in facts.roles or ()}
    named = [set(parse(one).amounts) for one in facts.similar or ()]
    n_elements = [len(symbols)] if symbols else [len(one) for one in named]
    balanced = bool(symbols) and all(one.state is not None for one in facts.roles or ())
    wished = [
        replace(
            wishes,
            require=sorted({*wishes.require, *some}),
            fewest=max(wishes.fewest, min(n_elements, default=1)),
            most=min(wishes.most, max(n_elements, default=MOST)),
            charge_neutral=wishes.charge_neutral or balanced,
        )
        for some in _certain(facts, symbols, named)
    ]
    return wished, asked


def _certain(facts: Facts, symbols: set[str], named: list[set[str]]) -> list[set[str]]:
    """Sets of elements of which every formula holds one.

    What is certain is asked of the network, so that little need be left out afterwards.
    """
    if symbols:
        return [symbols]
    if named:  # a material that resembles another has all of its elements but one
        return [one - {left} for one in named for left in sorted(one)]
    sets: list[set[str]] = [set()]
    for needs in (CLASSES[name].needs for name in facts.classes or ()):
        if needs:
            sets = [one | {symbol} for one in sets for symbol in sorted(needs)]
    return sets if len(sets) <= MOST_WAYS else [set()]


def sieves_of(facts: Facts) -> dict[str, Sieve]:
    """What is left out because a fact is not true of it: reason -> which of some formulas stay."""
    found: dict[str, Sieve] = {}
    if facts.classes:
        classes = set(facts.classes)
        found["are of another class"] = partial(_each, lambda one: classes <= {*classes_of(one)})
    if facts.roles:
        parts = set(facts.roles)
        found["give their elements other parts"] = partial(_each, lambda one: {*element_roles(one)} == parts)
    if facts.similar:
        named = [parse(one).canonical for one in facts.similar]
        found["resemble none of the named"] = partial(_resemble, named)
    if facts.metal is not None:
        found["are no metals" if facts.metal else "are metals"] = partial(_verdict, "band_gap", facts)
    if facts.makeable is not None:
        where = "too far above" if facts.makeable else "too near"
        found[f"lie {where} the hull"] = partial(_verdict, "above_hull", facts)
    return found


def _each(holds: Callable[[str], bool], formulas: list[str]) -> np.ndarray:
    return np.array([holds(one) for one in formulas], dtype=bool)


def _resemble(named: list[str], formulas: list[str]) -> np.ndarray:
    roles = [element_roles(one) for one in formulas]
    return np.array(
        [bool(one) for one in similar_materials(formulas, roles, lambda some: np.isin(some, named))]
    )


def _verdict(name: str, facts: Facts, formulas: list[str]) -> np.ndarray:
    """Whether a number leads to the verdict of the facts."""
    said: list[dict[str, Any]] = [
        {name: rounded(name, value)} for value in told_of(formulas, [name], FORMULAS)[:, 0].tolist()
    ]
    return np.array([Facts(**one).verdict(name) == facts.verdict(name) for one in said])
