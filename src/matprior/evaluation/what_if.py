"""What a model would say of a material with one element left out, or another in its place.

The model itself is asked, error bars and all its parts included; nothing is taken from gradients.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from matprior.evaluation.explain_model import answers_and_domain, notation_of
from matprior.notations import InvalidString, Notation, parse
from matprior.notations.elements import GROUPS, ISOTOPES, SYMBOLS, property_table

LIKE = 3
"""Elements tried in place of each, the most similar ones."""
_NOT_TRIED = {*GROUPS["noble_gas"], "Tc", "Pm", "Po", "At", "Fr", "Ra", "Ac", "Pa", *SYMBOLS[92:]}
"""Elements that nobody can put into a material on the next day."""

_ATOM_SWAPS = {"C": "NO", "N": "CO", "O": "SN", "S": "O", "F": ("Cl",), "Cl": ("F", "Br"), "Br": ("Cl", "I"),
               "I": ("Br",), "c": "n", "n": "c", "o": "s", "s": "o"}  # fmt: skip
_ATOM = re.compile(r"\[[^\]]*\]|Br|Cl|[BCNOPSFIbcnops]")


def what_ifs(
    estimator: Any, strings: Sequence[str], swaps: Mapping[str, Sequence[str]] | None = None, target: int = 0
) -> pd.DataFrame:
    """Predictions for every material with one element (or atom) dropped or replaced.

    Parameters
    ----------
    estimator : fitted
    strings : `n` strings
    swaps : element -> elements to put in its place; the three most similar ones when left out
    target : which target, where there are several

    Returns
    -------
    Lines with the columns string, part, change ("without Co", "Ni for Co"), kind (drop or swap), new,
    before, after, difference and, where the model knows its training rows, in_domain. Of a classifier the
    numbers are probabilities of the class that it holds likeliest for the string as it is.
    """
    notation = notation_of(estimator)
    lines = [
        (notation.canonical(string), *one)
        for string in strings
        for one in variants(notation, string, dict(swaps or {}))
    ]
    frame = pd.DataFrame(lines, columns=["string", "part", "change", "kind", "new"])
    if frame.empty:
        return frame.assign(before=[], after=[], difference=[])
    names = list(dict.fromkeys([*frame["string"], *frame["new"]]))
    told, inside = answers_and_domain(estimator, names)
    place = {name: i for i, name in enumerate(names)}
    old, new = frame["string"].map(place).to_numpy(), frame["new"].map(place).to_numpy()
    if hasattr(estimator, "classes_") and not getattr(estimator, "multilabel_", False):
        column = told[old].argmax(1)
    elif told.ndim == 1:
        told, column = told[:, None], np.zeros(len(frame), dtype=int)
    else:
        column = np.full(len(frame), target)
    frame["before"], frame["after"] = told[old, column], told[new, column]
    frame["difference"] = frame["after"] - frame["before"]
    if inside is not None:
        frame["in_domain"] = inside[new]
    return frame


def variants(
    notation: Notation, string: str, swaps: dict[str, Sequence[str]]
) -> Iterator[tuple[str, str, str, str]]:
    """Part, change in words, kind and new string of every variant of one string.

    Examples
    --------
    >>> from matprior.notations import NOTATIONS
    >>> [new for *_, new in variants(NOTATIONS["composition"], "NaCl", {"Na": ["K"], "Cl": []})]
    ['Cl', 'KCl', 'Na']
    """
    return (
        _of_composition(string, swaps)
        if notation.name == "composition"
        else _of_text(notation, string, swaps)
    )


def _of_composition(string: str, swaps: dict[str, Sequence[str]]) -> Iterator[tuple[str, str, str, str]]:
    amounts: dict[str, Any] = {}
    for symbol, amount in parse(string).amounts.items():  # D and T count as hydrogen
        element = ISOTOPES.get(symbol, symbol)
        amounts[element] = amounts.get(element, 0) + amount
    for symbol, amount in amounts.items():
        rest = {other: n for other, n in amounts.items() if other != symbol}
        if rest:
            yield symbol, f"without {symbol}", "drop", _formula(rest)
        for new in swaps.get(symbol, similar(symbol) if not swaps else ()):
            merged = dict(rest)
            merged[new] = merged.get(new, 0) + amount
            yield symbol, f"{new} for {symbol}", "swap", _formula(merged)


def _formula(amounts: Mapping[str, Any]) -> str:
    from matprior.notations.composition_value import canonical_formula

    return canonical_formula(dict(amounts))


def _of_text(
    notation: Notation, string: str, swaps: dict[str, Sequence[str]]
) -> Iterator[tuple[str, str, str, str]]:
    """Atoms of a molecule, each left out or replaced where the rest is still a valid string."""
    string = notation.canonical(string)
    for number, found in enumerate(_ATOM.finditer(string), start=1):
        atom = found[0]
        bare = atom.strip("[]=#") if notation.name == "selfies" else atom
        others = swaps.get(bare, _ATOM_SWAPS.get(bare, ()) if not swaps else ())
        tries = [("without", "drop", "")] + [
            (str(new), "swap", f"[{atom[1:-1].replace(bare, new)}]" if atom[0] == "[" else str(new))
            for new in others
        ]
        for word, kind, text in tries:
            changed = string[: found.start()] + text + string[found.end() :]
            try:
                new = notation.canonical(changed)
            except InvalidString:
                continue
            if new and new != string:
                change = (
                    f"without {atom} (atom {number})"
                    if kind == "drop"
                    else f"{word} for {atom} (atom {number})"
                )
                yield f"{atom}{number}", change, kind, new


@lru_cache(maxsize=len(SYMBOLS))
def similar(symbol: str, n: int = LIKE) -> tuple[str, ...]:
    """The n elements most like one: of a family of its own first, then by measured properties.

    Examples
    --------
    >>> similar("Co"), similar("Li")[0]
    (('Ni', 'Fe', 'Mn'), 'Na')
    """
    values, names = property_table()
    chosen = [place for place, name in enumerate(names) if name != "atomic_number"]
    known = values[:, chosen]
    standard = (known - known.mean(0)) / np.where(known.std(0) > 0, known.std(0), 1.0)
    place = SYMBOLS.index(symbol)
    distance = np.linalg.norm(standard - standard[place], axis=1)
    families = [members for members in GROUPS.values() if symbol in members]
    for i, other in enumerate(SYMBOLS):
        if other in _NOT_TRIED or other == symbol:
            distance[i] = np.inf
        elif not any(other in family for family in families):
            distance[i] += 2.0
    return tuple(SYMBOLS[i] for i in np.argsort(distance, kind="stable")[:n])
