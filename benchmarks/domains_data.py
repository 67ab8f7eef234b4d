"""Tables of the domain cases: strings and one number each, with what parts source from target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from matprior.data import Task, read_table
from matprior.data.catalog import load
from matprior.notations import NOTATIONS, InvalidString, fraction_matrix, parse_amounts

CLUSTERS = 50
HALIDES, CHALCOGENS = {"F", "Cl", "Br", "I"}, {"S", "Se", "Te"}
HARTREE_EV = 27.211386
QM9_ROWS = 6000
"""Molecules of QM9 that are drawn before anything else."""
SPARSE = 0.1
"""Share of formulas farthest from their neighbours that make the sparse region."""


@dataclass(frozen=True)
class Property:
    """What a case is tested on."""

    dataset: str
    column: str
    unit: str


GAP = Property("expt_gap", "band_gap_eV", "eV")
ORGANIC_GAP = Property("qm9", "gap_Ha", "eV")
MELTING = Property("organic_melting_point", "melting_point_K", "K")
SOLUBILITY = Property("esol", "logS_mol_per_L", "log10 mol/L")


def gaps(name: str, column: str = "band_gap_eV") -> pd.DataFrame:
    """string, value and official fold of a set of gaps; one row per formula, the mean of its gaps."""
    task = Task(strings="formula", targets=[column], kind="regression")
    table = read_table(load(name), task, merge_duplicates="keep")
    fold = table.frame.get("official_test_fold", pd.Series(-1, index=table.frame.index))
    rows = pd.DataFrame({"string": table.strings, "value": table.frame[column], "fold": fold.astype(int)})
    return rows.groupby("string", as_index=False, sort=False).agg({"value": "mean", "fold": "first"})


def melting_points() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Inorganic ones, and organic ones by the formula of the molecule (the median of isomers)."""
    inorganic = load("inorganic_melting_point").rename(columns={"formula": "string"})
    organic = load("organic_melting_point")
    organic["string"] = [molecular_formula(smiles) for smiles in organic["smiles"]]
    found = []
    for frame in (inorganic, organic):
        kept = frame.dropna(subset=["string", "melting_point_K"])
        rows = kept.assign(string=kept["string"].map(_canonical)).dropna(subset=["string"])
        found.append(rows.groupby("string")["melting_point_K"].median().rename("value").reset_index())
    return found[0], found[1]


def qm9() -> pd.DataFrame:
    """smiles, formula and gap in eV of some molecules of QM9."""
    rows = load("qm9")[["smiles", "gap_Ha"]].dropna().sample(QM9_ROWS, random_state=0)
    formula = [_canonical(molecular_formula(smiles)) for smiles in rows["smiles"]]
    found = rows.assign(formula=formula, value=HARTREE_EV * rows["gap_Ha"].astype(float))
    return found.dropna().reset_index(drop=True)


def linkers() -> pd.DataFrame:
    """string (SMILES of nodes and linkers) and gap in eV of metal-organic frameworks."""
    rows = load("qmof_mofid_bandgap")
    rows = rows[rows["rdkit_ok"].astype(int) == 1]
    found = pd.DataFrame(
        {"string": rows["smiles"].map(_readable), "value": rows["bandgap_PBE_eV"].astype(float)}
    )
    return found.dropna().groupby("string", as_index=False)["value"].mean()


def solubilities() -> pd.DataFrame:
    """string, value and whether DeepChem's scaffold split tests the row."""
    rows = load("esol")
    return pd.DataFrame(
        {
            "string": rows["smiles"].map(_readable),
            "value": rows["logS_mol_per_L"].astype(float),
            "is_target": rows["split_dc_scaffold"].astype(str) == "test",
        }
    ).dropna()


def anion_masks(formulas: pd.Series) -> dict[str, np.ndarray]:
    """Which formulas are plain oxides, and which hold another anion and no oxygen."""
    elements = [set(parse_amounts(formula)) for formula in formulas]
    found = {"oxides": np.array(["O" in one and not one & (HALIDES | CHALCOGENS) for one in elements])}
    for name, anions in (("chalcogenides", CHALCOGENS), ("halides", HALIDES)):
        found[name] = np.array([bool(one & anions) and "O" not in one for one in elements])
    return found


def clusters_of(formulas: list[str]) -> np.ndarray:
    """Cluster of each formula by its element fractions, as MatDA does."""
    from sklearn.cluster import KMeans

    return KMeans(CLUSTERS, n_init=1, random_state=0).fit_predict(fraction_matrix(formulas))


def sparse_region(formulas: list[str], neighbours: int = 10) -> np.ndarray:
    """Whether a formula is among those farthest from their nearest neighbours, by element fractions."""
    from sklearn.neighbors import NearestNeighbors

    points = fraction_matrix(formulas)
    apart, _ = NearestNeighbors(n_neighbors=neighbours).fit(points).kneighbors()
    far = apart.mean(1)
    return far >= np.quantile(far, 1 - SPARSE)


def molecular_formula(smiles: str) -> str | None:
    """Formula of a neutral molecule, None of anything else."""
    from rdkit import Chem, RDLogger
    from rdkit.Chem.rdMolDescriptors import CalcMolFormula

    RDLogger.DisableLog("rdApp.*")  # strings it cannot read are left out by `None`
    molecule = Chem.MolFromSmiles(str(smiles))
    formula = None if molecule is None else str(CalcMolFormula(molecule))
    return None if formula is None or formula[-1] in "+-" or "*" in formula else formula


def _canonical(formula: str | None, notation: str = "composition") -> str | None:
    if formula is None:
        return None
    try:
        return NOTATIONS[notation].canonical(formula)
    except InvalidString:
        return None


def _readable(smiles: str) -> str | None:
    return _canonical(str(smiles), "smiles")
