"""Features of the rows of the few-shot benchmarks, each computed once and kept in a folder where asked."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np

from matprior.data.files import write_atomically
from matprior.estimators.columns import classical
from matprior.estimators.features import RICHEST, Pretrained
from matprior.fewshot.blocks import Scales
from matprior.models.families import family_of
from matprior.training.loop import seed_everything

BLOCKS = ("embeddings", "scratch", "classical")


def blocks(
    strings: list[str],
    model: str,
    notation: str,
    seed: int,
    which: tuple[str, ...] = BLOCKS,
    cache: Path | None = None,
) -> dict[str, np.ndarray]:
    """Features of every row: of the checkpoint, of one like it with random weights, and classical ones.

    Parameters
    ----------
    cache : folder in which each block is kept, and found again
    """
    distinct = sorted(set(strings))
    place = {string: i for i, string in enumerate(distinct)}
    rows = np.array([place[string] for string in strings])
    found = {}
    for name in which:
        digest = sha256("\n".join([model, str(seed), *distinct]).encode()).hexdigest()[:16]
        held = None if cache is None else cache / f"{name}-{digest}.npy"
        if held is not None and held.exists():
            found[name] = np.load(held)[rows]
            continue
        block = _block(name, distinct, model, notation, seed)
        if held is not None:
            with write_atomically(held) as draft, draft.open("wb") as file:
                np.save(file, block)
        found[name] = block[rows]
    return found


def _block(name: str, distinct: list[str], model: str, notation: str, seed: int) -> np.ndarray:
    if name == "classical":
        return classical(distinct, RICHEST[notation], notation).astype(np.float32)
    if name == "fragments":
        from matprior.notations.smiles_features import fragments  # only for molecules: imports RDKit

        return fragments(distinct)
    pretrained = Pretrained.open(model)
    if name == "scratch":
        seed_everything(seed)
        config = pretrained.network.config
        pretrained = Pretrained(family_of(config).pretraining(config), False)
    return pretrained.embed(pretrained.encode(distinct)).astype(np.float32)


def both(features: dict[str, np.ndarray]) -> np.ndarray:
    """The checkpoint's vectors and classical columns on one scale, shape (n, d)."""
    return joined(features, "embeddings", "classical")


def joined(features: dict[str, np.ndarray], *names: str) -> np.ndarray:
    """Blocks beside each other on one scale, shape (n, d)."""
    parts = [features[name] for name in names]
    return Scales(parts).joined(parts).astype(np.float32)
