"""`matprior classes`: which classes of materials formulas belong to, by which rule."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matprior.cli.options import Strings


def classes(
    items: Annotated[list[str] | None, typer.Argument(help="Formulas, or one file of them.")] = None,
    rules: Annotated[
        bool, typer.Option("--rules", help="Show every class with its rule and source.")
    ] = False,
    strings: Strings = None,
    output: Annotated[
        Path | None, typer.Option(help="Table of a file's formulas with a column of classes, to write.")
    ] = None,
) -> None:
    """Tell the classes of formulas (oxide, halide, perovskite-like ...) that hard prompts name."""
    from matprior.cli.console import show_table
    from matprior.cli.tokenize import names_a_file
    from matprior.notations import NOTATIONS, InvalidString, classes_of
    from matprior.notations.material_classes import CLASSES

    if rules:
        rows = [[name, one.rule, one.source] for name, one in CLASSES.items()]
        show_table("", ["class", "rule", "source"], rows)
    elif not items:
        raise ValueError("Nothing to look at. Give formulas, such as Fe2O3, or a file, or --rules.")
    elif len(items) == 1 and names_a_file(items[0]):
        _file(Path(items[0]), strings, output)
    else:
        found, errors = [], []
        for item in items:
            try:
                found.append(
                    [item, NOTATIONS["composition"].canonical(item), " ".join(classes_of(item)) or "-"]
                )
            except InvalidString as error:
                errors.append(str(error))
        if found:
            show_table("", ["formula", "canonical", "classes"], found)
        if errors:
            raise ValueError("\n".join(errors))


def _file(path: Path, strings: str | None, output: Path | None) -> None:
    from matprior.cli.console import say, show_table
    from matprior.data import Task, read_strings
    from matprior.data.writing import check_output, write_table
    from matprior.notations import classes_of
    from matprior.notations.material_classes import CLASSES

    if output is not None:
        check_output(output)
    table = read_strings(path, Task(strings=strings, notation="composition"))
    say(*table.notes)
    found = [classes_of(string) for string in table.strings]
    n = len(found)
    counts = {name: sum(name in own for own in found) for name in CLASSES}
    rows = [[name, f"{k:,}", f"{100 * k / n:.1f} %"] for name, k in counts.items() if k]
    rows.append(["(none)", f"{sum(not own for own in found):,}", f"{100 * found.count(()) / n:.1f} %"])
    show_table(f"{path.name}: {n:,} formulas; several classes may hold", ["class", "formulas", "share"], rows)
    if output is not None:
        frame = table.original.loc[list(table.row)].copy()
        frame["classes"] = [" ".join(own) for own in found]
        write_table(frame, output)
        say(f"Written to {output}.")
