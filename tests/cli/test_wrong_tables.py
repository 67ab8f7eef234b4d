"""Every verb that reads a table, on every kind of wrong table: a clear answer, and nothing half-written."""

from __future__ import annotations

from pathlib import Path

import pytest
from wrong_tables import FAULTS, VERBS, Verb, page

from matprior.cli.app import run


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """A fitted folder for the verbs that need one."""
    home = tmp_path_factory.mktemp("model")
    FAULTS["utf16"].write(home / "table.csv")  # a readable one
    words = [str(word) for word in VERBS["fit"].call(home / "table.csv", home, home / "m")]
    with pytest.raises(SystemExit) as leave:
        run(words)
    assert not leave.value.code
    return home / "m"


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("verb", VERBS)
def test_a_wrong_table_is_read_or_refused_in_words(matprior, model, tmp_path, verb: str, fault: str):
    case, asked = FAULTS[fault], VERBS[verb]
    table, output = tmp_path / "wrong.csv", tmp_path / "out"
    case.write(table)
    done = matprior(*asked.call(table, model, output))
    said = " ".join(done.err.split())
    assert "Traceback" not in said, said
    assert done.code in expected(asked, fault), f"exit code {done.code}: {said}"
    if done.code:
        assert said.startswith("Error: "), said
        for word in case.says if asked.learns or fault in ("missing", "folder", "empty", "binary") else ():
            assert word in said, said
    drafts = [path for path in tmp_path.rglob("*") if ".draft" in path.name or path.name.endswith(".tmp")]
    assert not drafts, drafts


def expected(verb: Verb, fault: str) -> tuple[int, ...]:
    case = FAULTS[fault]
    answer = case.labelled if verb.learns else case.unlabelled
    return {"refuse": (2,), "go on": (0,), "either": (0, 2)}[answer]


def test_the_page_on_errors_tells_what_the_exam_asks():
    file = Path(__file__).parents[2] / "docs" / "errors.md"
    assert page() in file.read_text(encoding="utf-8"), page()
