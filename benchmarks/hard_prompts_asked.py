"""Zero labels: properties asked by words and by ordinary heads, of sets pretraining has no labels of.

A module of `benchmarks/hard_prompts.py`. For every set: each database's word beside the task word, the
task word alone, the same behind the words of each formula's classes, and the heads of all properties that
share the task word, of the checkpoint with prompts and of its twin without.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matprior.data.files import sha256_of
from matprior.evaluation.records import versions
from matprior.evaluation.statistics import bootstrap
from matprior.models.matbert import MatBertForPreTraining
from matprior.notations import NOTATIONS, classes_of
from matprior.pretraining.asking import UNDONE, ask
from matprior.tokens.composition import encode_many
from matprior.training.loop import answers

MOST = 2_000
"""Rows of a set that are asked for at most; the intervals say how far that carries."""


@dataclass(frozen=True)
class Zero:
    """A set whose labels pretraining never saw, and the word that asks for them."""

    file: str
    column: str
    word: str
    split: str
    fold: str | None = None
    """Column whose rows of 0 are tested; all rows otherwise."""


SETS = {
    "mp_bulk_modulus": Zero("benchmark/mp_bulk_modulus/test.csv", "bulk_modulus_GPa", "[BULK_MODULUS]",
                            "CrabNet's test file"),
    "mp_shear_modulus": Zero("benchmark/mp_shear_modulus/test.csv", "shear_modulus_GPa", "[SHEAR_MODULUS]",
                             "CrabNet's test file"),
    "expt_gap": Zero("matbench/expt_gap.csv", "band_gap_eV", "[BAND_GAP]", "official fold 0",
                     "official_test_fold"),
    "qmpy_ssub_formation_energy": Zero("labelled/qmpy_ssub_formation_energy.csv",
                                       "formation_energy_eV_per_atom", "[FORMATION_ENERGY]", "all rows"),
    "qmpy_iit_formation_energy": Zero("labelled/qmpy_iit_formation_energy.csv",
                                      "formation_energy_eV_per_atom", "[FORMATION_ENERGY]", "all rows"),
    "aflow__Egap": Zero("benchmark/aflow__Egap/test.csv", "band_gap_eV", "[BAND_GAP]", "CrabNet's test file"),
    "CritExam__Ef": Zero("benchmark/CritExam__Ef/test.csv", "formation_energy_eV_per_atom",
                         "[FORMATION_ENERGY]", "CrabNet's test file"),
}  # fmt: skip
"""Name -> set. The last two have labels of their own database in pretraining; the others' answers show
how far related labels carry."""


def asked_records(prompted: Path, plain: Path, folder: Path, command: str) -> list[dict[str, Any]]:
    """Records of every set and way of asking."""
    records = []
    for name, zero in SETS.items():
        strings, truth = rows_of(folder / "compositions" / zero.file, zero)
        told = dict(ways(prompted, plain, zero.word, strings))
        errors = {way: np.abs(values - truth) for way, values in told.items()}
        heads = [way for way in errors if way.startswith("head")]
        best = min(heads, key=lambda way: errors[way].mean())
        errors["dummy"] = np.abs(np.median(truth) - truth)
        for way, error in errors.items():
            difference = errors[best] - error
            spread = bootstrap(lambda rows, d=difference: float(d[rows].mean()), len(truth))[0]
            middle = float(difference.mean())
            twin = plain.name if way.endswith("twin") else prompted.name
            records.append({
                "dataset": name, "split": zero.split, "target": zero.column,
                "model": "dummy" if way == "dummy" else twin, "strategy": way, "n_train": 0,
                "checkpoint": None if way == "dummy" else twin, "metric": "MAE",
                "unit": zero.column.rpartition("_")[2] if "per_atom" not in zero.column else "eV/atom",
                "value": float(error.mean()), "n": len(truth), "baseline": best,
                "baseline_value": float(errors[best].mean()), "gain_over_best_head": middle,
                "gain_low": middle - 1.96 * spread, "gain_high": middle + 1.96 * spread, "seeds": [],
                "data_sha256": sha256_of(folder / "compositions" / zero.file), "command": command,
                "versions": versions(), "date": datetime.now(UTC).date().isoformat(),
            })  # fmt: skip
            print(f"{name}: {way}: {error.mean():.4f} ({middle:+.4f} ± {1.96 * spread:.4f})", flush=True)
    return records


def rows_of(file: Path, zero: Zero) -> tuple[list[str], np.ndarray]:
    """Canonical formulas and their median value."""
    table = pd.read_csv(file, keep_default_na=False)
    if zero.fold:
        table = table[table[zero.fold].astype(int) == 0]
    table["formula"] = [NOTATIONS["composition"].canonical(one) for one in table["formula"]]
    table[zero.column] = pd.to_numeric(table[zero.column])
    merged = table.groupby("formula", sort=False)[zero.column].median()
    merged = merged.sample(min(MOST, len(merged)), random_state=0)
    return list(merged.index), merged.to_numpy(float)


def ways(prompted: Path, plain: Path, word: str, strings: list[str]) -> Iterator[tuple[str, np.ndarray]]:
    """Way of asking -> answers in the unit of the set."""
    model = MatBertForPreTraining.from_pretrained(prompted).eval()
    task = next(one for one in model.config.task_words if one["token"] == word)
    known = {"[MP]", *task["properties"].values()} if "MODULUS" in word else set(task["properties"].values())
    classes = [" ".join(f"[{name}]" for name in classes_of(one)) for one in strings]
    for database in ["", *sorted(known)]:
        words = f"{database} {word}".strip()
        yield f"asked {words}", _asked(prompted, [f"{one} {words}" for one in strings])
        shown = [f"{own} {one} {words}".strip() for own, one in zip(classes, strings, strict=True)]
        yield f"asked {words} with classes", _asked(prompted, shown)
    for folder, said in ((prompted, ""), (plain, " of the plain twin")):
        network = MatBertForPreTraining.from_pretrained(folder).eval()
        raw = answers(network, encode_many(strings), lambda out: out.property_logits)
        for i, column in enumerate(network.config.properties):
            if column["name"] in task["properties"]:
                values = raw[:, i] * column["scale"] + column["mean"]
                yield f"head {column['name']}{said}", UNDONE[column["transform"]](values)


def _asked(folder: Path, strings: list[str]) -> np.ndarray:
    return ask(folder, strings)["value"].to_numpy(float)
