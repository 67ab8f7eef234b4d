"""Nothing depends on the language of the computer, on its clock, or on code that lies in a folder."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "matprior"
MODULES = sorted(PACKAGE.rglob("*.py"))
BINARY = ("rb", "wb", "ab", "r+b", "rb+", "xb")
CLOCKS = ("time.time", "time.ctime", "time.localtime", "datetime.now", "datetime.today", "date.today")
"""Ways to ask for the time of day. A date in a record is fine; a duration, or a choice, is not."""
DATED = {"evaluation/ablation.py", "evaluation/records.py", "evaluation/probe_study.py",
         "evaluation/label_efficiency.py", "cli/pretrain.py", "cli/evaluate.py"}  # fmt: skip
"""Modules that write the date into records."""


def calls(path: Path) -> Iterator[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def words(call: ast.Call) -> list[str]:
    return [argument.value for argument in call.args
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)]  # fmt: skip


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_text_file_is_opened_with_its_encoding(path):
    for call in calls(path):
        function = call.func
        named = {keyword.arg for keyword in call.keywords}
        if isinstance(function, ast.Name) and function.id == "open":
            if not set(words(call)) & set(BINARY):
                assert "encoding" in named, f"{name_of(path)}:{call.lineno} opens in the system's encoding"
        elif isinstance(function, ast.Attribute) and function.attr in ("read_text", "write_text"):
            given = named | ({"encoding"} if function.attr == "read_text" and call.args else set())
            assert "encoding" in given, f"{name_of(path)}:{call.lineno} uses the system's encoding"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_records_ask_for_the_time_of_day(path):
    if name_of(path) in DATED:
        return
    found = [ast.unparse(call.func) for call in calls(path)]
    assert not [name for name in found if name.endswith(CLOCKS)]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_folder_may_bring_its_own_code(path):
    for call in calls(path):
        name = ast.unparse(call.func)
        if name.endswith(".from_pretrained") and name.split(".")[-2].startswith("Auto"):
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
            assert given.get("trust_remote_code") == "False", f"{name_of(path)}:{call.lineno}"
        assert name not in ("eval", "exec", "torch.load", "joblib.load"), f"{name_of(path)}:{call.lineno}"
        assert not (name.startswith("yaml.") and "load" in name and "safe" not in name)
