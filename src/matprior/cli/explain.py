"""`matprior explain`: which part of a string moved the prediction, and what would happen without it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matprior.cli.options import DataFolder, Strict

if TYPE_CHECKING:
    import pandas as pd

    from matprior.evaluation.explanation import Explanation
    from matprior.notations import InvalidString


def explain(
    model: Annotated[Path, typer.Argument(help="Folder written by matprior fit.")],
    strings: Annotated[list[str] | None, typer.Argument(help="Formulas or SMILES to explain.")] = None,
    table: Annotated[
        str | None, typer.Option("--table", help="Table or data set whose strings are explained too.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Folder for the tables and report.html.")] = None,
    swap: Annotated[
        list[str] | None,
        typer.Option("--swap", help="Element to replace, as Co=Ni or Co=Ni,Fe. Left out: by like ones."),
    ] = None,
    training: Annotated[
        str | None,
        typer.Option(help="Table the model learned from: its nearest rows are listed. Left out: the rows "
                          "that the folder names (results.csv)."),
    ] = None,
    target: Annotated[str | None, typer.Option("--target", help="Which target, if it has several.")] = None,
    limit: Annotated[int, typer.Option(help="Strings of --table that are explained, at most.")] = 100,
    strict: Strict = False,
    data_folder: DataFolder = None,
) -> None:  # fmt: skip
    """Explain predictions: contributions, what-ifs, nearest rows, attention."""
    from matprior.cli.console import say
    from matprior.cli.options import find_data
    from matprior.evaluation.explanation import explain as run
    from matprior.screening.engines import open_model

    swaps = _swaps(swap)
    estimator = open_model(model)
    asked, bad = _readable(strings or [], estimator, strict)
    if table is not None:
        asked += _of_table(find_data(table, data_folder), estimator, limit, strict, output)
    if bad and not asked:
        raise bad[0]
    if not asked:
        raise ValueError("There is nothing to explain. Name a formula, or a table with --table.")
    say(*(f"Left out: {error}" for error in bad))
    place = _target(estimator, target)
    rows, where = _training(model, estimator, training, place, data_folder)
    found = run(estimator, asked, rows, swaps, place)
    _show(found, where)
    if rows is None:
        say("The folder names no rows to look among for the nearest ones; --training FILE gives them.")
    if output is not None:
        _write(found, output, model)
    elif len(found.what_ifs) > 20:
        say("Name a folder with --output for all what-ifs, attention maps and pictures.")


def _swaps(given: list[str] | None) -> dict[str, list[str]] | None:
    found: dict[str, list[str]] = {}
    for one in given or []:
        old, equals, new = one.partition("=")
        names = [name.strip() for name in new.split(",") if name.strip()]
        if not equals or not names:
            raise ValueError(f"--swap {one!r} is not understood. Write OLD=NEW, such as --swap Co=Ni,Fe.")
        _check_elements([old.strip(), *names])
        found.setdefault(old.strip(), []).extend(names)
    return found or None


def _check_elements(names: list[str]) -> None:
    from matprior.notations.elements import SYMBOLS

    for name in names:
        if name not in SYMBOLS and not name.islower():  # small letters are aromatic atoms
            raise ValueError(f"--swap: {name!r} is no element. Write symbols such as Co=Ni.")


def _readable(strings: list[str], estimator: Any, strict: bool) -> tuple[list[str], list[InvalidString]]:
    """Strings that can be read, and what is wrong with the others."""
    from matprior.evaluation.explain_model import notation_of
    from matprior.notations import InvalidString

    good, bad = [], []
    for string in strings:
        try:
            good.append(notation_of(estimator).canonical(string))
        except InvalidString as error:
            if strict:
                raise
            bad.append(error)
    return good, bad


def _of_table(table: Path, estimator: Any, limit: int, strict: bool, output: Path | None) -> list[str]:
    from matprior.cli.telling import tell
    from matprior.data import read_strings
    from matprior.screening.engines import task_of

    read = read_strings(table, task_of(estimator), strict)
    tell(read, output)
    return list(dict.fromkeys(read.strings))[:limit]


def _target(estimator: Any, name: str | None) -> int:
    names = list(estimator.target_names_)
    if name is None:
        return 0
    if name not in names:
        raise ValueError(f"The model has no target {name!r}. Its targets: {', '.join(names)}.")
    return names.index(name)


def _training(
    model: Path, estimator: Any, training: str | None, place: int, folder: Path | None
) -> tuple[pd.DataFrame | None, str]:
    """Rows to look among, and what they are."""
    import pandas as pd

    name = estimator.target_names_[place]
    if training is not None:
        from matprior.cli.options import find_data
        from matprior.data import read_table
        from matprior.screening.engines import task_of

        table = read_table(find_data(training, folder), task_of(estimator, targets=[name]))
        return pd.DataFrame({"string": table.strings, "label": table.frame[name]}), Path(training).name
    file = model / "results.csv"
    if not file.is_file():
        return None, ""
    rows = pd.read_csv(file, keep_default_na=False, na_values={"truth": [""]})
    rows = rows[rows["target"] == name].rename(columns={"truth": "label"})
    return (rows[["string", "label"]], _what_rows(estimator, len(rows))) if len(rows) else (None, "")


def _what_rows(estimator: Any, n: int) -> str:
    """What the rows of `results.csv` are.

    A single network keeps the rows it was watched on, and a mix that was calibrated on others keeps those;
    any other mix keeps the rows that were answered out of fold, which within a budget are not all.
    """
    from matprior.estimators.auto import AutoEstimator

    more = "--training FILE looks at all"
    if estimator.judged_by != AutoEstimator.judged_by:
        return f"its {estimator.judged_by}; {more}"
    of = estimator.n_training_rows_
    return "its training rows" if n == of else f"{n:,} of its {of:,} training rows; {more}"


def _show(found: Explanation, where: str) -> None:
    from matprior.cli.console import say, show_table
    from matprior.reports.explain_page import NOTE, answer_rows, near_table, what_if_rows

    if found.contributions is not None:
        say(NOTE)
        show_table(f"Contributions to {found.contributions.what}", *answer_rows(found))
    if len(found.what_ifs):
        show_table("What if", *what_if_rows(found, 20))
    if (near := near_table(found.nearest.head(15), found.unit)) is not None:
        show_table(f"Nearest of {where}", near.columns, near.rows)
    say(*found.notes)


def _write(found: Explanation, output: Path, model: Path) -> None:
    from matprior.cli.console import command, say
    from matprior.data.files import write_atomically
    from matprior.data.wording import counted
    from matprior.evaluation.records import versions
    from matprior.reports.explain_page import explain_blocks
    from matprior.reports.html import write_page

    tables = {"what-ifs.csv": found.what_ifs, "attention.csv": found.attention, "nearest.csv": found.nearest}
    if found.contributions is not None:
        tables |= {"contributions.csv": found.contributions.parts, "answers.csv": found.contributions.strings}
    for name, frame in tables.items():
        if len(frame):
            with write_atomically(output / name) as draft:
                frame.to_csv(draft, index=False)
    told = ", ".join(f"{package} {number}" for package, number in versions().items() if number)
    n = 0 if found.contributions is None else len(found.contributions.strings)
    facts = [("model", model.name), ("versions", told)]
    title, blocks = f"Why {model.name} says so", explain_blocks(found)
    page = write_page(output, title, f"{counted(n, 'string')} explained", blocks, facts, command())
    say(f"Tables and report: {page}.")
