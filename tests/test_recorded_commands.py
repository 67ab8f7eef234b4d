"""Every command that docs/results carries can be given again: it is parsed, and nothing is computed.

What a command would measure is not checked here; that it starts is.
"""

from __future__ import annotations

import argparse
import json
import runpy
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
BENCHMARKS = REPOSITORY / "benchmarks"


class Parsed(Exception):
    """Raised in place of the computation, with what the options said."""


def recorded() -> dict[str, list[str]]:
    """Program or verb -> the distinct commands of all results files."""
    found: dict[str, list[str]] = {}
    for file in sorted((REPOSITORY / "docs" / "results").glob("*.json")):
        for command in dict.fromkeys(one["command"] for one in json.loads(file.read_text(encoding="utf-8"))):
            found.setdefault(" ".join(shlex.split(command)[:2]), []).append(command)
    return found


COMMANDS = recorded()


@pytest.fixture
def start(monkeypatch):
    """Parse a command as a shell would start it; SystemExit or an error where it is refused."""
    read = argparse.ArgumentParser.parse_args

    def stop(self: argparse.ArgumentParser, args: Any = None, namespace: Any = None) -> None:
        raise Parsed(read(self, args, namespace))

    def parse(command: str) -> dict[str, Any]:
        tool, what, *words = shlex.split(command)
        if tool == "matprior":
            return of_verb(what, words)
        assert tool == "python", f"{tool!r} starts no program of ours"
        monkeypatch.setattr(sys, "argv", [what, *words])
        with pytest.raises(Parsed) as parsed:
            runpy.run_path(str(REPOSITORY / what), run_name="__main__")
        return vars(parsed.value.args[0])

    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", stop)
    return parse


def of_verb(verb: str, words: list[str]) -> dict[str, Any]:
    import typer

    from matprior.cli.app import app

    context = typer.main.get_command(app).commands[verb].make_context(verb, list(words))
    assert not context.args, f"{verb} does not know {context.args}"
    return context.params


@pytest.mark.parametrize("program", COMMANDS)
def test_a_recorded_command_is_still_taken(program, start):
    for command in COMMANDS[program]:
        given = start(command)
        if program.startswith("matprior"):
            refuse_what_is_gone(program.split()[1], given)


def refuse_what_is_gone(verb: str, given: dict[str, Any]) -> None:
    """Models, tables, benchmarks and recipes that a command names still exist."""
    from matprior.cli.options import strategy_choice
    from matprior.data.catalog import show
    from matprior.evaluation.contestants import contestants
    from matprior.evaluation.suites import find_suite

    if verb == "pretrain":
        assert (REPOSITORY / str(given["recipe"])).is_file(), given["recipe"]
    if verb == "benchmark":
        find_suite(given["name"]).chosen(given["tasks"])
    if verb in ("evaluate", "probe"):
        show(given["data"])
    if verb in ("evaluate", "benchmark"):
        options = {"strategy": strategy_choice(given["strategy"], given["settings"])}
        contestants(given["models"].split(","), "regression", notation=None, options=options)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("python benchmarks/domains.py --case computed", "no option '--case' here. Did you mean --cases?"),
        ("python benchmarks/fewshot.py --set epochs=1", "no option '--set' here. Did you mean --sets?"),
        ("python benchmarks/fewshot.py --seeds 0,1", "Did you mean --seed?"),
        ("python benchmarks/generation.py --output o", "there is no option '--output' here"),
        ("python benchmarks/domains.py --cases melts", "there is no 'melts'"),
        ("python benchmarks/prompts.py --record r", "required: --output"),
    ],
)  # fmt: skip
def test_a_wrong_command_is_told_apart(wrong, words, start, capsys):
    with pytest.raises(SystemExit) as left:
        start(wrong)
    assert (left.value.code, words in capsys.readouterr().err) == (2, True)


def test_a_verb_without_its_option_or_with_a_strange_one_is_told_apart(start):
    for wrong in (
        "matprior evaluate expt_gap --target band_gap_eV",
        "matprior evaluate expt_gap --target band_gap_eV --output o --seed 0",
        "matprior benchmark matbench --sizes 16",
        "matprior evaluated expt_gap",
    ):
        with pytest.raises(Exception, match=r"output|--seed|--sizes|evaluated"):
            start(wrong)


def test_every_program_of_a_benchmark_takes_the_options_of_the_verb_that_it_has(start):
    from matprior.evaluation.suites import PROGRAMS

    words = {
        "fewshot": "--output o --tasks validation --record r",
        "domains": "--output o --seeds 0,1 --record r",
        "generation": "--record r",
        "molecule-generation": "--record r",
    }
    assert set(words) == set(PROGRAMS)
    for name, said in words.items():
        given = start(f"python {PROGRAMS[name][0]} {said}")
        for option, value in zip(said.split()[::2], said.split()[1::2], strict=True):
            assert str(given[option[2:]]) == value


def test_the_tables_of_the_readmes_are_made_from_the_results_files(monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from readme_results import main

    monkeypatch.setattr(sys, "argv", ["readme_results.py", "--check"])
    assert main() == 0, f"run: python benchmarks/readme_results.py. {capsys.readouterr().out}"


def recorded_pretrainings() -> dict[str, list[tuple[str, float]]]:
    """Shipped checkpoint -> recipe and value of each score that a recorded pretraining gave it."""
    found: dict[str, list[tuple[str, float]]] = {}
    for name in ("pretraining", "foundation"):
        text = (REPOSITORY / "docs" / "results" / f"{name}.json").read_text(encoding="utf-8")
        for one in json.loads(text):
            words = shlex.split(one["command"])
            if words[:2] == ["matprior", "pretrain"] and one["model"] == one["checkpoint"]:
                found.setdefault(one["checkpoint"], []).append((Path(words[2]).stem, one["value"]))
    return found


PRETRAININGS = recorded_pretrainings()


@pytest.mark.parametrize("checkpoint", PRETRAININGS)
def test_the_scores_of_a_recorded_pretraining_are_those_of_the_checkpoint_that_it_names(checkpoint):
    from matprior.models.zoo import find

    scores = json.loads((find(checkpoint) / "scores.json").read_text(encoding="utf-8"))
    known = {value for line in scores for value in line.values()}
    for recipe, value in PRETRAININGS[checkpoint]:
        assert (recipe, value in known) == (checkpoint, True)
