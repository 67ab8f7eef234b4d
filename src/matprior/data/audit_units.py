"""Values that look as if they were written in another unit: MPa among GPa, °C among K, kJ/mol among eV."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FACTORS: dict[float, tuple[tuple[str, str], ...]] = {
    1000.0: (("GPa", "MPa"), ("eV", "meV"), ("kJ", "J"), ("kg", "g"), ("µm", "nm"), ("V", "mV"),
             ("Ω", "mΩ"), ("W", "mW"), ("S", "mS"), ("T", "mT"), ("MPa", "kPa"), ("g/cm³", "kg/m³")),
    100.0: (("m", "cm"), ("", "%"), ("S/cm", "S/m")),
    10.0: (("GPa", "kbar"), ("nm", "Å"), ("cm", "mm")),
    96.485: (("eV", "kJ/mol"),),
    23.061: (("eV", "kcal/mol"),),
    27.2114: (("Ha", "eV"),),
    4.184: (("kcal", "kJ"), ("cal", "J")),
}  # fmt: skip
"""Ratio -> pairs (unit, unit whose numbers are so many times larger)."""
OFFSET = 273.15
"""Between °C and K."""
CLEAR = 5.0
"""Robust standard deviations that a value must lie off before a unit is suspected."""
_SLACK = 1 / 3
"""How near to the logarithm of a factor the value must come, as a share of it."""


@dataclass(frozen=True)
class Suspicion:
    """One value that would fit if it were in another unit."""

    place: int
    """Position in the table."""
    factor: float
    """The value is about so many times what was expected; 0 for an offset."""
    unit: str
    """Likely unit of the value, in words."""
    expected: float
    """What similar rows say."""
    corrected: float
    """The value as it would be in the unit of the others."""


def suspicious_units(
    values: NDArray, expected: NDArray, unit: str, ruler: NDArray, spread: NDArray | None = None
) -> list[Suspicion]:
    """Values that fit what is expected of them only after a change of unit.

    Parameters
    ----------
    values : shape (n,), NaN where unknown
    expected : what replicates or similar rows say, shape (n,)
    unit : of the target; '' if unknown, and then the factor alone is told
    ruler : values that are taken for right, (m,): a corrected value must lie within their range
    spread : how far the rows behind `expected` lie from each other, shape (n,); none for None

    Notes
    -----
    A factor is suspected where the value lies CLEAR robust standard deviations off on a logarithmic scale
    and its correction comes within a third of the way. Targets that scatter by a factor of ten among similar
    rows can't show a factor of ten, and none is claimed.

    Examples
    --------
    >>> right = np.array([2.1, 1.9, 2.0, 2.2, 1.8, 2.0])
    >>> found = suspicious_units(np.append(right, 193.0), np.full(7, 2.0), "eV", right)
    >>> [(one.place, one.unit, round(one.corrected, 1)) for one in found]
    [(6, 'kJ/mol', 2.0)]
    """
    known = np.isfinite(values) & np.isfinite(expected)
    if not known.any() or not len(ruler):
        return []
    spread = np.zeros(len(values)) if spread is None else np.nan_to_num(spread)
    found = _scaled(values, expected, known, unit, ruler, spread)
    found += _shifted(values, expected, known, unit, {one.place for one in found})
    return sorted(found, key=lambda one: one.place)


def _scaled(
    values: NDArray, expected: NDArray, known: NDArray, unit: str, ruler: NDArray, spread: NDArray
) -> list[Suspicion]:
    # A formation energy of an element is 0 but for rounding: its ratio to anything means nothing.
    least = 1e-3 * float(np.median(np.abs(ruler)))
    usable = known & (values * expected > 0) & (np.minimum(np.abs(values), np.abs(expected)) > least)
    if usable.sum() < 3:
        return []
    ratio = np.full(len(values), np.nan)
    ratio[usable] = np.log(values[usable] / expected[usable])
    scatter = max(1.4826 * float(np.median(np.abs(ratio[usable]))), 0.02)
    # Where similar rows do not agree with each other, a value far from their median says nothing.
    unsure = np.maximum(scatter, np.log1p(spread / np.abs(np.where(usable, expected, np.inf))))
    low, high = np.nanmin(ruler), np.nanmax(ruler)
    found = []
    for place in np.flatnonzero(np.abs(np.nan_to_num(ratio)) > CLEAR * unsure):
        step, name = _nearest(float(ratio[place]), unit)
        if not name:
            continue
        corrected = float(values[place] / step)
        close = abs(ratio[place] - np.log(step)) <= 2.5 * scatter
        if (
            close
            and abs(ratio[place] - np.log(step)) < _SLACK * abs(np.log(step))
            and low <= corrected <= high
        ):
            found.append(Suspicion(int(place), step, name, float(expected[place]), corrected))
    return found


def _nearest(ratio: float, unit: str) -> tuple[float, str]:
    """Factor (or its inverse) nearest to exp(ratio), and the unit that it would mean.

    Where the unit is known, a factor that leads to no other unit has no name.
    """
    options = []
    for factor, pairs in FACTORS.items():
        for step, larger in ((factor, True), (1 / factor, False)):
            name = _partner(unit, pairs, larger) if unit else _in_words(step, pairs, larger)
            options.append((abs(ratio - np.log(step)), step, name))
    _, step, name = min(options, key=lambda option: option[0])
    return float(step), name


def _partner(unit: str, pairs: tuple[tuple[str, str], ...], larger: bool) -> str:
    """The other unit of a pair; what stands behind a stroke is kept if it can be: eV/atom, meV/atom."""
    whole, _, below = unit.partition("/")
    for small, big in pairs:
        own, other = (small, big) if larger else (big, small)
        if own == unit:
            return other
        if own == whole and own:
            return other if "/" in other else f"{other}/{below}"
    return ""


def _in_words(step: float, pairs: tuple[tuple[str, str], ...], larger: bool) -> str:
    small, big = pairs[0]
    told = (big, small) if larger else (small, big)
    return (
        f"another unit ({step:.4g} times the others, as {told[0] or 'a share'} among {told[1] or 'shares'})"
    )


def _shifted(
    values: NDArray, expected: NDArray, known: NDArray, unit: str, taken: set[int]
) -> list[Suspicion]:
    """Values 273.15 off, where the others scatter little enough for that to show."""
    if unit not in ("K", "°C"):
        return []
    off = values - expected
    scatter = max(1.4826 * float(np.median(np.abs(off[known]))), 0.5)
    if CLEAR * scatter > OFFSET:
        return []
    step, name = (-OFFSET, "°C") if unit == "K" else (OFFSET, "K")
    near = known & (np.abs(off - step) <= 2 * scatter)
    return [
        Suspicion(int(i), 0.0, name, float(expected[i]), float(values[i] - step))
        for i in np.flatnonzero(near)
        if int(i) not in taken
    ]
