"""Score a checkpoint's own property answers, before any fine-tuning, on published test splits.

    python benchmarks/pretrained_heads.py --model matbert-small-strict --record docs/results/pretraining.json

Each set is a test file of CrabNet's benchmark data (Wang et al. 2021, npj Comput. Mater. 7:77). The
strict recipe excludes every formula of these files. `published` is the best of Roost and CrabNet in that
paper's repository (anthony-wang/CrabNet, metrics/all_metrics.csv); both trained one network for the one
property on its full training file.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from matprior.data.files import sha256_of
from matprior.data.folder import local_folder
from matprior.evaluation.records import append_records, versions


@dataclass(frozen=True)
class Split:
    """One test file and the property head that answers it."""

    head: str
    column: str
    unit: str
    published: float
    """Least mean absolute error of Roost and CrabNet."""


SPLITS = {
    "aflow__Egap": Split("aflow_band_gap", "band_gap_eV", "eV", 0.3015),
    "aflow__energy_atom": Split("aflow_energy", "energy_eV_per_atom", "eV/atom", 0.08639),
    "CritExam__Ed": Split("mp_decomposition_energy", "decomposition_energy_eV_per_atom", "eV/atom", 0.06319),
    "CritExam__Ef": Split("mp_formation_energy", "formation_energy_eV_per_atom", "eV/atom", 0.05466),
    "mp_e_hull": Split("mp_energy_above_hull", "e_above_hull_eV_per_atom", "eV/atom", 0.08864),
    "mp_mu_b": Split("mp_magnetisation", "total_magnetization_muB", "μB", 2.105),
    "aflow__ael_bulk_modulus_vrh": Split("aflow_bulk_modulus", "bulk_modulus_GPa", "GPa", 8.692),
    "aflow__ael_shear_modulus_vrh": Split("aflow_shear_modulus", "shear_modulus_GPa", "GPa", 9.082),
    "aflow__ael_debye_temperature": Split("aflow_debye_temperature", "debye_temperature_K", "K", 33.46),
    "OQMD_Bandgap": Split("oqmd_band_gap", "band_gap_eV", "eV", 0.04815),
}
"""Folder of compositions/benchmark -> what is asked there."""


def main() -> int:
    """Print the table and add it to the results file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--model", default="matbert-small-strict", help="name or folder of a pretrained checkpoint"
    )
    parser.add_argument("--record", type=Path, help="results file (JSON) to add the scores to")
    chosen = parser.parse_args()
    command = f"python benchmarks/pretrained_heads.py --model {chosen.model}"
    found = [score(name, split, chosen.model, command) for name, split in SPLITS.items()]
    table = pd.DataFrame([one for one in found if one])
    shown = ["dataset", "n", "unit", "value", "baseline_value", "ratio", "spearman"]
    print(table[shown].to_string(index=False, float_format="{:.4f}".format))
    if chosen.record:
        append_records(chosen.record, [one for one in found if one])
    return 0


def score(name: str, split: Split, model_name: str, command: str) -> dict | None:
    """The record of one set; None where the checkpoint has no such head."""
    from matprior.data.leakage import FormulaSet
    from matprior.models.matbert import MatBertForPreTraining
    from matprior.models.zoo import find, quiet
    from matprior.tokens.composition import encode_many
    from matprior.training.loop import answers

    folder = local_folder(None)
    if folder is None:
        raise ValueError("Set MATPRIOR_DATA to the data folder; it holds compositions/benchmark.")
    file = next((folder / "compositions" / "benchmark" / name).glob("test.csv*"))
    with quiet():
        model = MatBertForPreTraining.from_pretrained(find(model_name)).eval()
    places = {column["name"]: i for i, column in enumerate(model.config.properties or [])}
    if split.head not in places:
        return None
    place = places[split.head]
    facts = model.config.properties[place]
    table = pd.read_csv(file, keep_default_na=False)  # NaN is sodium nitride
    guess = answers(model, encode_many(list(table["formula"])), lambda out: out.property_logits)[:, place]
    value = guess * facts["scale"] + facts["mean"]
    if facts["transform"] == "log10":
        value = 10.0**value
    truth = table[split.column].to_numpy(float)
    error = float(np.abs(value - truth).mean())
    return {
        "dataset": name,
        "split": "CrabNet's test file",
        "target": split.column,
        "model": Path(model_name).name,
        "strategy": "none: the pretraining head answers",
        "metric": "MAE",
        "unit": split.unit,
        "value": error,
        "baseline": "best of Roost and CrabNet, published",
        "baseline_value": split.published,
        "ratio": error / split.published,
        "spearman": float(pd.Series(value).corr(pd.Series(truth), method="spearman")),
        "n": len(truth),
        "distinct_formulas": len(FormulaSet(list(table["formula"]))),
        "data_sha256": sha256_of(file),
        "seeds": [],
        "command": command,
        "versions": versions(),
    }


if __name__ == "__main__":
    sys.exit(main())
