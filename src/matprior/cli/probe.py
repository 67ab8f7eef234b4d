"""`matprior probe`: what a checkpoint learned about elements and materials, or about atoms and molecules."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matprior.cli.options import DataFolder, Seed, Strings

if TYPE_CHECKING:
    from matprior.evaluation.probe_study import Findings

DEFAULT_DATA = {"composition": "inorganic_density", "smiles": "organic_logp"}
"""Notation -> the largest set that needs no network."""
FALLBACK = {"composition": "mean_electronegativity", "smiles": "computed_log_P"}
"""Notation -> colour of the map where the table offers none."""


def probe(
    output: Annotated[Path, typer.Option(help="Folder for probe.csv, the maps and report.html.")],
    model: Annotated[
        str | None,
        typer.Argument(help="Checkpoint by name, or a folder; left out, the checkpoint for the table."),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(help="Table or data set whose materials or molecules are met and mapped."),
    ] = None,
    strings: Strings = None,
    colour: Annotated[
        str | None, typer.Option(help="Numeric column that colours the map of materials.")
    ] = None,
    near: Annotated[
        list[str] | None,
        typer.Option(help="Formula or SMILES whose nearest of the table are listed; repeatable."),
    ] = None,
    limit: Annotated[int, typer.Option(help="Dots on the map, at most.")] = 5000,
    layout: Annotated[str, typer.Option(help="How vectors become a map: tsne or pca.")] = "tsne",
    seed: Seed = 0,
    record: Annotated[Path | None, typer.Option(help="Results file (JSON) to add the scores to.")] = None,
    data_folder: DataFolder = None,
) -> None:
    """Probe what a checkpoint learned: chemistry in its vectors, maps, neighbours."""
    from matprior.cli.console import progress_bar
    from matprior.evaluation.material_map import LAYOUTS
    from matprior.models.zoo import checkpoint_for

    if layout not in LAYOUTS:
        raise ValueError(f"--layout {layout!r} is unknown. Known: {', '.join(LAYOUTS)}.")
    if limit < 3:
        raise ValueError(f"--limit {limit} leaves no map; at least 3 materials are needed.")
    read = _read_by(model)
    queries = _canonical(near or [], read) if model is not None or data is None else []
    data = data or DEFAULT_DATA[read]
    shown = materials(data, strings, colour, data_folder)
    if model is None:
        model, read = checkpoint_for(shown.notation), shown.notation
        queries = _canonical(near or [], read)
    elif shown.notation != read:
        raise ValueError(
            f"{model} reads {read}, and {data} holds {shown.notation} strings. Choose --data with {read} "
            "strings, or leave the model out."
        )
    with progress_bar("Probing") as progress:
        findings = _probe(model, shown, queries, layout, limit, seed, progress)
    _write(findings, output)
    _report(findings, output, model, data, shown, layout)
    _tell(findings, output, model, seed, record)


@dataclass
class Shown:
    """What is met and mapped."""

    strings: list[str]
    """Canonical."""
    values: Any
    """Numbers that colour them, shape (n,)."""
    quantity: str
    """Name of these."""
    unit: str
    notation: str


def _read_by(model: str | None) -> str:
    """Notation of a checkpoint; compositions where none is named.

    Raises
    ------
    ValueError
        A checkpoint of a notation that cannot be probed.
    """
    from matprior.models.families import family_of, notation_of
    from matprior.models.zoo import find

    if model is None:
        return "composition"
    family_of(find(model))
    read = notation_of(find(model))
    if read not in DEFAULT_DATA:
        raise ValueError(
            f"{model} reads {read}; a probe knows the atoms of {' and '.join(DEFAULT_DATA)} strings only. "
            f"What the checkpoint knows stands on its card: matprior models show {model}."
        )
    return read


def _canonical(strings: list[str], notation: str) -> list[str]:
    from matprior.notations import NOTATIONS

    return [NOTATIONS[notation].canonical(one) for one in strings]


def _probe(
    model: str, shown: Shown, queries: list[str], layout: str, limit: int, seed: int, progress: Any
) -> Findings:
    if shown.notation == "smiles":
        from matprior.evaluation.molecule_study import probe_molecule_checkpoint

        measured = "" if shown.quantity == FALLBACK["smiles"] else shown.quantity
        return probe_molecule_checkpoint(
            model, shown.strings, shown.values, queries, layout, limit, seed, measured, progress
        )
    from matprior.evaluation.probe_study import probe_checkpoint

    return probe_checkpoint(model, shown.strings, shown.values, queries, layout, limit, seed, progress)


def materials(data: str, strings: str | None, colour: str | None, folder: Path | None) -> Shown:
    """What is met and mapped, with a number for each to colour it by."""
    from matprior.cli.options import find_data, make_task
    from matprior.cli.telling import tell
    from matprior.data import read_table
    from matprior.data.catalog import catalog
    from matprior.data.table import read_strings

    entry = catalog().get(data)
    if colour is None and entry is not None and entry.targets[:1] not in ((), ("*",)):
        colour = entry.targets[0]
    if colour is not None:
        task = make_task([colour], strings, "regression", "atoms")
        table = read_table(find_data(data, folder), task)
        tell(table, None)
        unit, notation = table.task.units.get(colour, ""), str(table.task.notation)
        return Shown(list(table.strings), table.frame[colour].to_numpy(float), colour, unit, notation)
    table = read_strings(find_data(data, folder), make_task([], strings, None, "atoms"))
    tell(table, None)
    notation, distinct = str(table.task.notation), list(dict.fromkeys(table.strings))
    if notation not in FALLBACK:
        raise ValueError(f"{data} holds {notation} strings; a probe knows {' and '.join(FALLBACK)}.")
    return Shown(distinct, _own_colour(distinct, notation), FALLBACK[notation], "", notation)


def _own_colour(strings: list[str], notation: str) -> Any:
    """A number that follows from the strings alone: mean electronegativity, or Crippen's log P."""
    import numpy as np

    if notation == "smiles":
        from matprior.notations.smiles_descriptors import DESCRIPTOR_NAMES, descriptors

        return descriptors(strings)[:, DESCRIPTOR_NAMES.index("MolLogP")].astype(float)
    from matprior.notations import fraction_matrix
    from matprior.notations.elements import property_table

    values, names = property_table()
    return np.asarray(fraction_matrix(strings) @ values[:, names.index("electronegativity")])


