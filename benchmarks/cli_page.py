"""Write docs/cli.md from the command line itself: every verb with its options and defaults.

python benchmarks/cli_page.py            # rewrite the page
python benchmarks/cli_page.py --check    # exit code 1 if it is out of date
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from typer.main import get_command

from matprior.cli.app import app
from matprior.data.files import write_atomically

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cli.md"
KINDS = {int: "INTEGER", float: "NUMBER", Path: "PATH"}
"""Kind of value -> the word for it; all others are text."""
HEAD = """# Commands

Every verb with all its options, written from the program by `python benchmarks/cli_page.py`.
`matprior VERB --help` says the same. Exit codes are under [errors](errors.md); an option that is marked
*several times* may be given more than once.
"""


def page() -> str:
    """Text of the page."""
    verbs = list(_verbs(get_command(app), "matprior"))
    index = "".join(f"| [`{name}`](#{_anchor(name)}) | {_first(verb.help)} |\n" for name, verb in verbs)
    sections = [_section(name, verb) for name, verb in verbs]
    return "\n".join([HEAD, f"| command | what it does |\n|---|---|\n{index}", *sections])


def _verbs(group: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Names and commands, those of groups with the group's name before them."""
    for key, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from _verbs(one, f"{name} {key}")
        else:
            yield f"{name} {key}", one


def _section(name: str, verb: Any) -> str:
    """One command: what it does, how it is written, a table of arguments and one of options."""
    arguments = [one for one in verb.params if one.param_type_name == "argument"]
    options = [one for one in verb.params if one.param_type_name == "option" and not one.hidden]
    words = "".join(
        f" {word}" if one.required else f" [{word}]"
        for one in arguments
        for word in [_metavar(one) + (" ..." if one.nargs == -1 else "")]
    )
    must = "".join(f" {one.opts[0]} {_metavar(one)}" for one in options if one.required)
    parts = [
        f"## {name}",
        _plain(verb.help),
        f"```text\n{name}{words}{must}{' [OPTIONS]' if options else ''}\n```",
    ]
    rows = [(f"`{_metavar(one)}`", _plain(one.help), _default(one)) for one in arguments]
    rows += [(_spelled(one), _plain(one.help), _default(one)) for one in options]
    if rows:
        lines = [f"| {' | '.join(_cell(text) for text in row)} |" for row in rows]
        parts.append("\n".join(["| argument or option | what it does | default |", "|---|---|---|", *lines]))
    return "\n\n".join(parts) + "\n"


def _spelled(option: Any) -> str:
    words = ", ".join(f"`{one}`" for one in (*option.opts, *option.secondary_opts))
    if option.is_flag:
        return words
    several = ", *several times*" if option.multiple else ""
    return f"{words} `{_metavar(option)}`{several}"


def _metavar(one: Any) -> str:
    """What stands for the value."""
    if one.metavar:
        return str(one.metavar)
    if one.param_type_name == "argument":
        return str(one.name).upper()
    kind = one.type_descriptor.annotation
    return KINDS.get((get_args(kind) or (kind,))[0], "TEXT")


def _default(one: Any) -> str:
    if one.required:
        return "must be given"
    value = one.show_default if isinstance(one.show_default, str) else one.default
    if value is None or value == () or value == [] or value == "" or callable(value):
        return ""
    if getattr(one, "is_flag", False) and not isinstance(one.show_default, str):
        return (
            f"`{one.opts[0]}`" if value else (f"`{one.secondary_opts[0]}`" if one.secondary_opts else "off")
        )
    return f"`{getattr(value, 'value', value)}`"


def _plain(text: str | None) -> str:
    """Help as one paragraph; square and angle brackets are text, not markup."""
    return " ".join((text or "").split()).replace("<", "&lt;")


def _first(text: str | None) -> str:
    return _cell(_plain((text or "").split("\n\n")[0]))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _anchor(name: str) -> str:
    return name.replace(" ", "-")


def main() -> None:
    """Rewrite the page, or say that it is out of date."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
            sys.exit("docs/cli.md is out of date; run: python benchmarks/cli_page.py")
        return
    with write_atomically(PAGE) as draft:
        draft.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
