"""Where public sets are downloaded from, and how a downloaded file becomes our table.

A checksum stands here only when it is known from the publisher or was seen in two independent
places; None means that the download can only be checked for being complete.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_MATBENCH = "https://ml.materialsproject.org/projects/matbench_{}.json.gz"
_MOLECULENET = "https://deepchemdata.s3-us-west-1.amazonaws.com/datasets/{}"
_CRABNET = "https://raw.githubusercontent.com/anthony-wang/CrabNet/master/data/benchmark_data/{}/{}.csv"

MATBENCH_SEED = 18012019
"""Random state of Matbench v0.1's five folds; with it our folds equal the published ones."""


@dataclass(frozen=True)
class Download:
    """Files of one set on the web, and the names their columns get here."""

    urls: tuple[str, ...]
    sha256: str | None = None
    """Of the only file; None where nobody has published it."""
    columns: dict[str, str] = field(default_factory=dict)
    """Column in the file -> column here. Columns not named are left out."""
    folds: str | None = None
    """'regression' or 'classification': add Matbench's official folds."""


def _matbench(
    name: str, column: str, target: str, kind: str = "regression", sha256: str | None = None
) -> Download:
    columns = {"composition": "formula", "structure": "formula", column: target}
    return Download((_MATBENCH.format(name),), sha256, columns, kind)


def _crabnet(name: str, target: str, parts: str = "train val test") -> Download:
    urls = tuple(_CRABNET.format(name, part) for part in parts.split())
    return Download(urls, None, {"formula": "formula", "target": target})


def _moleculenet(file: str, columns: dict[str, str]) -> Download:
    return Download((_MOLECULENET.format(file),), None, columns)


_TOX21 = (
    "NR-AR NR-AR-LBD NR-AhR NR-Aromatase NR-ER NR-ER-LBD NR-PPAR-gamma SR-ARE SR-ATAD5 SR-HSE SR-MMP SR-p53"
)

DOWNLOADS: dict[str, Download] = {
    "expt_gap": _matbench(
        "expt_gap", "gap expt", "band_gap_eV",
        sha256="783e7d1461eb83b00b2f2942da4b95fda5e58a0d1ae26b581c24cf8a82ca75b2",
    ),
    "expt_is_metal": _matbench("expt_is_metal", "is_metal", "is_metal", "classification"),
    "glass": _matbench("glass", "gfa", "is_glass_former", "classification"),
    "steels_yield": _matbench(
        "steels", "yield strength", "yield_strength_MPa",
        sha256="473bc4957b2ea5e6465aef84bc29bb48ac34db27d69ea4ec5f508745c6fae252",
    ),
    "castelli": _matbench(
        "perovskites", "e_form", "e_form_eV_per_cell",
        sha256="4641e2417f8ec8b50096d2230864468dfa08278dc9d257c327f65d0305278483",
    ),
    "dielectric": _matbench(
        "dielectric", "n", "refractive_index",
        sha256="83befa09bc2ec2f4b6143afc413157827a90e5e2e42c1eb507ccfa01bf26a1d6",
    ),
    "log_gvrh": _matbench(
        "log_gvrh", "log10(G_VRH)", "log10_G_VRH_GPa",
        sha256="098af941f4c663270f1fe21abf20ffad6fb85ecbfcba5786ceac03983ac29da7",
    ),
    "log_kvrh": _matbench(
        "log_kvrh", "log10(K_VRH)", "log10_K_VRH_GPa",
        sha256="44b113ddb7e23aa18731a62c74afa7e5aa654199e0db5f951c8248a00955c9cd",
    ),
    "mp_e_form": _matbench("mp_e_form", "e_form", "e_form_eV_per_atom"),
    "mp_gap": _matbench("mp_gap", "gap pbe", "band_gap_eV"),
    "mp_is_metal": _matbench("mp_is_metal", "is_metal", "is_metal", "classification"),
    "CritExam__Ed": _crabnet("CritExam__Ed", "decomposition_energy_eV_per_atom"),
    "CritExam__Ef": _crabnet("CritExam__Ef", "formation_energy_eV_per_atom"),
    "OQMD_Bandgap": _crabnet("OQMD_Bandgap", "band_gap_eV"),
    "OQMD_Energy_per_atom": _crabnet("OQMD_Energy_per_atom", "energy_eV_per_atom", "val test"),
    "OQMD_Formation_Enthalpy": _crabnet(
        "OQMD_Formation_Enthalpy", "formation_enthalpy_eV_per_atom", "val test"
    ),
    "OQMD_Volume_per_atom": _crabnet("OQMD_Volume_per_atom", "volume_A3_per_atom", "val test"),
    "aflow__Egap": _crabnet("aflow__Egap", "band_gap_eV"),
    "aflow__ael_bulk_modulus_vrh": _crabnet("aflow__ael_bulk_modulus_vrh", "bulk_modulus_GPa"),
    "aflow__ael_debye_temperature": _crabnet("aflow__ael_debye_temperature", "debye_temperature_K"),
    "aflow__ael_shear_modulus_vrh": _crabnet("aflow__ael_shear_modulus_vrh", "shear_modulus_GPa"),
    "aflow__energy_atom": _crabnet("aflow__energy_atom", "energy_eV_per_atom"),
    "mp_bulk_modulus": _crabnet("mp_bulk_modulus", "bulk_modulus_GPa"),
    "mp_e_hull": _crabnet("mp_e_hull", "e_above_hull_eV_per_atom"),
    "mp_mu_b": _crabnet("mp_mu_b", "total_magnetization_muB"),
    "mp_shear_modulus": _crabnet("mp_shear_modulus", "shear_modulus_GPa"),
    "esol": _moleculenet(
        "delaney-processed.csv",
        {"smiles": "smiles", "measured log solubility in mols per litre": "logS_mol_per_L"},
    ),
    "freesolv": _moleculenet(
        "SAMPL.csv",
        {"smiles": "smiles", "expt": "dGhyd_expt_kcal_per_mol", "calc": "dGhyd_calc_kcal_per_mol"},
    ),
    "bbbp": _moleculenet("BBBP.csv", {"smiles": "smiles", "p_np": "p_np", "name": "name"}),
    "clintox": _moleculenet(
        "clintox.csv.gz", {"smiles": "smiles", "FDA_APPROVED": "FDA_APPROVED", "CT_TOX": "CT_TOX"}
    ),
    "tox21": _moleculenet("tox21.csv.gz", {"smiles": "smiles"} | {task: task for task in _TOX21.split()}),
    "hiv": _moleculenet("HIV.csv", {"smiles": "smiles", "HIV_active": "HIV_active"}),
}  # fmt: skip
"""Name in the catalog -> how to get it from its publisher."""


