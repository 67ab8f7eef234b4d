"""`matprior describe`: compositions in, sentences and a table of facts out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from matprior.cli.options import DataFolder, Strict, Strings

SHOWN = 10
"""Descriptions of a file that are shown; all are written."""


def describe(
    formulas: Annotated[list[str] | None, typer.Argument(help="Formulas, such as Fe2O3.")] = None,
    data: Annotated[
        str | None, typer.Option("--input", help="Table or text file with one formula a line.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="CSV, TSV, Excel or Parquet file to write.")] = None,
    model: Annotated[str, typer.Option(help="Checkpoint that describes, or its folder.")] = "matt5-small",
    language: Annotated[str, typer.Option(help="en or ja.")] = "en",
    beams: Annotated[int, typer.Option(help="Descriptions that compete; the likeliest is kept.")] = 4,
    numbers: Annotated[
        str,
        typer.Option(
            help="Encoder whose property heads say the numbers, or network: the describer itself, with "
            "intervals."
        ),
    ] = "matbert-small",
    free: Annotated[
        bool,
        typer.Option("--free", help="Let the network write all of it; it may then contradict the rules."),
    ] = False,
    strings: Strings = None,
    strict: Strict = False,
    data_folder: DataFolder = None,
) -> None:
    """Say in words what compositions are likely to be."""
    from matprior.cli.console import progress_bar, say
    from matprior.data.writing import check_output, write_table
    from matprior.generation.describe import Saying
    from matprior.generation.describe import describe as run

    if output is not None:
        check_output(output)
    saying = Saying(language, beams, numbers, free)
    given = _given(formulas or [], data, strings, strict, data_folder, output)
    with progress_bar("Describing") as progress:
        table = run(given, model, saying, progress)
    for row in table.head(SHOWN).to_dict("records"):
        tell({str(name): value for name, value in row.items()})
    if len(table) > SHOWN:
        say(f"{len(table) - SHOWN:,} more are not shown." + ("" if output else " Write them with --output."))
    if output is not None:
        write_table(table, output)
        say(f"{len(table):,} descriptions written to {output}.")


def tell(row: dict[str, Any]) -> None:
    """Show the facts of one composition as a table, and its description."""
    from matprior.cli.console import say, show_table

    def number(name: str, verdict: str = "", words: tuple[str, str] = ("", "")) -> str:
        if row[name] is None or row[name] != row[name]:  # NaN: unknown among known ones
            return "unknown"
        low, high = row[f"{name}_low"], row[f"{name}_high"]
        spread = "" if low != low else f" (4 of 5 between {low:.2f} and {high:.2f})"
        return f"{row[name]:.2f}{spread}" + (f", {words[not row[verdict]]}" if verdict else "")

    hull = ("near enough to be made", "likely unstable")
    facts = [
        ("class", row["classes"] or "unknown"),
        ("computed band gap, eV", number("band_gap_eV", "metal", ("metal", "no metal"))),
        ("formation energy, eV/atom", number("formation_energy_eV_per_atom")),
        ("above the hull, eV/atom", number("above_hull_eV_per_atom", "makeable", hull)),
        ("oxidation states", row["oxidation_states"] or "unknown"),
        ("roles", row["roles"] or "unknown"),
        ("similar and known", row["similar"] or "none found"),
        ("itself learned from", "yes" if row["learned_from"] else "no"),
    ]
    show_table(str(row["formula"]), ["fact", "value"], facts)
    say(str(row["description"]), "")


def _given(
    formulas: list[str],
    data: str | None,
    strings: str | None,
    strict: bool,
    data_folder: Path | None,
    output: Path | None,
) -> list[str]:
    """Formulas of the command line and of the file."""
    if not formulas and data is None:
        raise ValueError("There is no formula. Give some, such as Fe2O3, or a file with --input.")
    if data is None:
        return formulas
    from matprior.cli.options import find_data
    from matprior.cli.telling import tell as tell_table
    from matprior.data import Task, read_strings

    table = read_strings(find_data(data, data_folder), Task(strings=strings, notation="composition"), strict)
    tell_table(table, output.parent if output is not None and not table.bad.empty else None)
    return [*formulas, *map(str, table.strings)]
