"""Score models on molecules: DeepChem's scaffold split of MoleculeNet's tables, and TransPolymer's folds.

    python benchmarks/moleculenet.py --output runs/moleculenet --record docs/results/moleculenet.json

Every task is one `matprior evaluate` with the published test rows; each record holds that command. Rows
that the split marks for validation join the training rows, of which every network watches some. Hours on
two cores; `--tasks`, `--models` and `--seeds` choose a part, and records of other parts stay.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

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
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, required=True, help="folder of the reports")
    parser.add_argument("--record", type=Path, help="results file (JSON) to add the scores to")
    parser.add_argument("--tasks", default=",".join(TASKS), help="comma-separated")
    parser.add_argument("--models", default=MODELS)
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--set", action="append", default=[], help="training option, as of matprior evaluate")
    chosen = parser.parse_args()
    for name in chosen.tasks.split(","):
        if name not in TASKS:
            parser.error(f"--tasks: there is no task {name!r}; known: {', '.join(TASKS)}")
    for name in chosen.tasks.split(","):
        targets, split = TASKS[name]
        command = ["evaluate", name, *(part for target in targets for part in ("--target", target)), *split]
        command += ["--models", chosen.models, "--seeds", chosen.seeds, "--output", str(chosen.output / name)]
        command += [part for setting in chosen.set for part in ("--set", setting)]
        if chosen.record:
            command += ["--record", str(chosen.record)]
        subprocess.run([sys.executable, "-m", "matprior", *command], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
