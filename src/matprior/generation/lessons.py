"""What a generator learns from: strings of a recipe that its language can write, with their properties."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matprior.data.files import write_atomically
from matprior.generation.recipe import GeneratorRecipe
from matprior.generation.validity import judge_all
from matprior.pretraining.corpus import read_corpus
from matprior.pretraining.molecule_corpus import MoleculeSource, Preparation, read_molecules
from matprior.tokens.composition import Encoded
from matprior.tokens.formula_language import FORMULAS
from matprior.tokens.language import Language
from matprior.tokens.molecule_language import CENTRES, CONTEXT, DEFAULTS, MoleculeLanguage
from matprior.training.loop import Progress


@dataclass
class Lessons:
    """What a generator learns from."""

    language: Language
    """What it writes in."""
    strings: list[str]
    """Canonical in the notation, `n`."""
    encoded: Encoded
    """The same as sentences."""
    names: list[str]
    """Names of the properties, `p`."""
    values: np.ndarray
    """Properties, shape (n, p), NaN where unknown."""
    notes: list[str]
    """What was read and what was left out."""

    def take(self, rows: np.ndarray) -> Lessons:
        """Some of the rows."""
        strings = [self.strings[i] for i in rows.tolist()]
        encoded = self.encoded.take(rows)
        return Lessons(self.language, strings, encoded, self.names, self.values[rows], self.notes)


def lessons_of(
    recipe: GeneratorRecipe,
    folder: str | Path,
    run: Path | None = None,
    progress: Progress | None = None,
) -> Lessons:
    """The strings of a recipe that its language can write, with their properties.

    Parameters
    ----------
    recipe : what to learn from
    folder : data folder that the recipe's paths start from
    run : folder where prepared molecules are kept, so that a broken run needs not prepare them again
    progress : told how many molecules are prepared of how many
    """
    if recipe.notation == "composition":
        return _formulas(recipe, Path(folder))
    kept = None if run is None else run / "molecules.json"
    if kept is not None and kept.is_file():
        told = json.loads(kept.read_text(encoding="utf-8"))
        strings, notes = told["strings"], told["notes"]
        values = np.array(told["values"], dtype=np.float32)  # None is read as NaN
    else:
        strings, values, notes = _molecules(recipe, Path(folder), progress)
        if kept is not None:
            known = [[float(f"{x:.4g}") if np.isfinite(x) else None for x in row] for row in values]
            with write_atomically(kept) as draft:
                content = {"strings": strings, "values": known, "notes": notes}
                draft.write_text(json.dumps(content), encoding="utf-8")
    language = MoleculeLanguage.of(strings, recipe.notation)
    encoded, _ = language.encode(strings)
    return Lessons(language, strings, encoded, list(recipe.descriptors), values, notes)


def _formulas(recipe: GeneratorRecipe, folder: Path) -> Lessons:
    corpus = read_corpus(folder, recipe.sources, recipe.properties, recipe.exclude)
    notes = list(corpus.notes)
    keep = np.arange(len(corpus.strings))
    if recipe.only_balanced:
        verdicts = judge_all(corpus.strings)
        keep = np.array([i for i, verdict in enumerate(verdicts) if verdict.balanced], dtype=np.int64)
        notes.append(
            f"{len(keep):,} of {len(verdicts):,} formulas are charge-neutral and balanced in "
            "electronegativity; the others were left out."
        )
    encoded, written = FORMULAS.encode([corpus.strings[i] for i in keep])
    if len(written) < len(keep):
        notes.append(f"{len(keep) - len(written):,} formulas cannot be written in the grammar.")
    keep = keep[written]
    names = [source.name for source in recipe.properties]
    strings = [corpus.strings[i] for i in keep]
    return Lessons(FORMULAS, strings, encoded, names, corpus.values[keep], notes)


@dataclass
class Conditioned(Preparation):
    """Molecules with the properties that can be asked for, in place of all descriptors."""

    names: tuple[str, ...] = ()
    """Keys of `PROPERTIES`."""

    def descriptor_names(self) -> list[str]:
        """Names of the columns of `describe`."""
        return list(self.names)

    def describe(self, smiles: list[str]) -> np.ndarray:
        """Properties of molecules, shape (n, p)."""
        from matprior.notations.smiles_properties import properties

        return properties(smiles, self.names)


def _molecules(
    recipe: GeneratorRecipe, folder: Path, progress: Progress | None
) -> tuple[list[str], np.ndarray, list[str]]:
    """Strings, properties and notes of distinct molecules."""
    options = Conditioned(
        notation=recipe.notation,
        encoding=DEFAULTS[recipe.notation],
        variants=0,
        descriptors=bool(recipe.descriptors),
        longest=CONTEXT - len(CENTRES),
        seed=recipe.seed,
        names=tuple(recipe.descriptors),
    )
    told: Callable[[int, int], None] | None = None
    if progress is not None:
        told = lambda done, of: progress(done, of, "reading molecules")  # noqa: E731
    sources = [
        MoleculeSource(one, limit=recipe.limit)
        if isinstance(one, str)
        else MoleculeSource(one.file, one.where, one.column, recipe.limit)
        for one in recipe.sources
    ]
    found = read_molecules(folder, sources, recipe.exclude, [], options, told)
    return [one[0] for one in found.spellings], found.values, found.notes
