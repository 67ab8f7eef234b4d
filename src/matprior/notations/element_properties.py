"""Properties of the elements as one table without gaps, from the `chemicals` package.

Where no value is known, the mean of the nearest known elements in the same group stands in
(nearest in periods; the f block counts as group 3, so a lanthanide takes the mean of the other
lanthanides). `imputed` lists these. Valence electrons follow the Madelung rule.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from matprior.notations.elements import MASS, SYMBOLS

_ORDER_OF_SHELLS = "1s 2s 2p 3s 3p 4s 3d 4p 5s 4d 5p 6s 4f 5d 6p 7s 5f 6d 7p"
_ROOM = {"s": 2, "p": 6, "d": 10, "f": 14}
_MEASURED = {
    "electronegativity": "elneg",
    "covalent_radius": "rcov",
    "vdw_radius": "rvdw",
    "ionisation_energy": "ionization",
    "electron_affinity": "elaffinity",
}


@cache
def _known() -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Measured columns with their gaps, and the group and period of every element."""
    from chemicals import Tm
    from chemicals.elements import periodic_table

    elements = list(periodic_table)
    columns = {
        name: np.array([_float(getattr(e, attribute)) for e in elements])
        for name, attribute in _MEASURED.items()
    }
    # The number of the substance: the melting point of N is that of N2.
    columns["melting_point"] = np.array([_float(Tm(e.CAS_standard)) for e in elements])
    group = np.array([float(e.group or 3) for e in elements])
    return columns, group, np.array([float(e.period) for e in elements])


@cache
def table() -> tuple[np.ndarray, list[str]]:
    """(118, p) float64 and the p names; read-only, built once."""
    measured, group, period = _known()
    columns = {
        "atomic_number": np.arange(1.0, len(SYMBOLS) + 1),
        "mass": np.array([float(MASS[symbol]) for symbol in SYMBOLS]),
        "period": period,
        "group": group,
    }
    columns |= {name: _filled(values, group, period) for name, values in measured.items()}
    valence = np.array([valence_electrons(z) for z in range(1, len(SYMBOLS) + 1)], dtype=float)
    for i, shell in enumerate("spdf"):
        columns[f"{shell}_valence"] = valence[:, i]
    columns["valence"] = valence.sum(axis=1)
    values = np.column_stack(list(columns.values()))
    values.setflags(write=False)
    return values, list(columns)


def imputed() -> dict[str, list[str]]:
    """Property -> the elements whose value is a stand-in, not a measurement."""
    columns, _, _ = _known()
    return {name: [SYMBOLS[i] for i in np.flatnonzero(np.isnan(values))] for name, values in columns.items()}


def _float(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _filled(values: np.ndarray, group: np.ndarray, period: np.ndarray) -> np.ndarray:
    filled = values.copy()
    for i in np.flatnonzero(np.isnan(values)):
        near = (group == group[i]) & ~np.isnan(values)
        near = near if near.any() else ~np.isnan(values)
        distance = np.abs(period[near] - period[i])
        filled[i] = values[near][distance == distance.min()].mean()
    return filled


def valence_electrons(z: int) -> tuple[int, int, int, int]:
    """Electrons in the s, p, d and f shells outside the last noble gas, by the Madelung rule."""
    core = max((n for n in (0, 2, 10, 18, 36, 54, 86) if n < z), default=0)
    left, counts = z, dict.fromkeys("spdf", 0)
    for shell in _ORDER_OF_SHELLS.split():
        taken = min(left, _ROOM[shell[1]])
        if z - left >= core:
            counts[shell[1]] += taken
        left -= taken
    return counts["s"], counts["p"], counts["d"], counts["f"]
