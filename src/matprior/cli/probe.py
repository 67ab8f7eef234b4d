"""`matprior probe`: what a checkpoint learned about elements and materials."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matprior.cli.options import DataFolder, Seed, Strings

if TYPE_CHECKING:
    from matprior.evaluation.probe_study import Findings

DEFAULT_DATA = "inorganic_density"
"""The largest set of inorganic compounds that needs no network."""
FALLBACK = "mean_electronegativity"
"""Colour of the map where the table offers none."""


def probe(
    output: Annotated[Path, typer.Option(help="Folder for probe.csv, the maps and report.html.")],
    model: Annotated[str, typer.Argument(help="Checkpoint by name, or a folder.")] = "matbert-small",
    data: Annotated[
        str, typer.Option(help="Table or data set whose materials are met and mapped.")
    ] = DEFAULT_DATA,
    strings: Strings = None,
    colour: Annotated[
        str | None, typer.Option(help="Numeric column that colours the map of materials.")
    ] = None,
    near: Annotated[
        list[str] | None, typer.Option(help="Formula whose nearest materials are listed; repeatable.")
    ] = None,
    limit: Annotated[int, typer.Option(help="Materials on the map, at most.")] = 5000,
    layout: Annotated[str, typer.Option(help="How vectors become a map: tsne or pca.")] = "tsne",
    seed: Seed = 0,
    record: Annotated[Path | None, typer.Option(help="Results file (JSON) to add the scores to.")] = None,
    data_folder: DataFolder = None,
) -> None:
    """Probe what a checkpoint learned: chemistry in its element vectors, maps, neighbours."""
    from matprior.cli.console import progress_bar
    from matprior.evaluation.material_map import LAYOUTS
    from matprior.evaluation.probe_study import probe_checkpoint
    from matprior.models.families import notation_of
    from matprior.models.zoo import find
    from matprior.notations import NOTATIONS

    if layout not in LAYOUTS:
        raise ValueError(f"--layout {layout!r} is unknown. Known: {', '.join(LAYOUTS)}.")
    if limit < 3:
        raise ValueError(f"--limit {limit} leaves no map; at least 3 materials are needed.")
    read = notation_of(find(model))
    if read != "composition":
        raise ValueError(
            f"{model} reads {read}; the probe asks what a checkpoint knows of elements. What it knows of "
            f"molecules stands on its card: matprior models show {model}."
        )
    queries = [NOTATIONS["composition"].canonical(one) for one in near or []]
    formulas, values, quantity, unit = materials(data, strings, colour, data_folder)
    with progress_bar("Probing") as progress:
        findings = probe_checkpoint(model, formulas, values, queries, layout, limit, seed, progress)
    _write(findings, output)
    _report(findings, output, model, data, quantity, unit, layout)
    _tell(findings, output, model, seed, record)


def materials(
    data: str, strings: str | None, colour: str | None, folder: Path | None
) -> tuple[list[str], Any, str, str]:
    """Canonical formulas, the numbers that colour them, and the name and unit of these."""
    import numpy as np

    from matprior.cli.options import find_data, make_task, tell
    from matprior.data import read_table
    from matprior.data.catalog import catalog
    from matprior.data.table import read_strings
    from matprior.notations import fraction_matrix
    from matprior.notations.elements import property_table

    entry = catalog().get(data)
    if colour is None and entry is not None and entry.targets[:1] not in ((), ("*",)):
        colour = entry.targets[0]
    if colour is not None:
        task = make_task([colour], strings, "regression", "atoms")
        table = read_table(find_data(data, folder), task)
        tell(table, None)
        return (
            list(table.strings),
            table.frame[colour].to_numpy(float),
            colour,
            table.task.units.get(colour, ""),
        )
    table = read_strings(find_data(data, folder), make_task([], strings, None, "atoms"))
    tell(table, None)
    formulas = list(dict.fromkeys(table.strings))
    values, names = property_table()
    scale = values[:, names.index("electronegativity")]
    return formulas, np.asarray(fraction_matrix(formulas) @ scale), FALLBACK, ""


def _write(findings: Findings, output: Path) -> None:
    from matprior.data.files import write_atomically

    tables = {
        "probe.csv": findings.probes,
        "elements.csv": findings.elements,
        "materials.csv": findings.materials,
    }
    if len(findings.near):
        tables["near.csv"] = findings.near
    for name, table in tables.items():
        with write_atomically(output / name) as draft:
            table.to_csv(draft, index=False)


def _report(
    findings: Findings, output: Path, model: str, data: str, quantity: str, unit: str, layout: str
) -> None:
    from matprior.cli.console import command
    from matprior.evaluation.records import versions
    from matprior.reports.html import write_page
    from matprior.reports.probe_figures import probe_blocks

    name = Path(model).name
    n = int(findings.probes["n_elements"].max())
    facts = [
        ("checkpoint", name),
        ("materials", f"{len(findings.materials):,} of {Path(data).name}"),
        ("layout of the maps", layout),
        ("versions", ", ".join(f"{package} {told}" for package, told in versions().items() if told)),
    ]
    subtitle = f"{n} elements · {len(findings.materials):,} materials of {Path(data).name}"
    blocks = probe_blocks(findings, quantity, unit)
    write_page(output, f"What {name} learned", subtitle, blocks, facts, command())


def _tell(findings: Findings, output: Path, model: str, seed: int, record: Path | None) -> None:
    from matprior.cli.console import command, say, show_table
    from matprior.evaluation.probe_study import probe_records
    from matprior.evaluation.records import append_records
    from matprior.reports.probe_figures import near_table, short_rows

    if record is not None:
        append_records(record, probe_records(findings, Path(model).name, command(), seed))
    show_table("Linear probes of element vectors", *short_rows(findings.probes))
    if len(findings.near):
        near = near_table(findings.near)
        show_table("Nearest materials", near.columns, near.rows)
    if not set(findings.probes["vectors"]) & {"magpie", "mat2vec"}:
        say("For Magpie and mat2vec beside these: pip install matprior[probe]")
    say(f"Report: {output / 'report.html'}")
