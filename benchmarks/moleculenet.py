"""Score models on molecules: DeepChem's scaffold split of MoleculeNet's tables, and TransPolymer's folds.

    python benchmarks/moleculenet.py --output runs/moleculenet --record docs/results/moleculenet.json

Rows that the split marks for validation join the training rows, of which every network watches some. Hours
on two cores; `--tasks`, `--models`, `--seeds`, `--rows` and `--folds` choose a part. Every model on every
task is recorded when it is done, with the command, and not computed again.

    --variants 1,5,10,20    scores networks also as averages over so many further spellings
"""

from __future__ import annotations

import sys

from official import Asked, score_tasks

SCAFFOLD, FOLDS = "split_dc_scaffold", "cv5_fold_seed1"
TASKS: dict[str, Asked] = {
    "esol": (["logS_mol_per_L"], SCAFFOLD),
    "freesolv": (["dGhyd_expt_kcal_per_mol"], SCAFFOLD),
    "bbbp": (["p_np"], SCAFFOLD),
    "clintox": (["FDA_APPROVED", "CT_TOX"], SCAFFOLD),
    "tox21": (["NR-AR", "NR-AhR", "NR-ER", "SR-ARE", "SR-MMP", "SR-p53"], SCAFFOLD),
    "hiv": (["HIV_active"], SCAFFOLD),
    "aqsoldb": (["logS_mol_per_L"], None),
    "b3db_classification": (["BBB"], None),
    "polymer_Egc": (["Egc_chain_bandgap_eV"], FOLDS),
    "polymer_Egb": (["Egb_bulk_bandgap_eV"], FOLDS),
    "polymer_Eea": (["Eea_electron_affinity_eV"], FOLDS),
    "polymer_Ei": (["Ei_ionization_energy_eV"], FOLDS),
    "polymer_EPS": (["EPS_dielectric_constant"], FOLDS),
    "polymer_Nc": (["Nc_refractive_index"], FOLDS),
}
"""Name in the catalog -> target columns, and the column of the folds (None: DeepChem's scaffold split)."""
MODELS = (
    "dummy,extratrees,extratrees-magpie,scratch,molbert-small,molbert-small:extract,molbert-small:auto-solved"
)


def main() -> int:
    """Evaluate the chosen tasks one after the other."""
    return score_tasks(__doc__.splitlines()[0], TASKS, MODELS)


if __name__ == "__main__":
    sys.exit(main())
