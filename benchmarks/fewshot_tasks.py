"""The few-shot benchmark for compositions: which tasks there are, and who is in which part.

A task is a yes-or-no question about the materials of one family in one table: is the value above the median
of the family, or has the material the property? Test tasks ask for measurements, validation tasks for
computed values that shipped checkpoints never learned, training tasks for computed values. A formula of a
test task occurs in no other part, and one of a validation task not in training. See `docs/fewshot.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from matprior.data.catalog import load
from matprior.data.dealing import draw
from matprior.notations import NOTATIONS, InvalidString

PARTS = ("test", "validation", "train")
"""In the order in which they take their formulas."""
FEWEST = 60
"""Rows that each class of a task has at least."""
MOST = 1500
"""Rows of a task; of more, so many are drawn by hash."""
ANIONS = {
    "halides": {"F", "Cl", "Br", "I"},
    "oxides": {"O"},
    "chalcogenides": {"S", "Se", "Te"},
    "pnictides": {"N", "P", "As", "Sb", "Bi"},
}
"""Family -> elements that make it; the first that fits a formula counts, all others are `other`."""
EVERY = ("oxides", "halides", "chalcogenides", "pnictides", "other")
ONE = ("",)


@dataclass(frozen=True)
class Source:
    """One column of one table."""

    part: str
    dataset: str
    """Name in the catalog."""
    column: str
    families: tuple[str, ...] = ONE
    """Each is a task; "" is the whole table."""
    positive: tuple[str, ...] = ()
    """Texts of the column that mean yes; without them, a number above the family's median does."""
    above: float | None = None
    """Rows with this value or less are left out: zeros that mean "metal" or "not reported"."""


SOURCES = (
    Source("test", "expt_gap", "band_gap_eV", EVERY, above=0.0),
    Source("test", "expt_is_metal", "is_metal", EVERY, positive=("True", "1", "1.0")),
    Source("test", "glass", "is_glass_former", positive=("True", "1", "1.0")),
    Source("test", "steels_yield", "yield_strength_MPa"),
    Source("test", "supercon_stanev_16k", "Tc_K", EVERY, above=0.0),
    Source("test", "inorganic_melting_point", "melting_point_K", EVERY),
    Source("test", "inorganic_density", "density_kg_m3", EVERY),
    Source("test", "qmpy_iit_formation_energy", "formation_energy_eV_per_atom", EVERY),
    Source("test", "mpea_borg2020", "vickers_hardness_HV"),
    Source("test", "mpea_borg2020", "yield_strength_MPa"),
    Source("test", "mpea_borg2020", "elongation_pct"),
    Source("test", "mpea_borg2020", "phase", positive=("BCC",)),
    Source("test", "bartel_abx3_576", "is_perovskite", ("", "oxides", "halides"), positive=("1",)),
    Source("test", "dielectric", "refractive_index", EVERY),
    Source("validation", "mp_poisson_1k", "poisson_ratio"),
    Source("validation", "castelli", "e_form_eV_per_cell", EVERY),
    Source("validation", "elpasolite_10k", "formation_energy_eV_per_atom", EVERY),
    Source("validation", "core_mof_2019", "void_fraction"),
    Source("validation", "core_mof_2019", "has_open_metal_site", positive=("Yes",)),
    Source("validation", "qmof_gap_with_formula", "band_gap_PBE_eV"),
    Source("validation", "ecsg_jarvis_stability", "is_stable", EVERY, positive=("1", "True")),
    Source("validation", "ecsg_perovskite_oxides", "is_stable", positive=("1", "True")),
    Source("train", "mp_gap", "band_gap_eV", EVERY, above=0.0),
    Source("train", "CritExam__Ef", "formation_energy_eV_per_atom", EVERY),
    Source("train", "mp_e_hull", "e_above_hull_eV_per_atom", EVERY),
    Source("train", "mp_mu_b", "total_magnetization_muB", EVERY, above=0.01),
    Source("train", "OQMD_Volume_per_atom", "volume_A3_per_atom", EVERY),
    Source("train", "mp_boltztrap_transport_48k", "seebeck_p_uV_per_K", EVERY),
    Source("train", "aflow__ael_bulk_modulus_vrh", "bulk_modulus_GPa", EVERY),
    Source("train", "aflow__ael_debye_temperature", "debye_temperature_K", EVERY),
)


def tasks(folder: str | Path | None = None, parts: tuple[str, ...] = PARTS) -> pd.DataFrame:
    """Every task as rows: part, task, string, label (0 or 1), threshold and value (NaN for classes).

    Parameters
    ----------
    folder : local data folder; MATPRIOR_DATA where left out
    parts : up to which part is wanted; test alone is read much faster than all
    """
    found, taken = [], set()
    for part in PARTS[: max(PARTS.index(one) for one in parts) + 1]:
        here = [one for source in SOURCES if source.part == part for one in _tasks(source, folder, taken)]
        taken |= {formula for one in here for formula in one["string"]}
        found += here
    table = pd.concat(found, ignore_index=True)
    return table[table["part"].isin(parts)].reset_index(drop=True)


def family(formula: str) -> str:
    """Family of a formula.

    >>> family("NaCl"), family("Fe2O3"), family("Ni3Al")
    ('halides', 'oxides', 'other')
    """
    elements = set(NOTATIONS["composition"].group(formula).split("-"))
    return next((name for name, makers in ANIONS.items() if elements & makers), "other")


def _tasks(source: Source, folder: str | Path | None, taken: set[str]) -> Iterator[pd.DataFrame]:
    """The tasks of one column that have rows enough."""
    rows = _rows(source, folder)
    rows = rows[~rows["formula"].isin(taken)]
    kinds = rows["formula"].map(family)
    for name in source.families:
        own = rows if name == "" else rows[kinds == name]
        if len(own) > MOST:
            order = sorted(own.index, key=lambda i: draw(str(own["formula"][i]), 0))
            own = own.loc[sorted(order[:MOST])]
        threshold = float("nan")
        value = own["value"]
        if source.positive:
            value = value * threshold
            label = (own["value"] >= 0.5).astype(int)
        else:
            threshold = float(f"{own['value'].median():.4g}") if len(own) else 0.0
            label = (own["value"] > threshold).astype(int)
        if min(label.sum(), len(label) - label.sum()) < FEWEST:
            continue
        task = ":".join(text for text in (source.dataset, source.column, name) if text)
        yield pd.DataFrame(
            {"part": source.part, "task": task, "string": own["formula"], "label": label,
             "threshold": threshold, "value": value}
        )  # fmt: skip


def _rows(source: Source, folder: str | Path | None) -> pd.DataFrame:
    """One row per composition: the median of its values, or the share of yes."""
    frame = load(source.dataset, folder)
    cells = frame[source.column]
    if source.positive:
        values = cells.astype(str).isin(source.positive).astype(float).where(cells.notna())
    else:
        values = pd.to_numeric(cells, errors="coerce")
        if source.above is not None:
            values = values.where(values > source.above)
    rows = pd.DataFrame({"formula": frame["formula"].map(_canonical), "value": values}).dropna()
    return rows.groupby("formula", sort=True)["value"].median().reset_index()


def _canonical(string: str) -> str | None:
    try:
        return NOTATIONS["composition"].canonical(string)
    except InvalidString:
        return None
