"""The page of commands says what the program says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def page(monkeypatch):
    monkeypatch.syspath_prepend(str(REPOSITORY / "benchmarks"))
    import cli_page

    return cli_page


def test_the_page_of_commands_is_up_to_date(page):
    assert page.PAGE.read_text(encoding="utf-8") == page.page(), "run: python benchmarks/cli_page.py"


def test_every_verb_has_its_section_and_a_link_to_it(page):
    from matprior.cli.app import VERBS

    text = page.page()
    groups = {f"{group} list" for group in ("data", "models", "prompts")}
    for verb in {*VERBS, *groups}:
        anchor = f"matprior-{verb.replace(' ', '-')}"
        assert f"## matprior {verb}\n" in text
        assert f"[`matprior {verb}`](#{anchor})" in text


def test_no_argument_or_option_goes_without_words(page):
    rows = re.findall(r"^\| (`.*?) \| (.*?) \| .*\|$", page.page(), re.MULTILINE)
    assert len(rows) > 200
    assert [name for name, words in rows if not words.strip()] == []


def test_defaults_and_what_must_be_given_are_told(page):
    text = page.page()
    fit = text[text.index("## matprior fit\n") : text.index("## matprior predict\n")]
    assert "matprior fit DATA --target TEXT --output PATH [OPTIONS]" in fit
    assert re.search(r"^\| `--output` `PATH` \| .* \| must be given \|$", fit, re.MULTILINE)
    assert re.search(r"^\| `--seed` `INTEGER` \| .* \| `0` \|$", fit, re.MULTILINE)
