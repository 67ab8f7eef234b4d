"""Every verb that reads a table, on every kind of wrong table: a clear answer, and nothing half-written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from errors_page import NOT_ASKED, VERBS, answer, commands, page
from whole import drafts, files, torn
from wrong_tables import FAULTS, UNREADABLE

DOCS = Path(__file__).parents[2] / "docs" / "errors.md"
BESIDE = {"bad_rows.csv", "run/recipe.yaml"}
"""What may lie in the place of results that were refused: the list of rows that could not be read, and the
recipe by which a pretraining knows whether it goes on."""


def _cell(name: str, fault: str) -> object:
    """A cell of the table; what is slow and says nothing new is left to the slow tests."""
    slow = VERBS[name].heavy and fault != "utf16" and answer(VERBS[name], fault) == "read"
    return pytest.param(name, fault, marks=[pytest.mark.slow] if slow else [])


CELLS = [_cell(name, fault) for name in VERBS for fault in FAULTS]


@pytest.mark.parametrize(("name", "fault"), CELLS)
def test_a_wrong_table_is_read_or_refused_in_words(matprior, exam_place, name: str, fault: str):
    case, verb, place = FAULTS[fault], VERBS[name], exam_place
    case.write(place.table)
    done = matprior(*verb.call(place))
    said = " ".join(done.err.split())
    assert "Traceback" not in said, said
    assert {0: "read", 2: "refused"}.get(done.code) == answer(verb, fault), f"exit code {done.code}: {said}"
    assert not drafts(place.out.parent)
    assert not torn(place.out)
    if done.code:
        assert said.startswith("Error: "), said
        assert fault not in UNREADABLE or verb.named in said, said
        assert all(word in said for word in (case.says if verb.learns else ())), said
        assert files(place.out) <= BESIDE, files(place.out)
    else:
        assert files(place.out) >= {*verb.leaves}, files(place.out)


def test_every_verb_of_the_command_line_is_asked_or_has_a_reason_not_to_be():
    asked = {re.split(r" [(\-]", name)[0] for name in VERBS}
    assert asked | set(NOT_ASKED) == commands()
    assert not asked & set(NOT_ASKED)


def test_what_differs_from_the_others_is_said_only_where_it_does():
    for name, verb in VERBS.items():
        for fault, told in verb.but.items():
            usual = FAULTS[fault].labelled if verb.learns else FAULTS[fault].unlabelled
            assert told in ("refused", "read"), (name, fault)
            assert told != usual, (name, fault)


def test_the_page_on_errors_tells_what_the_exam_asks():
    assert page() in DOCS.read_text(encoding="utf-8"), f"python tests/cli/errors_page.py writes:\n{page()}"


def test_every_file_that_the_page_names_is_there():
    named = re.findall(r"`((?:tests|docs|src)/[\w/.]+)`", DOCS.read_text(encoding="utf-8"))
    assert len(named) >= 5
    assert [name for name in named if not (DOCS.parents[1] / name).exists()] == []


@pytest.mark.parametrize("text", ["a,b\n1,2", "", '{"a": 1', "<html>"], ids=["csv", "empty", "json", "html"])
def test_the_exam_would_see_a_torn_file(tmp_path, text):
    name = {"a": "x.csv", "": "x.csv", "{": "x.json", "<": "x.html"}[text[:1]]
    (tmp_path / name).write_text(text)
    assert torn(tmp_path) == [name]


def test_the_verbs_of_groups_are_counted():
    assert commands() >= {"fit", "prompts add", "data get", "models show"}
