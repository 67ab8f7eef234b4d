"""Hugging Face's `Trainer` with our sampler and our loss."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader
from transformers import PreTrainedModel, Trainer, TrainingArguments
from transformers.trainer_callback import PrinterCallback

from matprior.models.attention import eager
from matprior.training.batches import BucketSampler, Rows, ShareOfBatches
from matprior.training.loop import Loss, TrainingOptions
from matprior.training.memory import half_of, pieces
from matprior.training.schedules import parameter_groups
from matprior.training.watch import Watch


class Share(DataLoader):
    """One process's share of every batch; the loop tells it the epoch."""

    def set_epoch(self, epoch: int) -> None:
        self.batch_sampler.set_epoch(epoch)  # type: ignore[union-attr]


class Engine(Trainer):
    """`Trainer` with our sampler and our loss."""

    def __init__(self, *args: Any, sampler: BucketSampler, loss: Loss, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sampler = sampler
        self._loss_of = loss
        self._rows_at_once: int | None = None
        """Rows that fit into memory, once it is known that a batch does not."""
        self._share = 1.0
        """Of the batch that the piece at work is."""

    def _get_train_sampler(self, train_dataset: Any = None) -> BucketSampler:
        return self._sampler

    def get_train_dataloader(self) -> DataLoader:
        n = self.args.world_size
        if n == 1:
            return super().get_train_dataloader()
        # Accelerate's own sharding fills a short last batch with rows of the first: another training
        # than that of one process.
        share = ShareOfBatches(self._sampler, self.args.process_index, n)
        rows: Any = self.train_dataset
        return Share(rows, batch_sampler=share, collate_fn=self.data_collator)

    def compute_loss(self, model: Any, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> Tensor:
        loss = self._loss_of(model, inputs)
        return loss if self._share == 1.0 else self._share * loss

    def training_step(self, model: Any, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> Tensor:
        """One step; where the batch does not fit into memory it is gone through in pieces from then on.

        The loss of a batch is then the mean of its pieces, by their rows: the same where every row counts
        alike, and nearly so where the loss is a mean over hidden atoms or known values.
        """
        n = len(inputs["rows"])
        while True:
            size = min(self._rows_at_once or n, n)
            try:
                if size == n:
                    return super().training_step(model, inputs, *args, **kwargs)
                return self._in_pieces(model, inputs, size)
            except (RuntimeError, MemoryError) as error:
                if self.args.world_size > 1:  # the others would wait for this process for ever
                    raise
                self._rows_at_once = half_of(size, error, "Training")
            model.zero_grad()  # what the piece that failed has left

    def _in_pieces(self, model: Any, inputs: dict[str, Any], size: int) -> Tensor:
        n, losses = len(inputs["rows"]), []
        try:
            for piece in pieces(inputs, size):
                self._share = len(piece["rows"]) / n
                losses.append(super().training_step(model, piece))
        finally:
            self._share = 1.0
        return torch.stack(losses).sum()


def attention_for(model: PreTrainedModel, options: TrainingOptions) -> AbstractContextManager[None]:
    """Plain attention while a model learns in bfloat16 on a CPU.

    Backwards, torch's fused attention does not use a CPU's bfloat16 units: of a step of a small GPT-2 it took
    four tenths of the time, plain products one.
    """
    return eager(model) if options.bf16 and not torch.cuda.is_available() else nullcontext()


def make_engine(
    model: PreTrainedModel,
    rows: Rows,
    loss: Loss,
    options: TrainingOptions,
    watch: Watch,
    *,
    seed: int,
    folder: str | Path,
    save: bool,
    collate: Callable[[dict[str, Any]], dict[str, Any]] | None,
    tensorboard: bool = False,
) -> Engine:
    """A `Trainer` ready to run; checkpoints go to `folder` only if `save`."""
    steps_per_epoch = max(1, math.ceil(len(rows) / options.batch_size))
    arguments = TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=options.epochs,
        per_device_train_batch_size=_per_process(options.batch_size),
        lr_scheduler_type=options.schedule,
        warmup_steps=math.ceil(options.warmup * options.epochs * steps_per_epoch),
        max_grad_norm=options.max_grad_norm,
        bf16=options.bf16,
        logging_strategy="steps",
        logging_steps=min(steps_per_epoch, 50),
        save_strategy="steps" if save else "no",
        save_steps=options.save_every,
        save_total_limit=2,  # two, so that a crash while writing the newest leaves one to resume from
        seed=seed,
        data_seed=seed,
        remove_unused_columns=False,
        disable_tqdm=True,
        report_to=_trackers(tensorboard),
        dataloader_pin_memory=torch.cuda.is_available(),
        use_cpu=not torch.cuda.is_available(),
    )
    groups = parameter_groups(
        model, options.learning_rate, options.head_learning_rate, options.layer_decay, options.weight_decay
    )
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-8, fused=True)
    engine = Engine(
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
    engine.remove_callback(PrinterCallback)
    watch.log = engine.log
    return engine


def _per_process(batch_size: int) -> int:
    n = int(os.environ.get("WORLD_SIZE", "1"))
    if batch_size < n:
        raise ValueError(f"batch_size is {batch_size} for {n} processes; expected at least one row each.")
    return math.ceil(batch_size / n)


def _trackers(tensorboard: bool) -> str | list[str]:
    if not tensorboard:
        return "none"
    if find_spec("tensorboard") is None:
        raise ValueError('TensorBoard is not installed. Install it with: pip install "matprior[track]"')
    return ["tensorboard"]


def _unchanged(batch: dict[str, Any]) -> dict[str, Any]:
    return batch
