"""`matprior shift`: how unlike a table is to the one a model would learn from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matprior.cli.options import Amounts, DataFolder, Seed, Strings

if TYPE_CHECKING:
    from matprior.data.table import Table
    from matprior.domains.shift import Shift

Source = Annotated[str, typer.Argument(help="Table or data set that a model learns from.")]
Target = Annotated[str, typer.Argument(help="Table or data set that it shall answer for.")]
Column = Annotated[str | None, typer.Option("--target", help="Column of the property, for its range.")]


def shift(
    source: Source,
    target: Target,
    column: Column = None,
    output: Annotated[Path | None, typer.Option(help="Folder for shift.csv and report.html.")] = None,
    model: Annotated[
        str | None,
        typer.Option(help="Checkpoint whose vectors are compared; none compares fractions or fingerprints."),
    ] = None,
    strings: Strings = None,
    amounts: Amounts = "atoms",
    seed: Seed = 0,
    data_folder: DataFolder = None,
) -> None:
    """Compare a target table with a source table: distances, new elements, range, a verdict."""
    from matprior.cli.console import say, show_table
    from matprior.reports.shift_page import number_rows

    tables = [read_side(one, column, strings, amounts, data_folder) for one in (source, target)]
    found = compare(tables[0], tables[1], column, model, seed)
    show_table(f"{Path(source).name} against {Path(target).name}", *number_rows(found))
    say(f"Verdict: {found.verdict}.", *found.evidence)
    if output is not None:
        write(found, tables, output, source, target)


def read_side(data: str, column: str | None, strings: str | None, amounts: str, folder: Path | None) -> Table:
    """One of the two tables; its labels count where the column is there."""
    from matprior.cli.options import find_data, make_task
    from matprior.cli.telling import tell
    from matprior.data import read_table
    from matprior.data.table import read_strings

    path = find_data(data, folder)
    table = read_strings(path, make_task([], strings, None, amounts))
    # An empty column is one that nobody has measured yet, as of a target that a model shall be adapted to.
    if column is not None and column in table.frame and _is_filled(table.frame[column]):
        table = read_table(path, make_task([column], strings, None, amounts))
    tell(table, None)
    return table


def _is_filled(cells: Any) -> bool:
    return bool((cells.notna() & (cells.astype(str).str.strip() != "")).any())


def compare(source: Table, target: Table, column: str | None, model: str | None, seed: int) -> Shift:
    """The shift between two tables that were read."""
    from matprior.domains.shift import measure_shift

    notation = str(source.task.notation)
    if target.task.notation != notation:
        raise ValueError(
            f"The source holds {notation} strings and the target {target.task.notation}; they have no "
            "vectors in common. Write both in one notation (formulas, for instance)."
        )
    if column is not None and column not in source.frame and column not in target.frame:
        raise ValueError(
            f"Neither table has the column {column!r}. The source has {list(source.frame.columns)}."
        )
    return measure_shift(
        list(source.strings), list(target.strings), labels(source, column), labels(target, column),
        model=checkpoint_of(model, notation), notation=notation, seed=seed,
    )  # fmt: skip


def checkpoint_of(model: str | None, notation: str) -> str | None:
    """The checkpoint that is asked for, else the one that ships for a notation; None where there is none."""
    from matprior.estimators.encoding import CHECKPOINTS
    from matprior.models.zoo import shipped

    if model is not None:
        return None if model == "none" else model
    usual = CHECKPOINTS.get(notation)
    return usual if usual in shipped() else None


def labels(table: Table, column: str | None) -> Any:
    """Numbers of a column; None where there is none, or it holds classes."""
    if column is None or column not in table.task.targets or table.task.kind != "regression":
        return None
    return table.frame[column].to_numpy(float)


def write(found: Shift, tables: list[Table], output: Path, source: str, target: str) -> None:
    """`shift.csv` and the page."""
    from matprior.cli.console import command, say
    from matprior.data.files import write_atomically
    from matprior.reports.html import write_page
    from matprior.reports.shift_page import shift_blocks

    with write_atomically(output / "shift.csv") as draft:
        found.rows.to_csv(draft, index=False)
    subtitle = f"{len(tables[0]):,} source rows · {len(tables[1]):,} target rows · {found.verdict}"
    title = f"{Path(target).name} against {Path(source).name}"
    page = write_page(output, title, subtitle, shift_blocks(found), side_facts(tables), command())
    say(f"Rows: {output / 'shift.csv'}. Report: {page}.")


def side_facts(tables: list[Table]) -> list[tuple[str, str]]:
    """Checksums of both tables."""
    return [
        (f"SHA-256 of the {name}", one.sha256) for name, one in zip(("source", "target"), tables, strict=True)
    ]
