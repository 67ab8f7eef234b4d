"""A run that was killed is continued bit for bit: weights, masks, dropout, best epoch."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from training_world import Weights, assert_same, copy_of, options, regression_loss, regressor

from matprior.models.matbert import MatBertConfig, MatBertForPreTraining
from matprior.pretraining.objectives import MaskedAtoms
from matprior.training.batches import Rows
from matprior.training.loop import latest_checkpoint, seed_everything, train


class Killed(Exception):
    """Stands for the power cut."""


def killer(at: int) -> Callable[[int, int, str], None]:
    def progress(done: int, total: int, what: str) -> None:
        if done == at:
            raise Killed

    return progress


# save_every=4: a kill at 11 leaves step 8, in the middle of the second epoch; one at 7 leaves step 4.
@pytest.mark.parametrize(("kill_at", "bf16"), [(7, False), (11, False), (17, False), (11, True)])
def test_a_killed_run_is_continued_bit_for_bit_with_dropout_on(kill_at, bf16, rows, tiny_shape, tmp_path):
    chosen = options(save_every=4, bf16=bf16)
    whole = regressor(tiny_shape)
    train(whole, rows, regression_loss, chosen, seed=1, folder=tmp_path / "whole")
    broken = regressor(tiny_shape)
    with pytest.raises(Killed):
        train(
            broken, rows, regression_loss, chosen, seed=1, folder=tmp_path / "broken",
            progress=killer(kill_at),
        )  # fmt: skip
    found = latest_checkpoint(tmp_path / "broken")
    assert found is not None
    assert found.name == f"checkpoint-{(kill_at - 1) // 4 * 4}"
    again = regressor(tiny_shape)
    train(again, rows, regression_loss, chosen, seed=1, folder=tmp_path / "broken")
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


def test_a_state_cut_short_is_passed_over(tmp_path):
    for step, state in ((4, "{}"), (8, '{"global_step": 8, "log_hi')):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        (folder / "model.safetensors").write_text("")
        (folder / "trainer_state.json").write_text(state)
    found = latest_checkpoint(tmp_path)
    assert found is not None
    assert found.name == "checkpoint-4"


def test_the_newest_checkpoint_is_told_by_its_steps_and_not_by_the_clock(tmp_path):
    for step, seconds in ((4, 4_000_000_000), (8, 1)):  # the clock went back between the two
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        for file in ("model.safetensors", "trainer_state.json"):
            (folder / file).write_text("{}")
            os.utime(folder / file, (seconds, seconds))
        os.utime(folder, (seconds, seconds))
    found = latest_checkpoint(tmp_path)
    assert found is not None
    assert found.name == "checkpoint-8"


@pytest.mark.parametrize("kept", ["trainer_state.json", "average.safetensors"])
def test_the_average_is_there_before_a_checkpoint_counts_as_whole(
    kept, rows, tiny_shape, tmp_path, monkeypatch
):
    """A kill between any two files of a checkpoint loses the whole of it or nothing."""
    order: list[str] = []
    replaced, dumped = os.replace, json.dumps

    def seen(source: Any, target: Any) -> None:
        order.append(Path(target).name)
        replaced(source, target)

    def told(content: Any, *args: Any, **kwargs: Any) -> str:
        if isinstance(content, dict) and "global_step" in content:
            order.append("trainer_state.json")
        return dumped(content, *args, **kwargs)

    monkeypatch.setattr(os, "replace", seen)
    monkeypatch.setattr(json, "dumps", told)
    train(
        regressor(tiny_shape),
        rows,
        regression_loss,
        options(epochs=1, save_every=6, ema=0.9),
        folder=tmp_path,
    )
    assert kept in order
    assert order.index("average.safetensors") < order.index("trainer_state.json")


def test_an_epoch_that_was_not_judged_before_the_kill_is_judged_after_it(rows, tiny_shape, tmp_path):
    # The checkpoint of step 12 is written, and the kill comes before the second epoch is judged: the best.
    by_epoch = iter([0.9, 0.1, 0.5])

    def judged(model: Any) -> dict[str, float]:
        loss = next(by_epoch)
        if loss == 0.1 and not (tmp_path / "killed").exists():
            (tmp_path / "killed").touch()
            raise Killed
        return {"validation_loss": loss}

    def run(validate: Any) -> tuple[Weights, list[float]]:
        model = regressor(tiny_shape)
        history = train(
            model,
            rows,
            regression_loss,
            options(save_every=12),
            seed=1,
            folder=tmp_path / "run",
            validate=validate,
        )
        return copy_of(model), history["validation_loss"].dropna().tolist()

    with pytest.raises(Killed):
        run(judged)
    by_epoch = iter([0.1, 0.5])
    again, losses = run(judged)
    assert losses == [0.9, 0.1, 0.5]
    by_step = iter([0.9, 0.1, 0.5])
    whole = regressor(tiny_shape)
    train(
        whole, rows, regression_loss, options(save_every=12), seed=1, folder=tmp_path / "whole",
        validate=lambda model: {"validation_loss": next(by_step)},
    )  # fmt: skip
    assert_same(again, copy_of(whole))


def test_a_broken_run_tells_the_same_losses_as_a_whole_one(rows, tiny_shape, tmp_path):
    # Six steps an epoch are logged at once; the checkpoint of step 4 stands in the middle of them.
    def run(folder: Path, progress: Any = None) -> Any:
        model = regressor(tiny_shape)
        settings = options(save_every=4)
        return train(model, rows, regression_loss, settings, seed=1, folder=folder, progress=progress)

    whole = run(tmp_path / "whole")
    with pytest.raises(Killed):
        run(tmp_path / "broken", killer(5))
    again = run(tmp_path / "broken")
    columns = ["step", "train_loss"]
    assert whole[columns].to_numpy().tolist() == again[columns].to_numpy().tolist()
