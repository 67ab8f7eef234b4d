"""Tables, sentences and progress bars in the terminal, through rich."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

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
    """Print a table; columns whose cells are all numbers are aligned on the right and never cut."""
    from rich.console import Console
    from rich.table import Table

    from matprior.cli.widths import GAP, fold, is_numeric, widths

    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    numeric = [is_numeric([row[place] for row in texts]) for place in range(len(head))]
    room = console().width
    found = widths(head, texts, numeric, room)
    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False, padding=0)
    for place, (name, width) in enumerate(zip(head, found, strict=True)):
        if place:
            table.add_column("", width=GAP)
        justify: Literal["left", "right"] = "right" if numeric[place] else "left"
        table.add_column(_escape(fold(name, width)), justify=justify, overflow="fold", width=width)
    for row in texts:
        cells = [_escape(fold(cell, width)) for cell, width in zip(row, found, strict=True)]
        table.add_row(*[part for cell in cells for part in ("", cell)][1:])
    # Wider than the terminal where numbers leave no other way: a line that wraps still tells all.
    needed = sum(found) + GAP * (len(found) - 1)
    (console() if needed <= room else Console(highlight=False, width=needed)).print(table)


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
