"""From a recipe for molecules to a pretrained MolBERT with its scores on molecules it never saw."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from matprior.data.files import write_atomically
from matprior.models.molbert import MolBertConfig, MolBertForPreTraining
from matprior.pretraining.mixture import corruption, held_out_losses, weighted_loss
from matprior.pretraining.molecule_corpus import Molecules, Preparation, read_molecules
from matprior.pretraining.molecule_recipe import MoleculeRecipe
from matprior.pretraining.molecule_scoring import molecule_scores
from matprior.pretraining.result import Pretrained, keep_scales, same_recipe, seconds_of, split_rows
from matprior.pretraining.spellings import Spellings
from matprior.pretraining.standards import described, standardised
from matprior.pretraining.token_groups import token_groups
from matprior.tokens.composition import Encoded
from matprior.tokens.encoders import ENCODINGS, encode
from matprior.tokens.smiles_vocabulary import SPECIALS, UNK
from matprior.training.loop import Progress, seed_everything, train

WATCHED = 1_024
"""Held-out molecules whose losses are noted after each epoch."""


def pretrain_molecules(
    recipe: MoleculeRecipe,
    folder: str | Path,
    output: str | Path,
    progress: Progress | None = None,
    tensorboard: bool = False,
) -> Pretrained:
    """Pretrain a MolBERT. A broken run is continued from its last checkpoint.

    Parameters
    ----------
    recipe : what to learn from, and how
    folder : data folder that the recipe's paths start from
    output : folder of the checkpoint; work in progress lies in its subfolder `run`
    progress : told what is done of how much
    tensorboard : write losses for TensorBoard into the subfolder `run`
    """
    objectives = recipe.objectives()
    run = Path(output) / "run"
    same_recipe(recipe, run / "recipe.yaml")
    molecules = _remembered(recipe, Path(folder), run, progress)
    learn, kept = split_rows(len(molecules.spellings), recipe)
    columns = _columns(molecules, learn, recipe)
    values = standardised(molecules.values, columns) if columns else None
    rows = _rows(molecules, values, learn, recipe)
    seed_everything(recipe.seed)
    model = MolBertForPreTraining(_config(recipe, columns))
    for objective in objectives.values():
        objective.learn(rows.spellings)
    history = train(
        model,
        rows,
        weighted_loss(objectives),
        recipe.training,
        seed=recipe.seed,
        folder=run,
        collate=corruption(objectives, recipe.seed),
        progress=progress,
        monitor=held_out_losses(
            objectives, _rows(molecules, values, kept[:WATCHED], recipe), recipe.seed, batch=128
        ),
        tensorboard=tensorboard,
    )
    _mean_for_unknown(model, rows.spellings)
    keep_scales(model)
    test = _encoded(molecules, kept, recipe, 1)
    scores = molecule_scores(model, rows.encoded, test, molecules.values[kept], molecules.values[learn])
    strings = [molecules.spellings[i][0] for i in learn]
    from matprior.tokens.fast import molecule_tokenizer

    tokenizer = molecule_tokenizer(recipe.notation, recipe.encoding)
    return Pretrained(
        model, tokenizer, scores, molecules.notes, len(learn), seconds_of(history), rows.encoded, strings
    )


def molecules_of(recipe: MoleculeRecipe, folder: Path, progress: Progress | None = None) -> Molecules:
    """What a recipe learns from and is scored on, with notes of what was read and left out."""
    if recipe.written not in ("smiles", recipe.notation):
        raise ValueError(
            f"written: {recipe.written!r} with notation: {recipe.notation}; files may be written as smiles "
            "or as the notation itself."
        )
    options = Preparation(
        recipe.notation,
        recipe.encoding,
        recipe.written,
        recipe.variants,
        recipe.descriptors,
        recipe.longest,
        recipe.seed,
    )

    def told(done: int, of: int) -> None:
        if progress:
            progress(done, of, "reading molecules")

    sources = [
        source if source.limit is None or recipe.limit is None or source.limit < recipe.limit
        else type(source)(**{**vars(source), "limit": recipe.limit})
        for source in recipe.sources
    ]  # fmt: skip
    return read_molecules(folder, sources, recipe.exclude, recipe.columns, options, told)


def _remembered(recipe: MoleculeRecipe, folder: Path, run: Path, progress: Progress | None) -> Molecules:
    """The molecules, prepared once: descriptors take longer than reading them back."""
    from safetensors.numpy import load_file, save_file

    texts, numbers = run / "molecules.json", run / "molecules.safetensors"
    if texts.exists():
        return Molecules(**json.loads(texts.read_text("utf-8")), values=load_file(numbers)["values"])
    found = molecules_of(recipe, folder, progress)
    with write_atomically(numbers) as draft:
        save_file({"values": found.values}, draft)
    kept = {"spellings": found.spellings, "names": found.names, "notes": found.notes}
    with write_atomically(texts) as draft:
        draft.write_text(json.dumps(kept), encoding="utf-8")
    return found


def _columns(molecules: Molecules, learn: np.ndarray, recipe: MoleculeRecipe) -> list[dict[str, Any]]:
    units = {column.name: column.unit for column in recipe.columns}
    sources = [SimpleNamespace(name=name, unit=units.get(name, "")) for name in molecules.names]
    return [described(source, molecules.values[learn, i]) for i, source in enumerate(sources)]


def _encoded(molecules: Molecules, rows: np.ndarray, recipe: MoleculeRecipe, spellings: int) -> Encoded:
    strings = [molecules.spellings[row][which] for which in range(spellings) for row in rows.tolist()]
    return encode(strings, recipe.notation, recipe.encoding, recipe.longest)


def _rows(
    molecules: Molecules, values: np.ndarray | None, rows: np.ndarray, recipe: MoleculeRecipe
) -> Spellings:
    encoded = _encoded(molecules, rows, recipe, 1 + recipe.variants)
    groups = None
    if recipe.masked_tokens.weight and recipe.masked_tokens.strategy == "functional_group":
        strings = [
            molecules.spellings[row][which] for which in range(1 + recipe.variants) for row in rows.tolist()
        ]
        groups = token_groups(strings, encoded, recipe.notation, recipe.encoding)
    pairs = recipe.paired_spellings.share if recipe.paired_spellings.weight else 0.0
    return Spellings(encoded, len(rows), None if values is None else values[rows], recipe.seed, groups, pairs)


def _config(recipe: MoleculeRecipe, columns: list[dict[str, Any]]) -> MolBertConfig:
    return MolBertConfig.of_size(
        recipe.size,
        notation=recipe.notation,
        encoding=recipe.encoding,
        vocab_size=ENCODINGS[recipe.notation][recipe.encoding],
        properties=columns or None,
        projection=recipe.paired_spellings.width if recipe.paired_spellings.weight else 0,
        learned_scales=bool(columns) and recipe.property_balance == "uncertainty",
    )


@torch.no_grad()
def _mean_for_unknown(model: MolBertForPreTraining, learned: Encoded) -> None:
    """<unk>, and every token the corpus lacks, gets the mean vector of the tokens it has."""
    vectors: torch.Tensor = model.element_vectors()
    seen = np.unique(learned.ids)
    known = torch.from_numpy(seen[seen >= len(SPECIALS)].astype(np.int64))
    mean = vectors[known].mean(0)
    never = np.setdiff1d(np.arange(len(SPECIALS), len(vectors)), seen)
    vectors[torch.from_numpy(np.append(never, UNK))] = mean