def _write(findings: Findings, output: Path) -> None:
    from matprior.data.files import write_atomically

    tables = {
        "probe.csv": findings.probes,
        "elements.csv": findings.elements,
        "materials.csv": findings.materials,
    }
    if not len(findings.elements):
        del tables["elements.csv"]
    if len(findings.near):
        tables["near.csv"] = findings.near
    for name, table in tables.items():
        with write_atomically(output / name) as draft:
            table.to_csv(draft, index=False)


def _report(findings: Findings, output: Path, model: str, data: str, shown: Shown, layout: str) -> None:
    from matprior.cli.console import command
    from matprior.evaluation.records import versions
    from matprior.reports.html import write_page
    from matprior.reports.probe_figures import counted, probe_blocks

    name = Path(model).name
    what = "materials" if shown.notation == "composition" else "molecules"
    facts = [
        ("checkpoint", name),
        (what, f"{len(findings.materials):,} of {Path(data).name}"),
        ("layout of the maps", layout),
        ("versions", ", ".join(f"{package} {told}" for package, told in versions().items() if told)),
    ]
    subtitle = f"{counted(findings.probes)} · {len(findings.materials):,} {what} of {Path(data).name}"
    blocks = probe_blocks(findings, shown.quantity, shown.unit, what)
    write_page(output, f"What {name} learned", subtitle, blocks, facts, command())


def _tell(findings: Findings, output: Path, model: str, seed: int, record: Path | None) -> None:
    from matprior.cli.console import command, say, show_table
    from matprior.evaluation.probe_study import probe_records
    from matprior.evaluation.records import append_records
    from matprior.reports.probe_figures import levels, near_table, short_rows

    if record is not None:
        append_records(record, probe_records(findings, Path(model).name, command(), seed))
    for level, lines in levels(findings.probes).items():
        show_table(f"Linear probes of vectors of {level}", *short_rows(lines))
    if len(findings.near):
        near = near_table(findings.near)
        show_table("Nearest of the table", near.columns, near.rows)
    if len(findings.elements) and not set(findings.probes["vectors"]) & {"magpie", "mat2vec"}:
        say('For Magpie and mat2vec beside these: pip install "matprior[probe]"')
    say(f"Report: {output / 'report.html'}")
