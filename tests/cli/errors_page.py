"""The tables of docs/errors.md, from what the exams ask: `python tests/cli/errors_page.py` writes them."""

from __future__ import annotations

from pathlib import Path

from asked_readers import READ
from asked_verbs import LEARN, Verb
from wrong_tables import FAULTS

VERBS = {**LEARN, **READ}
"""Name in the tables -> verb."""

NOT_ASKED: dict[str, str] = {
    "ask": "takes formulas as words, and no file",
    "generate": "takes wishes as words; the one file it reads is a folder of a model",
    "serve": "takes folders of models; tables come through the page (`tests/web`)",
    "prompts list": "takes a folder of a model",
    "prompts take": "takes a folder of a model",
    "models list": "takes nothing",
    "models show": "takes the name of a checkpoint",
    "data list": "takes nothing but choices",
    "data show": "takes the name of a data set",
    "data get": "takes the name of a data set",
}
"""Verb that no wrong table reaches -> why; most are asked about wrong models instead."""


def commands() -> set[str]:
    """Every verb that the command line has, those of groups as two words."""
    import typer

    from matprior.cli.app import app

    found = set()
    for name, command in typer.main.get_command(app).commands.items():
        below = getattr(command, "commands", None)
        found |= {name} if below is None else {f"{name} {one}" for one in below}
    return found


def answer(verb: Verb, fault: str) -> str:
    """What is expected of a verb: refused or read."""
    case = FAULTS[fault]
    return verb.but.get(fault, case.labelled if verb.learns else case.unlabelled)


BEGIN, END = "<!-- wrong tables:begin -->", "<!-- wrong tables:end -->"
"""What the tables of docs/errors.md stand between."""


def page() -> str:
    """The part of docs/errors.md that follows from the exam."""
    lines = [BEGIN]
    for words, side in (("use labels", LEARN), ("read strings alone", READ)):
        lines += [f"Verbs that {words}:", ""]
        lines += [f"| wrong table | {' | '.join(f'`{name}`' for name in side)} |"]
        lines += ["|---|" + "---|" * len(side)]
        for fault, case in FAULTS.items():
            told = " | ".join(answer(verb, fault) for verb in side.values())
            lines.append(f"| {case.what} | {told} |")
        lines.append("")
    lines += ["| no wrong table reaches | because it |", "|---|---|"]
    lines += [f"| `{name}` | {why} |" for name, why in NOT_ASKED.items()]
    return "\n".join([*lines, END])


if __name__ == "__main__":
    file = Path(__file__).parents[2] / "docs" / "errors.md"
    before, _, rest = file.read_text(encoding="utf-8").partition(BEGIN)
    file.write_text(before + page() + rest.partition(END)[2], encoding="utf-8")
