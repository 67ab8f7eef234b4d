"""Several properties from one frozen encoder: a prompt and a last layer each, chosen by name.

Each task is a `MaterialRegressor` or `MaterialClassifier` of its own, with its own error bars; only the
encoder is shared. A task that is added later changes no answer of the others, not by a bit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matprior.estimators.base import as_strings
from matprior.estimators.choice import estimator_of
from matprior.estimators.encoding import encoded
from matprior.models.tasks import MatBertForTasks
from matprior.strategies import PromptTuning, strategy_of
from matprior.training.loop import Progress, answers

NAME = re.compile(r"[A-Za-z0-9_-]+")
"""What a task may be called: its name is part of the names of its weights."""


class MaterialTasks:
    """Predict several properties, each with a learned prompt for one shared encoder.

    Parameters
    ----------
    model : name of a shipped checkpoint, or a folder

    Attributes
    ----------
    tasks_ : name -> fitted `MaterialRegressor` or `MaterialClassifier`
    network_ : the network with all of them

    Examples
    --------
    >>> formulas = ["NaCl", "KCl", "LiF", "MgO", "CaO", "NaF", "KF", "LiCl", "SrO", "BaO", "KBr", "NaBr"]
    >>> melting_K = [1074, 1043, 1121, 3125, 2886, 1269, 1131, 883, 2804, 2246, 1007, 1020]
    >>> model = MaterialTasks().add("melting", formulas, melting_K, training={"epochs": 1})
    >>> model.predict(["NaI", "LiBr"], task="melting").shape
    (2,)
    """

    def __init__(self, model: str | Path = "matbert-small") -> None:
        self.model, self.base = model, str(model)
        self.tasks_: dict[str, Any] = {}
        self.network_: MatBertForTasks | None = None

    def add(
        self,
        name: str,
        strings: Any,
        targets: Any,
        kind: str = "regression",
        strategy: str | dict[str, dict[str, Any]] | PromptTuning = "prompts",
        from_task: str | None = None,
        progress: Progress | None = None,
        **options: Any,
    ) -> MaterialTasks:
        """Learn a task; those that are there stay as they are.

        Parameters
        ----------
        name : letters, digits, `_` and `-`; a task of this name is replaced
        strings, targets : as for `MaterialRegressor.fit` or `MaterialClassifier.fit`
        kind : regression, binary or multiclass
        strategy : "prompts", alone or with options
        from_task : task whose prompt this one starts from
        options : further ones of the estimator, such as training and seed
        """
        if not NAME.fullmatch(name):
            raise ValueError(f"A task can't be called {name!r}. Use letters, digits, '_' and '-'.")
        chosen = strategy_of(strategy)
        if not isinstance(chosen, PromptTuning):
            raise ValueError(
                f"Tasks share a frozen encoder, so their strategy is 'prompts', not {strategy!r}. For a "
                "model of its own use MaterialRegressor or MaterialClassifier."
            )
        if from_task is not None:
            chosen = replace(chosen, init="model")
            chosen.begin_at(self.of(from_task).model_)
        estimator = estimator_of(kind, chosen, model=self.model, **options)
        estimator.fit(strings, targets, progress=progress)
        return self.take(name, estimator)

    def take(self, name: str, estimator: Any) -> MaterialTasks:
        """Take a fitted single-task estimator in, such as one fitted with strategy="prompts"."""
        model = estimator.model_
        network = self.network_ or MatBertForTasks.around(model)
        network.add(name, model)
        self.network_ = network
        estimator.model_ = network.single(name)
        # The encoder's own checkpoint may be gone when the folder is opened elsewhere.
        estimator.domain_ = estimator.domain_.thinned()
        self.tasks_[name] = estimator
        return self

    def of(self, task: str) -> Any:
        """The estimator of one task."""
        if task not in self.tasks_:
            near = get_close_matches(str(task), self.tasks_, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"There is no task {task!r} here. Tasks: {', '.join(self.tasks_)}.{hint}")
        return self.tasks_[task]

    @property
    def notation_(self) -> str:
        """What the strings mean."""
        return "composition"

    @property
    def names(self) -> list[str]:
        """Names of the tasks, in the order in which they came."""
        return list(self.tasks_)

    def predict(self, strings: Any, task: str | Sequence[str] | None = None) -> Any:
        """Answers to one question, to one per string, or to all.

        Parameters
        ----------
        strings : `n` formulas
        task : name of a task; or one name per string, which are then answered in one mixed batch; None asks
            all tasks at once

        Returns
        -------
        Array of shape (n,), or with all tasks a DataFrame with a column per task.
        """
        if isinstance(task, str):
            return _values(self.of(task), *self.told(strings, [task])[task])
        if task is not None:
            return self._mixed(as_strings(strings), list(task))
        found = {name: _values(self.tasks_[name], *told) for name, told in self.told(strings).items()}
        return pd.DataFrame(found)

    def predict_interval(
        self, strings: Any, task: str | None = None, coverage: float = 0.9, domain: bool = False
    ) -> pd.DataFrame:
        """Answers with error bars; probabilities where a task asks for classes.

        Parameters
        ----------
        task : None asks all tasks in one pass
        domain : also say in a column `in_domain` whether a string is like the task's training rows

        Returns
        -------
        Columns `prediction`, `std`, `low`, `high`, or `prediction` and `p_<class>`; with all tasks each is
        prefixed by the task's name.
        """
        from matprior.estimators.intervals import check_coverage

        check_coverage(coverage)
        strings, parts = as_strings(strings), {}
        for name, told in self.told(strings, None if task is None else [task]).items():
            parts[name] = _bars(self.of(name), *told, coverage)
            if domain:
                rows = encoded(strings, self._network().config)
                parts[name]["in_domain"] = self.of(name).domain_.holds(told[1], rows)
        if task is not None:
            return parts[task]
        return pd.concat([part.add_prefix(f"{name}_") for name, part in parts.items()], axis=1)

    def told(
        self, strings: Any, tasks: Sequence[str] | None = None
    ) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """For each task the outputs of its last layer (n, k) and what that layer read (n, d), in one pass."""
        network, rows = self._network(), encoded(as_strings(strings), self._network().config)
        chosen = (
            self.names if tasks is None else [name for name in self.names if self.of(name) and name in tasks]
        )
        several = answers(
            network, rows, lambda vectors: vectors, run=lambda **batch: network.every(tasks=chosen, **batch)
        )
        found = {}
        for place, name in enumerate(chosen):
            vectors = np.ascontiguousarray(several[:, place])
            found[name] = network.outputs(name, vectors), vectors
        return found

    def _mixed(self, strings: list[str], tasks: list[str]) -> np.ndarray:
        """One question per string."""
        if len(tasks) != len(strings):
            raise ValueError(f"{len(strings)} strings but {len(tasks)} tasks. Name one task per string.")
        network = self._network()
        places = np.array([self.names.index(task) for task in tasks if self.of(task)], dtype=np.int64)
        rows = encoded(strings, network.config)
        import torch

        width = network.config.hidden_size
        both = answers(network, rows, lambda out: torch.cat(out, 1), beside={"task": places})
        parts: dict[int, Any] = {}
        for place in np.unique(places):
            own, estimator = places == place, self.tasks_[self.names[place]]
            n_outputs = estimator.model_.classifier.out_features
            parts[place] = _values(estimator, both[own, width : width + n_outputs], both[own, :width])
        kinds = {np.asarray(part).dtype.kind for part in parts.values()}
        found = np.empty(len(strings), dtype=float if kinds == {"f"} else object)
        for place, values in parts.items():
            found[places == place] = values
        return found

    def _network(self) -> MatBertForTasks:
        if self.network_ is None:
            raise ValueError("There is no task yet. Add one: model.add(name, strings, targets).")
        return self.network_

    def table(self) -> pd.DataFrame:
        """One line per task: kind, target, prompt, parameters of its own and their share, kB, rows."""
        total = sum(parameter.numel() for parameter in self._network().matbert.parameters())
        lines = []
        for name, estimator in self.tasks_.items():
            own = sum(p.numel() for p in self._network().tasks[name].parameters())
            prompt: Mapping[str, Any] = estimator.model_.config.prompt
            lines.append(
                {
                    "task": name, "target": ", ".join(estimator.target_names_),
                    "kind": "classes" if hasattr(estimator, "classes_") else "number",
                    "prompt": f"{prompt['depth']} × {prompt['length']}", "layers": prompt["layers"],
                    "parameters": own, "share": own / (total + own), "kB": 4 * own / 1e3,
                    "rows": estimator.n_training_rows_,
                }
            )  # fmt: skip
        return pd.DataFrame(lines)

    def save(self, folder: str | Path) -> Path:
        """Write encoder, prompts and heads as one Hugging Face folder. Existing files are replaced."""
        from matprior.estimators.tasks_folder import save

        self._network()
        return save(self, folder)

    @classmethod
    def load(cls, folder: str | Path) -> MaterialTasks:
        """Read a folder written by `save`."""
        from matprior.estimators.folder import load

        return load(folder, cls)


def _values(estimator: Any, raw: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """What `predict` of a task says, from the outputs of its last layer."""
    if hasattr(estimator, "classes_"):
        return estimator.label(estimator.probability(raw))
    return estimator.told(raw, vectors).prediction[:, 0]


def _bars(estimator: Any, raw: np.ndarray, vectors: np.ndarray, coverage: float) -> pd.DataFrame:
    if not hasattr(estimator, "classes_"):
        return estimator.bars(estimator.told(raw, vectors), coverage)
    probability = estimator.probability(raw)
    names = estimator.target_names_ if estimator.multilabel_ else estimator.classes_
    columns = {f"p_{name}": probability[:, i] for i, name in enumerate(names)}
    return pd.DataFrame({"prediction": estimator.label(probability), **columns})
