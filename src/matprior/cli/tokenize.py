"""`matprior tokenize`: what a model sees of a formula, or of a whole file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matprior.cli.options import Strings


def tokenize(
    items: Annotated[list[str], typer.Argument(help="Formulas, or one file.")],
    encoding: Annotated[
        str, typer.Option(help="amounts (one token per element) or repeat (one per atom).")
    ] = "amounts",
    strings: Strings = None,
) -> None:
    """Show the tokens of formulas, or the statistics of a file."""
    if len(items) == 1 and Path(items[0]).is_file():
        _file(Path(items[0]), encoding, strings)
    else:
        _formulas(items, encoding)


def _formulas(items: list[str], encoding: str) -> None:
    from matprior.cli.console import say, show_table
    from matprior.notations import InvalidString, parse
    from matprior.tokens.composition import CompositionTokenizer

    tokenizer = CompositionTokenizer(encoding=encoding)
    rows, errors = [], []
    for item in items:
        try:
            meaning = parse(item)
        except InvalidString as error:
            errors.append(str(error))
            continue
        batch = tokenizer(item)
        names = tokenizer.convert_ids_to_tokens(batch["input_ids"])
        pieces = [
            f"{name}:{amount:.4g}" if amount else name
            for name, amount in zip(names, batch["amounts"], strict=True)
        ]
        rows.append(
            [
                item,
                meaning.canonical,
                " ".join(pieces if encoding == "amounts" else names),
                "; ".join(meaning.notes),
            ]
        )
    if rows:
        show_table("", ["formula", "canonical", "tokens", "notes"], rows)
    if errors:
        raise ValueError("\n".join(errors))
    say(f"Vocabulary: {tokenizer.vocab_size} tokens.")


def _file(path: Path, encoding: str, strings: str | None) -> None:
    from matprior.cli.console import say, show_table
    from matprior.data import Task, read_strings
    from matprior.tokens.audit import audit
    from matprior.tokens.composition import CompositionTokenizer

    table = read_strings(path, Task(strings=strings))
    say(*table.notes)
    found = audit(CompositionTokenizer(encoding=encoding), list(table.strings))
    show_table(path.name, ["figure", "value"], [[name, value] for name, value in found.items()])
