"""The models that are served, by name, with what the page has to know of each."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matprior.reports.theme import file_name
from matprior.web.problems import Problem

if TYPE_CHECKING:
    import pandas as pd

ROWS = "training_rows.csv"
"""Rows a model of the page learned from; `results.csv` holds the watched ones of any fitted model."""
EXAMPLES = 5
"""Strings that are proposed to try."""


@dataclass
class Served:
    """One fitted model."""

    name: str
    """Unique, in addresses."""
    title: str
    """As people named it."""
    estimator: Any
    folder: Path
    trained_here: bool = False
    rows: pd.DataFrame | None = None
    """Known rows of the first target: `string`, `label`; None where the folder keeps none."""
    error: dict[str, Any] | None = None
    """How far off it was on rows it was not trained on: metric, value, n."""
    units: dict[str, str] = field(default_factory=dict)

    @property
    def notation(self) -> str:
        """Key of `NOTATIONS`."""
        return str(self.estimator.notation_)

    @property
    def amount_unit(self) -> str:
        """What numbers in formulas count."""
        return str(getattr(self.estimator, "task_", {}).get("amount_unit", "atoms"))

    @property
    def kind(self) -> str:
        """regression, classes, or labels (several yes-or-no questions)."""
        if not hasattr(self.estimator, "classes_"):
            return "regression"
        return "labels" if getattr(self.estimator, "multilabel_", False) else "classes"

    @property
    def targets(self) -> list[str]:
        """Names of the targets."""
        return [str(name) for name in self.estimator.target_names_]

    @property
    def extra(self) -> list[str]:
        """Extra columns it was fitted with."""
        config = getattr(getattr(self.estimator, "model_", None), "config", None)
        return list((getattr(config, "extra_features", None) or {}).get("names") or [])

    @property
    def examples(self) -> list[str]:
        """Strings to try."""
        from matprior.notations import NOTATIONS

        if self.rows is None or self.rows.empty:
            return [NOTATIONS[self.notation].example]
        step = max(1, len(self.rows) // EXAMPLES)
        return [str(one) for one in self.rows["string"].iloc[::step].head(EXAMPLES)]


class Shelf:
    """Served models; models of the page come and go while others are asked."""

    def __init__(self) -> None:
        self._models: dict[str, Served] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._models)

    def list(self) -> list[Served]:
        """All, in the order they came."""
        with self._lock:
            return list(self._models.values())

    def get(self, name: str) -> Served:
        """The model of this name, or a refusal that names those there are."""
        with self._lock:
            if name in self._models:
                return self._models[name]
            known = ", ".join(self._models) or "none"
        raise Problem(404, "unknown_model", f"There is no model {name[:80]!r}. Served: {known}.")

    def add(self, folder: Path, title: str, engine: str = "torch", trained_here: bool = False) -> Served:
        """Open a folder and serve it; a name that is taken gets a number."""
        from matprior.screening.engines import open_model

        estimator = open_model(folder, engine)
        served = Served("", title, estimator, folder, trained_here)
        served.units = dict(getattr(estimator, "task_", {}).get("units") or {})
        served.rows = _rows(folder, served.targets[0])
        served.error = _error(folder, served)
        wanted = file_name(title)[:60]
        with self._lock:
            served.name, number = wanted, 2
            while served.name in self._models:
                served.name, number = f"{wanted}-{number}", number + 1
            self._models[served.name] = served
        return served

    def remove(self, name: str) -> Served:
        """Serve a model of the page no longer."""
        served = self.get(name)
        if not served.trained_here:
            raise Problem(
                403, "not_yours", f"{name} was not trained on this page. Stop the server to unload it."
            )
        with self._lock:
            self._models.pop(name, None)
        return served


def _results(folder: Path) -> pd.DataFrame | None:
    import pandas as pd

    file = folder / "results.csv"
    if not file.is_file():
        return None
    found = pd.read_csv(file, keep_default_na=False, na_values={"truth": [""], "prediction": [""]})
    return found if {"string", "target", "truth", "prediction"} <= set(found) else None


def _rows(folder: Path, target: str) -> pd.DataFrame | None:
    import pandas as pd

    if (folder / ROWS).is_file():
        return pd.read_csv(folder / ROWS, keep_default_na=False, na_values={"label": [""]})
    found = _results(folder)
    if found is None:
        return None
    rows = found[found["target"].astype(str) == target].rename(columns={"truth": "label"})
    return rows[["string", "label"]].dropna().reset_index(drop=True)


def _error(folder: Path, served: Served) -> dict[str, Any] | None:
    """The mean absolute error, or the share of wrong classes, on rows the weights never saw."""
    found = _results(folder)
    if found is None:
        return None
    rows = found[found["target"].astype(str) == served.targets[0]].dropna(subset=["truth", "prediction"])
    if rows.empty:
        return None
    if served.kind == "regression":
        return {
            "metric": "MAE",
            "value": float((rows["truth"] - rows["prediction"]).abs().mean()),
            "n": len(rows),
        }
    wrong = rows["truth"].astype(str) != rows["prediction"].astype(str)
    return {"metric": "wrong", "value": float(wrong.mean()), "n": len(rows)}
