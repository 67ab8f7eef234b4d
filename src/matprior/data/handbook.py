"""The one reader of the tables inside the `chemicals` package.

Only tables under free terms are named here. The package also carries CAS Common Chemistry
(CC BY-NC) and the NIST WebBook (rights reserved), Yaws' boiling points (partly estimated) and
Joback estimates: none of them is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

TABLES = {
    "crc_inorganic": "Misc/Physical Constants of Inorganic Compounds.csv",
    "crc_solid_volume": "Density/CRC Solid Inorganic Constant Densities.tsv",
    "crc_liquid_volume": "Density/CRC Liquid Inorganic Constant Densities.tsv",
    "crc_thermo": "Heat Capacity/CRC Standard Thermodynamic Properties of Chemical Substances.tsv",
    "crc_organic": "Misc/Physical Constants of Organic Compounds.csv",
    "crc_refraction": "Misc/CRC Handbook Organic RI.csv",
    "crc_logp": "Environment/CRC logP table.tsv",
    "opennotebook": "Phase Change/OpenNotebook Melting Points.tsv",
    "syrres_logp": "Environment/Syrres logP data.csv.gz",
    "wikidata": "Misc/wikidata_properties.tsv",
}
"""Our name -> file inside the `chemicals` package. All are tab-separated with a column CAS."""


@dataclass(frozen=True)
class Identity:
    """What PubChem says about a CAS number, as `chemicals` carries it."""

    formula: str
    smiles: str
    name: str


def handbook_version() -> str:
    """Version of the `chemicals` package: part of the cache key of everything built from it."""
    return version("chemicals")


def table(name: str) -> pd.DataFrame:
    """One table of `TABLES`, indexed by CAS number written with dashes.

    Examples
    --------
    >>> float(table("crc_inorganic").loc["75-20-7", "Tm"])
    2573.15
    """
    import pandas as pd

    # Found without importing `chemicals`: its import takes longer than reading the table.
    spec = find_spec("chemicals")
    if spec is None or spec.origin is None:
        raise ValueError(
            "The embedded data sets are built from the package 'chemicals': pip install chemicals"
        )
    frame = pd.read_csv(
        Path(spec.origin).parent / TABLES[name],
        sep="\t",
        dtype={"CAS": str},
        keep_default_na=False,
        na_values=[""],
    )
    frame.columns = frame.columns.str.strip()
    frame["CAS"] = [cas if "-" in cas else f"{cas[:-3]}-{cas[-3:-1]}-{cas[-1]}" for cas in frame["CAS"]]
    return frame.set_index("CAS")


def identities(cas_numbers: list[str]) -> dict[str, Identity]:
    """CAS number -> identity, for those that PubChem knows.

    Examples
    --------
    >>> identities(["7732-18-5"])["7732-18-5"].formula
    'H2O'
    """
    from chemicals.identifiers import search_chemical

    found = {}
    for cas in cas_numbers:
        try:
            hit = search_chemical(cas, autoload=True)
        except ValueError:
            continue
        if hit.CASs == cas:  # a search can also answer with another substance of that name
            found[cas] = Identity(hit.formula or "", hit.smiles or "", hit.common_name or "")
    return found
