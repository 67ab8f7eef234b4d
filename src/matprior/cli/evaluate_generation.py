"""`matprior evaluate-generation`: strings of a file or of a generator, scored beside baselines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from matprior.cli.options import Seed

if TYPE_CHECKING:
    from matprior.data.seen import SeenFormulas

    Scored = dict[str, dict[str, float]]


def evaluate_generation(
    source: Annotated[
        str,
        typer.Argument(help="Table or text file of formulas or SMILES, or a checkpoint that writes them."),
    ],
    training: Annotated[
        Path | None, typer.Option(help="Strings that were learned from: text, CSV, TSV or Parquet.")
    ] = None,
    held_out: Annotated[
        Path | None,
        typer.Option(help="Known ones that were not: which formulas come up; what molecules resemble."),
    ] = None,
    n: Annotated[int, typer.Option("--n", help="Strings to draw, where a checkpoint is given.")] = 10_000,
    notation: Annotated[
        str | None, typer.Option(help="Of a file: composition or smiles; looked up in it where left out.")
    ] = None,
    charge_neutral: Annotated[
        bool, typer.Option("--charge-neutral", help="Draw formulas with constrained decoding.")
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
    """Score proposed compositions or molecules."""
    import pandas as pd

    from matprior.cli.console import say, show_table
    from matprior.data.writing import check_output, write_table

    if output is not None:
        check_output(output)
    notation = notation or notation_of_source(source)
    if notation == "composition":
        strings = _strings(source, n, charge_neutral, seed, notation)
        found = _formula_scores(source, strings, training, held_out, baselines, oxidation_states, seed)
    else:
        strings = _strings(source, n, False, seed, notation)
        found = _molecule_scores(source, strings, training, held_out, baselines, seed)
    names = list(found[source])
    table = pd.DataFrame([[name, *(one.get(name) for one in found.values())] for name in names])
    table.columns = ["score", *found]
    show_table(
        f"{len(strings):,} each",
        list(map(str, table)),
        [[row[0], *(f"{value:.4g}" for value in row[1:])] for row in table.values.tolist()],
    )
    if training is None:
        say("Give --training, and distances to what was learned from and baselines are added.")
    if output is not None:
        write_table(table, output)
        say(f"Written to {output}.")


def notation_of_source(source: str) -> str:
    """`composition` or `smiles`: what a checkpoint writes, or what most strings of a file can be read as."""
    from itertools import islice

    if not Path(source).is_file():
        from matprior.generation.propose import language_of

        return "composition" if language_of(source).notation == "composition" else "smiles"
    from matprior.notations import NOTATIONS
    from matprior.pretraining.sources import read_strings

    first = list(islice(read_strings(source), 200))
    likeness = {name: NOTATIONS[name].looks_like(first) for name in ("composition", "smiles")}
    return max(likeness, key=likeness.__getitem__)


def _formula_scores(
    source: str,
    formulas: list[str | None],
    training: Path | None,
    held_out: Path | None,
    baselines: bool,
    oxidation_states: Path | None,
    seed: int,
) -> Scored:
    from matprior.generation.baselines import BASELINES
    from matprior.generation.scores import Known, score
    from matprior.notations.oxidation_states import KNOWN_OXIDATION_STATES, read_states

    states = KNOWN_OXIDATION_STATES
    if oxidation_states is not None:
        states = read_states(oxidation_states.read_text(encoding="utf-8"))
    learned = _readable(training, "composition")
    kept = _readable(held_out, "composition") - learned
    known = Known(sorted(learned), frozenset(kept), _seen(source, training))
    ways = BASELINES if baselines and learned else {}
    drawn = {name: way(list(known.training), len(formulas), seed) for name, way in ways.items()}
    return {name: score(one, known, states, seed) for name, one in {source: formulas, **drawn}.items()}


def _molecule_scores(
    source: str,
    molecules: list[str | None],
    training: Path | None,
    held_out: Path | None,
    baselines: bool,
    seed: int,
) -> Scored:
    from matprior.generation.molecule_baselines import MOLECULE_BASELINES
    from matprior.generation.molecule_scores import KnownMolecules, score_molecules

    learned = sorted(_readable(training, "smiles"))
    test = sorted(_readable(held_out, "smiles"))
    known = KnownMolecules(learned, test, _seen(source, training), seed)
    ways = MOLECULE_BASELINES if baselines and learned else {}
    drawn = {name: way(learned, len(molecules), seed) for name, way in ways.items()}
    return {name: score_molecules(one, known) for name, one in {source: molecules, **drawn}.items()}


def _strings(source: str, n: int, charge_neutral: bool, seed: int, notation: str) -> list[str | None]:
    """Canonical strings of a file, None where one cannot be read; or those that a checkpoint writes."""
    from matprior.notations import NOTATIONS, InvalidString
    from matprior.pretraining.sources import read_strings

    if not Path(source).is_file():
        from matprior.generation.constraint import OnlyWanted, Wishes
        from matprior.generation.molecules import OnlyStrings
        from matprior.generation.propose import language_of, open_generator
        from matprior.generation.sample import Sampling, sample

        language, held = language_of(source), cast(Any, None)
        if notation == "smiles":
            held = OnlyStrings(language, 1)
        elif charge_neutral:
            held = OnlyWanted(Wishes(charge_neutral=True))
        return sample(open_generator(source), n, Sampling(seed=seed), held, language=language).strings
    found: list[str | None] = []
    for string in read_strings(source):
        try:
            found.append(NOTATIONS[notation].canonical(string))
        except InvalidString:
            found.append(None)
    if not found:
        raise ValueError(f"{source} holds no strings. Give one a line, or a column called formula or smiles.")
    return found


def _seen(source: str, training: Path | None) -> SeenFormulas | None:
    """Hashes of what a checkpoint learned from, where the file itself is not given."""
    from matprior.data.seen import SEEN, SeenFormulas
    from matprior.models.zoo import find

    if training is None and not Path(source).is_file() and (find(source) / SEEN).is_file():
        return SeenFormulas(find(source) / SEEN)
    return None


def _readable(path: Path | None, notation: str) -> set[str]:
    """Canonical strings of a file without what cannot be read."""
    if path is None:
        return set()
    return {one for one in _strings(str(path), 0, False, 0, notation) if one is not None}
