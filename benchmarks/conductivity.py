"""Ionic conductivity of polymer electrolytes: a polymer, and columns beside it, on polymers never seen.

    python benchmarks/conductivity.py --record docs/results/moleculenet.json

The columns are temperature, molality of the salt, molar mass, and which salt it is. A polymer is on one side
of every split, whatever its salts and temperatures. Contestants without `+columns` see the polymer alone.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matprior.data import SPLITS, Task, read_table
from matprior.data.catalog import get
from matprior.data.table import Table
from matprior.evaluation.benchmark import evaluate, scores
from matprior.evaluation.records import Setting, append_records, records
from matprior.notations import NOTATIONS
from matprior.notations.smiles_features import features

NAME, TARGET = "polymer_conductivity", "log10_conductivity_S_per_cm"
NUMBERS = ["T_C", "salt_molality_mol_per_kg", "Mw_g_per_mol"]
COMMON = 100
"""Rows from which a salt has a column of its own."""
WITH = "+columns"
"""Ending of contestants that see the columns."""


class ByRow:
    """Contestant that is asked by row number, and reads polymer and columns there."""

    def __init__(self, frame: pd.DataFrame, learner: Any, columns: list[str]) -> None:
        self.frame, self.learner, self.columns = frame, learner, columns

    def fit(self, rows: list[str], targets: np.ndarray) -> ByRow:
        """Learn from rows of the table."""
        part = self.frame.loc[rows]
        self.learner.fit(part["polymer"].tolist(), targets, **self._beside(part))
        return self

    def predict_interval(self, rows: list[str], coverage: float) -> pd.DataFrame:
        """Predictions and bounds for rows of the table."""
        part = self.frame.loc[rows]
        return self.learner.predict_interval(part["polymer"].tolist(), coverage, **self._beside(part))

    def _beside(self, part: pd.DataFrame) -> dict[str, pd.DataFrame]:
        return {"extra": part[self.columns].reset_index(drop=True)} if self.columns else {}


class Trees:
    """ExtraTrees on fingerprints, descriptors and the columns; what is unknown is -1."""

    def __init__(self, seed: int, jobs: int) -> None:
        self.seed, self.jobs = seed, jobs

    def fit(self, strings: list[str], targets: np.ndarray, extra: pd.DataFrame) -> Trees:
        """Learn from n rows."""
        from matprior.estimators.learners import extra_trees

        self.trees = extra_trees("regression", 200, self.seed, self.jobs, 0.33)
        self.trees.fit(self._matrix(strings, extra), targets)
        return self

    def predict_interval(self, strings: list[str], coverage: float, extra: pd.DataFrame) -> pd.DataFrame:
        """Predictions; these trees promise no bounds."""
        told = pd.DataFrame({"prediction": self.trees.predict(self._matrix(strings, extra))})
        return told.assign(std=np.nan, low=np.nan, high=np.nan)

    def _matrix(self, strings: list[str], extra: pd.DataFrame) -> np.ndarray:
        distinct, place = np.unique(strings, return_inverse=True)
        return np.hstack([features(distinct.tolist())[place], extra.fillna(-1).to_numpy(float)])


def main() -> int:
    """Score the contestants on held-out polymers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--record", type=Path, required=True, help="results file (JSON) to add the scores to")
    parser.add_argument("--models", default="dummy,extratrees,scratch,molbert-tiny")
    parser.add_argument("--folds", type=int, default=5, help="only the first so many of five folds")
    parser.add_argument("--rows", type=int, default=2000, help="training rows at most, drawn at random")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=-1)
    chosen = parser.parse_args()
    path = get(NAME)
    table = read_table(path, Task(targets=[TARGET], strings="smiles"), merge_duplicates="keep")
    frame, columns = with_columns(table)
    asked = replace(table, strings=pd.Series(frame.index, index=table.strings.index))
    folds = SPLITS["group"](n_splits=5, notation="smiles").split(list(table.strings))
    draw = np.random.default_rng(chosen.seed)
    few = [(np.sort(draw.permutation(train)[: chosen.rows]), test) for train, test in folds][: chosen.folds]
    words = "polymer held out" + (f", first {chosen.folds} of 5 folds" if chosen.folds < 5 else ", 5 folds")
    command = shlex.join(["python", "benchmarks/conductivity.py", *sys.argv[1:]])
    for model in chosen.models.split(","):
        made = contestants(model, frame, columns, chosen)
        results = evaluate(asked, made, few, [chosen.seed], n_jobs=chosen.jobs)
        append_records(chosen.record, records(results, Setting(NAME, words, command, path, "full")))
        print(scores(results)[["model", "metric", "mean", "std", "seconds"]].round(3), flush=True)
    return 0


def with_columns(table: Table) -> tuple[pd.DataFrame, list[str]]:
    """Polymer and columns of each row, by row number, and the names of the columns."""
    frame = table.frame[NUMBERS].apply(pd.to_numeric, errors="coerce").astype(float)
    frame["Mw_g_per_mol"] = np.log10(frame["Mw_g_per_mol"])
    given = [one for one in table.frame["salt_smiles"].dropna().unique() if one]
    spelled = {one: NOTATIONS["smiles"].canonical(one) for one in given}
    salts = table.frame["salt_smiles"].map(spelled)
    count = salts.value_counts()
    for number, salt in enumerate(count[count >= COMMON].index):
        frame[f"salt {number}"] = (salts == salt).astype(float)
    columns = list(frame.columns)
    frame["polymer"] = table.strings.to_numpy(dtype=object)
    return frame.set_axis([str(i) for i in range(len(frame))], axis=0), columns


def contestants(
    model: str, frame: pd.DataFrame, columns: list[str], chosen: argparse.Namespace
) -> dict[str, Callable[[int], Any]]:
    """Name -> factory: the model on polymers alone, and with the columns."""
    from matprior.estimators import MaterialRegressor
    from matprior.evaluation.baselines import BASELINES

    if model == "dummy":
        return {model: lambda seed: ByRow(frame, BASELINES[model](notation="smiles"), [])}
    if model == "extratrees":
        alone = BASELINES["extratrees-magpie"]
        return {
            "extratrees-magpie": lambda seed: ByRow(
                frame, alone(seed=seed, n_jobs=chosen.jobs, notation="smiles"), []
            ),
            f"extratrees-magpie{WITH}": lambda seed: ByRow(frame, Trees(seed, chosen.jobs), columns),
        }
    checkpoint = None if model == "scratch" else model

    def network(seed: int) -> MaterialRegressor:
        size = "tiny" if model == "scratch" else "small"
        training = {"epochs": chosen.epochs}
        return MaterialRegressor(checkpoint, training=training, size=size, seed=seed, notation="smiles")

    return {f"{model}{WITH}": lambda seed: ByRow(frame, network(seed), columns)}


if __name__ == "__main__":
    sys.exit(main())
