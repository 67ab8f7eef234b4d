"""The way back from a description: what a formula must be like for its words to be true of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from matprior.generation.asked import Within, told_of
from matprior.generation.constraint import Wishes
from matprior.generation.similar import similar_materials
from matprior.notations.composition import parse
from matprior.notations.element_roles import element_roles
from matprior.notations.material_classes import classes_of
from matprior.tokens.description_reading import read_description
from matprior.tokens.facts import NUMBERS, Facts, rounded
from matprior.tokens.formula_language import FORMULAS
from matprior.tokens.phrases import CLASS_WORDS

Sieve = Callable[[list[str]], np.ndarray]
"""Which of some distinct strings stay: shape (n,), bool."""
GIVE = {"band_gap": 0.3, "formation_energy": 0.15}
"""What a number may be off by from what is said, in its unit: about what the heads err by."""
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
) -> tuple[Wishes, dict[str, float | Within]]:
    """Wishes and properties with what facts ask for beside them; what was asked before stays.

    Examples
    --------
    >>> wishes, asked = asked_by(read_wanted(EXAMPLE), Wishes(), {})
    >>> wishes.require, wishes.most, wishes.charge_neutral, str(asked["band_gap"])
    (['O', 'Zn'], 2, True, '1.5 ± 0.3')
    """
    asked = dict(asked)
    for name, give in GIVE.items():
        value = getattr(facts, name)
        if value is not None:
            # That there is no gap is a verdict of its own, and needs no room.
            asked.setdefault(name, value if name == "band_gap" and facts.metal else Within(value, give))
    if facts.roles:
        symbols = {one.symbol for one in facts.roles}
        balanced = all(one.state is not None for one in facts.roles)
        wishes = replace(
            wishes,
            require=sorted({*wishes.require, *symbols}),
            most=min(wishes.most, len(symbols)),
            charge_neutral=wishes.charge_neutral or balanced,
        )
    return wishes, asked


def sieves_of(facts: Facts) -> dict[str, Sieve]:
    """What is left out because a fact is not true of it: reason -> which of some formulas stay."""
    found: dict[str, Sieve] = {}
    if facts.classes:
        found["are of another class"] = partial(_each, lambda one: {*facts.classes} <= {*classes_of(one)})
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
    wanted = facts.verdict(name)
    values = told_of(formulas, [name], FORMULAS)[:, 0]
    return np.array([Facts(**{name: rounded(name, float(x))}).verdict(name) == wanted for x in values])
