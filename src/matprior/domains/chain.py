"""The recipe of a chain: tables in the order in which one model learns from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from matprior.data.recipe import read_recipe
from matprior.data.task import Kind

OBJECTIVES = ("labels", "masked")
"""What a step learns: the labels of a column, or hidden atoms of the formulas alone."""


@dataclass
class Step:
    """One table of a chain."""

    data: str
    """File, or name of a data set. A relative path starts from the folder of the recipe."""
    target: str | None = None
    """Column to learn; none with `objective: masked`."""
    name: str = ""
    """Name in reports and folders; that of the data when left out."""
    objective: Literal["labels", "masked"] = "labels"
    """labels: the target; masked: guess hidden atoms, without labels."""
    strings: str | None = None
    """Column with the strings. Found by looking when left out."""
    kind: Kind | None = None
    """regression, binary or multiclass. Seen from the values when left out."""
    amounts: Literal["atoms", "wt%", "at%"] = "atoms"
    """What numbers in formulas count."""
    limit: int | None = None
    """Learn from so many rows at most, drawn at random."""
    strategy: str = "full"
    """full, partial or lora."""
    head: str = "point"
    """What is predicted of a number: point, gaussian, quantile or two_part."""
    training: dict[str, Any] = field(default_factory=dict)
    """Training options that differ from the defaults, such as epochs."""

    def __post_init__(self) -> None:
        if self.objective == "labels" and self.target is None:
            raise ValueError(
                f"The step with data {self.data!r} has no target. Name a column, or write objective: masked."
            )
        if self.objective == "masked" and self.target is not None:
            raise ValueError(
                f"The step with data {self.data!r} hides atoms and learns no column; leave out its target "
                f"{self.target!r}, or write objective: labels."
            )
        if self.limit is not None and self.limit < 1:
            raise ValueError(f"limit is {self.limit}; expected a number of rows from 1 on.")
        self.name = self.name or Path(self.data).name.split(".")[0]


@dataclass
class Chain:
    """Everything that decides a chain. Written into its folder as `recipe.yaml`."""

    steps: list[Step]
    """Tables in the order of learning; the last is the one the model is for."""
    model: str | None = None
    """Checkpoint or folder to start from; left out, the checkpoint for the strings of the last step."""
    replay: float = 0.25
    """Rows of earlier tables in a batch, per row of the step's own; 0 forgets freely."""
    replay_weight: float = 1.0
    """Weight of their labels in the loss."""
    test: float = 0.2
    """Share of each table's strings that no step learns from, to score on."""
    direct: bool = True
    """Whether each table is also learned straight from `model`, to see what the chain gave."""
    seed: int = 0
    """Same seed, same chain."""

    def __post_init__(self) -> None:
        if not self.steps:
            raise ValueError("The chain has no steps. Give at least one table under steps.")
        if self.steps[-1].objective != "labels":
            raise ValueError("The last step must learn labels: it is the one the model is for.")
        for name, low in (("replay", 0.0), ("replay_weight", 0.0)):
            if getattr(self, name) < low:
                raise ValueError(f"{name} is {getattr(self, name)}; expected a number from 0 on.")
        if not 0 < self.test < 1:
            raise ValueError(f"test is {self.test}; expected a share between 0 and 1, such as 0.2.")
        names = [step.name for step in self.steps]
        for step in self.steps:
            if names.count(step.name) > 1:
                raise ValueError(f"Two steps are called {step.name!r}. Give each a name of its own.")


def read_chain(path: str | Path, overrides: list[str] | None = None) -> Chain:
    """Read a chain from YAML; `overrides` are "key=value" strings, applied last.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "chain.yaml"
    >>> _ = file.write_text("steps: [{data: a.csv, target: gap_eV}, {data: b.csv, target: gap_eV}]")
    >>> [step.name for step in read_chain(file, ["replay=0"]).steps]
    ['a', 'b']
    """
    return read_recipe(path, Chain, overrides)
