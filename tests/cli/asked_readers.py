"""The other verbs that read a table: those that take its strings and leave its labels alone."""

from __future__ import annotations

from asked_verbs import FITTED, NAMED, PLAIN, QUICK, RANGES, Place, Verb, Words


def _pretrain(p: Place) -> Words:
    text = f"name: own\nsize: tiny\nsources: [{p.table.name}]\nheldout: 0.2\ntraining: {{epochs: 1}}\n"
    recipe = p.beside("recipe.yaml", text)
    return ["pretrain", recipe, "--data-folder", p.table.parent, "--output", p.out]


READ: dict[str, Verb] = {
    "predict": Verb(
        lambda p: ["predict", p.model, p.table, "--output", p.out / "p.csv"], False, ("p.csv",)
    ),
    "screen": Verb(
        lambda p: ["screen", p.model, p.table, "--top", 3, "--workers", 1, "--output", p.out / "top.csv"],
        False,
        ("top.csv",),
    ),
    "clean": Verb(
        lambda p: ["clean", p.table, "--output", p.out / "clean.csv"], False, ("clean.csv", "changes.csv")
    ),
    "tokenize": Verb(lambda p: ["tokenize", p.table], False),
    "classes": Verb(
        lambda p: ["classes", p.table, "--output", p.out / "classes.csv"], False, ("classes.csv",)
    ),
    "embed": Verb(
        lambda p: ["embed", p.table, "--model", p.checkpoint, "--output", p.out / "v.csv"], False, ("v.csv",)
    ),
    "describe": Verb(
        lambda p: [
            "describe", "--input", p.table, "--model", p.describer, "--beams", 1, "--numbers", "network",
            "--output", p.out / "said.csv",
        ],
        False,
        ("said.csv",),
    ),
    "shift (source)": Verb(
        lambda p: ["shift", p.table, p.good, *PLAIN, "--output", p.out], False, ("shift.csv", "report.html"),
        {"one_row": "refused"},
    ),
    "shift (target)": Verb(
        lambda p: ["shift", p.good, p.table, *PLAIN, "--output", p.out], False, ("shift.csv", "report.html"),
        {"one_row": "refused"},
    ),
    "adapt (target)": Verb(
        lambda p: [
            "adapt", p.good, p.table, *NAMED, *PLAIN, "--method", "coral", "--weight", 1, *QUICK,
            "--output", p.out,
        ],
        False,
        (*FITTED, "adaptation.csv", "report.html"),
        # It has the column that is learned.
        {"one_row": "refused", "words_as_targets": "refused", "duplicate_columns": "refused"},
        heavy=True,
    ),
    "fewshot (query)": Verb(
        lambda p: ["fewshot", p.good, p.table, *RANGES, "--output", p.out],
        False,
        ("labelled.csv", "report.html"),
    ),
    "suggest (pool)": Verb(
        lambda p: ["suggest", p.table, "--k", 1, *PLAIN, "--output", p.out / "next.csv"],
        False,
        ("next.csv",),
    ),
    "explain (table)": Verb(
        lambda p: ["explain", p.model, "--table", p.table, "--limit", 2, "--output", p.out],
        False,
        ("what-ifs.csv", "report.html"),
        heavy=True,
    ),
    "probe": Verb(
        lambda p: ["probe", p.checkpoint, "--data", p.table, "--layout", "pca", "--output", p.out],
        False,
        ("probe.csv", "materials.csv", "report.html"),
        heavy=True,
    ),
    "prompts analyse": Verb(
        lambda p: ["prompts", "analyse", p.tasks, p.table, "--output", p.out],
        False,
        ("effects.csv", "costs.csv", "report.html"),
        heavy=True,
    ),
    "audit (against)": Verb(
        lambda p: ["audit", p.good, "--against", p.table, "--output", p.out],
        False,
        ("audit.csv", "against.csv", "report.html"),
    ),
    "pretrain (source)": Verb(
        _pretrain,
        False,
        ("model.safetensors", "matprior.json", "README.md"),
        {"one_row": "refused"},
        heavy=True,
    ),
    "evaluate-generation": Verb(
        lambda p: ["evaluate-generation", p.table, "--output", p.out / "scores.csv"], False, ("scores.csv",)
    ),
    "evaluate-generation (training)": Verb(
        lambda p: [
            "evaluate-generation", p.good, "--training", p.table, "--no-baselines", "--output",
            p.out / "scores.csv",
        ],
        False,
        ("scores.csv",),
    ),
}  # fmt: skip
"""Verb -> how it is called on a table of which it reads the strings."""
