"""`matprior tokenize`: what a model sees of a string, or of a whole file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matprior.cli.options import Strings


def tokenize(
    items: Annotated[list[str], typer.Argument(help="Formulas, SMILES or SELFIES, or one file.")],
    encoding: Annotated[
        str | None,
        typer.Option(
            help="Of formulas amounts (one token per element; the default) or repeat (one per atom); of "
            "SMILES split (brackets in parts; the default) or whole."
        ),
    ] = None,
    notation: Annotated[
        str | None,
        typer.Option(help="composition, smiles or selfies. Formulas, or what a file holds, when left out."),
    ] = None,
    strings: Strings = None,
    model: Annotated[
        str | None, typer.Option(help="Checkpoint whose words beside formulas, such as [OXIDE], are known.")
    ] = None,
) -> None:
    """Show the tokens of strings, or the statistics of a file."""
    if len(items) == 1 and names_a_file(items[0]):
        _file(Path(items[0]), encoding, notation, strings)
    elif notation in (None, "composition"):
        _formulas(items, encoding or "amounts", model)
    else:
        _molecules(items, str(notation), encoding)


def names_a_file(item: str) -> bool:
    """Whether it is a file, or can only be meant as one that is missing: no string ends like that."""
    from matprior.data.reading import ENDINGS

    return Path(item).is_file() or item.lower().endswith(ENDINGS)


def _formulas(items: list[str], encoding: str, model: str | None) -> None:
    from matprior.cli.console import say, show_table
    from matprior.notations import InvalidString, parse
    from matprior.notations.prompts import split_prompts
    from matprior.tokens.composition import CompositionTokenizer

    if model is None:
        tokenizer = CompositionTokenizer(encoding=encoding)
    else:
        from matprior.models.zoo import find

        tokenizer = CompositionTokenizer.from_pretrained(find(model), encoding=encoding)
    rows, errors = [], []
    for item in items:
        try:
            meaning, batch = parse(split_prompts(item).formula), tokenizer(item)
        except InvalidString as error:
            errors.append(str(error))
            continue
        names = tokenizer.convert_ids_to_tokens(batch["input_ids"])
        pieces = [
            f"{name}:{amount:.4g}" if amount else name
            for name, amount in zip(names, batch["amounts"], strict=True)
        ]
        rows.append(
            [
                item,
                split_prompts(item).around(meaning.canonical),
                " ".join(pieces if encoding == "amounts" else names),
                "; ".join(meaning.notes),
            ]
        )
    if rows:
        show_table("", ["formula", "canonical", "tokens", "notes"], rows)
    if errors:
        raise ValueError("\n".join(errors))
    say(f"Vocabulary: {len(tokenizer)} tokens.")


def _molecules(items: list[str], notation: str, encoding: str | None) -> None:
    from matprior.cli.console import say, show_table
    from matprior.notations import NOTATIONS, InvalidString
    from matprior.tokens.fast import molecule_tokenizer

    tokenizer = molecule_tokenizer(notation, encoding)
    rows, errors = [], []
    for item in items:
        try:
            canonical = NOTATIONS[notation].canonical(item)
        except InvalidString as error:
            errors.append(str(error))
            continue
        rows.append(
            [item, canonical, " ".join(tokenizer.tokenize(item)), str(len(tokenizer(item).input_ids))]
        )
    if rows:
        show_table("", [notation, "canonical", "tokens", "ids"], rows)
    if errors:
        raise ValueError("\n".join(errors))
    say(f"Vocabulary: {tokenizer.vocab_size} tokens.")


def _file(path: Path, encoding: str | None, notation: str | None, strings: str | None) -> None:
    from matprior.cli.console import say, show_table
    from matprior.data import Task, read_strings
    from matprior.tokens.audit import audit, audit_molecules
    from matprior.tokens.composition import CompositionTokenizer

    table = read_strings(path, Task(strings=strings, notation=notation))
    say(*table.notes)
    if table.task.notation == "composition":
        found = audit(CompositionTokenizer(encoding=encoding or "amounts"), list(table.strings))
    else:
        found = audit_molecules(list(table.strings), str(table.task.notation), encoding)
    show_table(path.name, ["figure", "value"], [[name, value] for name, value in found.items()])
