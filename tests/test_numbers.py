"""Numbers in the READMEs, the documentation and the lessons stand in a results file that the page names.

What a number is compared with is told in `claims.py`; the origin of others in `quoted.py`.
"""

from __future__ import annotations

import json
import operator
import random
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from claims import REPOSITORY, Claim, claims, is_among, is_traced, may_be
from quoted import DERIVED, ELSEWHERE, QUOTED

DOCS = REPOSITORY / "docs"
NOT_HELD = {
    "log.md",  # trials: they have no results file
    "results.md",  # made from the results files, see below
    "cli.md",  # made from the program: its numbers are examples and defaults, see docs/test_cli_page.py
}
PAGES = [
    REPOSITORY / "README.md",
    REPOSITORY / "README.ja.md",
    *(page for page in sorted(DOCS.glob("*.md")) if page.name not in NOT_HELD),
    *sorted((DOCS / "tutorials" / "text").glob("*.md")),
]
EXERCISE = re.compile(r"\*\*\d{1,2}\.\d\*\*(?= [^\s|])")
"""The number of an exercise, in a lesson."""
SHAPES = ("0.ddd", "d.dd", "dd.d")
PLACES, DRAWS = 60, 50
"""On each page so many places are tried, each with so many invented numbers of a shape."""


@cache
def on_page(page: Path) -> list[Claim]:
    text = page.read_text(encoding="utf-8")
    return [*claims(EXERCISE.sub("", text) if page.parent.name == "text" else text)]


def is_explained(claim: Claim, page: str) -> bool:
    """Whether the number is quoted, stands elsewhere or follows from two that are on record."""
    if claim.number in QUOTED.get(page, {}):
        return True
    elsewhere, derived = ELSEWHERE.get(page, {}), DERIVED.get(page, {})
    if claim.number in elsewhere and is_traced(replace(claim, files=(elsewhere[claim.number],))):
        return True
    return claim.number in derived and follows(claim, derived[claim.number])


def follows(claim: Claim, how: str) -> bool:
    left, sign, right = how.split()
    sources = [replace(claim, number=one, before="", after="") for one in (left, right)]
    result = {"/": operator.truediv, "-": operator.sub}[sign](float(left), float(right))
    decimals = len(claim.number.partition(".")[2])
    return f"{result:.{decimals}f}" == claim.number and all(map(is_traced, sources))


def is_held(claim: Claim, page: str) -> bool:
    return is_traced(claim) or is_explained(claim, page)


def invented(shape: str, dice: random.Random) -> str:
    first = 0 if shape.startswith("0") else dice.randint(1, 9)
    rest = shape[1:].replace("d", "{}")
    return f"{first}{rest.format(*(dice.randint(0, 9) for _ in range(rest.count('{}'))))}"


def refused(page: Path, shape: str) -> float:
    """Share of invented numbers that are refused, each in the place of a number of the page."""
    dice = random.Random(0)
    places = on_page(page) or claims(page.read_text(encoding="utf-8") + "\n\nIt was 12.5 here.\n")
    passed = 0
    for place in dice.choices([*places], k=PLACES):
        values = may_be(replace(place, number="0.5"))
        drawn = [invented(shape, dice) for _ in range(DRAWS)]
        passed += sum(
            is_among(one, values) or is_explained(replace(place, number=one), page.name) for one in drawn
        )
    return 1 - passed / (PLACES * DRAWS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_number_of_a_page_is_measured_or_explained(page: Path):
    strange = [
        (one.number, f"{one.before[-50:]}[{one.number}]{one.after[:20]}", one.files)
        for one in on_page(page)
        if not is_held(one, page.name)
    ]
    assert not strange, f"{page.name}: in no results file that the place names: {strange}"


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_an_invented_number_is_refused_on_every_page(page: Path, shape: str):
    # The pages with the most records refuse 85 % of 0.ddd, see `python tests/test_numbers.py`.
    assert refused(page, shape) >= 0.8


@pytest.mark.parametrize("origins", [QUOTED, ELSEWHERE, DERIVED], ids=["quoted", "elsewhere", "derived"])
def test_no_origin_is_told_of_a_number_that_no_page_has(origins: dict[str, dict[str, str]]):
    pages = {page.name: {one.number for one in on_page(page)} for page in PAGES}
    stale = {name: set(numbers) - pages[name] for name, numbers in origins.items()}
    assert not {name: numbers for name, numbers in stale.items() if numbers}


def test_a_number_is_held_to_its_place():
    text = (
        "| data set | metric | dummy | scratch |\n|---|---|---|---|\n"
        "| expt_gap | MAE (eV) | 0.976 ± 0.063 | 0.469 |\n\n"
        "[here](docs/results/foundation.json)"
    )
    assert all(is_traced(one) for one in claims(text))
    assert not any(is_traced(one) for one in claims(text.replace("foundation", "scaling")))
    swapped = [*claims(text.replace("0.469", "0.976").replace("0.063", "0.469"))]
    assert [is_traced(one) for one in swapped] == [True, False, False], "another model's, and no spread"


def test_what_counts_as_a_number():
    found = claims("It fell to 0.290 eV in 2024, `0.5`; 12 rows, 1,151 more.")
    assert [one.number for one in found] == ["0.290", "1,151"]


def test_every_record_names_the_command_that_measured_it():
    for file in (DOCS / "results").glob("*.json"):
        silent = [one for one in json.loads(file.read_text(encoding="utf-8")) if not one.get("command")]
        assert not silent, f"{file.name}: {silent[:2]}"


def test_the_results_page_is_made_from_the_results_files(monkeypatch):
    monkeypatch.syspath_prepend(str(REPOSITORY / "benchmarks"))
    from results_page import PAGE, page

    assert PAGE.read_text(encoding="utf-8") == page(), "run: python benchmarks/results_page.py"


def test_the_blocks_made_from_records_are_up_to_date(monkeypatch):
    monkeypatch.syspath_prepend(str(REPOSITORY / "benchmarks"))
    import readme_results as script
    import reckon_scale

    for name, sources in script.PAGES.items():
        records = [one for source in sources for one in script.records_of(source)]
        words = script.WORDS.get(name, script.WORDS["README.md"])
        shown = script.SHOWN if name in script.WORDS else script.ON_PAGES
        text = (REPOSITORY / name).read_text(encoding="utf-8")
        assert script.filled(text, script.block(records, words, shown)) == text, name
    rates = reckon_scale.recorded(DOCS / "results" / "scaling.json")
    assert reckon_scale.tables(rates) in (DOCS / "scaling.md").read_text(encoding="utf-8")
