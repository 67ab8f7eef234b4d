"""Vectors of the atoms of molecules and of whole molecules: from a checkpoint, and from simpler sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matprior.estimators.encoding import encoded
from matprior.estimators.features import Pretrained
from matprior.models.families import family_of
from matprior.models.zoo import find
from matprior.notations.smiles_atoms import atom_facts, atom_positions
from matprior.strategies.extract import embed
from matprior.tokens.composition import Encoded
from matprior.tokens.smiles import split_smiles
from matprior.training.loop import answers, seed_everything

CHUNK = 256
"""Molecules per forward pass where the vectors of all tokens are kept."""
REACH = 2
"""Tokens on either side that a window sees."""


@dataclass(frozen=True)
class Atoms:
    """Atoms of some molecules, and the token that stands for each."""

    molecule: NDArray
    """Which molecule an atom is of, shape (n,)."""
    place: NDArray
    """Its token, shape (n,): that of the element where the atom stands in brackets."""
    facts: dict[str, NDArray]
    """Name of a fact of `atom_facts` -> answer for each atom."""


def open_network(model: Any) -> Any:
    """The network of a checkpoint or of a fitted model's folder."""
    return Pretrained.open(model).network


def random_network(model: Any, seed: int = 0) -> Any:
    """The same network without any training: what the architecture alone gives."""
    seed_everything(seed)
    family = family_of(find(model))
    return family.pretraining(family.config.from_pretrained(find(model))).eval()


def atoms_of(strings: Sequence[str], encoding: str, most: int, longest: int) -> Atoms:
    """The atoms of molecules in their order, at most `most`, as far as their token is read.

    Examples
    --------
    >>> atoms = atoms_of(["C[NH3+]"], "split", 10, 256)
    >>> atoms.place.tolist(), atoms.facts["charge"].tolist()
    ([1, 3], [0, 1])
    """
    lines: list[tuple[int, int, dict[str, Any]]] = []
    for number, string in enumerate(strings):
        tokens = split_smiles(string, encoding)
        begins = dict(
            zip(np.cumsum([0, *map(len, tokens)]).tolist(), range(1, len(tokens) + 1), strict=False)
        )
        for start, facts in zip(atom_positions(string), atom_facts(string), strict=True):
            place = _element_token(tokens, begins[start])
            if place < longest - 1:
                lines.append((number, place, facts))
        if len(lines) >= most:
            break
    lines = lines[:most]
    names = lines[0][2] if lines else {}
    return Atoms(
        np.array([line[0] for line in lines], dtype=int),
        np.array([line[1] for line in lines], dtype=int),
        {name: np.array([str(line[2][name]) for line in lines]) for name in names},
    )


def _element_token(tokens: list[str], place: int) -> int:
    """Past the bracket and the isotope, where brackets are several tokens; place 1 follows <cls>."""
    if tokens[place - 1] != "[":
        return place
    while not tokens[place - 1].isalpha():
        place += 1
    return place


def contextual(network: Any, rows: Encoded, atoms: Atoms) -> NDArray:
    """The last layer at the token of each atom, shape (n, d)."""
    found = np.zeros((len(atoms.place), network.config.hidden_size))
    for start in range(0, len(rows), CHUNK):
        inside = np.flatnonzero((atoms.molecule >= start) & (atoms.molecule < start + CHUNK))
        if not len(inside):
            continue
        part = rows.take(np.arange(start, min(start + CHUNK, len(rows))))
        hidden = answers(network, part, lambda out: out.last_hidden_state, len(part), run=network.model)
        found[inside] = hidden[atoms.molecule[inside] - start, atoms.place[inside]]
    return found


def embedded(network: Any, rows: Encoded, atoms: Atoms) -> NDArray:
    """The embedding table's row for the token of each atom, before it meets its neighbours, shape (n, d)."""
    weight = network.get_input_embeddings().weight.detach().cpu().numpy()
    return weight[rows.ids[atoms.molecule, atoms.place]].astype(float)


def windows(rows: Encoded, atoms: Atoms) -> NDArray:
    """Which token stands at an atom and at each of `REACH` places on both sides, as 0 and 1, (n, f)."""
    padded = np.pad(rows.ids, ((0, 0), (REACH, REACH)))
    seen = np.stack([padded[atoms.molecule, atoms.place + shift] for shift in range(2 * REACH + 1)], axis=1)
    parts = [(column[:, None] == np.unique(column)[None]).astype(float) for column in seen.T]
    return np.hstack(parts)


def token_counts(rows: Encoded) -> NDArray:
    """How often each token occurs, shape (n, f)."""
    used, place = np.unique(rows.ids, return_inverse=True)
    counts = np.zeros((len(rows), len(used)))
    np.add.at(counts, (np.arange(len(rows))[:, None], place.reshape(rows.ids.shape)), 1)
    return counts[:, used > 0]


def molecule_vectors(network: Any, strings: Sequence[str]) -> NDArray:
    """The network's vector of each molecule, as a fresh head would see it, shape (n, d)."""
    return embed(network, encoded(list(strings), network.config)).astype(float)
