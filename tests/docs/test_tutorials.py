"""The lessons run, both languages are one lesson, and every link of the teaching pages leads somewhere."""

from __future__ import annotations

import json
import os
import re
import sys
import tomllib
import warnings
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
sys.path.insert(0, str(DOCS / "tutorials"))
try:
    import build
finally:
    sys.path.pop(0)
LESSONS = build.TEXTS
NOTEBOOKS = [
    DOCS / "tutorials" / language / f"{p.stem}.ipynb" for p in LESSONS for language in build.LANGUAGES
]
LONGEST = 180
"""Seconds of processor time that a lesson may take; with one thread that is its time on a free core too."""
TRAPS = next(path for path in LESSONS if path.stem == "10-pitfalls")
STARTS = [DOCS, DOCS / "tutorials"]
"""Folders with an `index.md` and its Japanese twin."""
JAPANESE = re.compile(r"[぀-ヿ一-鿿]")


def cells(path: Path, kind: str) -> list[str]:
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in found if cell["cell_type"] == kind]


def outputs(path: Path) -> list[dict]:
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [one for cell in found if cell["cell_type"] == "code" for one in cell["outputs"]]


def shape(texts: list[str]) -> list[str]:
    """Levels of headings, fenced blocks and files linked to, in the order of the prose."""
    return re.findall(r"^#+ |^```\w+\n.*?^```$|\]\([^)]+\)", "\n".join(texts), re.MULTILINE | re.DOTALL)


