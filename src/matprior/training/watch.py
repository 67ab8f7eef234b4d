"""What is seen of a training while it runs: validation, the best weights, history, pace."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import PreTrainedModel, TrainerCallback

from matprior.data.files import write_atomically
from matprior.launched import is_first
from matprior.training.averaging import WeightAverage
from matprior.training.loop import Progress

AVERAGE = "average.safetensors"
"""Running average of the weights, inside a checkpoint."""


class Watch(TrainerCallback):
    """Validation after each epoch, early stopping, best weights in memory, history, progress."""

    def __init__(
        self,
        validate: Callable[[PreTrainedModel], dict[str, float]] | None,
        patience: int,
        progress: Progress | None,
        history_file: Path | None,
        ema: float = 0.0,
        monitor: Callable[[PreTrainedModel], dict[str, float]] | None = None,
        keep: str = "best",
    ) -> None:
        self.validate = validate
        self.keep = keep
        self.patience = patience
        self.progress = progress
        self.history_file = history_file
        self.ema = ema
        self.monitor = monitor
        self.log: Callable[[dict[str, float]], None] | None = None
        self.average: WeightAverage | None = None
        self.history: list[dict[str, float]] = []
        self.best = math.inf
        self.best_weights: dict[str, Tensor] | None = None
        self.since_best = 0
        self.over = False
        """Whether patience had run out when the run was broken: the engine takes one more step, in vain."""
        self.started = time.perf_counter()
        self.first_step = 0

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        self.first_step, self.begun = state.global_step, time.perf_counter()
        if self.ema:
            self.average = WeightAverage(model, self.ema)
            stored = self._checkpoint(args, state) / AVERAGE
            if stored.exists():
                self.average.load(stored)
        if self.history_file is not None and state.global_step and self.history_file.exists():
            written = json.loads(self.history_file.read_text(encoding="utf-8"))
            self.history = [row for row in written if row["step"] <= state.global_step]
            # Seconds go on from where the broken run stood.
            self.started -= max((row.get("seconds", 0.0) for row in self.history), default=0.0)
            self._recall_best()
            self._make_up(args, state, control, model)

    def _make_up(self, args: Any, state: Any, control: Any, model: Any) -> None:
        """Judge the epoch that a checkpoint ends with, where the run was broken before it had been judged."""
        at_an_end = state.global_step * args.num_train_epochs % state.max_steps == 0
        judged = any(row["step"] == state.global_step and "train_loss" not in row for row in self.history)
        if at_an_end and not judged:
            self.on_epoch_end(args, state, control, model=model)
            self.over = control.should_training_stop

    def on_train_end(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        if self.average is not None and (self.validate is None or self.keep == "last"):
            with self.average.in_place(model):
                self.best_weights = _copy(model)

    def on_step_end(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        if self.average is not None:
            self.average.update(model)
        if control.should_save:
            # A loss that was averaged over steps on both sides of a checkpoint could not be told again.
            control.should_log = True
            if self.average is not None and is_first():
                # Before the engine writes its state, which says that a checkpoint is whole.
                self.average.save(self._checkpoint(args, state) / AVERAGE)
        if self.progress is not None:
            self.progress(state.global_step, state.max_steps, self._pace(args, state))

    def on_log(self, args: Any, state: Any, control: Any, logs: dict | None = None, **kwargs: Any) -> None:
        if logs and "loss" in logs:
            self._note(state, {"train_loss": logs["loss"]})

    def on_epoch_end(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        if self.over:
            return
        if self.monitor is not None:
            with nullcontext() if self.average is None else self.average.in_place(model):
                seen = self.monitor(model)
            self._note(state, seen)
            if self.log is not None:
                self.log(seen)
        if self.validate is None:
            return
        scores, weights = self._better(model)
        self._note(state, scores)
        if self.keep == "last":
            return
        if scores["validation_loss"] < self.best:
            self.best, self.since_best = scores["validation_loss"], 0
            # Kept in memory: writing 6 MB to disk each epoch would cost more than the epoch on 300 rows.
            with weights:
                self.best_weights = _copy(model)
            if (
                self.history_file is not None and is_first()
            ):  # a run that can be resumed must not forget its best epoch
                with write_atomically(self._best_file()) as draft:
                    save_file(self.best_weights, draft)
        else:
            self.since_best += 1
            control.should_training_stop = self.since_best >= self.patience

    def _better(self, model: Any) -> tuple[dict[str, float], AbstractContextManager[None]]:
        """Scores of the plain or of the averaged weights, whichever are better, and the way to those."""
        assert self.validate is not None
        plain = self.validate(model)
        if self.average is None or self.keep == "last":
            return plain, nullcontext()
        with self.average.in_place(model):
            averaged = self.validate(model)
        losses = {"plain_loss": plain["validation_loss"], "averaged_loss": averaged["validation_loss"]}
        # Written so that a plain loss of NaN loses against any number.
        if averaged["validation_loss"] < plain["validation_loss"] or math.isnan(plain["validation_loss"]):
            return {**averaged, **losses}, self.average.in_place(model)
        return {**plain, **losses}, nullcontext()

    @staticmethod
    def _checkpoint(args: Any, state: Any) -> Path:
        return Path(args.output_dir) / f"checkpoint-{state.global_step}"

    def _best_file(self) -> Path:
        assert self.history_file is not None
        return self.history_file.with_name("best.safetensors")

    def _recall_best(self) -> None:
        """Best weights and patience of the run that is continued.

        The file may be of an epoch after the checkpoint: that epoch then comes again and is best again.
        """
        if self.validate is None or self.keep == "last" or not self._best_file().exists():
            return
        for row in self.history:
            if "validation_loss" not in row:
                continue
            if row["validation_loss"] < self.best:
                self.best, self.since_best = row["validation_loss"], 0
            else:
                self.since_best += 1
        if self.best < math.inf:
            self.best_weights = load_file(self._best_file())

    def _pace(self, args: Any, state: Any) -> str:
        """Epoch, rows per second since this process began, and what is left at that pace."""
        done, spent = state.global_step - self.first_step, time.perf_counter() - self.begun
        rate = done * args.train_batch_size * args.world_size / max(spent, 1e-9)
        left = (state.max_steps - state.global_step) * spent / max(done, 1)
        return f"epoch {state.epoch or 0:.1f}, {rate:,.0f} rows/s, {_duration(left)} left"

    def _note(self, state: Any, scores: dict[str, float]) -> None:
        seconds = round(time.perf_counter() - self.started, 2)
        self.history.append({"step": state.global_step, "epoch": state.epoch, "seconds": seconds, **scores})
        if self.history_file is not None and is_first():
            with write_atomically(self.history_file) as draft:
                draft.write_text(json.dumps(self.history), encoding="utf-8")


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _copy(model: PreTrainedModel) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
