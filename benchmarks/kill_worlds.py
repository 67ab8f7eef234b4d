"""Small commands to be killed: each has its folder, its words, and the files that are its finished parts."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml
from generated import write_pool

SCREENED, CHUNK = 1_500, 75


@dataclass
class World:
    """A command and where it works."""

    what: str
    """What it reads, in words."""
    words: list[str]
    place: Path
    """Folder of all that it writes."""
    finished: str = "none"
    """Pattern of parts that must not be done twice."""
    modules: Path | None = None
    """Where the names of all loaded modules go, if somebody wants them."""
    shorter: list[str] | None = None
    """A command that loads the same and ends sooner, if there is one."""

    @property
    def log(self) -> Path:
        """What it said."""
        return self.place.parent / f"{self.place.name}.log"

    def clear(self) -> None:
        """As if it had never run."""
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir(parents=True)


def _table(path: Path, n: int) -> Path:
    formulas = write_pool(path.with_suffix(".txt"), n).read_text(encoding="utf-8").split()[1:]
    lines = [f"{formula},{5 + math.sin(len(formula) * i):.4f}\n" for i, formula in enumerate(formulas)]
    path.write_text("formula,gap_eV\n" + "".join(lines), encoding="utf-8")
    return path


def _given(place: Path) -> Path:
    """Folder of what the command reads, beside the one it writes."""
    given = place.parent / f"{place.name}_given"
    given.mkdir(parents=True, exist_ok=True)
    World("", [], place).clear()
    return given


def pretrain(place: Path) -> World:
    """Masked atoms and a property, with averaged weights, a checkpoint every five steps."""
    given = _given(place)
    _table(given / "gaps.csv", 200)
    recipe = {
        "name": "killed", "size": "tiny", "sources": ["gaps.csv"],
        "properties": [{"name": "gap", "files": ["gaps.csv"], "column": "gap_eV", "unit": "eV"}],
        "training": {"epochs": 3, "batch_size": 32, "save_every": 5, "ema": 0.9},
    }  # fmt: skip
    (given / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    words = ["pretrain", given / "recipe.yaml", "--output", place / "model", "--data-folder", given]
    return World("200 generated formulas, 3 epochs", [*map(str, words)], place)


def fit(place: Path) -> World:
    """A small network on 120 rows."""
    words = [*_fitting(place), "--strategy", "full", "--set", "epochs=3"]
    return World("120 generated formulas, 3 epochs", [*map(str, words)], place)


def fit_auto(place: Path) -> World:
    """The usual mix on 120 rows, its networks in processes of their own."""
    words = [*_fitting(place), "--set", "epochs=3", "--members", "2", "--budget", "60"]
    words += ["--set", "strategy.candidates=trees-fractions,network"]
    return World("120 generated formulas, trees and 2 networks", [*map(str, words)], place)


def _fitting(place: Path) -> list[object]:
    from matprior.models.matbert import MatBertConfig, MatBertForPreTraining
    from matprior.models.zoo import quiet
    from matprior.tokens.composition import CompositionTokenizer

    given = _given(place)
    with quiet():
        MatBertForPreTraining(MatBertConfig.of_size("tiny")).save_pretrained(given / "tiny")
    CompositionTokenizer().save_pretrained(given / "tiny")
    table = _table(given / "table.csv", 120)
    return ["fit", table, "--target", "gap_eV", "--model", given / "tiny", "--output", place / "model"]


def compare(place: Path) -> World:
    """A dummy, trees and a network on two folds."""
    table = _table(_given(place) / "table.csv", 60)
    words = ["compare", table, "--target", "gap_eV", "--models", "scratch", "--output", place / "study"]
    words += ["--folds", "2", "--split", "random", "--set", "epochs=1"]
    return World(
        "60 generated formulas, 3 models, 2 folds", [*map(str, words)], place, "study/cells/[0-9a-f]*.csv"
    )


def compare_grid(place: Path) -> World:
    """A study as people run it: a dummy, trees, a network and its twin, five folds, three seeds."""
    given = _given(place)
    table = _table(given / "table.csv", 1_000)
    words = ["compare", table, "--target", "gap_eV", "--models", "matbert-tiny", "--output", place / "study"]
    words += ["--split", "random", "--set", "epochs=1"]
    whole, shorter = (
        [*map(str, words), "--folds", folds, "--seeds", seeds]
        for folds, seeds in (("5", "0,1,2"), ("2", "0"))
    )
    return World(
        "1,000 generated formulas, 4 models, 5 folds, 3 seeds",
        whole,
        place,
        "study/cells/[0-9a-f]*.csv",
        shorter=shorter,
    )


def screen(place: Path) -> World:
    """Some thousand formulas in chunks."""
    from matprior.estimators import MaterialRegressor

    given = _given(place)
    pool = write_pool(given / "pool.csv", SCREENED)
    if not (given / "model" / "matprior.json").exists():
        table = [line.split(",") for line in _table(given / "table.csv", 120).read_text("utf-8").split()[1:]]
        model = MaterialRegressor(model=None, size="tiny", training={"epochs": 1})
        model.fit([row[0] for row in table], [float(row[1]) for row in table]).save(given / "model")
    words = ["screen", given / "model", pool, "--output", place / "best.csv", "--top", 200, "--by", "upper"]
    words += ["--diverse", "--chunk", CHUNK, "--workers", 1]
    return World(f"{SCREENED:,} generated formulas", [*map(str, words)], place, "best.csv.parts/[0-9]*.json")


WORLDS: dict[str, Callable[[Path], World]] = {
    "pretrain": pretrain, "fit": fit, "fit-auto": fit_auto, "compare": compare,
    "compare-grid": compare_grid, "screen": screen,
}  # fmt: skip
"""Verb -> its world."""
