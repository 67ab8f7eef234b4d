"""Score models on molecules: DeepChem's scaffold split of MoleculeNet's tables, and TransPolymer's folds.

    python benchmarks/moleculenet.py --output runs/moleculenet --record docs/results/moleculenet.json

Every task is one `matprior evaluate` with the published test rows; each record holds that command. Rows
that the split marks for validation join the training rows, of which every network watches some. Hours on
two cores; `--tasks`, `--models` and `--seeds` choose a part, and records of other parts stay.
"""

from __future__ import annotations

import sys

from official import score_tasks

SCAFFOLD, FOLDS = ["--fold-column", "split_dc_scaffold"], ["--fold-column", "cv5_fold_seed1"]
OWN = ["--split", "scaffold"]
TASKS: dict[str, tuple[list[str], list[str]]] = {
    "esol": (["logS_mol_per_L"], SCAFFOLD),
    "freesolv": (["dGhyd_expt_kcal_per_mol"], SCAFFOLD),
    "bbbp": (["p_np"], SCAFFOLD),
    "clintox": (["FDA_APPROVED", "CT_TOX"], SCAFFOLD),
    "tox21": (["NR-AR", "NR-AhR", "NR-ER", "SR-ARE", "SR-MMP", "SR-p53"], SCAFFOLD),
    "hiv": (["HIV_active"], SCAFFOLD),
    "aqsoldb": (["logS_mol_per_L"], OWN),
    "b3db_classification": (["BBB"], OWN),
    "polymer_Egc": (["Egc_chain_bandgap_eV"], FOLDS),
    "polymer_Egb": (["Egb_bulk_bandgap_eV"], FOLDS),
    "polymer_Eea": (["Eea_electron_affinity_eV"], FOLDS),
    "polymer_Ei": (["Ei_ionization_energy_eV"], FOLDS),
    "polymer_EPS": (["EPS_dielectric_constant"], FOLDS),
    "polymer_Nc": (["Nc_refractive_index"], FOLDS),
}
"""Name in the catalog -> target columns, and how the test rows are found."""
MODELS = "dummy,extratrees,extratrees-magpie,scratch,molbert-small,molbert-small:extract,molbert-small:auto"


def main() -> int:
    """Evaluate the chosen tasks one after the other."""
    return score_tasks(__doc__.splitlines()[0], TASKS, MODELS)


if __name__ == "__main__":
    sys.exit(main())
