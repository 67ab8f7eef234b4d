"""Which tokens of a molecule's string belong to one functional group, so that a mask can hide it whole."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np

from matprior.tokens.composition import Encoded
from matprior.tokens.smiles import split_smiles

CHUNK = 2_000
"""Strings per piece of work."""


def token_groups(strings: Sequence[str], encoded: Encoded, notation: str, encoding: str) -> np.ndarray:
    """Number of the functional group of each token, from 1; 0 where it is in none. Shape (n, l), int8.

    Groups are those of `smiles_atoms.functional_groups`. All tokens of a bracket atom belong to it.

    Parameters
    ----------
    strings, encoded : the same `n` molecules
    notation, encoding : how they were encoded; only SMILES tell which token is which atom
    """
    if notation != "smiles":
        raise ValueError(
            f"strategy: functional_group is for smiles, got {notation!r}. Choose strategy: uniform."
        )
    pieces = [list(strings[i : i + CHUNK]) for i in range(0, len(strings), CHUNK)]
    table = np.zeros(encoded.ids.shape, dtype=np.int8)
    row, room = 0, encoded.ids.shape[1] - 2
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for part in pool.map(partial(_groups_of, encoding=encoding), pieces):
            for numbers in part:
                width = min(len(numbers), room)
                table[row, 1 : 1 + width] = numbers[:width]
                row += 1
    return table


def _groups_of(strings: list[str], encoding: str) -> list[list[int]]:
    return [groups_of(string, encoding) for string in strings]


def groups_of(string: str, encoding: str = "split") -> list[int]:
    """Number of the functional group of each token of one SMILES, 0 where it is in none.

    Examples
    --------
    >>> groups_of("CC(=O)O")
    [0, 1, 0, 0, 1, 0, 1]
    """
    from matprior.notations.smiles_atoms import atom_positions, functional_groups

    begins = {place: atom for atom, place in enumerate(atom_positions(string))}
    group_of = {atom: number for number, group in enumerate(functional_groups(string), 1) for atom in group}
    numbers, place, inside = [], 0, 0
    for token in split_smiles(string, encoding):
        here = group_of.get(begins[place], 0) if place in begins else inside
        inside = here if token == "[" else 0 if token == "]" else inside
        numbers.append(here)
        place += len(token)
    return [min(number, 127) for number in numbers]
