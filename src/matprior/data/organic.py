"""Organic sets: molecules as SMILES, with values that several free tables agree on.

A value is the median of the tables that have it. For melting points the tables differ by 2.7 K
on average where the two largest overlap: no model can be asked to do better than that.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from matprior.data.handbook import identities, table

if TYPE_CHECKING:
    import pandas as pd

ORGANIC = frozenset({"C", "H", "N", "O", "F", "Cl", "Br", "I", "S", "P"})
"""A molecule here has carbon and no element outside these."""


def melting_points() -> pd.DataFrame:
    """Melting points in K: median of OpenNotebook, CRC and Wikidata."""
    columns = {
        "OpenNotebook": table("opennotebook")["Tm"],
        "CRC": table("crc_organic")["Tm"],
        "Wikidata": table("wikidata")["Tm"],
    }
    return _merge(columns, "melting_point_K", digits=3)


def boiling_points() -> pd.DataFrame:
    """Normal boiling points in K: median of CRC and Wikidata."""
    columns = {"CRC": table("crc_organic")["Tb"], "Wikidata": table("wikidata")["Tb"]}
    return _merge(columns, "boiling_point_K", digits=3)


def refractive_indices() -> pd.DataFrame:
    """Refractive indices of liquids at the sodium D line, within 10 K of 20 °C (CRC)."""
    crc = table("crc_refraction")
    return _merge({"CRC": crc.loc[crc["RIT"].between(283.15, 303.15), "RI"]}, "refractive_index", digits=5)


def octanol_water() -> pd.DataFrame:
    """log10 of the octanol-water partition coefficient: median of SRC (Syrres), CRC and Wikidata."""
    columns = {
        "Syrres": table("syrres_logp")["logP"],
        "CRC": table("crc_logp")["logP"],
        "Wikidata": table("wikidata")["logP"],
    }
    return _merge(columns, "logP", digits=3)


def _merge(columns: dict[str, pd.Series], target: str, digits: int) -> pd.DataFrame:
    """One row per SMILES: median over sources and over CAS numbers that share the SMILES."""
    import pandas as pd

    values = pd.DataFrame({name: column.astype(float) for name, column in columns.items()}).dropna(how="all")
    known = identities(list(values.index))
    values = values[
        [cas in known and _is_organic(known[cas].formula, known[cas].smiles) for cas in values.index]
    ]
    frame = pd.DataFrame(
        {
            "smiles": [known[cas].smiles for cas in values.index],
            target: values.median(axis=1).to_numpy(),
            "cas": values.index,
            "name": [known[cas].name for cas in values.index],
            "source": [_names(row) for row in values.notna().itertuples(index=False)],
        }
    ).sort_values(["smiles", "cas"])
    groups = frame.groupby("smiles", sort=False)
    merged = groups.agg({target: "median", "cas": "first", "name": "first", "source": _joined})
    merged[target] = merged[target].round(digits)
    return merged.reset_index()


def _is_organic(formula: str, smiles: str) -> bool:
    elements = set(re.findall("[A-Z][a-z]?", formula))
    # One component only: the melting point of a salt or a solvate is not that of its parts.
    return "C" in elements and elements <= ORGANIC and bool(smiles) and "." not in smiles


def _names(row: tuple) -> str:
    return "; ".join(name for name, known in zip(row._fields, row, strict=True) if known)  # type: ignore[attr-defined]


def _joined(sources: pd.Series) -> str:
    return "; ".join(dict.fromkeys(part for source in sources for part in source.split("; ")))
