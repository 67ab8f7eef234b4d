"""What `train` promises: best weights back, a broken run continued bit for bit, same seed same weights."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from matprior.models.matbert import MatBertConfig, MatBertForPreTraining, MatBertForSequenceClassification
from matprior.pretraining.objectives import MaskedAtoms
from matprior.tokens import encode_many
from matprior.training.batches import Rows
from matprior.training.engine import Watch, make_engine
from matprior.training.loop import TrainingOptions, answers, latest_checkpoint, seed_everything, train
from matprior.training.losses import squared

Weights = dict[str, torch.Tensor]
BATCH, EPOCHS = 8, 3  # 48 rows: 6 steps per epoch, 18 in all


class Killed(Exception):
    """Stands for the power cut."""


def regressor(shape: dict[str, int], dropout: float = 0.2) -> MatBertForSequenceClassification:
    seed_everything(0)
    return MatBertForSequenceClassification(
        MatBertConfig.of_size(
            "tiny", **shape, num_labels=1, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout
        )
    )


def regression_loss(model: Any, batch: dict[str, Any]) -> torch.Tensor:
    logits = model(batch["input_ids"], batch["amounts"], batch["attention_mask"]).logits
    return squared(logits, batch["labels"])


def options(**changes: Any) -> TrainingOptions:
    return TrainingOptions(**{"epochs": EPOCHS, "batch_size": BATCH, "learning_rate": 1e-3, **changes})


def copy_of(model: torch.nn.Module) -> Weights:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def assert_same(one: Weights, other: Weights) -> None:
    assert one.keys() == other.keys()
    for name in one:
        assert torch.equal(one[name], other[name]), name


@pytest.fixture
def rows(salts) -> Rows:
    strings, values = salts
    values = (np.array(values) - np.mean(values)) / np.std(values)
    return Rows(encode_many(strings), values[:, None].astype(np.float32))


def killer(at: int) -> Callable[[int, int, str], None]:
    def progress(done: int, total: int, what: str) -> None:
        if done == at:
            raise Killed

    return progress


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(rows, tiny_shape):
    ends = []
    for seed in (5, 5, 6):
        model = regressor(tiny_shape)
        train(model, rows, regression_loss, options(epochs=1), seed=seed)
        ends.append(copy_of(model))
    assert_same(ends[0], ends[1])
    assert not torch.equal(ends[0]["classifier.weight"], ends[2]["classifier.weight"])


def test_the_best_weights_come_back_not_the_last(rows, tiny_shape):
    model = regressor(tiny_shape)
    seen: list[Weights] = []
    losses = [0.9, 0.5, 0.7, 0.8]

    def validate(network: torch.nn.Module) -> dict[str, float]:
        seen.append(copy_of(network))
        return {"validation_loss": losses[len(seen) - 1]}

    history = train(model, rows, regression_loss, options(epochs=4), validate=validate)
    assert_same(copy_of(model), seen[1])
    assert not torch.equal(seen[1]["classifier.weight"], seen[3]["classifier.weight"])
    assert history["validation_loss"].dropna().tolist() == losses
    assert not model.training


def test_training_stops_after_patience_epochs_without_progress(rows, tiny_shape):
    calls: list[int] = []

    def validate(network: torch.nn.Module) -> dict[str, float]:
        calls.append(1)
        return {"validation_loss": float(len(calls))}

    train(regressor(tiny_shape), rows, regression_loss, options(epochs=10, patience=2), validate=validate)
    assert len(calls) == 3


def test_a_validation_loss_of_nan_is_never_the_best(rows, tiny_shape):
    values = iter([0.5, float("nan"), 0.6])
    seen: list[Weights] = []

    def validate(network: torch.nn.Module) -> dict[str, float]:
        seen.append(copy_of(network))
        return {"validation_loss": next(values)}

    model = regressor(tiny_shape)
    train(model, rows, regression_loss, options(), validate=validate)
    assert_same(copy_of(model), seen[0])


# save_every=4: a kill at 11 leaves step 8, in the middle of the second epoch; one at 7 leaves step 4.
@pytest.mark.parametrize("kill_at", [7, 11, 17])
def test_a_killed_run_is_continued_bit_for_bit_with_dropout_on(kill_at, rows, tiny_shape, tmp_path):
    whole = regressor(tiny_shape)
    train(whole, rows, regression_loss, options(save_every=4), seed=1, folder=tmp_path / "whole")
    broken = regressor(tiny_shape)
    with pytest.raises(Killed):
        train(
            broken, rows, regression_loss, options(save_every=4), seed=1, folder=tmp_path / "broken",
            progress=killer(kill_at),
        )  # fmt: skip
    found = latest_checkpoint(tmp_path / "broken")
    assert found is not None
    assert found.name == f"checkpoint-{(kill_at - 1) // 4 * 4}"
    again = regressor(tiny_shape)
    train(again, rows, regression_loss, options(save_every=4), seed=1, folder=tmp_path / "broken")
    assert_same(copy_of(again), copy_of(whole))


def test_saving_checkpoints_changes_no_weight(rows, tiny_shape, tmp_path):
    plain, saved = regressor(tiny_shape), regressor(tiny_shape)
    train(plain, rows, regression_loss, options())
    train(saved, rows, regression_loss, options(save_every=4), folder=tmp_path)
    assert_same(copy_of(plain), copy_of(saved))


def test_a_killed_run_with_masking_meets_the_same_masks_again(rows, tiny_shape, tmp_path):
    objective = MaskedAtoms()
    strings = Rows(rows.encoded)

    def run(folder: Path, progress: Any = None) -> tuple[Weights, list[str]]:
        seed_everything(0)
        model = MatBertForPreTraining(MatBertConfig.of_size("tiny", **tiny_shape, hidden_dropout_prob=0.2))
        met: list[str] = []

        def collate(batch: dict[str, Any]) -> dict[str, Any]:
            batch = objective.corrupt(batch, 1)
            met.append(json.dumps([batch["epoch"], batch["rows"].tolist(), batch["input_ids"].tolist()]))
            return batch

        train(
            model, strings,
            lambda m, b: objective.loss(m(b["input_ids"], b["amounts"], b["attention_mask"]), b),
            options(save_every=4), seed=1, folder=folder, collate=collate, progress=progress,
        )  # fmt: skip
        return copy_of(model), met

    whole, met_whole = run(tmp_path / "whole")
    with pytest.raises(Killed):
        run(tmp_path / "broken", killer(11))
    again, met_again = run(tmp_path / "broken")
    assert_same(again, whole)
    assert met_again[-10:] == met_whole[-10:]  # the ten steps after checkpoint 8 of 18


def test_a_killed_run_that_validates_still_gives_the_best_weights(rows, tiny_shape, tmp_path):
    # The best epoch lies before the kill: it must outlive the process.
    by_epoch = {6: 0.9, 12: 0.1, 18: 0.5, 24: 0.6}

    def run(folder: Path, progress: Any = None) -> tuple[Weights, list[float]]:
        model = regressor(tiny_shape)
        step = 0

        def told(done: int, total: int, what: str) -> None:
            nonlocal step
            step = done
            if progress:
                progress(done, total, what)

        history = train(
            model, rows, regression_loss, options(epochs=4, save_every=5), seed=1, folder=folder,
            validate=lambda network: {"validation_loss": by_epoch[step]}, progress=told,
        )  # fmt: skip
        return copy_of(model), history["validation_loss"].dropna().tolist()

    whole, losses = run(tmp_path / "whole")
    with pytest.raises(Killed):
        run(tmp_path / "broken", killer(16))
    again, losses_again = run(tmp_path / "broken")
    assert losses == losses_again == list(by_epoch.values())
    assert_same(again, whole)


def test_a_finished_run_is_not_trained_again(rows, tiny_shape, tmp_path):
    first = regressor(tiny_shape)
    train(first, rows, regression_loss, options(save_every=4), folder=tmp_path)
    steps: list[int] = []
    second = regressor(tiny_shape)
    train(
        second, rows, regression_loss, options(save_every=4), folder=tmp_path,
        progress=lambda done, total, what: steps.append(done),
    )  # fmt: skip
    assert steps == []
    assert_same(copy_of(second), copy_of(first))


def test_a_half_written_checkpoint_is_passed_over(tmp_path):
    for step, files in ((4, ("trainer_state.json", "model.safetensors")), (8, ("model.safetensors",))):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        for file in files:
            (folder / file).write_text("{}")
    found = latest_checkpoint(tmp_path)
    assert found is not None
    assert found.name == "checkpoint-4"
    assert latest_checkpoint(tmp_path / "nothing") is None


def test_gradient_accumulation_does_not_multiply_our_loss(rows, tiny_shape, tmp_path):
    moved = []
    for batch_size, accumulated in ((8, 1), (2, 4)):
        model = regressor(tiny_shape, dropout=0.0)
        start = copy_of(model)
        engine = make_engine(
            model, rows, regression_loss, options(batch_size=batch_size), Watch(None, 9, None, None),
            seed=0, folder=tmp_path, save=False, collate=None,
        )  # fmt: skip
        engine.args.gradient_accumulation_steps = accumulated
        engine.args.max_grad_norm = 0
        engine.args.max_steps = 1
        # Plain SGD of rate 1: the step is the gradient. AdamW would hide any factor.
        engine.optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
        engine.lr_scheduler = torch.optim.lr_scheduler.LambdaLR(engine.optimizer, lambda step: 1.0)
        engine._sampler = list(range(8))  # the same eight rows either way
        engine.train()
        moved.append(start["classifier.weight"] - model.state_dict()["classifier.weight"])
    assert moved[0].abs().max() > 1e-3
    torch.testing.assert_close(moved[1], moved[0], rtol=1e-3, atol=1e-5)


def test_a_batch_without_any_known_target_leaves_the_weights_finite(rows, tiny_shape):
    empty = Rows(rows.encoded, np.full((48, 1), np.nan, dtype=np.float32))
    model = regressor(tiny_shape)
    train(model, empty, regression_loss, options(epochs=1, weight_decay=0.0))
    assert all(tensor.isfinite().all() for tensor in model.state_dict().values())
    assert_same(copy_of(model), copy_of(regressor(tiny_shape)))


def test_frozen_parameters_do_not_move(rows, tiny_shape):
    model = regressor(tiny_shape)
    model.matbert.requires_grad_(False)
    before = copy_of(model)
    train(model, rows, regression_loss, options(epochs=1))
    moved = {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}
    assert moved == {"classifier.weight", "classifier.bias"}


def test_progress_counts_every_step_and_knows_the_end(rows, tiny_shape):
    told: list[tuple[int, int]] = []
    train(
        regressor(tiny_shape), rows, regression_loss, options(epochs=1),
        progress=lambda done, total, what: told.append((done, total)),
    )  # fmt: skip
    assert told == [(step, 6) for step in range(1, 7)]


def test_answers_keep_the_order_of_the_strings_and_the_mode_of_the_model(tiny_shape):
    model = regressor(tiny_shape).train()
    encoded = encode_many(["LiFe0.5Mn0.5PO4", "Fe", "NaCl", "MgAl2O4", "He"])
    together = answers(model, encoded, lambda out: out.logits, batch_size=2)
    assert model.training
    for row in range(5):
        alone = answers(model, encoded.take(np.array([row])), lambda out: out.logits)
        np.testing.assert_allclose(together[row], alone[0], atol=1e-6)