def as_table(download: Download, files: list[Path]) -> pd.DataFrame:
    """Downloaded files of one set as one table with our column names.

    Raises
    ------
    ValueError
        A file does not hold the columns it held when this was written.
    """
    import pandas as pd

    parts = []
    for url, file in zip(download.urls, files, strict=True):
        frame = _read(file, url)
        keep = {old: new for old, new in download.columns.items() if old in frame}
        lost = set(download.columns.values()) - set(keep.values())
        if lost:
            raise ValueError(
                f"{url} has columns {list(frame.columns)}, expected {list(download.columns)}. The publisher "
                "has changed the file: use a local copy of the set (set MATPRIOR_DATA to its folder)."
            )
        part = frame[list(keep)].rename(columns=keep)
        truths = [name for name in part if part[name].dtype == bool]
        part = part.astype(dict.fromkeys(truths, int))
        if len(download.urls) > 1:
            part["split"] = url.rsplit("/", 1)[1].split(".")[0]
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    if download.folds:
        table["official_test_fold"] = matbench_folds(table.iloc[:, 1], download.folds)
    return table


def matbench_folds(targets: pd.Series, kind: str) -> list[int]:
    """Number (0 to 4) of the official Matbench v0.1 test fold of every row, in official row order."""
    from sklearn.model_selection import KFold, StratifiedKFold

    splitter = StratifiedKFold if kind == "classification" else KFold
    folds = [0] * len(targets)
    for number, (_, test) in enumerate(
        splitter(n_splits=5, shuffle=True, random_state=MATBENCH_SEED).split(targets, targets)
    ):
        for row in test:
            folds[row] = number
    return folds


def _read(file: Path, url: str) -> pd.DataFrame:
    import pandas as pd

    if not url.endswith(".json.gz"):
        compression: Any = "gzip" if url.endswith(".gz") else None
        # Formulas such as 'NaN' must stay text.
        return pd.read_csv(file, compression=compression, keep_default_na=False)
    with gzip.open(file, "rt", encoding="utf-8") as stream:
        content = json.load(stream)
    frame = pd.DataFrame(content["data"], columns=content["columns"])
    if "structure" in frame:
        frame["structure"] = [formula_of_structure(structure) for structure in frame["structure"]]
    return frame


def formula_of_structure(structure: dict) -> str:
    """Formula of the unit cell of a crystal as the Materials Project writes it in JSON.

    Examples
    --------
    >>> formula_of_structure({"sites": [{"species": [{"element": "Na", "occu": 1}]},
    ...                                 {"species": [{"element": "Cl", "occu": 1}]}]})
    'NaCl'
    """
    amounts: dict[str, float] = {}
    for site in structure["sites"]:
        for atom in site["species"]:
            amounts[atom["element"]] = amounts.get(atom["element"], 0) + atom["occu"]
    return "".join(symbol + (f"{amount:g}" if amount != 1 else "") for symbol, amount in amounts.items())
