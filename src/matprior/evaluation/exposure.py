"""What a checkpoint has already seen of the rows it will be tested on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matprior.data.label_sources import label_source, set_of, share_labels
from matprior.data.leakage import LeakError, listed
from matprior.data.seen import SEEN, SeenFormulas
from matprior.evaluation.baselines import BASELINES
from matprior.evaluation.contestants import checkpoint_and_strategy


@dataclass
class Exposure:
    """Test formulas among those a checkpoint learned from."""

    model: str
    data: str
    """Data set (or file) of the test rows."""
    n_test: int
    seen: list[str] | None = None
    """Test formulas that were seen; None where the checkpoint does not tell."""
    labels: list[str] = field(default_factory=list)
    """What it learned with labels of the source of the test rows: properties, or its table."""
    twin: str = ""
    """Checkpoint that is alike, but has seen fewer of them."""
    seen_by_twin: int = 0

    @property
    def is_leak(self) -> bool:
        """Whether answers of test rows may have been learned: same formulas, labels of one source."""
        return bool(self.labels) and self.seen != []

    def __str__(self) -> str:
        count = "an unknown number" if self.seen is None else f"{len(self.seen):,}"
        some = f": {listed(self.seen)}" if self.seen else ""
        if self.is_leak:
            source = label_source(self.data) or self.data
            return (
                f"{self.model} learned {', '.join(self.labels)} with labels of the same source as the test "
                f"rows ({source}), and has seen {count} of {self.n_test:,} test formulas{some}."
            )
        if self.seen is None:
            return (
                f"{self.model} keeps no list of the formulas it learned from: whether test formulas are "
                "among them can't be told."
            )
        told = f"{self.model} has seen {count} of {self.n_test:,} test formulas, without their labels{some}."
        if not self.twin:
            return told
        return (
            f"{told} Its twin {self.twin} has seen {self.seen_by_twin:,} of these: name it too, to see what "
            "to expect of new materials."
        )


def exposures(models: Iterable[str], strings: Sequence[str], data: str | Path) -> list[Exposure]:
    """One entry for each checkpoint among `models` that has seen something, or can't tell.

    Parameters
    ----------
    models : names as `contestants` takes them
    strings : formulas of the test rows
    data : name or file of the table, to know where its labels come from
    """
    from matprior.models.zoo import STRICT, find

    checkpoints = dict.fromkeys(checkpoint_and_strategy(name)[0] for name in models if name not in BASELINES)
    distinct = list(dict.fromkeys(strings))
    found = [_exposure(name, find(name), distinct, str(data)) for name in checkpoints if name is not None]
    for one in found:
        if one.seen and (twin := STRICT.get(one.model)) and twin not in checkpoints:
            known = SeenFormulas(find(twin) / SEEN).contains(one.seen)
            if not all(known):
                one.twin, one.seen_by_twin = twin, int(sum(known))
    return [one for one in found if one.seen != [] or one.is_leak]


def refuse_exposures(found: Sequence[Exposure], everything: bool = False) -> None:
    """Raise `LeakError` when labels of test rows were learned; with `everything` also for formulas alone."""
    wrong = [one for one in found if one.is_leak or (everything and one.seen)]
    if wrong:
        raise LeakError(
            " ".join(map(str, wrong)) + " Its scores would flatter it. Choose a checkpoint that was "
            "pretrained without these formulas, or say --allow-leaks to see the scores all the same."
        )


def _exposure(name: str, folder: Path, strings: list[str], data: str) -> Exposure:
    recipe = _recipe(folder)
    found = Exposure(name, data, len(strings))
    if (folder / SEEN).is_file():
        hits = SeenFormulas(folder / SEEN).contains(strings)
        found.seen = [string for string, hit in zip(strings, hits, strict=True) if hit]
    elif any(_same_set(file, data) for file in recipe.get("exclude") or []):
        found.seen = []
    learned = [(source["name"], source.get("files") or []) for source in recipe.get("properties") or []]
    if "data" in recipe:  # a fitted model: its table was named, its rows were not kept
        learned.append((f"the table {recipe['data']}", [recipe["data"]]))
    found.labels = [what for what, files in learned if any(_same_labels(file, data) for file in files)]
    return found


def _recipe(folder: Path) -> dict[str, Any]:
    import yaml

    file = folder / "recipe.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else None
    return content if isinstance(content, dict) else {}


def _same_labels(file: str, data: str) -> bool:
    # A table of one's own is known by its name alone.
    return share_labels(file, data) or Path(file).name == Path(data).name


def _same_set(one: str, other: str) -> bool:
    name = set_of(one)
    return name is not None and name == set_of(other)
