"""What visitors send, as strings a model understands: pasted lines and uploaded tables."""

from __future__ import annotations

import io
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from matprior.notations import NOTATIONS, InvalidString, parse
from matprior.web.limits import Limits
from matprior.web.problems import Problem
from matprior.web.shelf import Served

if TYPE_CHECKING:
    from matprior.data.table import Table
    from matprior.data.task import Task

UNPACKED = 10
"""A workbook may be so many times larger unpacked than the largest upload."""
_PACKED = {b"\x1f\x8b": "packed with gzip", b"PAR1": "a Parquet file"}


@dataclass
class Line:
    """One string as it was read."""

    row: int
    """Counted from 1."""
    given: str
    string: str | None = None
    """The canonical spelling; None where it cannot be read."""
    problem: str | None = None
    suggestion: str | None = None
    notes: list[str] = field(default_factory=list)


def read_lines(texts: Sequence[str], served: Served, limits: Limits) -> list[Line]:
    """Read strings one by one; a bad one is told beside the others.

    Raises
    ------
    Problem
        More strings, or a longer one, than the server takes.
    """
    check_rows(len(texts), limits.rows)
    read = _reader(served)
    lines = []
    for row, text in enumerate(texts, start=1):
        if len(text) > limits.characters:
            raise Problem(
                413,
                "too_long",
                f"String {row} has {len(text):,} characters; at most {limits.characters:,} are read.",
            )
        given = text.encode("utf-8", "replace").decode()  # half a character cannot be sent back
        line = Line(row, given)
        try:
            line.string, line.notes = read(given.strip())
        except InvalidString as error:
            place = f" (character {error.position + 1})" if error.position is not None else ""
            line.problem, line.suggestion = f"{error.reason}{place}", error.suggestion
        lines.append(line)
    return lines


def _reader(served: Served) -> Callable[[str], tuple[str, list[str]]]:
    notation = NOTATIONS[served.notation]
    if notation.name == "composition" and served.amount_unit != "atoms":

        def percent(text: str) -> tuple[str, list[str]]:
            composition = parse(text, unit=served.amount_unit)
            return composition.canonical, list(composition.notes)

        return percent
    return lambda text: (notation.canonical(text), notation.describe_changes(text))


def check_rows(n: int, most: int) -> None:
    """Raise unless there are from one to `most` rows."""
    if n == 0:
        raise Problem(422, "nothing", "There is nothing to read. Give at least one string.")
    if n > most:
        raise Problem(
            413,
            "too_many_rows",
            f"{n:,} rows came; at most {most:,} are taken at once. Use the command line for more.",
        )


@contextmanager
def kept(upload: BinaryIO, name: str | None) -> Iterator[Path]:
    """An upload as a file in a folder of its own, for the time of the block.

    Only the last part of its name is used, and of that only letters, digits, dots and dashes: it appears in
    messages and decides nothing.
    """
    plain = re.sub(r"[^\w.-]+", "_", re.split(r"[/\\]", name or "")[-1])[-60:].lstrip(".")
    folder = Path(tempfile.mkdtemp(prefix="matprior-upload-"))
    try:
        path = folder / (plain or "table")
        with open(path, "wb") as stream:
            shutil.copyfileobj(upload, stream)
        yield path
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def read_upload(
    path: Path, task: Task, most: int, limits: Limits, read: Callable[..., Table] | None = None
) -> Table:
    """Read an uploaded table.

    Parameters
    ----------
    path : as `kept` gives it
    task : what is asked of it
    most : rows that are taken
    read : `read_strings` when left out, or `read_table`

    Raises
    ------
    Problem
        Not a table that is taken here, too many rows, or a cell that is too long.
    """
    from matprior.data import read_strings

    _check_form(path, most, limits)
    try:
        table = (read or read_strings)(path, task)
    except ValueError as error:
        raise Problem(422, "bad_table", str(error)) from error
    check_rows(len(table.original), most)
    longest = int(table.original[table.task.strings].str.len().max())
    if longest > limits.characters:
        raise Problem(
            413, "too_long", f"A string has {longest:,} characters; at most {limits.characters:,} are read."
        )
    return table


def _check_form(path: Path, most: int, limits: Limits) -> None:
    """Refuse what may unpack to far more than was sent, and far too many lines before they are read."""
    data = path.read_bytes()
    start = data[:4]
    for mark, what in _PACKED.items():
        if start.startswith(mark):
            raise Problem(
                422, "bad_table", f"{path.name} is {what}. Send CSV, TSV, plain text or Excel (.xlsx)."
            )
    if not start.startswith(b"PK\x03\x04"):
        lines = max(data.count(b"\n"), data.count(b"\r"))
        if lines > 2 * most + 100:  # some may be blank; the exact count follows
            check_rows(lines, most)
        return
    try:
        size = sum(one.file_size for one in zipfile.ZipFile(io.BytesIO(data)).infolist())
    except zipfile.BadZipFile:
        raise Problem(
            422, "bad_table", f"{path.name} starts like an Excel file but is damaged. Save it again."
        ) from None
    if size > UNPACKED * limits.upload_bytes:
        raise Problem(
            413,
            "too_large",
            f"{path.name} unpacks to {size / 1e6:,.0f} MB. Save the sheet as CSV with fewer rows.",
        )


def task_for(served: Served, strings: str | None) -> Task:
    """How a model wants a table to be read."""
    from matprior.data import Task

    told: Any = served.amount_unit
    return Task(strings=strings or None, notation=served.notation, amount_unit=told, extra=served.extra)
