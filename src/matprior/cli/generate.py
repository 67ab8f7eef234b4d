"""`matprior generate`: wishes in, a table of proposed formulas out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matprior.cli.options import Seed

if TYPE_CHECKING:
    import pandas as pd

    from matprior.generation.asked import Within
    from matprior.generation.constraint import Wishes
    from matprior.generation.molecules import MoleculeWishes


def generate(
    output: Annotated[Path, typer.Option(help="CSV, TSV, Excel or Parquet file to write.")],
    model: Annotated[
        str, typer.Option(help="Checkpoint that writes formulas or molecules, or its folder.")
    ] = "matgpt-small",
    n: Annotated[int, typer.Option("--n", help="Distinct formulas or molecules wanted.")] = 1000,
    prefix: Annotated[
        str | None,
        typer.Option(help="Elements a formula begins with, such as Li-Fe; SMILES a molecule begins with."),
    ] = None,
    scaffold: Annotated[
        str | None, typer.Option(help="SMILES every molecule shall hold; * marks the atom that goes on.")
    ] = None,
    require: Annotated[str | None, typer.Option(help="Elements that must occur, such as P,O.")] = None,
    forbid: Annotated[str | None, typer.Option(help="Elements that must not, such as Pb,Cd.")] = None,
    elements: Annotated[str | None, typer.Option(help="Number of elements: 3, or 3-5.")] = None,
    charge_neutral: Annotated[
        bool,
        typer.Option(
            "--charge-neutral",
            help="Only formulas that known oxidation states balance; nothing else can be written.",
        ),
    ] = False,
    properties: Annotated[
        list[str] | None,
        typer.Option(
            "--property",
            help="Computed property to ask for: band_gap=1.5 (eV) or formation_energy=-2 (eV per atom) of "
            "formulas; logp, qed, tpsa (Å²) or weight (g/mol) of molecules. The network leans towards it; "
            "with band_gap=1.5±0.2 (or +-) what is farther off is left out.",
        ),
    ] = None,
    description: Annotated[
        str | None,
        typer.Option(
            help="Sentences as matprior describe writes them, all or some; they are true of every formula, "
            "numbers about (gaps within 0.3 eV, formation energies within 0.15 eV per atom)."
        ),
    ] = None,
    guidance: Annotated[
        float, typer.Option(help="How far --property carries: 1 as learned, 2 farther, at twice the time.")
    ] = 1.0,
    novel: Annotated[
        bool, typer.Option("--novel", help="Leave out what the network has learned from.")
    ] = False,
    rank_by: Annotated[
        Path | None, typer.Option(help="Fitted model whose prediction orders the table.")
    ] = None,
    rank: Annotated[str, typer.Option(help="Best first: high, low, or the value wished for.")] = "high",
    temperature: Annotated[float, typer.Option(help="Below 1 likely formulas become likelier.")] = 1.0,
    top_k: Annotated[int, typer.Option(help="Only the k likeliest tokens; 0 is all.")] = 0,
    top_p: Annotated[float, typer.Option(help="Only the likeliest tokens with this chance together.")] = 1.0,
    seed: Seed = 0,
) -> None:
    """Propose compositions, or molecules with `--model molgpt-small`."""
    from matprior.cli.console import progress_bar, say
    from matprior.data.writing import check_output, write_table
    from matprior.generation.described import read_wanted
    from matprior.generation.propose import language_of, propose
    from matprior.generation.sample import Sampling

    check_output(output)
    facts = None if description is None else read_wanted(description)
    wishes: Wishes | MoleculeWishes
    if language_of(model).notation == "composition":
        if scaffold is not None:
            raise ValueError(f"--scaffold is for molecules, and {model} writes formulas. Try molgpt-small.")
        wishes = read_wishes(prefix, require, forbid, elements, charge_neutral)
    else:
        wishes = read_molecule_wishes(model, prefix, scaffold, [require, forbid, elements], charge_neutral)
    sampling = Sampling(temperature, top_k, top_p, seed, guidance=guidance)
    estimator = None
    if rank_by is not None:
        from matprior.evaluation.ranking import check_rank
        from matprior.screening.engines import open_model

        check_rank(rank)
        estimator = open_model(rank_by, "torch")
    with progress_bar("Proposing") as progress:
        table, notes = propose(
            model, n, sampling, wishes, read_properties(properties), progress, novel, facts
        )
    say(*notes)
    if estimator is not None and len(table):
        table = _ranked(table, estimator, rank)
    write_table(table, output)
    tell(table)
    say(f"{len(table):,} {table.columns[0]} rows written to {output}.")


def read_wishes(
    prefix: str | None, require: str | None, forbid: str | None, elements: str | None, charge_neutral: bool
) -> Wishes:
    """The wishes as typed.

    Raises
    ------
    ValueError
        No element, or no numbers.
    """
    from matprior.generation.constraint import MOST, Wishes

    fewest, most = 1, MOST
    if elements is not None:
        low, _, high = elements.partition("-")
        try:
            fewest, most = int(low), int(high or low)
        except ValueError:
            raise ValueError(
                f"--elements {elements!r} is not understood. Write 3, or 3-5 for three to five elements."
            ) from None
    named = (_symbols(prefix), _symbols(require), _symbols(forbid))
    return Wishes(*named, fewest, most, charge_neutral)


def read_molecule_wishes(
    model: str, prefix: str | None, scaffold: str | None, others: list[str | None], charge_neutral: bool
) -> MoleculeWishes:
    """The wishes as typed.

    Raises
    ------
    ValueError
        A wish that only formulas can fulfil.
    """
    from matprior.generation.molecules import MoleculeWishes

    if charge_neutral or any(one is not None for one in others):
        raise ValueError(
            f"--require, --forbid, --elements and --charge-neutral are for formulas, and {model} writes "
            "molecules. Ask for a --prefix, a --scaffold or a --property."
        )
    return MoleculeWishes(prefix, scaffold)


def read_properties(properties: list[str] | None) -> dict[str, float | Within]:
    """`["band_gap=1.5"]` as `{"band_gap": 1.5}`, with `±0.2` behind it `{"band_gap": Within(1.5, 0.2)}`."""
    from matprior.generation.asked import Within

    found: dict[str, float | Within] = {}
    for one in properties or []:
        name, _, value = one.partition("=")
        try:
            found[name.strip()] = Within.read(value)
        except ValueError as error:
            raise ValueError(f"--property {one!r} is not understood. {error}") from None
    return found


def tell(table: pd.DataFrame) -> None:
    """Show the first rows, and the shares that say what came out."""
    from matprior.cli.console import say, show_table

    shown = table.head(10)
    rows = [[_cell(value) for value in line] for line in shown.values.tolist()]
    show_table("The first of them", [str(name) for name in shown], rows)
    if len(table) and "balanced" in table:
        shares = f"{table['charge_neutral'].mean():.1%} are charge-neutral, {table['balanced'].mean():.1%} "
        say(shares + "balanced in electronegativity as well (known oxidation states, SMACT's rules).")
    if "learned_from" in table:
        say(f"{1 - table['learned_from'].mean():.1%} were not among what the network learned from.")


def _ranked(table: pd.DataFrame, estimator: object, rank: str) -> pd.DataFrame:
    from matprior.evaluation.ranking import ranked
    from matprior.screening.answers import answer

    answers = answer(estimator, list(table.iloc[:, 0]), 0.9)
    target = str(answers.columns[0])
    if f"{target}_low" not in answers:
        raise ValueError("--rank-by needs a model that predicts one number. Fit one with matprior fit.")
    return ranked(table.join(answers), target, rank)


def _symbols(text: str | None) -> list[str]:
    return [symbol for symbol in (text or "").replace("-", ",").replace(" ", ",").split(",") if symbol]


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
