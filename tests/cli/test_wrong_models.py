"""Every verb that opens a model or a recipe, on wrong ones: a clear answer, and nothing half-written."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from asked_verbs import NAMED, QUICK, RANGES, Place, Words
from errors_page import NOT_ASKED
from whole import drafts, files
from wrong_tables import good_text

FITTED = [*NAMED, "--strategy=full", *QUICK]
CALLS: dict[str, tuple[str, Callable[[Place, Path], Words]]] = {
    "predict": ("model", lambda p, m: ["predict", m, p.good, "--output", p.out / "p.csv"]),
    "screen": ("model", lambda p, m: ["screen", m, p.good, "--workers", 1, "--output", p.out / "p.csv"]),
    "explain": ("model", lambda p, m: ["explain", m, "NaCl", "--output", p.out]),
    "export": ("model", lambda p, m: ["export", m, "--output", p.out]),
    "serve": ("model", lambda p, m: ["serve", m, "--port", 0]),
    "generate --rank-by": (
        "model",
        lambda p, m: [
            "generate", "--model", p.generator, "--n", 2, "--rank-by", m, "--output", p.out / "p.csv",
        ],
    ),
    "prompts list": ("tasks", lambda p, m: ["prompts", "list", m]),
    "prompts take": ("tasks", lambda p, m: ["prompts", "take", m, "is_oxide", "--output", p.out]),
    "prompts analyse": ("tasks", lambda p, m: ["prompts", "analyse", m, p.good, "--output", p.out]),
    "generate": ("generator", lambda p, m: ["generate", "--model", m, "--n", 2, "--output", p.out / "p.csv"]),
    "evaluate-generation": (
        "generator", lambda p, m: ["evaluate-generation", m, "--n", 2, "--output", p.out / "p.csv"]
    ),
    "describe": ("describer", lambda p, m: ["describe", "NaCl", "--model", m, "--output", p.out / "p.csv"]),
    "ask": ("checkpoint", lambda p, m: ["ask", "[MP] NaCl [BAND_GAP]", "--model", m]),
    "embed": ("checkpoint", lambda p, m: ["embed", p.good, "--model", m, "--output", p.out / "v.csv"]),
    "tokenize": ("checkpoint", lambda p, m: ["tokenize", "NaCl", "--model", m]),
    "probe": ("checkpoint", lambda p, m: ["probe", m, "--data", p.good, "--output", p.out]),
    "fit": ("checkpoint", lambda p, m: ["fit", p.good, *FITTED, "--model", m, "--output", p.out]),
    "prompts add": (
        "checkpoint", lambda p, m: ["prompts", "add", p.out, p.good, *NAMED, "--base", m, *QUICK]
    ),
    "evaluate": (
        "checkpoint",
        lambda p, m: ["evaluate", p.good, *NAMED, "--folds", 2, "--models", m, *QUICK, "--output", p.out],
    ),
    "fewshot": ("checkpoint", lambda p, m: ["fewshot", p.good, p.good, *RANGES[:-2], "--model", m]),
    "suggest": ("checkpoint", lambda p, m: ["suggest", p.good, "--model", m, "--output", p.out / "p.csv"]),
    "shift": ("checkpoint", lambda p, m: ["shift", p.good, p.good, "--model", m, "--output", p.out]),
    "adapt": (
        "checkpoint", lambda p, m: ["adapt", p.good, p.good, *NAMED, "--model", m, *QUICK, "--output", p.out]
    ),
    "models show": ("checkpoint", lambda p, m: ["models", "show", m]),
    "audit": ("checkpoint", lambda p, m: ["audit", p.good, "--against", m, "--output", p.out]),
}  # fmt: skip
"""Verb -> which model it takes, and how it is called on one."""
HEEDLESS = {"tokenize", "models show", "audit"}
"""Verbs that read what lies beside the weights, and so do not mind torn weights."""

PLAN = {"p.csv.parts/manifest.json"}
"""What a screening goes on from; it is written first, and whole."""


def test_verbs_that_no_wrong_table_reaches_are_asked_about_wrong_models():
    names = {name for name, why in NOT_ASKED.items() if "folder" in why}
    assert names <= set(CALLS)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("fault", ["missing", "empty folder", "table", "torn weights"])
def test_a_wrong_model_is_refused_in_words(matprior, exam_place, name: str, fault: str):
    if name == "serve":
        pytest.importorskip("uvicorn", reason='the page needs uvicorn: pip install "matprior[web]"')
    if name == "export":
        pytest.importorskip("onnxscript", reason='needs onnx: pip install "matprior[onnx]"')
    if fault == "torn weights" and name in HEEDLESS:
        pytest.skip("reads no weights")
    kind, call = CALLS[name]
    wrong = exam_place.table.with_name("wrong")
    if fault == "empty folder":
        wrong.mkdir()
    elif fault == "table":
        wrong.write_text(good_text(), encoding="utf-8")
    elif fault == "torn weights":
        shutil.copytree(getattr(exam_place, kind), wrong)
        for weights in wrong.rglob("model.safetensors"):
            weights.write_bytes(weights.read_bytes()[:1000])
    done = matprior(*call(exam_place, wrong))
    said = " ".join(done.err.split())
    assert "Traceback" not in said, said
    if (name, fault) in (("evaluate-generation", "table"), ("audit", "table")):  # a table is right as well
        assert done.code == 0, said
        return
    assert done.code == 2, said
    assert "wrong" in said
    assert not drafts(exam_place.out.parent)
    assert files(exam_place.out) <= PLAN


RECIPES: dict[str, Callable[[Place, Path], Words]] = {
    "pretrain": lambda p, r: ["pretrain", r, "--output", p.out],
    "compare-masking": lambda p, r: ["compare-masking", r, "--output", p.out],
    "transfer": lambda p, r: ["transfer", r, "--output", p.out],
}
"""Verb -> how it is called on a recipe."""
WRONG = {
    "binary": bytes(range(256)),
    "word": b"hello",
    "list": b"- a\n- b\n",
    "shift_jis": "name: 酸化物\n".encode("shift_jis"),
    "utf16": "name: own\n".encode("utf-16"),
    "unknown": b"nmae: own\n",
}
"""Kind of wrong recipe -> what is in the file."""


@pytest.mark.parametrize("fault", ["missing", "folder", *WRONG])
@pytest.mark.parametrize("name", RECIPES)
def test_a_wrong_recipe_is_refused_in_words(matprior, exam_place, name: str, fault: str):
    recipe = exam_place.table.with_name("wrong.yaml")
    if fault == "folder":
        recipe.mkdir()
    elif fault in WRONG:
        recipe.write_bytes(WRONG[fault])
    done = matprior(*RECIPES[name](exam_place, recipe))
    said = " ".join(done.err.split())
    assert "Traceback" not in said, said
    assert done.code == 2, said
    assert "wrong.yaml" in said
    assert not files(exam_place.out)
