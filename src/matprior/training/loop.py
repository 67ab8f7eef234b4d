"""The one place that trains: Hugging Face's `Trainer` with our batches, our loss and the best weights back.

Everything that trains (pretraining, fine-tuning) calls `train`. Nothing else imports the engine.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from transformers import PreTrainedModel, Trainer, TrainerCallback, TrainingArguments, set_seed

from matprior.training.batches import BucketSampler, Rows, as_tensors, bucketed_order
from matprior.training.schedules import parameter_groups

Progress = Callable[[int, int, str], None]
"""Called as (steps done, steps in all, what is going on)."""
Loss = Callable[[PreTrainedModel, dict[str, Any]], Tensor]


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
    bf16: bool = False
    """Compute in bfloat16 (worth it on a GPU or a CPU with bf16 units)."""
    save_every: int = 500
    """Steps between resumable checkpoints, where a folder is given."""


class _Engine(Trainer):
    """`Trainer` with our sampler and our loss."""

    def __init__(self, *args: Any, sampler: BucketSampler, loss: Loss, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sampler = sampler
        self._loss_of = loss

    def _get_train_sampler(self, train_dataset: Any = None) -> BucketSampler:
        return self._sampler

    def compute_loss(self, model: Any, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> Tensor:
        return self._loss_of(model, inputs)


class _Watch(TrainerCallback):
    """Validation after each epoch, early stopping, best weights in memory, history, progress."""

    def __init__(
        self,
        validate: Callable[[PreTrainedModel], dict[str, float]] | None,
        patience: int,
        progress: Progress | None,
        history_file: Path | None,
    ) -> None:
        self.validate = validate
        self.patience = patience
        self.progress = progress
        self.history_file = history_file
        self.history: list[dict[str, float]] = []
        self.best = math.inf
        self.best_weights: dict[str, Tensor] | None = None
        self.since_best = 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if self.history_file is not None and state.global_step and self.history_file.exists():
            written = json.loads(self.history_file.read_text())
            self.history = [row for row in written if row["step"] <= state.global_step]

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if self.progress is not None:
            self.progress(state.global_step, state.max_steps, f"epoch {state.epoch or 0:.1f}")

    def on_log(self, args: Any, state: Any, control: Any, logs: dict | None = None, **kwargs: Any) -> None:
        if logs and "loss" in logs:
            self.history.append(
                {"step": state.global_step, "epoch": state.epoch, "train_loss": logs["loss"]}
            )
            self._write_history()

    def on_epoch_end(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        if self.validate is None:
            return
        scores = self.validate(model)
        self.history.append({"step": state.global_step, "epoch": state.epoch, **scores})
        self._write_history()
        if scores["validation_loss"] < self.best:
            self.best, self.since_best = scores["validation_loss"], 0
            # Kept in memory: writing 6 MB to disk each epoch would cost more than the epoch on 300 rows.
            self.best_weights = {k: v.detach().clone() for k, v in model.state_dict().items()}
        else:
            self.since_best += 1
            control.should_training_stop = self.since_best >= self.patience

    def _write_history(self) -> None:
        if self.history_file is not None:
            self.history_file.parent.mkdir(parents=True, exist_ok=True)
            draft = self.history_file.with_suffix(".part")
            draft.write_text(json.dumps(self.history))
            draft.replace(self.history_file)


def latest_checkpoint(folder: str | Path) -> Path | None:
    """Newest complete checkpoint in a folder; one that a crash left half-written is passed over."""
    whole = [
        path
        for path in Path(folder).glob("checkpoint-*")
        if (path / "trainer_state.json").exists() and (path / "model.safetensors").exists()
    ]
    return max(whole, key=lambda path: int(path.name.split("-")[1]), default=None)


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

    Returns
    -------
    One row per logged moment: step, epoch, train_loss, and what `validate` reports.
    """
    set_seed(seed)
    with tempfile.TemporaryDirectory() as scratch:
        engine, watch = _engine(model, rows, loss, options, validate, seed, folder, collate, progress, scratch)
        resume = latest_checkpoint(folder) if folder is not None else None
        engine.train(resume_from_checkpoint=None if resume is None else str(resume))
    if watch.best_weights is not None:
        model.load_state_dict(watch.best_weights)
    model.eval()
    return pd.DataFrame(watch.history)


def _engine(
    model: PreTrainedModel,
    rows: Rows,
    loss: Loss,
    options: TrainingOptions,
    validate: Any,
    seed: int,
    folder: str | Path | None,
    collate: Any,
    progress: Progress | None,
    scratch: str,
) -> tuple[_Engine, _Watch]:
    """Trainer and callback for one run."""
    steps_per_epoch = max(1, math.ceil(len(rows) / options.batch_size))
    arguments = TrainingArguments(
        output_dir=str(folder or scratch),
        num_train_epochs=options.epochs,
        per_device_train_batch_size=options.batch_size,
        lr_scheduler_type=options.schedule,
        warmup_steps=math.ceil(options.warmup * options.epochs * steps_per_epoch),
        max_grad_norm=options.max_grad_norm,
        bf16=options.bf16,
        logging_strategy="steps",
        logging_steps=min(steps_per_epoch, 50),
        save_strategy="no" if folder is None else "steps",
        save_steps=options.save_every,
        save_total_limit=2,  # two, so that a crash while writing the newest leaves one to resume from
        seed=seed,
        data_seed=seed,
        remove_unused_columns=False,
        disable_tqdm=True,
        report_to="none",
        dataloader_pin_memory=torch.cuda.is_available(),
        use_cpu=not torch.cuda.is_available(),
    )
    groups = parameter_groups(
        model, options.learning_rate, options.head_learning_rate, options.layer_decay, options.weight_decay
    )
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-8, fused=True)
    watch = _Watch(validate, options.patience, progress, None if folder is None else Path(folder) / "history.json")
    engine = _Engine(
        model=model,
        args=arguments,
        train_dataset=rows,
        data_collator=collate or _unchanged,
        optimizers=(optimiser, None),
        callbacks=[watch],
        sampler=BucketSampler(rows.encoded.lengths, options.batch_size, seed),
        loss=loss,
    )
    # Its console printer would write lines of dicts between the caller's own output.
    from transformers.trainer_callback import PrinterCallback

    engine.remove_callback(PrinterCallback)
    return engine, watch


def _unchanged(batch: dict[str, Any]) -> dict[str, Any]:
    return batch


@torch.inference_mode()
def answers(
    model: PreTrainedModel, encoded: Any, read: Callable[[Any], Tensor], batch_size: int = 512
) -> np.ndarray:
    """Run a model over encoded strings, longest batches apart from short ones, and keep one tensor of each.

    Parameters
    ----------
    encoded : `n` strings
    read : takes the tensor to keep, first axis the batch, from the model's output
    batch_size : strings per forward pass

    Returns
    -------
    Array of shape (n, ...), in the order of the strings.
    """
    was_training = model.training
    model.eval()
    order = np.argsort(encoded.lengths, kind="stable")
    parts = []
    for start in range(0, len(order), batch_size):
        batch = as_tensors(encoded, order[start : start + batch_size])
        batch = {name: tensor.to(model.device) for name, tensor in batch.items()}
        parts.append(read(model(**batch)).float().cpu().numpy())
    model.train(was_training)
    stacked = np.concatenate(parts)
    result = np.empty_like(stacked)
    result[order] = stacked
    return result


__all__ = ["Progress", "TrainingOptions", "answers", "bucketed_order", "latest_checkpoint", "train"]
