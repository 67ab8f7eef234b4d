"""A step of a chain without labels: pretraining goes on with hidden atoms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matprior.data.recipe import from_dict
from matprior.estimators.features import Pretrained
from matprior.pretraining.masked_atoms import MaskedAtoms
from matprior.pretraining.mixture import corruption, weighted_loss
from matprior.training.batches import Rows
from matprior.training.loop import TrainingOptions, train

DEFAULTS: dict[str, Any] = {"epochs": 3, "batch_size": 128, "learning_rate": 3e-4, "layer_decay": 1.0}


def learn_masked(source: Path, strings: list[str], training: dict[str, Any], seed: int, output: Path) -> None:
    """Train a checkpoint to guess hidden atoms of these strings, and write it.

    Parameters
    ----------
    source : folder of a checkpoint; of a fitted model only the encoder is known, its masked-atom head is new
    training : options that differ from `DEFAULTS`

    Raises
    ------
    ValueError
        The checkpoint reads molecules.
    """
    opened = Pretrained.open(source)
    if opened.network.config.notation != "composition":
        raise ValueError(
            f"objective: masked hides atoms of compositions, but {source.name} reads "
            f"{opened.network.config.notation}. Leave the step out, or pretrain with `matprior pretrain`."
        )
    rows = Rows(opened.encode(sorted(set(strings))))
    objectives = {"masked_atoms": MaskedAtoms()}
    objectives["masked_atoms"].learn(rows.encoded)
    options = from_dict({**DEFAULTS, **training}, TrainingOptions, "training")
    train(
        opened.network, rows, weighted_loss(objectives), options, seed=seed,
        collate=corruption(objectives, seed),
    )  # fmt: skip
    output.mkdir(parents=True, exist_ok=True)
    opened.save(output)
