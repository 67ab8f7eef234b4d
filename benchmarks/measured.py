"""Data sets of measured properties for the studies: what is read, what is left out, who is tested.

Rows of one composition become one row, their median, unless a set has official folds, whose rows stay as
they are. Test rows are official fold 0, or a fifth of the rows by chemical system, at most 1,500.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from matprior.data import Task, read_table
from matprior.data.catalog import get, load
from matprior.data.files import sha256_of
from matprior.data.table import Table
from matprior.evaluation.label_task import LabelTask, label_task

FOLDS = "official_test_fold"
TEST_SHARE = 0.2


@dataclass(frozen=True)
class Measured:
    """One measured property."""

    dataset: str
    """Name in the catalog."""
    target: str
    kind: str = "regression"
    official: bool = False
    """Whether official fold 0 is tested."""
    zero_is_unknown: bool = False
    """Whether 0 stands for "not reported"."""

    @property
    def split(self) -> str:
        """Who is tested, in words."""
        return "official fold 0" if self.official else "20 % by chemical system"


MEASURED: dict[str, Measured] = {
    "expt_gap": Measured("expt_gap", "band_gap_eV", official=True),
    "expt_is_metal": Measured("expt_is_metal", "is_metal", "binary", official=True),
    "glass": Measured("glass", "is_glass_former", "binary", official=True),
    "supercon": Measured("supercon_stanev_16k", "Tc_K", zero_is_unknown=True),
    "formation_enthalpy": Measured("qmpy_ssub_formation_energy", "formation_energy_eV_per_atom"),
    "melting_point": Measured("inorganic_melting_point", "melting_point_K"),
    "hardness": Measured("mpea_borg2020", "vickers_hardness_HV"),
}
"""Name of a task in the studies -> what it is."""
COMPUTED: dict[str, Measured] = {"log_kvrh": Measured("log_kvrh", "log10_K_VRH_GPa", official=True)}
"""Tasks of the ablation whose labels are computed."""
FURTHER: dict[str, Measured] = {"density": Measured("inorganic_density", "density_kg_m3")}
"""Measured tasks of the prompt study alone."""


def chosen(names: str) -> dict[str, Measured]:
    """Tasks by comma-separated names; `all` for every measured one."""
    known = MEASURED | COMPUTED | FURTHER
    wanted = list(MEASURED) if names == "all" else [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in known:
            raise ValueError(f"There is no task {name!r}. Known: {', '.join(known)}.")
    return {name: known[name] for name in wanted}


def open_task(
    name: str,
    folder: str | Path | None = None,
    options: dict[str, Any] | None = None,
    rows: int | None = None,
) -> LabelTask:
    """A task with its test rows set aside.

    Parameters
    ----------
    name : key of `MEASURED`, `COMPUTED` or `FURTHER`
    folder : local data folder; MATPRIOR_DATA where left out
    options : of the networks
    rows : read only so many rows, drawn at random, for a quick try
    """
    one = chosen(name)[name]
    frame = load(one.dataset, folder)
    if rows is not None and rows < len(frame):
        frame = frame.sample(rows, random_state=0).reset_index(drop=True)
    table = read_table(frame, Task(targets=[one.target], kind=one.kind), merge_duplicates="keep")
    if one.official:
        return label_task(table, name, test=table.frame[FOLDS].astype(int).to_numpy() == 0, options=options)
    return label_task(by_median(table, one), name, TEST_SHARE, options=options)


def by_median(table: Table, one: Measured) -> Table:
    """One row per composition; rows without a value, or with a zero that means none, are left out."""
    values = table.frame[one.target].astype(float)
    kept = values.notna() & ~((values == 0) & one.zero_is_unknown)
    rows = pd.DataFrame({"formula": table.strings[kept], one.target: values[kept]})
    merged = rows.groupby("formula", sort=False)[one.target].median().reset_index()
    return read_table(merged, Task(strings="formula", targets=[one.target], kind=one.kind))


def facts(name: str, task: LabelTask, folder: str | Path | None, seen: int | None) -> dict[str, Any]:
    """What the records of a task say of its data."""
    one = chosen(name)[name]
    return {
        "split": one.split,
        "data": one.dataset,
        "data_sha256": sha256_of(get(one.dataset, folder)),
        "n_test": len(task.test),
        "n_pool": len(task.train),
        "n_test_seen_in_pretraining": seen,
    }


def test_strings(task: LabelTask) -> list[str]:
    """Formulas of the test rows."""
    return [task.table.strings.iloc[i] for i in task.test]
