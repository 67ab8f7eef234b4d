"""Tables, sentences and progress bars in the terminal, through rich."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


PULSE = 30.0
"""Seconds between lines that say how far a verb has come, where no bar can be seen."""

_typed: list[str] = []


def remember(arguments: Sequence[str]) -> None:
    """Keep what was typed: results and cards carry the command that made them."""
    _typed[:] = arguments


def command() -> str:
    """The command line as a shell would take it again."""
    import shlex

    return shlex.join(["matprior", *_typed])


def console() -> Console:
    """Where results go: standard output."""
    from rich.console import Console

    return Console(highlight=False)


def error_console() -> Console:
    """Where errors and progress go: standard error, so that output can be piped."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def say(*sentences: str) -> None:
    """Print plain sentences; in a pipe or a file each stays on one line, so that it can be searched."""
    out = console()
    for sentence in sentences:
        out.print(sentence, markup=False, soft_wrap=not out.is_terminal)


def show_table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; columns whose cells are all numbers are aligned on the right."""
    from rich.table import Table

    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for index, name in enumerate(head):
        cells = [row[index] for row in texts if row[index]]
        numeric = bool(cells) and all(cell[:1].isdigit() or cell[:1] in "-−±" for cell in cells)
        table.add_column(
            name, justify="right" if numeric else "left", overflow="fold", no_wrap=index == 0 or numeric
        )
    for row in texts:
        table.add_row(*(_escape(cell) for cell in row))
    console().print(table)


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int, str], None]]:
    """A bar with the time left, or lines in a log; the block gets a function (done, of, note)."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", style="dim"),
    )
    with Progress(*columns, console=error_console(), transient=True) as bar:
        task = bar.add_task(what, total=None, note="")

        told = time.monotonic()

        def update(done: int, total: int, note: str) -> None:
            nonlocal told
            bar.update(task, completed=done, total=total, note=note)
            # A bar cannot be seen in a log, where half an hour of silence looks like a hang.
            if not bar.console.is_terminal and time.monotonic() - told >= PULSE:
                told = time.monotonic()
                bar.console.print(f"{what}: {done:,} of {total:,} {note}".rstrip(), markup=False)

        yield update
