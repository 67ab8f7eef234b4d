"""Command lines of the programs that `matprior benchmark` calls by name."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matprior.data.columns import nearest


class Options(argparse.ArgumentParser):
    """A parser that refuses what it does not know by name, and says what it knows.

    No option may be shortened: `--set`, which `matprior benchmark` has for tables, would be taken for the
    `--sets` of a program.
    """

    def __init__(self, text: str) -> None:
        super().__init__(
            description=text, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
        )

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:
        """Options as argparse reads them; the program ends with code 2 at one that it does not know."""
        args = sys.argv[1:] if args is None else args
        known = [one for action in self._actions for one in action.option_strings if one.startswith("--")]
        # Before the rest: the value of a strange option would be taken for a positional argument.
        for name in (one.partition("=")[0] for one in args if one.startswith("--")):
            if name not in known:
                near = nearest(name, known)
                hint = f" Did you mean {near}?" if near else ""
                self.error(f"there is no option {name!r} here.{hint} Known: {', '.join(known)}")
        return super().parse_args(args, namespace)


def given() -> str:
    """The command that runs, as records carry it."""
    return shlex.join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]])


def words(text: str, known: Sequence[str]) -> str:
    """`text` as it is, if all its comma-separated words are known; refused before anything is computed.

    Raises
    ------
    argparse.ArgumentTypeError
        A word that is not known.
    """
    for word in text.split(","):
        if word not in known:
            near = nearest(word, known)
            hint = f" Did you mean {near!r}?" if near else ""
            raise argparse.ArgumentTypeError(f"there is no {word!r}; known: {', '.join(known)}.{hint}")
    return text
