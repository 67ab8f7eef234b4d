"""Inorganic sets of the CRC Handbook, with formulas that had to prove themselves.

The tables give names and CAS numbers, no formulas, and the formulas PubChem has for these CAS
numbers are often wrong (hydrogens added to metals, hydrates cut short). The handbook's own
formula mass can be recovered as density times molar volume; a formula must agree with it
within 0.5 %, else the row is refused.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from matprior.data.handbook import Identity, identities, table
from matprior.data.nomenclature import amounts_of, explicit_formula, formula_from_name, mass_of
from matprior.notations.elements import FORMULA_ORDER

if TYPE_CHECKING:
    import pandas as pd

AGREEMENT = 0.005
"""Largest relative difference between a formula's mass and the handbook's."""

GAS_VOLUME = 0.024465
"""Molar volume in m³/mol the handbook's gas densities were made with (ideal gas, 25 °C, 1 atm)."""

GAS_DENSITY = 20.0
"""kg/m³; everything below it in the table is a gas at 25 °C (the lightest solid, lithium, has 534)."""

EV_PER_KJ_PER_MOL = 1 / 96.48533212


def melting_points() -> pd.DataFrame:
    """Melting points in K: formula, melting_point_K, cas, name, source."""
    return _column("Tm", "melting_point_K")


def densities() -> pd.DataFrame:
    """Densities near 25 °C in kg/m³, with the phase they belong to."""
    frame = _column("rho", "density_kg_m3")
    frame["phase"] = verified()["phase"].reindex(frame["cas"]).to_numpy()
    return frame


def formation_enthalpies() -> pd.DataFrame:
    """Standard formation enthalpies of solids at 298.15 K, in eV per atom.

    Per atom, because a composition has no formula unit: As2O3 and As4O6 are one string.
    """
    known = verified()
    enthalpy = table("crc_thermo")["Hfs"].dropna()
    known = known[known.index.isin(enthalpy.index)]
    atoms = known["formula"].map(lambda formula: sum(amounts_of(formula).values()))
    per_atom = enthalpy.reindex(known.index) / 1000 * EV_PER_KJ_PER_MOL / atoms
    return _frame(known, "formation_enthalpy_eV_per_atom", per_atom.round(5))


@lru_cache(maxsize=1)
def verified() -> pd.DataFrame:
    """Rows of the CRC inorganic table whose formula was confirmed, indexed by CAS number.

    Returns
    -------
    columns Chemical, Tm, Tb, rho as in the handbook (K, kg/m³), `mass` in g/mol recovered from
    it, `phase` (solid, liquid, gas), `formula`, `formula_source`.
    """
    frame = table("crc_inorganic")
    volumes = {"solid": table("crc_solid_volume")["Vm"], "liquid": table("crc_liquid_volume")["Vm"]}
    frame["phase"], frame["volume"] = "", float("nan")
    for phase, volume in volumes.items():
        frame.loc[frame.index.isin(volume.index), "phase"] = phase
        frame["volume"] = frame["volume"].fillna(volume.reindex(frame.index))
    gas = frame["volume"].isna() & (frame["rho"] < GAS_DENSITY)
    frame.loc[gas, "phase"], frame.loc[gas, "volume"] = "gas", GAS_VOLUME
    frame["mass"] = frame["rho"] * frame["volume"] * 1000
    frame = frame[frame["mass"].notna()].copy()
    known = identities(list(frame.index))
    chosen = [
        formula_of(name, mass, known.get(cas))
        for cas, name, mass in zip(frame.index, frame["Chemical"], frame["mass"], strict=True)
    ]
    frame["formula"] = [formula for formula, _ in chosen]
    frame["formula_source"] = [source for _, source in chosen]
    return frame[frame["formula"] != ""]


def formula_of(name: str, mass: float, identity: Identity | None) -> tuple[str, str]:
    """The formula that agrees best with the handbook's mass, and where it comes from.

    Returns
    -------
    formula and source, or two empty strings where no candidate agrees within `AGREEMENT`.

    Examples
    --------
    >>> formula_of("Magnesium germanide", 121.25, Identity("GeH4Mg2", "", ""))
    ('Mg2Ge', 'name and formula mass')
    """
    candidates: list[tuple[str, str]] = []
    if written := explicit_formula(name):
        candidates.append((written, "formula in the handbook's name"))
    if built := formula_from_name(name, mass):
        candidates.append((built, "name and formula mass"))
    if identity is not None and (neutral := re.sub(r"[+-]\d*$", "", identity.formula)):
        candidates.append((_ordered(neutral), "PubChem"))
        missing = round((mass - mass_of(neutral)) / mass_of("H"))
        # PubChem drops hydrogens too (B5 for B5H9). 0.02 g/mol keeps O, F or N from passing as H16, H19, H14.
        if 1 <= missing <= 14 and abs(mass_of(neutral) + missing * mass_of("H") - mass) < 0.02:
            candidates.append((_ordered(f"{neutral}H{missing}"), "PubChem, hydrogens restored"))
    if not candidates:
        return "", ""
    # Rounded, so that of equal compositions the first, most readable, spelling is taken.
    best = min(candidates, key=lambda candidate: round(abs(mass_of(candidate[0]) - mass), 4))
    return best if abs(mass_of(best[0]) / mass - 1) <= AGREEMENT else ("", "")


def _column(column: str, target: str) -> pd.DataFrame:
    known = verified()
    known = known[known[column].notna()]
    return _frame(known, target, known[column])


def _frame(known: pd.DataFrame, target: str, values: pd.Series) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            "formula": known["formula"].to_numpy(),
            target: values.to_numpy(),
            "cas": known.index,
            "name": known["Chemical"].to_numpy(),
            "source": [f"CRC Handbook; formula: {source}" for source in known["formula_source"]],
        }
    )


def _ordered(formula: str) -> str:
    """PubChem's alphabetical formula as chemists write it: KBr for BrK; organic ones stay as they are."""
    amounts = amounts_of(formula)
    if {"C", "H"} <= amounts.keys():
        order = sorted(amounts, key=lambda symbol: (symbol != "C", symbol != "H", symbol))
    else:
        order = sorted(amounts, key=FORMULA_ORDER.__getitem__)
    return "".join(symbol + (f"{amounts[symbol]:g}" if amounts[symbol] != 1 else "") for symbol in order)
