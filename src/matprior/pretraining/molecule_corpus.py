"""Molecules to learn from: read, made canonical, spelled in several ways, described; once, on all cores."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from matprior.notations import NOTATIONS, InvalidString
from matprior.pretraining.sources import Source, files_of, numbers, read_formulas, read_pieces

CHUNK = 2_000
"""Molecules per piece of work."""


@dataclass
class MoleculeSource(Source):
    """Strings of a file, a folder or a pattern, or a random part of them."""

    column: str = "smiles"
    """Column of the strings; a text file has none."""
    limit: int | None = None
    """Take only this many, drawn at random."""


@dataclass
class MeasuredColumn:
    """A column of a table of molecules, learned beside the computed descriptors."""

    name: str
    """Name of the property."""
    file: str
    """Table (CSV, TSV or Parquet, also gzipped)."""
    column: str
    """Column with the values."""
    unit: str = ""
    """Unit of the values."""
    strings: str = "smiles"
    """Column of the strings."""


@dataclass
class Molecules:
    """Distinct molecules, each in several spellings, with a table of properties with gaps."""

    spellings: list[list[str]]
    """For each of `n` molecules its canonical string, then random ones."""
    names: list[str]
    """Names of the properties, `p`."""
    values: np.ndarray
    """Shape (n, p), float32, NaN where unknown."""
    notes: list[str] = field(default_factory=list)
    """What was read, merged, left out: sentences."""


def read_molecules(
    folder: Path,
    sources: Sequence[MoleculeSource],
    exclude: Sequence[str],
    columns: Sequence[MeasuredColumn],
    options: Preparation,
    told: Callable[[int, int], None] | None = None,
) -> Molecules:
    """Everything a recipe for molecules learns from.

    Parameters
    ----------
    folder : where relative paths start
    exclude : files whose molecules must not occur, compared as canonical strings
    columns : properties that a table has; its molecules join only if a source lists them
    told : called with molecules done and molecules in all
    """
    notes: list[str] = []
    hidden = _canonical_of(folder, exclude, options)
    raw: dict[str, None] = {}
    for source in sources:
        strings = [one for path in files_of(folder, source.file) for one in read_formulas(path, source)]
        part = drawn(strings, source.limit, options.seed)
        before = len(raw)
        raw.update(dict.fromkeys(part))
        notes.append(
            f"{source.file}: {len(strings):,} strings, {len(part):,} taken, {len(raw) - before:,} new."
        )
    found: dict[str, tuple[list[str], np.ndarray]] = {}
    known_as: dict[str, str] = {}
    bad = seen = 0
    for n, spellings, values, own in _prepared(list(raw), options, told):
        bad += n - len(spellings)
        for spelled, row, string in zip(spellings, values, own, strict=True):
            if spelled[0] in hidden:
                seen += 1
            else:
                found.setdefault(spelled[0], (spelled, row))
                known_as[string] = spelled[0]
    notes.append(
        f"{bad:,} strings are not valid, or longer than {options.longest} tokens, and were left out."
    )
    if exclude:
        notes.append(f"exclude: {seen:,} molecules of {len(exclude)} files removed.")
    notes.append(f"{len(found):,} distinct molecules in all.")
    names = list(options.descriptor_names())
    values = np.stack([row for _, row in found.values()]) if found else np.zeros((0, len(names)))
    place = {key: i for i, key in enumerate(found)}
    place |= {string: place[key] for string, key in known_as.items()}
    extra = [_column(folder, column, place, len(found)) for column in columns]
    for column, values_of in zip(columns, extra, strict=True):
        notes.append(f"{column.name}: {int(np.isfinite(values_of).sum()):,} molecules with a value.")
    table = np.column_stack([values, *extra]).astype(np.float32)
    return Molecules(
        [spelled for spelled, _ in found.values()], names + [c.name for c in columns], table, notes
    )


@dataclass
class Preparation:
    """What is made of each molecule."""

    notation: str = "smiles"
    """Key in `NOTATIONS`."""
    encoding: str = "split"
    """How strings are cut: see `matprior.tokens.encoders`."""
    written: str = "smiles"
    """How the files spell their molecules: `smiles`, or `selfies` as they are."""
    variants: int = 1
    """Random spellings beside the canonical one."""
    descriptors: bool = True
    """Compute the notation's descriptors."""
    longest: int = 160
    """Strings of more tokens are left out."""
    seed: int = 0
    """Same seed, same spellings."""

    def descriptor_names(self) -> list[str]:
        """Names of the columns of `describe`."""
        if not self.descriptors:
            return []
        from matprior.notations.smiles_descriptors import DESCRIPTOR_NAMES

        return list(DESCRIPTOR_NAMES)

    def prepare(self, strings: list[str]) -> tuple[int, list[list[str]], np.ndarray, list[str]]:
        """Number of strings; spellings, descriptors and the strings themselves of those that can be read."""
        kept = self._readable(strings)
        spelled = []
        for first, _ in kept:
            others = (
                NOTATIONS[self.notation].variants(first, self.variants, self.seed) if self.variants else []
            )
            # Fewer where a molecule has no other spelling: the canonical one then comes twice.
            spelled.append([first, *(others + [first] * self.variants)[: self.variants]])
        values = self.describe([self._smiles(one[0]) for one in spelled]) if self.descriptors else None
        if values is None:
            values = np.zeros((len(spelled), 0), dtype=np.float32)
        return len(strings), spelled, values, [string for _, string in kept]

    def describe(self, smiles: list[str]) -> np.ndarray:
        """Descriptors of molecules, one column for each of `descriptor_names`."""
        from matprior.notations.smiles_descriptors import descriptors

        return descriptors(smiles)

    def _readable(self, strings: list[str]) -> list[tuple[str, str]]:
        """Canonical string and string of those that are valid and not too long."""
        from matprior.tokens.encoders import encode

        found = []
        for string in strings:
            try:
                found.append((self._canonical(string), string))
            except InvalidString:
                continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a string was cut is what is looked for
            encoded = encode([first for first, _ in found], self.notation, self.encoding, self.longest + 1)
        return [one for one, n in zip(found, encoded.lengths, strict=True) if n <= self.longest]

    def _canonical(self, string: str) -> str:
        if self.written == self.notation:
            return NOTATIONS[self.notation].canonical(string)
        from matprior.notations.selfies import to_selfies

        return to_selfies(NOTATIONS["smiles"].canonical(string))

    def _smiles(self, string: str) -> str:
        if self.notation == "smiles":
            return string
        from matprior.notations.selfies import to_smiles

        return to_smiles(string)


