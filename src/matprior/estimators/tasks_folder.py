"""A model of several tasks as one folder: the encoder once, and a folder of facts below it per task."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from matprior.data.files import write_folder
from matprior.estimators.folder import (
    FACTS,
    VERSIONED,
    open_network,
    read_beside,
    save_beside,
    save_network,
)
from matprior.models.checksums import marks
from matprior.models.damage import read_facts

if TYPE_CHECKING:
    from matprior.estimators.tasks import MaterialTasks

BELOW = "tasks"
"""Folder of the tasks' own files."""


def save(model: MaterialTasks, folder: str | Path) -> Path:
    """Write a model of several tasks; see `MaterialTasks.save`."""
    with write_folder(folder) as draft:
        save_network(model.network_, draft)
        facts = {
            "estimator": "MaterialTasks",
            "notation": model.notation_,
            "base": str(model.base),
            "tasks": model.names,
            "versions": {name: version(name) for name in VERSIONED},
        }
        for name, estimator in model.tasks_.items():
            own = draft / BELOW / name
            own.mkdir(parents=True)
            save_beside(estimator, own)
        facts |= marks(draft)  # of the tasks' files too
        (draft / FACTS).write_text(json.dumps(facts, indent=1, ensure_ascii=False), encoding="utf-8")
    return Path(folder)


def load(folder: Path) -> MaterialTasks:
    """Read what `save` wrote."""
    from matprior.estimators.tasks import MaterialTasks
    from matprior.models.tasks import MatBertForTasks

    facts = read_facts(folder, FACTS, "tasks")
    model = MaterialTasks(folder)
    model.base = facts.get("base", "")
    model.network_ = open_network(folder, MatBertForTasks)
    for name in facts["tasks"]:
        model.tasks_[name] = read_beside(folder / BELOW / name, model.network_.single(name))
    return model
