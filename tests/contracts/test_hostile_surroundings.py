"""Nothing depends on the language of the computer, on its clock, or on code that lies in a folder."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "matprior"
CLOCKS = ("time.time", "time.ctime", "time.localtime", "datetime.now", "datetime.today", "date.today")
"""Ways to ask for the time of day. A date in a record is fine; a duration, or a choice, is not."""
DATED = {
    "evaluation/ablation.py", "evaluation/leaderboard.py", "evaluation/records.py", "cli/pretrain.py",
    "evaluation/probe_study.py", "evaluation/label_efficiency.py", "cli/evaluate.py",
}  # fmt: skip
"""Modules that write the date into records."""


@cache
def calls() -> list[tuple[str, ast.Call, str]]:
    """Where it stands, the call, and the function as it is written, of every call in the package."""
    return [
        (f"{path.relative_to(PACKAGE).as_posix()}:{node.lineno}", node, ast.unparse(node.func))
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]


def given(call: ast.Call) -> dict[str | None, str]:
    return {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}


def test_every_text_file_is_opened_with_its_encoding():
    found = []
    for where, call, function in calls():
        name = function.split(".")[-1]
        if function == "open":
            binary = any("b" in ast.unparse(mode) for mode in call.args[1:2])
            text = not binary
        else:
            text = name == "write_text" or (name == "read_text" and not call.args)
        if text and "encoding" not in given(call):
            found.append(where)
    assert found == []


def test_only_records_ask_for_the_time_of_day():
    found = [where for where, _, function in calls() if function.endswith(CLOCKS)]
    assert [where for where in found if where.split(":")[0] not in DATED] == []


def test_no_folder_may_bring_its_own_code():
    found = []
    for where, call, function in calls():
        parts = function.split(".")
        automatic = parts[-1] == "from_pretrained" and parts[-2].startswith("Auto")
        unsafe = automatic and given(call).get("trust_remote_code") != "False"
        unsafe |= function in ("eval", "exec", "torch.load", "joblib.load", "pickle.load", "pickle.loads")
        unsafe |= parts[0] == "yaml" and "load" in parts[-1] and "safe" not in parts[-1]
        if unsafe:
            found.append(where)
    assert found == []
