"""`matprior clean`: a table in canonical form, and what was done to each row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matprior.cli.options import DataFolder, Strings

if TYPE_CHECKING:
    from matprior.data.cleaning import Cleaned


def clean(
    table: Annotated[str, typer.Argument(help="Table (CSV, TSV, Excel, Parquet) or the name of a data set.")],
    output: Annotated[
        Path, typer.Option(help="CSV file to write; the lists of changes lie beside it.")
    ] = Path("clean.csv"),
    report: Annotated[Path | None, typer.Option(help="HTML page that tells what was done.")] = None,
    strings: Strings = None,
    target: Annotated[
        list[str] | None,
        typer.Option(
            help="Measured column: rows of one material are merged to its mean or majority; repeatable."
        ),
    ] = None,
    extra: Annotated[
        list[str] | None,
        typer.Option(help="Column that keeps rows of one material apart, such as a temperature; repeatable."),
    ] = None,
    notation: Annotated[
        str | None, typer.Option(help="composition, smiles or selfies. Seen from the values when left out.")
    ] = None,
    salts: Annotated[
        bool, typer.Option(help="Take away counter-ions and solvents when one organic part is left.")
    ] = True,
    charges: Annotated[
        bool, typer.Option("--charges", help="Neutralise by adding or taking protons.")
    ] = False,
    tautomers: Annotated[bool, typer.Option("--tautomers", help="Write one tautomer for all; slow.")] = False,
    data_folder: DataFolder = None,
) -> None:
    """Write a table in canonical form: duplicates merged, salts stripped, bad rows listed with reasons."""
    from matprior.cli.console import say, show_table
    from matprior.cli.options import find_data
    from matprior.data import Task
    from matprior.data.cleaning import KINDS, Standard, clean_table

    if output.suffix.lower() != ".csv":
        raise ValueError(f"--output {output.name!r}: a CSV file is written; give a name that ends in .csv.")
    task = Task(strings=strings, targets=target or [], extra=extra or [], notation=notation)
    cleaned = clean_table(find_data(table, data_folder), task, Standard(salts, charges, tautomers))
    say(*cleaned.table.notes, *cleaned.notes)
    counts = cleaned.counts()
    if counts:
        show_table("", ["what", "rows"], [[KINDS[kind], f"{n:,}"] for kind, n in counts.items()])
    else:
        say("Nothing had to be changed.")
    say(*_write(cleaned, output))
    if report is not None:
        _report(cleaned, report, table)


def _write(cleaned: Cleaned, output: Path) -> list[str]:
    """Write the clean table and, beside it, `changes.csv` and `bad_rows.csv`; sentences on them."""
    from matprior.cli.telling import problems_listed
    from matprior.data import write_bad_rows
    from matprior.data.files import write_atomically
    from matprior.data.wording import counted

    with write_atomically(output) as draft:
        cleaned.frame.to_csv(draft, index=False)
    changes = output.parent / "changes.csv"
    with write_atomically(changes) as draft:
        # The mark makes spreadsheets read subscripts and middle dots as what they are.
        cleaned.changes.to_csv(draft, index=False, encoding="utf-8-sig")
    kept, n = len(cleaned.frame), len(cleaned.changes)
    read = counted(len(cleaned.table.original), "row")
    told = [
        f"{kept:,} of {read} {'is' if kept == 1 else 'are'} in {output}.",
        f"{counted(n, 'change')} {'is' if n == 1 else 'are'} listed in {changes}.",
    ]
    if (bad := write_bad_rows(cleaned.table, output.parent)) is not None:
        told.append(problems_listed(len(cleaned.table.bad), bad))
    return told


def _report(cleaned: Cleaned, path: Path, source: str) -> None:
    from matprior.cli.console import command, say
    from matprior.reports.clean_page import clean_blocks
    from matprior.reports.html import write_single_page

    task, name = cleaned.table.task, Path(source).name
    facts = [
        ("table", name),
        ("SHA-256", cleaned.table.sha256),
        ("strings", f"column {task.strings!r}, read as {task.notation}"),
        ("targets", ", ".join(task.targets) or "none"),
    ]
    subtitle = f"{len(cleaned.table.original):,} rows in, {len(cleaned.frame):,} rows out"
    write_single_page(path, f"Cleaning {name}", subtitle, clean_blocks(cleaned), facts, command())
    say(f"The report is {path}.")
