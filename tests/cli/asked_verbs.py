"""Every verb that uses the labels of a table, and how the exams of wrong input call it.

A verb that reads several tables stands here once for each: the one in brackets is the wrong one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from wrong_tables import FORMULAS, TARGET, good_text

Words = list[object]


@dataclass(frozen=True)
class Place:
    """What a call of a verb is made of."""

    table: Path
    """The table under exam."""
    out: Path
    """A folder that does not exist yet."""
    model: Path
    """A fitted model."""
    tasks: Path
    """A model of two tasks."""
    checkpoint: Path
    """A small encoder."""
    generator: Path
    describer: Path

    @property
    def good(self) -> Path:
        """A table without a fault, for the other side of a verb that reads two."""
        return self.beside("good.csv", good_text())

    def beside(self, name: str, text: str) -> Path:
        """A file beside the table."""
        path = self.table.with_name(name)
        path.write_text(text, encoding="utf-8")
        return path


@dataclass(frozen=True)
class Verb:
    """A verb that reads a table, and how it is called on one."""

    call: Callable[[Place], Words]
    learns: bool
    """Whether it learns the table's labels."""
    leaves: tuple[str, ...] = ()
    """What lies below `Place.out` when it is done."""
    but: dict[str, str] = field(default_factory=dict)
    """Fault -> refused or read, where this verb differs from the others of its side."""
    heavy: bool = False
    """Whether one run takes seconds; of these the fast tests read one table alone, the slow ones all."""
    named: str = "wrong.csv"
    """What a message calls a file that cannot be read."""


NAMED: Words = ["--target", TARGET]
QUICK: Words = ["--set", "epochs=1", "--set", "batch_size=16"]
DUMMY: Words = ["--models", "dummy"]
PLAIN: Words = ["--model", "none"]
RANGES: Words = ["--label", TARGET, "--ranges", 2, *PLAIN]
FITTED = ("model.safetensors", "config.json", "results.csv", "recipe.yaml", "README.md")


def _masking(p: Place) -> Words:
    p.beside("formulas.txt", "\n".join(FORMULAS))
    text = "name: own\nsize: tiny\nsources: [formulas.txt]\nheldout: 0.2\ntraining: {epochs: 1}\n"
    recipe = p.beside("recipe.yaml", text)
    return [
        "compare-masking", recipe, "--data-folder", p.table.parent, "--strategies", "balanced", "--folds", 2,
        "--data", p.table, *NAMED, "--tune", "epochs=1", "--output", p.out,
    ]  # fmt: skip


def _transfer(p: Place) -> Words:
    text = (
        f"model: {p.checkpoint}\nsteps:\n"
        f"- {{data: {p.table.name}, target: {TARGET}, name: one, training: {{epochs: 1}}}}\n"
    )
    return ["transfer", p.beside("chain.yaml", text), "--output", p.out]


def _benchmark(p: Place) -> Words:
    served = p.table.parent / "served"
    served.mkdir()
    if p.table.exists():
        (served / "steels_yield.csv").symlink_to(p.table)
    return ["benchmark", "exam", "--data-folder", served, "--output", p.out]


LEARN: dict[str, Verb] = {
    "fit": Verb(
        lambda p: ["fit", p.table, *NAMED, *PLAIN, "--strategy=full", *QUICK, "--output", p.out], True, FITTED
    ),
    "evaluate": Verb(
        lambda p: ["evaluate", p.table, *NAMED, "--folds", 2, *DUMMY, "--output", p.out],
        True,
        ("results.csv", "scores.csv", "report.html"),
    ),
    "compare": Verb(
        lambda p: ["compare", p.table, *NAMED, "--folds", 2, *DUMMY, *QUICK, "--output", p.out],
        True,
        ("results.csv", "scores.csv", "comparisons.csv", "report.html"),
        heavy=True,
    ),
    "benchmark": Verb(
        _benchmark, True, ("scores.csv", "steels_yield/plan.json", "steels_yield/report.html"),
        named="steels_yield",
        heavy=True,
    ),
    "learning-curve": Verb(
        lambda p: [
            "learning-curve", p.table, *NAMED, *DUMMY, "--test-share", 0.5, "--draws", 1, "--output", p.out,
        ],
        True,
        ("learning-curve.csv", "fits.csv", "learning-curve.svg"),
    ),
    "audit": Verb(
        lambda p: ["audit", p.table, *NAMED, "--against", p.good, "--output", p.out],
        True,
        ("audit.csv", "near.csv", "against.csv", "report.html"),
        {"one_row": "read"},
    ),
    "clean --target": Verb(
        lambda p: ["clean", p.table, *NAMED, "--output", p.out / "clean.csv"],
        True,
        ("clean.csv", "changes.csv"),
        {"one_row": "read"},
    ),
    "prompts add": Verb(
        lambda p: ["prompts", "add", p.out, p.table, *NAMED, "--base", p.checkpoint, *QUICK], True
    ),
    "fewshot (support)": Verb(
        lambda p: ["fewshot", p.table, p.good, *RANGES, "--output", p.out],
        True,
        ("labelled.csv", "report.html"),
        {"constant": "refused"},
    ),
    "suggest (support)": Verb(
        lambda p: [
            "suggest", p.beside("pool.csv", "formula\nNaI\nKI\nCuI\n"), "--support", p.table, *RANGES,
            "--output", p.out / "next.csv",
        ],
        True,
        ("next.csv",),
        {"constant": "refused"},
    ),
    "adapt (source)": Verb(
        lambda p: [
            "adapt", p.table, p.good, *NAMED, *PLAIN, "--method", "coral", "--weight", 1, *QUICK,
            "--output", p.out,
        ],
        True,
        (*FITTED, "adaptation.csv", "report.html"),
        heavy=True,
    ),
    "transfer": Verb(
        _transfer, True, ("steps.csv", "probes.csv", "report.html", "1-one/model.safetensors"), heavy=True
    ),
    "compare-masking (data)": Verb(_masking, True, ("compare-masking.csv", "compare-masking.svg"), heavy=True
    ),
    "probe --colour": Verb(
        lambda p: [
            "probe", p.checkpoint, "--data", p.table, "--colour", TARGET, "--layout", "pca",
            "--output", p.out,
        ],
        True,
        ("probe.csv", "materials.csv", "report.html"),
        heavy=True,
    ),
    "explain (training)": Verb(
        lambda p: ["explain", p.model, "NaCl", "--training", p.table, "--output", p.out],
        True,
        ("what-ifs.csv", "report.html"),
        {"one_row": "read"},
        heavy=True,
    ),
    "export (check)": Verb(
        lambda p: ["export", p.model, "--check", p.table, *NAMED, "--output", p.out],
        True, FITTED, {"one_row": "read"},
        heavy=True,
    ),
}  # fmt: skip
"""Verb -> how it is called on a table whose labels it uses."""
