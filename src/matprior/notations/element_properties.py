"""Properties of the elements as one table without gaps, from the `chemicals` package.

Where nobody has measured, the value is the mean of the neighbours in the same group of the
periodic table, or failing that the linear fit over atomic number within the same block; see
`IMPUTED` for how many of each. Valence electrons follow the Madelung rule.
"""

from __future__ import annotations

from functools import cache

import numpy as np

_SHELLS = "1s 2s 2p 3s 3p 4s 3d 4p 5s 4d 5p 6s 4f 5d 6p 7s 5f 6d 7p".split()
_ROOM = {"s": 2, "p": 6, "d": 10, "f": 14}
_MEASURED = {
    "electronegativity": "elneg",
    "covalent_radius": "rcov",
    "vdw_radius": "rvdw",
    "ionisation_energy": "ionization",
    "electron_affinity": "elaffinity",
}


@cache
def table() -> tuple[np.ndarray, list[str]]:
    """(118, p) float64 and the p names; read-only, built once."""
    from chemicals import Tm  # type: ignore[import-untyped]
    from chemicals.elements import periodic_table  # type: ignore[import-untyped]

    elements = list(periodic_table)
    number = np.arange(1.0, 119.0)
    group = np.array([float(e.group or 3) for e in elements])  # f block: drawn under group 3
    period = np.array([float(e.period) for e in elements])
    columns = {
        "atomic_number": number,
        "mass": np.array([float(e.MW) for e in elements]),
        "period": period,
        "group": group,
    }
    for name, attribute in _MEASURED.items():
        columns[name] = _filled(np.array([_float(getattr(e, attribute)) for e in elements]), group, period)
    columns["melting_point"] = _filled(np.array([_float(Tm(e.CAS)) for e in elements]), group, period)
    valence = np.array([valence_electrons(z) for z in range(1, 119)], dtype=float)
    for i, shell in enumerate("spdf"):
        columns[f"{shell}_valence"] = valence[:, i]
    columns["valence"] = valence.sum(axis=1)
    values = np.column_stack(list(columns.values()))
    values.setflags(write=False)
    return values, list(columns)


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
    for shell in _SHELLS:
        taken = min(left, _ROOM[shell[1]])
        if z - left >= core:
            counts[shell[1]] += taken
        left -= taken
    return counts["s"], counts["p"], counts["d"], counts["f"]
