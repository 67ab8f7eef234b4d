"""Few-shot tasks of molecules: those of PAR (Tox21, ToxCast) and measured potencies by target.

Molecules are shared between training and test tasks in the split of PAR. Potencies are parted the way FS-Mol
does (Stanley et al. 2021): at the median of the target, moved into 5 to 7; targets are dealt to the parts by
a hash of their names, and no molecule of a test or validation target is left in a training target.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd

from matprior.data.catalog import get, load
from matprior.data.dealing import draw
from matprior.notations import NOTATIONS, InvalidString

PARTS = ("test", "validation", "train")
POTENCIES = "chembl_5thresh_pIC50"
LOWEST, HIGHEST = 5.0, 7.0
"""Between these the median of a target parts its molecules."""
FEWEST = 0.3
"""Share of the rarer class of a target at least."""
LARGE = 176
"""Rows of a test or validation target at least: 128 to learn from, and some to be asked."""
SMALL = 40
"""Rows of a training target at least."""
MOST = {"test": 200, "validation": 128, "train": 48}
"""Rows of a target; of more, so many are drawn by hash."""
TESTED, VALIDATED = 30, 8
"""Targets of both parts."""


def par_tasks(name: str, part: str) -> pd.DataFrame:
    """Rows (string, task, label) of the test or training tasks that PAR names for `tox21` or `toxcast`."""
    folder = get("tox21").parents[1]
    names = json.loads((folder / "fewshot" / "par_task_splits.json").read_text())[name][f"{part}_tasks"]
    frame = load(name)
    return long_table([canonical(string) for string in frame["smiles"]], frame[names])


def par_strings() -> list[str]:
    """Every molecule of both sets, so that they share their features."""
    found = {canonical(string) for name in ("tox21", "toxcast") for string in load(name)["smiles"]}
    return sorted(string for string in found if string is not None)


def potency_tasks(parts: Sequence[str] = PARTS) -> pd.DataFrame:
    """Rows (part, string, task, label) of the targets."""
    frame = load(POTENCIES)
    strings = [canonical(string) for string in frame["smiles"]]
    table = long_table(strings, frame.drop(columns="smiles"))
    table = table.groupby(["task", "string"], as_index=False, sort=True)["label"].median()
    found, large = [], []
    for task, rows in table.groupby("task", sort=True):
        threshold = min(max(float(rows["label"].median()), LOWEST), HIGHEST)
        rows = rows.assign(label=(rows["label"] >= threshold).astype(int))
        share = rows["label"].mean()
        if len(rows) >= SMALL and FEWEST <= share <= 1 - FEWEST:
            found.append(rows)
            large += [str(task)] if len(rows) >= LARGE else []
    order = sorted(large, key=lambda task: draw(task, 0))
    test, validation = set(order[:TESTED]), set(order[TESTED : TESTED + VALIDATED])
    table = pd.concat(found, ignore_index=True)
    table["part"] = [
        "test" if task in test else "validation" if task in validation else "train" for task in table["task"]
    ]
    table = pd.concat(
        [_some(rows, MOST[rows["part"].iloc[0]]) for _, rows in table.groupby("task", sort=True)],
        ignore_index=True,
    )
    asked = set(table["string"][table["part"] != "train"])
    table = table[(table["part"] != "train") | ~table["string"].isin(asked)]
    return table[table["part"].isin(parts)].reset_index(drop=True)


def label_matrix(table: pd.DataFrame, strings: Sequence[str]) -> np.ndarray:
    """Label of each string in each task, shape (n, t); NaN where unknown."""
    wide = table.pivot_table(index="string", columns="task", values="label", aggfunc="median")
    return wide.reindex(list(strings)).to_numpy(float)


def long_table(strings: Sequence[str | None], columns: pd.DataFrame) -> pd.DataFrame:
    """Rows (string, task, label) of all known cells; strings that cannot be read are left out."""
    wide = pd.concat([pd.Series(list(strings), columns.index, name="string"), columns.astype(float)], axis=1)
    wide = wide.dropna(subset=["string"])
    return wide.melt("string", var_name="task", value_name="label").dropna(subset=["label"])


def canonical(string: str) -> str | None:
    """The string in canonical form, None where it cannot be read."""
    try:
        return NOTATIONS["smiles"].canonical(string)
    except InvalidString:
        return None


def _some(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    if len(rows) <= most:
        return rows
    order = sorted(rows.index, key=lambda i: draw(str(rows["string"][i]), 0))
    return rows.loc[sorted(order[:most])]