def seconds() -> float:
    """Processor time of this process and of the children it waited for: other work does not count."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def recipes_of_the_page() -> list[str]:
    """First cells of the tables of pitfalls.md, in the order of the page."""
    text = (DOCS / "pitfalls.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| (.+?) \|", text, re.MULTILINE)
    return [name.replace("`", "") for name in found if name != "recipe"]


def traps_of(source: str) -> list[str]:
    """Traps that a cell names in its first lines."""
    return re.findall(r"^# trap: (.+)$", source, re.MULTILINE)


def slugs(markdown: str) -> set[str]:
    """Anchors of the headings of a page, as mkdocs makes them."""
    heads = re.findall(r"^#+ (.+)$", markdown, re.MULTILINE)
    return {re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", head).strip().lower()) for head in heads}


def test_the_course_has_its_lessons():
    assert [path.name[:2] for path in LESSONS] == [f"{n:02}" for n in range(1, 12)]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_from_the_first_cell_to_the_last(lesson, tmp_path, monkeypatch, capsys):
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("Agg")
    monkeypatch.chdir(tmp_path)
    names: dict = {"__name__": "lesson"}
    begin = seconds()
    with warnings.catch_warnings():
        for number, (kind, source) in enumerate(build.cells_of(lesson.read_text(encoding="utf-8"), "en")):
            if kind == "code":
                exec(compile(source, f"{lesson.stem}, cell {number}", "exec"), names)
    plt.close("all")
    assert capsys.readouterr().out.count("\n") >= 10
    assert seconds() - begin < LONGEST


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_notebook_is_the_lesson_as_the_text_has_it(path):
    text = (DOCS / "tutorials" / "text" / f"{path.stem}.md").read_text(encoding="utf-8")
    told = build.cells_of(text, path.parent.name)
    for kind in ("code", "markdown"):
        assert cells(path, kind) == [source for one, source in told if one == kind], (
            "run docs/tutorials/build.py"
        )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_notebook_was_run_without_an_error_and_is_small(path):
    found = outputs(path)
    assert len(found) >= 5
    assert [one for one in found if one["output_type"] == "error"] == []
    assert path.stat().st_size < build.LARGEST
    assert "/tmp/" not in json.dumps(found)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_both_languages_have_the_same_code_outputs_and_headings(lesson):
    english, japanese = (DOCS / "tutorials" / one / f"{lesson.stem}.ipynb" for one in build.LANGUAGES)
    assert cells(english, "code") == cells(japanese, "code")
    assert outputs(english) == outputs(japanese)
    assert shape(cells(english, "markdown")) == shape(cells(japanese, "markdown"))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_each_prose_is_in_its_own_language(lesson):
    text = lesson.read_text(encoding="utf-8")
    for kind, prose in build.cells_of(text, "en"):
        assert kind == "code" or not JAPANESE.search(prose)
    for kind, prose in build.cells_of(text, "ja"):
        assert kind == "code" or JAPANESE.search(prose), prose


def test_prose_without_a_language_or_a_translation_is_refused():
    with pytest.raises(ValueError, match="without a language"):
        build.cells_of("Hello\n", "en")
    with pytest.raises(ValueError, match="expected"):
        build.cells_of("<!-- en -->\nHello\n", "en")


def test_every_pitfall_of_the_page_is_run_in_the_lesson():
    named = [name for cell in cells(NOTEBOOKS[2 * LESSONS.index(TRAPS)], "code") for name in traps_of(cell)]
    assert len(set(named)) == len(named)
    assert sorted(named) == sorted(recipes_of_the_page())


@pytest.mark.parametrize("language", build.LANGUAGES)
def test_the_cell_of_a_pitfall_shows_the_recipe_and_what_matprior_does(language):
    """It cannot tell whether the two lines are fair; that they were printed by the cell it can."""
    found = json.loads((DOCS / "tutorials" / language / f"{TRAPS.stem}.ipynb").read_text(encoding="utf-8"))
    for cell in found["cells"]:
        if names := traps_of("".join(cell["source"])):
            told = "".join("".join(one.get("text", "")) for one in cell["outputs"])
            assert cell["cell_type"] == "code"
            assert {"recipe", "matprior"} <= set(re.findall(r"\w+", told)), names


@pytest.mark.parametrize("folder", STARTS, ids=lambda path: path.name)
def test_a_start_page_is_the_same_in_both_languages(folder):
    english, japanese = ((folder / name).read_text(encoding="utf-8") for name in ("index.md", "index.ja.md"))
    heads = [re.findall(r"^#+ ", text, re.MULTILINE) for text in (english, japanese)]
    assert heads[0] == heads[1]
    code = [re.findall(r"^```.*?^```$", text, re.MULTILINE | re.DOTALL) for text in (english, japanese)]
    assert [one.replace("tutorials/en", "tutorials/ja") for one in code[0]] == code[1]
    links = [re.findall(r"\]\(([^)]+)\)", text) for text in (english, japanese)]
    # Each links to the other, and where a page has a Japanese twin the Japanese one is meant.
    twins = {"README.md": "README.ja.md", "tutorials/index.md": "tutorials/index.ja.md"}
    led = [re.sub(r"[^/]*(README|tutorials/index)\.md$", lambda m: twins[m[0]], one) for one in links[0]]
    assert "index.ja.md" in links[0]
    assert ["index.md" if one == "index.ja.md" else one for one in led] == links[1]
    rows = [
        [line.count("|") for line in text.splitlines() if line[:1] == "|"] for text in (english, japanese)
    ]
    assert rows[0] == rows[1]
    assert all(JAPANESE.search(line) for line in japanese.splitlines() if line.startswith(("| 知", "## ")))


def test_the_extras_of_the_start_page_are_those_of_the_project():
    declared = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    extras = tomllib.loads(declared)["project"]["optional-dependencies"].keys() - {"dev", "fuzz"}
    for name in ("index.md", "index.ja.md"):
        text = (DOCS / name).read_text(encoding="utf-8")
        (line,) = [line for line in text.splitlines() if "`explain`" in line]
        assert set(re.findall(r"`(\w+)`", line)) == extras


PAGES = [DOCS / f"{name}.md" for name in ("concepts", "extending", "faq", "names", "pitfalls", "skills")]
PAGES += [folder / name for folder in STARTS for name in ("index.md", "index.ja.md")]


@pytest.mark.parametrize("page", [*PAGES, *LESSONS], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_link_leads_to_a_file_and_a_heading(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    # Lessons are read from the folders of the languages, which lie as deep as that of the texts.
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", text):
        file = (page.parent / target).resolve() if target else page
        if page in LESSONS and not file.exists():
            file = (DOCS / "tutorials" / "en" / target).resolve()
        assert file.is_file(), target
        if anchor:
            assert anchor in slugs(file.read_text(encoding="utf-8")), f"{target}#{anchor}"


def test_there_are_fifty_skills_and_each_has_a_link():
    text = (DOCS / "skills.md").read_text(encoding="utf-8")
    lines = re.findall(r"^(\d+)\. (.+)$", text, re.MULTILINE)
    assert [int(number) for number, _ in lines] == list(range(1, 51))
    assert all(re.search(r"\[[^\]]+\]\([^)]+\)$", line) for _, line in lines)


def test_every_pitfall_names_a_test_that_exists():
    text = (DOCS / "pitfalls.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text)
    assert len(named) > 25
    for file, test in named:
        source = (REPOSITORY / file).read_text(encoding="utf-8")
        assert f"def {test}(" in source if test else "def test_" in source, f"{file}::{test}"


def test_the_reference_has_every_public_name_and_every_entry_exists():
    from importlib import import_module

    import matprior

    homes = re.findall(r"^::: ([\w.]+)\.(\w+)$", (DOCS / "api.md").read_text(encoding="utf-8"), re.MULTILINE)
    shown = {id(getattr(import_module(module), name)) for module, name in homes}
    assert [name for name in matprior.__all__ if id(getattr(matprior, name)) not in shown] == []
