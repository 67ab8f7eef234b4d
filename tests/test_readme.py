"""What the README and docs/compositions.md say is what the code does, in both languages."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from matprior.notations import InvalidString, parse

REPOSITORY = Path(__file__).resolve().parents[1]
ENGLISH = (REPOSITORY / "README.md").read_text(encoding="utf-8")
JAPANESE = (REPOSITORY / "README.ja.md").read_text(encoding="utf-8")
COMPOSITIONS, DATA, PRETRAINING = (
    (REPOSITORY / "docs" / f"{name}.md").read_text(encoding="utf-8")
    for name in ("compositions", "data", "pretraining")
)
LESSONS = sorted((REPOSITORY / "docs" / "tutorials" / "text").glob("*.md"))
GROUPS = ("data", "models", "prompts")
"""Words that are followed by the verb."""
DOCUMENTS = [
    *(REPOSITORY / name for name in ("README.md", "README.ja.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((REPOSITORY / "docs").glob("*.md")),
]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def table_rows(text: str, *head: str) -> list[list[str]]:
    """Cells of the lines of every table whose first columns are called `head`."""
    rows: list[list[str]] = []
    inside = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif cells[: len(head)] == list(head):
            inside = True
        elif inside and not set(line) <= set("|- "):
            rows.append(cells)
    return rows


def bare(cell: str) -> str:
    return cell.strip("`")


def commands(text: str) -> list[tuple[str, str]]:
    """First cell and options cell of the table of commands."""
    head = "command" if text is ENGLISH else "コマンド"
    return [(bare(row[0]), row[2]) for row in table_rows(text, head)]


def options_of(words: list[str]) -> set[str]:
    """Options that a command of ours has: `["data", "get"]` -> {"--output", ...}."""
    import typer

    from matprior.cli.app import app

    command = typer.main.get_command(app)
    for word in words:
        command = command.commands[word]
    return {name for parameter in command.params for name in [*parameter.opts, *parameter.secondary_opts]}


def verb_of(command: str) -> list[str]:
    words = command.split()[1:]
    return words[:2] if words[0] in GROUPS else words[:1]


@pytest.fixture
def small_world(tmp_path, monkeypatch):
    """A checkpoint `matbert-small` of random weights, one epoch, 60 rows: the block runs in seconds."""
    import matprior
    from matprior.data import catalog
    from matprior.estimators import base
    from matprior.models import zoo
    from matprior.models.matbert import MatBertConfig, MatBertForPreTraining
    from matprior.strategies import TuningOptions
    from matprior.tokens.composition import CompositionTokenizer

    folder = tmp_path / "checkpoint"
    MatBertForPreTraining(MatBertConfig.of_size("tiny")).save_pretrained(folder)
    CompositionTokenizer().save_pretrained(folder)
    whole = catalog.load
    monkeypatch.setattr(zoo, "shipped", lambda: {"matbert-small": folder})
    monkeypatch.setattr(base, "training_for", lambda n, changes: TuningOptions(epochs=1, batch_size=16))
    monkeypatch.setattr(catalog, "load", lambda *args: whole(*args).head(60))
    monkeypatch.chdir(tmp_path)
    return matprior


def test_the_python_block_runs_as_it_stands(small_world, capsys):
    (block,) = blocks(ENGLISH, "python")
    assert len([line for line in block.splitlines() if line and "import" not in line]) <= 10
    exec(compile(block, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert re.search(r"prediction\s+std\s+low\s+high", printed)
    assert (Path("melting-point") / "model.safetensors").is_file()


def test_every_verb_is_in_the_table_and_every_verb_of_the_table_exists():
    from matprior.cli.app import VERBS

    told = {verb_of(command)[0] for command, _ in commands(ENGLISH)}
    assert told == {*VERBS, *GROUPS}


def test_every_subcommand_is_in_the_table():
    from matprior.cli import data, models, prompts

    for name, app in zip(GROUPS, (data.app, models.app, prompts.app), strict=True):
        known = {one.name or one.callback.__name__ for one in app.registered_commands}
        told = {verb_of(command)[1] for command, _ in commands(ENGLISH) if verb_of(command)[0] == name}
        assert told == known


@pytest.mark.parametrize(("command", "options"), commands(ENGLISH), ids=[c for c, _ in commands(ENGLISH)])
def test_every_option_of_the_table_exists(command, options):
    named = set(re.findall(r"--[a-z0-9-]+", f"{command} {options}"))
    assert named <= options_of(verb_of(command))


@pytest.mark.parametrize("document", [*DOCUMENTS, *LESSONS], ids=lambda path: path.name)
def test_every_command_of_a_code_block_exists_with_its_options(document):
    for block in blocks(document.read_text(encoding="utf-8"), "bash"):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] != ["matprior"] or words[1] in ("--help", "--version"):
                continue
            named = {word.partition("=")[0] for word in words if word.startswith("--")}
            assert named <= options_of(verb_of(line)), line


def test_both_languages_have_the_same_shape():
    prose = [re.sub(r"```.*?```", "", text, flags=re.DOTALL) for text in (ENGLISH, JAPANESE)]
    heads = [re.findall(r"^#+ ", text, re.MULTILINE) for text in prose]
    assert heads[0] == heads[1]
    for language in ("python", "bash"):
        assert blocks(ENGLISH, language) == blocks(JAPANESE, language)
    assert ENGLISH.count("```") == JAPANESE.count("```")


def test_both_languages_have_the_same_command_table():
    english, japanese = commands(ENGLISH), commands(JAPANESE)
    assert [command for command, _ in english] == [command for command, _ in japanese]
    for (_, one), (_, other) in zip(english, japanese, strict=True):
        assert re.findall(r"`[^`]+`", one) == re.findall(r"`[^`]+`", other)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_to_files_lead_somewhere(document):
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))
    # The results file is written by the commands that measure, not by hand.
    missing = [link for link in links if not (document.parent / link).exists() and "results/" not in link]
    assert missing == []


@pytest.mark.parametrize("document", [p for p in DOCUMENTS if p.parent.name == "docs"], ids=lambda p: p.name)
def test_python_blocks_of_the_docs_run(document, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for block in blocks(document.read_text(encoding="utf-8"), "python"):
        exec(compile(block, document.name, "exec"), {})


@pytest.mark.parametrize("row", table_rows(COMPOSITIONS, "formula", "read as"), ids=lambda row: row[0])
def test_a_formula_is_read_as_the_docs_say(row):
    composition = parse(bare(row[0]))
    assert composition.canonical == bare(row[1])
    if len(row) > 2 and (row[2][:1] in "345" or "left out" in row[2]):
        assert composition.notes


@pytest.mark.parametrize(
    "row", table_rows(COMPOSITIONS, "formula", "unit", "read as"), ids=lambda row: row[0]
)
def test_a_percent_form_is_read_as_the_docs_say(row):
    assert parse(bare(row[0]), unit=bare(row[1])).canonical == bare(row[2])


@pytest.mark.parametrize(
    "row", table_rows(COMPOSITIONS, "formula", "read as", "note says"), ids=lambda r: r[0]
)
def test_a_doubtful_formula_is_read_with_a_note(row):
    assert parse(bare(row[0])).notes


@pytest.mark.parametrize(
    "row", table_rows(COMPOSITIONS, "formula", "refused because"), ids=lambda row: row[0]
)
def test_a_formula_is_refused_with_the_fix_the_docs_name(row):
    with pytest.raises(InvalidString) as caught:
        parse(bare(row[0]))
    assert (caught.value.suggestion or "") == bare(row[2])


def test_the_results_blocks_can_be_filled():
    sys.path.insert(0, str(REPOSITORY / "benchmarks"))
    try:
        import readme_results as script
    finally:
        sys.path.pop(0)
    one = {"dataset": "d", "split": "s", "target": "t", "strategy": "full", "n_train": 9, "metric": "MAE",
           "unit": "eV", "std": 0.01}  # fmt: skip
    speed = {
        "model": "m",
        "metric": "formulas per second",
        "unit": "1/s",
        "value": 9e5,
        "ratio_to": "p",
        "ratio": 9,
    }
    found = [one | {"model": "a", "value": 0.4}, one | {"model": "b", "value": 0.3}, speed]
    for name, text in (("README.md", ENGLISH), ("README.ja.md", JAPANESE)):
        filled = script.filled(text, script.block(found, script.WORDS[name]))
        assert "| d | s, n = 9 | MAE (eV) | 0.400 ± 0.010 | **0.300 ± 0.010** |" in filled
        assert "| formulas per second | m | 900,000 1/s | p | 9× |" in filled
        assert script.filled(filled, "x") == script.filled(text, "x")


@pytest.mark.parametrize("row", table_rows(DATA, "name", "target"), ids=lambda row: row[0])
def test_an_embedded_set_is_as_the_docs_say(row):
    from matprior import list_datasets

    (entry,) = [one for one in list_datasets(kind="embedded") if one.name == bare(row[0])]
    assert [f"`{entry.targets[0]}`", entry.strings, f"{entry.rows:,}"] == row[1:]


def test_the_docs_name_every_split_and_every_recipe_key():
    from dataclasses import fields

    from matprior.data import SPLITS
    from matprior.pretraining.run import PretrainingRecipe

    assert {bare(row[0]) for row in table_rows(DATA, "name", "who is kept together")} == set(SPLITS)
    told = re.findall(r"`(\w+)`", " ".join(row[0] for row in table_rows(PRETRAINING, "key", "meaning")))
    assert sorted(told) == sorted(field.name for field in fields(PretrainingRecipe))
