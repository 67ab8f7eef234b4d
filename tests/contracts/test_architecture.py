"""The shape of the package: imports point one way, each dependency has one door, only cli/ prints."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "matprior"
LAYERS = [
    {"notations"},
    {"tokens"},
    {"data"},
    {"models"},
    {"training"},
    {"pretraining", "strategies", "fewshot"},
    {"generation"},
    {"estimators"},
    {"domains"},
    {"evaluation"},
    {"screening"},
    {"reports"},
    {"web"},
    {"cli"},
]
"""Folder order is data order: a folder may import from the lines above its own, and from itself."""
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
DOORS = {
    "matplotlib": ["reports/figures.py", "reports/pixels.py"],
    "sklearn.metrics": ["evaluation/metrics.py"],
    "tokenizers": ["tokens/"],
    "rdkit": ["notations/"],
    "selfies": ["notations/"],
    "pooch": ["data/fetch.py"],
    "platformdirs": ["data/fetch.py"],
    "openpyxl": ["data/workbook.py"],
    "pydantic": ["data/recipe.py", "web/"],
    "pyarrow": ["pretraining/sources.py", "screening/pool.py"],
    "jinja2": ["reports/html.py"],
    "crepes": ["estimators/intervals.py"],
    "peft": ["strategies/lora.py"],
    "elementembeddings": [],
    "optuna": ["estimators/tuning_search.py"],
    "chemicals": [
        "data/handbook.py",
        "data/inorganic.py",
        "data/organic.py",
        "notations/element_properties.py",
    ],
    "transformers.Trainer": ["training/engine.py"],
    "transformers.TrainingArguments": ["training/engine.py"],
    "rich": ["cli/console.py", "cli/models.py"],
    "pymatgen": [],
    "pickle": [],
    "onnx": ["screening/onnx.py"],
    "onnxruntime": ["screening/onnx.py"],
    "onnxscript": ["screening/onnx.py"],
    "ray": ["screening/cluster.py"],
    "joblib": ["estimators/members.py"],
    "lightgbm": ["estimators/boosting.py"],
    "captum": ["evaluation/explain.py"],
    "skops": ["estimators/autofolder.py"],
    "fastapi": ["web/"],
    "starlette": ["web/"],
    "uvicorn": ["web/server.py"],
}
"""Import -> the files, or the folders (with a slash), that may have it. `pymatgen` is the tests'
oracle, never ours; of `elementembeddings` only the files are read, in evaluation/element_vectors.py."""
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Every dotted name a module imports, at the top or inside a function, type checking left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    guarded = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in guarded:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def folder_of(dotted: str) -> str | None:
    parts = dotted.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "matprior" and parts[1] in RANK else None


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_left(path):
    own = path.relative_to(PACKAGE).parts[0]
    if own not in RANK:
        return  # the package's own __init__ loads everything, on first use
    for dotted in imports(path):
        other = folder_of(dotted)
        if other is not None and other != own:
            assert RANK[other] < RANK[own], f"{name_of(path)} imports {dotted}: {own} may not look right"


@pytest.mark.parametrize("dependency", DOORS)
def test_each_dependency_has_its_door(dependency):
    users = [
        name_of(path)
        for path in MODULES
        if any(dotted == dependency or dotted.startswith(dependency + ".") for dotted in imports(path))
    ]
    doors = tuple(DOORS[dependency])
    assert not [user for user in users if not (doors and user.startswith(doors))]


def test_every_folder_has_a_layer():
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert folders <= set(RANK)


@pytest.mark.parametrize("folder", ["notations", "data"])
def test_torch_is_not_needed_to_read_a_table(folder):
    for path in (PACKAGE / folder).rglob("*.py"):
        assert not any(dotted.split(".")[0] in ("torch", "transformers") for dotted in imports(path)), path


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_command_line_prints(path):
    if path.relative_to(PACKAGE).parts[0] == "cli":
        return
    calls = [node.func.id for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
             if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]  # fmt: skip
    assert "print" not in calls


def test_no_module_is_named_utils():
    assert not [path for path in MODULES if path.stem in ("utils", "helpers", "common", "misc")]