def _prepared(
    strings: list[str], options: Preparation, told: Callable[[int, int], None] | None
) -> Iterator[tuple[int, list[list[str]], np.ndarray, list[str]]]:
    pieces = [strings[i : i + CHUNK] for i in range(0, len(strings), CHUNK)]
    done = 0
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for result in pool.map(options.prepare, pieces):
            done += result[0]
            if told:
                told(done, len(strings))
            yield result


def _canonical_of(folder: Path, names: Sequence[str], options: Preparation) -> set[str]:
    """Canonical strings of excluded files."""
    if not names:
        return set()
    strings = {
        string: None
        for name in names
        for path in files_of(folder, name)
        for string in read_formulas(path, MoleculeSource(name))
    }
    plain = replace(options, variants=0, descriptors=False, longest=10**6)
    return {one[0] for _, spelled, _, _ in _prepared(list(strings), plain, None) for one in spelled}


def _column(folder: Path, column: MeasuredColumn, place: dict[str, int], n: int) -> np.ndarray:
    """Values of a column for `n` molecules, the median where one has several; shape (n,).

    A molecule is found by its string as a source spelled it, or by its canonical one.
    """
    gathered: dict[int, list[float]] = {}
    for piece in read_pieces(folder / column.file, [column.strings, column.column]):
        rows = piece[column.strings].astype(str).map(place)
        values = numbers(piece[column.column])
        for row, value in zip(rows, values, strict=True):
            if np.isfinite(row) and np.isfinite(value):
                gathered.setdefault(int(row), []).append(float(value))
    found = np.full(n, np.nan)
    for row, several in gathered.items():
        found[row] = np.median(several)
    return found


def drawn(strings: list[str], limit: int | None, seed: int) -> list[str]:
    """A random part of some strings, in their order; all of them where there is no limit."""
    if limit is None or limit >= len(strings):
        return strings
    rows = np.sort(np.random.default_rng(seed).permutation(len(strings))[:limit])
    return [strings[i] for i in rows]
