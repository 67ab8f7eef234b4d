"""`matprior evaluate-generation`: formulas of a file or of a generator, scored beside baselines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matprior.cli.options import Seed

if TYPE_CHECKING:
    from matprior.generation.scores import Known


def evaluate_generation(
    source: Annotated[
        str, typer.Argument(help="Table or text file of formulas, or a checkpoint that writes them.")
    ],
    training: Annotated[
        Path | None, typer.Option(help="Formulas that were learned from: text, CSV, TSV or Parquet.")
    ] = None,
    held_out: Annotated[
        Path | None, typer.Option(help="Known formulas that were not; how many of them come up is counted.")
    ] = None,
    n: Annotated[int, typer.Option("--n", help="Formulas to draw, where a checkpoint is given.")] = 10_000,
    charge_neutral: Annotated[
        bool, typer.Option("--charge-neutral", help="Draw with constrained decoding.")
    ] = False,
    baselines: Annotated[
        bool, typer.Option(help="Score ways without a network as well; needs --training.")
    ] = True,
    oxidation_states: Annotated[
        Path | None,
        typer.Option(help="Table of oxidation states to judge by, such as SMACT's: a line 'Fe 2 3' each."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="CSV, TSV, Excel or Parquet file to write.")] = None,
    seed: Seed = 0,
) -> None:
    """Score proposed compositions."""
    import pandas as pd

    from matprior.cli.console import say, show_table
    from matprior.data.writing import check_output, write_table
    from matprior.generation.baselines import BASELINES
    from matprior.generation.scores import score
    from matprior.notations.oxidation_states import KNOWN_OXIDATION_STATES, read_states

    if output is not None:
        check_output(output)
    states = KNOWN_OXIDATION_STATES
    if oxidation_states is not None:
        states = read_states(oxidation_states.read_text(encoding="utf-8"))
    formulas = _formulas(source, n, charge_neutral, seed)
    known = _known(source, training, held_out)
    found = {source: score(formulas, known, states, seed)}
    if baselines and known.training:
        learned = list(known.training)
        found |= {
            name: score(way(learned, len(formulas), seed), known, states, seed)
            for name, way in BASELINES.items()
        }
    names = list(found[source])
    table = pd.DataFrame([[name, *(one.get(name) for one in found.values())] for name in names])
    table.columns = ["score", *found]
    show_table(
        f"{len(formulas):,} formulas each",
        list(map(str, table)),
        [[row[0], *(f"{value:.4g}" for value in row[1:])] for row in table.values.tolist()],
    )
    if not known.training:
        say("Give --training, and distances to the formulas learned from and baselines are added.")
    if output is not None:
        write_table(table, output)
        say(f"Written to {output}.")


def _formulas(source: str, n: int, charge_neutral: bool, seed: int) -> list[str | None]:
    """Canonical formulas of a file, None where one cannot be read; or those that a checkpoint writes."""
    from matprior.notations import NOTATIONS, InvalidString
    from matprior.pretraining.sources import read_formulas

    if not Path(source).is_file():
        from matprior.generation.constraint import OnlyWanted, Wishes
        from matprior.generation.propose import open_generator
        from matprior.generation.sample import Sampling, sample

        processor = OnlyWanted(Wishes(charge_neutral=True)) if charge_neutral else None
        return sample(open_generator(source), n, Sampling(seed=seed), processor).formulas
    found: list[str | None] = []
    for string in read_formulas(source):
        try:
            found.append(NOTATIONS["composition"].canonical(string))
        except InvalidString:
            found.append(None)
    if not found:
        raise ValueError(f"{source} holds no formulas. Give one a line, or a column called formula.")
    return found


def _known(source: str, training: Path | None, held_out: Path | None) -> Known:
    from matprior.data.seen import SEEN, SeenFormulas
    from matprior.generation.scores import Known
    from matprior.models.zoo import find

    seen = None
    if training is None and not Path(source).is_file() and (find(source) / SEEN).is_file():
        seen = SeenFormulas(find(source) / SEEN)
    learned = _readable(training) if training else set()
    kept = _readable(held_out) if held_out else set()
    return Known(sorted(learned), frozenset(kept - learned), seen)


def _readable(path: Path) -> set[str]:
    """Canonical formulas of a file without what cannot be read."""
    return {one for one in _formulas(str(path), 0, False, 0) if one is not None}
