"""`matprior audit`: what is wrong with a table, before anything is learned from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matprior.cli.options import Amounts, Data, DataFolder, Extra, Kind, Strings

if TYPE_CHECKING:
    from matprior.data.audit import Audit
    from matprior.data.table import Table


def audit(
    data: Data,
    against: Annotated[
        list[str] | None,
        typer.Option(
            "--against",
            help="Table, data set or checkpoint whose strings are looked for; repeatable. Left out: every "
            "checkpoint that ships with the package.",
        ),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option("--target", help="Column whose labels are looked at; repeatable. Of a data set: all."),
    ] = None,
    split_column: Annotated[
        str | None, typer.Option(help="Column that deals rows into parts; found by its name when left out.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder for audit.csv, near.csv and report.html.")
    ] = None,
    near: Annotated[
        float, typer.Option(help="Compositions are near when their atomic fractions differ by less in all.")
    ] = 0.02,
    extra: Extra = None,
    strings: Strings = None,
    kind: Kind = None,
    amounts: Amounts = "atoms",
    data_folder: DataFolder = None,
) -> None:
    """Look for duplicates, leaks, contradictions, wrong units and outliers in a table."""
    from matprior.cli.console import say, show_table
    from matprior.cli.options import find_data
    from matprior.cli.telling import tell
    from matprior.data.audit import audit as run
    from matprior.data.columns import split_columns
    from matprior.data.wording import counted
    from matprior.reports.audit_page import finding_rows

    path = find_data(data, data_folder)
    targets = target or _targets(data)
    table = _read(path, targets, strings, kind, amounts, extra)
    tell(table, output)
    if not targets:
        say("No --target: labels, their noise and their units were not looked at.")
    if split_column is None:
        taken = {*table.task.columns}
        split_column = next((name for name in split_columns(table.frame) if name not in taken), None)
        if split_column is not None:
            say(f"Parts are those of column {split_column!r}.")
    tables, seen = _held(against, table.task.notation or "composition", amounts, data_folder)
    found = run(table, split_column, tables, seen, near)
    show_table(f"Audit of {Path(data).name}", *finding_rows(found))
    have = "has" if found.n_problems == 1 else "have"
    say(f"{found.n_problems:,} of {counted(len(found.rows), 'row')} {have} something to look at.")
    if output is not None:
        _write(found, table, output, data)


def _targets(data: str) -> list[str]:
    """Every target of a data set of the catalog; none of a file, where any column could be meant."""
    from matprior.data.catalog import catalog

    entry = catalog().get(data)
    return [] if entry is None or entry.targets == ("*",) else list(entry.targets)


def _read(
    path: Path,
    targets: list[str],
    strings: str | None,
    kind: str | None,
    amounts: str,
    extra: list[str] | None,
) -> Table:
    """The table with every row kept; a single label is something to report, not to refuse."""
    from matprior.cli.options import make_task
    from matprior.data import read_table
    from matprior.data.table import read_strings

    if not targets:
        return read_strings(path, make_task([], strings, None, amounts, extra))
    return read_table(path, make_task(targets, strings, kind, amounts, extra), merge_duplicates="keep")


def _held(
    against: list[str] | None, notation: str, amounts: str, folder: Path | None
) -> tuple[dict[str, list[str]], dict[str, Path]]:
    """What the table is held against: strings of tables, and hash files of checkpoints."""
    from matprior.cli.console import say
    from matprior.cli.options import find_data, make_task
    from matprior.data.seen import SEEN
    from matprior.data.table import read_strings
    from matprior.models.zoo import shipped

    tables: dict[str, list[str]] = {}
    seen: dict[str, Path] = {}
    known = shipped()
    for name in list(known) if against is None else against:
        checkpoint = known.get(name, Path(name))
        if (checkpoint / "config.json").is_file():
            if _notation_of(checkpoint) != notation:
                say(f"{Path(name).name} reads {_notation_of(checkpoint)}, the table {notation}: left out.")
            elif (checkpoint / SEEN).is_file():
                seen[Path(name).name] = checkpoint / SEEN
            else:
                say(f"{Path(name).name} keeps no list of what it learned from ({SEEN} is missing).")
            continue
        task = make_task([], None, None, amounts)
        task.notation = notation
        tables[Path(name).name] = list(read_strings(find_data(name, folder), task).strings)
    return tables, seen


def _notation_of(checkpoint: Path) -> str:
    import json

    told = json.loads((checkpoint / "config.json").read_text(encoding="utf-8"))
    return str(told.get("notation") or "composition")


def _write(found: Audit, table: Table, output: Path, data: str) -> None:
    from matprior.cli.console import command, say
    from matprior.data.files import write_atomically
    from matprior.reports.audit_page import audit_blocks
    from matprior.reports.html import write_page

    for name, frame in (("audit.csv", found.rows), ("near.csv", found.near), ("against.csv", found.overlaps)):
        with write_atomically(output / name) as draft:
            frame.to_csv(draft, index=False)
    facts = [("data", Path(data).name), ("SHA-256 of the data", table.sha256), ("rows", f"{len(table):,}")]
    n_strings = found.rows["canonical"].nunique()
    subtitle = f"{len(table):,} rows · {n_strings:,} strings · {found.n_problems:,} to look at"
    page = write_page(output, f"Audit of {Path(data).name}", subtitle, audit_blocks(found), facts, command())
    say(f"Rows: {output / 'audit.csv'}. Report: {page}.")
