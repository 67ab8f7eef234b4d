"""Numbers in the READMEs and the documentation stand in a results file, or their origin is named."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
WRITTEN_ELSEWHERE = {
    "log.md",  # trials: they have no results file
    "results.md",  # made from the results files, see the last test
    "errors.md",
    "design.md",
}
PAGES = [
    REPOSITORY / "README.md",
    REPOSITORY / "README.ja.md",
    *(page for page in sorted((REPOSITORY / "docs").glob("*.md")) if page.name not in WRITTEN_ELSEWHERE),
]
QUOTED: dict[str, dict[str, str]] = {
    "data.md": {
        "1,151": "rows of an embedded set, counted by tests/data",
        "2,044": "rows of an embedded set, counted by tests/data",
        "13,680": "rows of an embedded set, counted by tests/data",
        "4,686": "rows of an embedded set, counted by tests/data",
        "3,785": "rows of an embedded set, counted by tests/data",
        "4,645": "rows of an embedded set, counted by tests/data",
        "1,960": "rows before the check of masses",
        "298.15": "K, the standard temperature",
    },
    "comparing.md": {
        **dict.fromkeys(["8.692", "9.082", "33.46", "11.21", "12.78"], "published by Wang et al. 2021"),
    },
    "explain.md": {"384": "an example on the page"},
    "fewshot.md": {"128": "a size of support sets"},
    "generation.md": {
        "109,167": "formulas of the recipe",
        "28,526": "formulas of the recipe",
        "17.9": "an example on the page",
        "0.6419": "published for MOSES",
        "0.8567": "published for MOSES",
        "1,584,663": "molecules of MOSES to learn from",
        "176,074": "molecules of MOSES to test with",
    },
    "scaling.md": {"1,024": "strings a batch, an option"},
    "screening.md": {"4,096": "strings a batch, an option"},
    "security.md": {"2026.6": "a version"},
    "pretraining.md": {"384": "a size of the network"},
}
"""Page -> number -> where it comes from, if from no results file of ours."""
SCALES = (1, 100, 1000, 1 / 1000, 1 / 60)
"""A share may be told in per cent, grams in kilograms, seconds in minutes."""


@pytest.fixture(scope="module")
def measured() -> np.ndarray:
    """The size of every number of every results file."""
    found: set[float] = set()
    for file in (REPOSITORY / "docs" / "results").glob("*.json"):
        collect(json.loads(file.read_text(encoding="utf-8")), found)
    return np.array(sorted(found))


def collect(value: Any, into: set[float]) -> None:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            collect(one, into)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        into.add(abs(float(value)))


def numbers(text: str) -> list[str]:
    """Numbers of three digits or with a decimal point, outside code, links and years."""
    text = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)|https?://\S+", " ", text, flags=re.DOTALL)
    found = re.findall(r"(?<![\w.,-])(\d{1,3}(?:,\d{3})+|\d+\.\d+|\d{3,})(?![\w.]*\d)", text)
    return [one for one in found if not re.fullmatch(r"(19|20)\d\d", one)]


def is_measured(number: str, values: np.ndarray) -> bool:
    decimals = len(number.partition(".")[2])
    wanted, half = float(number.replace(",", "")), 0.5001 * 10**-decimals
    return any(bool((np.abs(values * scale - wanted) <= half).any()) for scale in SCALES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_number_of_a_page_is_measured_or_explained(page: Path, measured: np.ndarray):
    explained = QUOTED.get(page.name, {})
    strange = [
        one
        for one in numbers(page.read_text(encoding="utf-8"))
        if one not in explained and not is_measured(one, measured)
    ]
    assert not strange, f"{page.name}: in no results file: {strange}"


def test_a_number_that_nobody_measured_is_found(measured: np.ndarray):
    assert not is_measured("0.123456", measured)
    assert numbers("It fell to 0.290 eV in 2024, `0.5`; 12 rows, 1,151 more.") == ["0.290", "1,151"]


def test_every_record_names_the_command_that_measured_it():
    for file in (REPOSITORY / "docs" / "results").glob("*.json"):
        silent = [one for one in json.loads(file.read_text(encoding="utf-8")) if not one.get("command")]
        assert not silent, f"{file.name}: {silent[:2]}"


def test_the_results_page_is_made_from_the_results_files(monkeypatch):
    monkeypatch.syspath_prepend(str(REPOSITORY / "benchmarks"))
    from results_page import PAGE, page

    assert PAGE.read_text(encoding="utf-8") == page(), "run: python benchmarks/results_page.py"
