"""The one place that trains: batches, a loss, early stopping, the best weights back.

Everything that trains (pretraining, fine-tuning) calls `train`; everything that only asks calls
`answers`. The engine behind `train` is Hugging Face's `Trainer`, loaded when a training starts: its
import takes longer than most predictions.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from transformers import PreTrainedModel

from matprior.models.zoo import quiet
from matprior.training.batches import Rows, as_tensors
from matprior.training.memory import half_of

Progress = Callable[[int, int, str], None]
"""Called as (steps done, steps in all, what is going on)."""
Loss = Callable[[PreTrainedModel, dict[str, Any]], Tensor]
KEPT = ("best", "last")
"""Which weights a training can leave behind."""
SCHEDULES = ("cosine", "linear", "constant_with_warmup")
"""Courses of the learning rate after warm-up, as Hugging Face calls them."""


@dataclass
class TrainingOptions:
    """How to train. Each string becomes the option's help."""

    epochs: int = 40
    """Passes over the rows, unless stopped early."""
    batch_size: int = 32
    """Rows per step."""
    learning_rate: float = 3e-4
    """Rate of the top layer of the encoder."""
    head_learning_rate: float = 6e-4
    """Rate of the new head."""
    layer_decay: float = 0.75
    """Each layer further down learns at this fraction of the rate above it."""
    weight_decay: float = 0.01
    """AdamW decay of matrices; biases and norms are never decayed."""
    warmup: float = 0.1
    """Share of the steps over which the rate rises."""
    schedule: str = "cosine"
    """Course of the rate after warm-up: cosine, linear or constant_with_warmup."""
    max_grad_norm: float = 1.0
    """Gradients longer than this are shortened."""
    patience: int = 12
    """Stop after this many epochs without a better validation loss."""
    keep: str = "best"
    """Which weights stay: those of the `best` epoch on the watched rows, or the `last`, after all epochs.
    With `last` the watched rows decide nothing: errors on them are those of rows never used."""
    ema: float = 0.0
    """Decay per step of a running average of the weights, such as 0.99; 0 is off. Where rows are watched,
    the better of the plain and the averaged weights is kept; without them the average is."""
    bf16: bool = False
    """Compute in bfloat16 (worth it on a GPU or a CPU with bf16 units)."""
    save_every: int = 500
    """Steps between resumable checkpoints, where a folder is given."""

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "patience", "save_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; expected a whole number from 1 on.")
        if self.schedule not in SCHEDULES:
            raise ValueError(f"schedule is {self.schedule!r}; expected one of {', '.join(SCHEDULES)}.")
        if self.keep not in KEPT:
            raise ValueError(f"keep is {self.keep!r}; expected one of {', '.join(KEPT)}.")
        if not 0 <= self.ema < 1:
            raise ValueError(f"ema must lie between 0 and 1, got {self.ema!r}. Try 0.99, or 0 for none.")


def latest_checkpoint(folder: str | Path) -> Path | None:
    """Newest complete checkpoint in a folder; one that a crash left half-written is passed over."""
    whole = [path for path in Path(folder).glob("checkpoint-*") if _is_whole(path)]
    return max(whole, key=lambda path: int(path.name.split("-")[1]), default=None)


def _is_whole(checkpoint: Path) -> bool:
    """Whether a checkpoint has everything: its state is written last, so all is there if that can be read."""
    try:
        json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return (checkpoint / "model.safetensors").exists()


def train(
    model: PreTrainedModel,
    rows: Rows,
    loss: Loss,
    options: TrainingOptions,
    *,
    validate: Callable[[PreTrainedModel], dict[str, float]] | None = None,
    seed: int = 0,
    folder: str | Path | None = None,
    collate: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    progress: Progress | None = None,
    monitor: Callable[[PreTrainedModel], dict[str, float]] | None = None,
    tensorboard: bool = False,
) -> pd.DataFrame:
    """Train a model in place and give it back its best weights.

    Parameters
    ----------
    model : any Hugging Face model; only parameters with `requires_grad` move
    rows : what to train on
    loss : called with the model and a batch
    validate : called after each epoch; its `validation_loss` decides early stopping. Without it the
        last weights stay.
    seed : same seed, same weights (on the same machine and number of threads)
    folder : where resumable checkpoints go; a run found there is continued
    collate : changes a batch before the model sees it (masking)
    progress : told the number of steps done
    monitor : called after each epoch; what it reports goes into the history and decides nothing
    tensorboard : write losses for TensorBoard below `folder`

    Returns
    -------
    One row per logged moment: step, epoch, train_loss, and what `validate` and `monitor` report.
    """
    from matprior.training.engine import attention_for, make_engine
    from matprior.training.watch import Watch

    seed_everything(seed)
    with tempfile.TemporaryDirectory() as scratch:
        history_file = None if folder is None else Path(folder) / "history.json"
        watch = Watch(validate, options.patience, progress, history_file, options.ema, monitor, options.keep)
        engine = make_engine(
            model,
            rows,
            loss,
            options,
            watch,
            seed=seed,
            folder=folder or scratch,
            save=folder is not None,
            collate=collate,
            tensorboard=tensorboard,
        )
        resume = latest_checkpoint(folder) if folder is not None else None
        with quiet(), attention_for(model, options):
            engine.train(resume_from_checkpoint=None if resume is None else str(resume))
            # With bf16 accelerate leaves its autocast around `forward`: what is asked later is asked in full.
            engine.accelerator.unwrap_model(model, keep_fp32_wrapper=False)
    if watch.best_weights is not None:
        model.load_state_dict(watch.best_weights)
    model.eval()
    return pd.DataFrame(watch.history)


@torch.inference_mode()
def answers(
    model: PreTrainedModel,
    encoded: Any,
    read: Callable[[Any], Tensor],
    batch_size: int = 512,
    run: Callable[..., Any] | None = None,
    beside: dict[str, np.ndarray] | None = None,
) -> np.ndarray:
    """Run a model over encoded strings, longest batches apart from short ones, and keep one tensor of each.

    Parameters
    ----------
    encoded : `n` strings
    read : takes the tensor to keep, first axis the batch, from the model's output
    batch_size : strings per forward pass; halved where memory is too little
    run : method of the model to call with a batch; its `forward` when left out
    beside : further inputs by name, one entry per string each

    Returns
    -------
    Array of shape (n, ...), in the order of the strings.
    """
    was_training = model.training
    model.eval()
    order = np.argsort(encoded.lengths, kind="stable")
    parts = []
    start = 0
    while start < len(order):
        chosen = order[start : start + batch_size]
        try:
            batch = as_tensors(encoded, chosen)
            batch |= {name: torch.from_numpy(values[chosen]) for name, values in (beside or {}).items()}
            batch = {name: tensor.to(model.device) for name, tensor in batch.items()}
            parts.append(read((run or model)(**batch)).float().cpu().numpy())
        except (RuntimeError, MemoryError) as error:
            batch_size = half_of(len(chosen), error, "Answering")
        else:
            start += len(chosen)
    model.train(was_training)
    stacked = np.concatenate(parts)
    result = np.empty_like(stacked)
    result[order] = stacked
    return result


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and torch, so that weights made next are the same each time."""
    import random

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 (the engine's libraries draw from the global generator)
    torch.manual_seed(seed)
