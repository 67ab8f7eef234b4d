"""The leak guard of pretraining: no property may come from the source of a benchmark that is kept aside."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from matprior.data.label_sources import share_labels
from matprior.data.leakage import LeakError, refuse_leak
from matprior.notations import NOTATIONS, InvalidString
from matprior.pretraining.corpus import PropertySource, read_formulas


def refuse_shared_labels(folder: Path, properties: list[PropertySource], exclude: list[str]) -> None:
    """Refuse a property whose table holds formulas of an excluded file, with labels of the same source.

    The excluded formulas would be removed, but who excludes measured gaps and learns from their sister
    table should know. Files of sources nobody else has are not even opened.

    Raises
    ------
    LeakError
        With the formulas, and the key of the recipe that drops them.
    """
    for source in properties:
        for file in source.files:
            for kept_aside in exclude:
                if share_labels(file, kept_aside):
                    _refuse(folder, source.name, file, kept_aside)


def _refuse(folder: Path, name: str, file: str, kept_aside: str) -> None:
    test = _readable(read_formulas(folder / kept_aside))
    try:
        refuse_leak(_readable(read_formulas(folder / file)), test, (file, kept_aside))
    except LeakError as error:
        raise LeakError(
            f"Property {name!r}: {error} To go on without them set drop_shared_labels: true."
        ) from None


def _readable(strings: Iterable[str]) -> list[str]:
    notation, found = NOTATIONS["composition"], []
    for string in strings:
        try:
            found.append(notation.canonical(string))
        except InvalidString:
            continue  # read_corpus counts these lines
    return found
