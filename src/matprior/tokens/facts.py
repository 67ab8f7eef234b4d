"""Facts about a composition that a description can say, and the values that a number can have in it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np

from matprior.notations.element_roles import ElementRole

METASTABLE = 0.1
"""Energy above the hull (eV per atom) up to which a material is called one that may be made. Nine in ten of
the known crystals that lie above the hull lie below 0.067 (Sun et al. 2016, Sci Adv 2:e1600225)."""


def _steps(*pieces: tuple[float, float, float]) -> tuple[float, ...]:
    """Values from the first up to, not with, the second, by the third."""
    return tuple(
        round(float(value), 4) + 0.0
        for value in chain(*(np.arange(a, b - step / 2, step) for a, b, step in pieces))
    )


class Number(NamedTuple):
    """How a number is written."""

    grid: tuple[float, ...]
    """Values that have a token, rising; in the unit of the fact."""
    form: str
    """Format of a token."""
    factor: float
    """What a value is multiplied by before it is written."""
    unit: str
    """Unit of the fact."""

    def token(self, value: float) -> str:
        """How a value of the grid is written."""
        return self.form.format(value * self.factor)

    def nearest(self, values: np.ndarray) -> np.ndarray:
        """Places in the grid; what is not finite is at place 0."""
        grid = np.array(self.grid)
        return np.abs(np.nan_to_num(values)[..., None] - grid).argmin(-1)


NUMBERS: dict[str, Number] = {
    "band_gap": Number(_steps((0, 0.3, 0.05), (0.3, 6, 0.1), (6, 10.1, 0.25)), "{:.2f} eV", 1.0, "eV"),
    "formation_energy": Number(
        _steps((-4.6, 1, 0.05), (1, 3.01, 0.25), (3.5, 5.01, 0.5)), "{:.2f} eV/atom", 1.0, "eV/atom"
    ),
    "above_hull": Number(
        _steps((0, 0.02, 0.005), (0.02, 0.2, 0.01), (0.2, 0.5, 0.05), (0.5, 1, 0.1), (1, 3.01, 0.25),
               (3.5, 5.01, 0.5)), "{:.0f} meV/atom", 1000.0, "eV/atom",
    ),
}  # fmt: skip
"""Fact that is a number -> how it is written. A gap of 0 is one of a metal."""
FACTS = ("classes", "band_gap", "formation_energy", "above_hull", "roles", "similar")
"""Every fact, in the order in which a description says them."""


@dataclass(frozen=True)
class Facts:
    """What is said of a composition. None: unknown, and said to be.

    Examples
    --------
    >>> Facts(band_gap=0.0).metal, Facts(above_hull=0.3).makeable, Facts().metal
    (True, False, None)
    """

    classes: tuple[str, ...] | None = None
    """Classes of the material, of `matprior.notations.material_classes`."""
    band_gap: float | None = None
    """Computed band gap in eV."""
    formation_energy: float | None = None
    """Computed formation energy in eV per atom."""
    above_hull: float | None = None
    """Computed energy above the convex hull in eV per atom."""
    roles: tuple[ElementRole, ...] | None = None
    """State and role of each element."""
    similar: tuple[str, ...] | None = None
    """Similar materials that are known."""

    @property
    def metal(self) -> bool | None:
        """Whether there is no gap."""
        return None if self.band_gap is None else self.band_gap == 0

    @property
    def makeable(self) -> bool | None:
        """Whether the energy above the hull is one at which materials are made."""
        return None if self.above_hull is None else self.above_hull <= METASTABLE

    def verdict(self, fact: str) -> str:
        """The word that follows from a number: what the sentence ends with."""
        if fact == "band_gap":
            return "metal" if self.metal else "gap"
        if fact == "above_hull":
            return "makeable" if self.makeable else "unlikely"
        return ""

    def rounded(self) -> Facts:
        """The same with numbers as they are written."""
        values = {name: getattr(self, name) for name in NUMBERS}
        told = {name: rounded(name, value) for name, value in values.items() if value is not None}
        return Facts(**{**vars(self), **told})


def rounded(name: str, value: float) -> float:
    """A number as it is written.

    A gap from 0.01 eV on is not written as 0, which would call a semiconductor a metal.

    Examples
    --------
    >>> rounded("band_gap", 2.234), rounded("band_gap", 0.02), rounded("above_hull", 0.104)
    (2.2, 0.05, 0.1)
    """
    return NUMBERS[name].grid[int(places(name, np.array([value]))[0])]


def places(name: str, values: np.ndarray) -> np.ndarray:
    """Places in the grid of a number, `rounded` for many; what is not finite is at place 0."""
    found = NUMBERS[name].nearest(values)
    if name == "band_gap":
        found = np.where((found == 0) & (np.nan_to_num(values) >= 0.01), 1, found)
    return found
