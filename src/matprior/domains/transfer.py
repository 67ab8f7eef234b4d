"""Intermediate-task transfer: one model learns from several tables in turn, and the chain is judged.

Strings that score any table are kept from every step, so that no later test row was ever seen with a
label. What each step gave and what it made the encoder forget are measured alike: by a linear probe on the
frozen encoder, asked about the test rows of every table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.data.table import Table, read_strings, read_table
from matprior.data.task import Task
from matprior.domains.aligning import Accompanied
from matprior.domains.chain import Chain, Step
from matprior.domains.judging import error_of, forgotten, score_line
from matprior.domains.masked_step import learn_masked
from matprior.domains.replay import Remembered, Replay, below_each_other, remembered
from matprior.estimators.choice import estimator_of
from matprior.estimators.encoding import encoded
from matprior.models.zoo import checkpoint_for, find

START = "start"
"""Name of the model before the first step."""
REMEMBERED = 3000
"""Rows kept of each table to be replayed."""
PROBED = 1500
"""Rows a linear probe learns from at most."""
Told = Callable[[int, int, str], None]


@dataclass
class Material:
    """What a step learns from and is scored on."""

    step: Step
    kind: str
    unit: str
    table: Table
    strings: list[str]
    """To learn from."""
    values: NDArray
    test: list[str]
    truth: NDArray
    left_out: int
    """Rows not learned from because they score some table of the chain."""


@dataclass
class Transferred:
    """A chain that was run."""

    model: Any
    """The fitted estimator of the last step."""
    table: Table
    """Of the last step."""
    steps: pd.DataFrame
    """One line per table with labels: step, n_train, n_test, metric, unit, dummy, direct, chain, gain (share
    of the direct model's error that the chain saved)."""
    probes: pd.DataFrame
    """Error of a linear probe on the frozen encoder: one line per stage, one column per table."""
    folders: list[Path]
    """Of the models, in order."""
    chain: Chain
    """What was run, with the model it started from."""
    notes: list[str] = field(default_factory=list)
    """Sentences: what was left out, what was forgotten."""


def transfer(
    chain: Chain, output: str | Path, base: str | Path = ".", data_folder: str | Path | None = None,
    progress: Told | None = None,
) -> Transferred:  # fmt: skip
    """Run a chain and write every step's model below `output`.

    Parameters
    ----------
    chain : what to learn from, in order
    output : folder; step k lies in `k-name`
    base : folder that relative paths start from
    data_folder : folder that serves data sets offline
    progress : told how many steps are done
    """
    materials = prepare(chain, base, data_folder)
    if chain.model is None:
        chain = replace(chain, model=checkpoint_for(materials[-1].table.task.notation))
    run = _Run(chain, Path(output), [one for one in materials if one.step.objective == "labels"])
    run.probe(START)
    for place, one in enumerate(materials, start=1):
        if progress is not None:
            progress(place - 1, len(materials), one.step.name)
        run.learn(place, one)
        run.probe(one.step.name)
    notes = [
        f"{one.step.name}: {one.left_out:,} rows were not learned from because their strings score a table."
        for one in materials
        if one.left_out
    ]
    probes = pd.DataFrame(run.probes).set_index("after")
    notes += forgotten(probes, [one.step.name for one in materials])
    return Transferred(
        run.model, materials[-1].table, pd.DataFrame(run.lines), probes, run.folders, chain, notes
    )


def prepare(chain: Chain, base: str | Path = ".", data_folder: str | Path | None = None) -> list[Material]:
    """Read every table and keep the strings that score any of them out of all steps."""
    read = [_read(step, base, data_folder) for step in chain.steps]
    held: list[set[str]] = []
    for place, table in enumerate(read):
        distinct = np.array(sorted(set(table.strings)))
        random = np.random.default_rng([chain.seed, place])
        labelled = chain.steps[place].objective == "labels"
        held.append(set(random.permutation(distinct)[: round(chain.test * len(distinct) * labelled)]))
    everywhere = set[str]().union(*held)
    return [
        _material(step, table, own, everywhere, chain.seed)
        for step, table, own in zip(chain.steps, read, held, strict=True)
    ]


def _read(step: Step, base: str | Path, data_folder: str | Path | None) -> Table:
    path = Path(step.data)
    if not path.is_absolute() and (Path(base) / path).is_file():
        path = Path(base) / path
    elif not path.exists() and not path.suffix:
        from matprior.data.catalog import get

        path = get(step.data, data_folder)
    targets = [] if step.target is None else [step.target]
    task = Task(strings=step.strings, targets=targets, kind=step.kind, amount_unit=step.amounts)
    return read_table(path, task) if targets else read_strings(path, task)


def _material(step: Step, table: Table, own: set[str], everywhere: set[str], seed: int) -> Material:
    strings = table.strings.to_numpy(dtype=object)
    labelled = step.objective == "labels"
    values = table.targets.iloc[:, 0].to_numpy() if labelled else np.zeros(len(strings))
    known = pd.notna(values)
    scored = known & np.isin(strings.astype(str), sorted(own))
    barred = np.isin(strings.astype(str), sorted(everywhere))
    learn = np.flatnonzero(known & ~barred)
    if step.limit is not None and step.limit < len(learn):
        learn = np.sort(np.random.default_rng(seed).permutation(learn)[: step.limit])
    if len(learn) < 5:
        raise ValueError(
            f"The step {step.name!r} has {len(learn)} rows to learn from; at least 5 are needed. Its strings "
            "may all score later tables: lower `test`."
        )
    unit = table.task.units.get(str(step.target), "")
    kind = str(table.task.kind) if labelled else ""
    left_out = int((known & barred & ~scored).sum())
    return Material(
        step, kind, unit, table, list(strings[learn]), values[learn], list(strings[scored]), values[scored],
        left_out,
    )  # fmt: skip


class _Run:
    """The model on its way through the chain."""

    def __init__(self, chain: Chain, output: Path, scored: list[Material]) -> None:
        self.chain, self.output, self.scored = chain, output, scored
        self.folder = find(str(chain.model))
        self.model: Any = None
        self.folders: list[Path] = []
        self.lines: list[dict[str, Any]] = []
        self.probes: list[dict[str, Any]] = []
        self.remembered: list[Remembered] = []

    def learn(self, place: int, one: Material) -> None:
        """One step: fit, score, save."""
        target = self.output / f"{place}-{one.step.name}"
        if one.step.objective == "masked":
            learn_masked(self.folder, one.strings, one.step.training, self.chain.seed, target)
        else:
            self.model = self._fitted(one, self.folder, self._replay(one))
            straight = self._fitted(one, find(str(self.chain.model)), None) if self._compares(place) else None
            self.lines.append(score_line(one, self.model, straight))
            self.model.save(target)
            self.remembered.append(remembered(one.strings, one.values, REMEMBERED, self.chain.seed))
        self.folder = target
        self.folders.append(target)

    def probe(self, after: str) -> None:
        """A line of errors of linear probes on the encoder as it is now."""
        line: dict[str, Any] = {"after": after}
        for one in self.scored:
            few = np.random.default_rng(self.chain.seed).permutation(len(one.strings))[:PROBED]
            probe = self._estimator(one, self.folder, "extract", {})
            probe.fit([one.strings[i] for i in few], one.values[few])
            line[one.step.name] = error_of(one.truth, probe.predict(one.test), one.kind)
        self.probes.append(line)

    def _compares(self, place: int) -> bool:
        return self.chain.direct and place > 1

    def _fitted(self, one: Material, folder: Path, company: Replay | None) -> Any:
        strategy = one.step.strategy if company is None else Accompanied(one.step.strategy, company)
        model = self._estimator(one, folder, strategy, one.step.training)
        model.fit(one.strings, pd.Series(one.values, name=one.step.target))
        return model.set_params(strategy=one.step.strategy, model=str(self.chain.model))

    def _estimator(self, one: Material, folder: Path, strategy: Any, training: dict[str, Any]) -> Any:
        options: dict[str, Any] = (
            {"head": one.step.head} if one.kind == "regression" and strategy != "extract" else {}
        )
        return estimator_of(
            one.kind, strategy, model=str(folder), training=training or None, seed=self.chain.seed, **options
        )

    def _replay(self, one: Material) -> Replay | None:
        if not self.remembered or not self.chain.replay:
            return None
        from transformers import AutoConfig

        strings, labels = below_each_other(self.remembered)
        rows = encoded(strings, AutoConfig.from_pretrained(self.folder, trust_remote_code=False))
        return Replay(rows, labels, self.chain.replay, self.chain.replay_weight, self.chain.seed)
