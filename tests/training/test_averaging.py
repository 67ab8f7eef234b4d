"""The running average of the weights: what it is, what it must not disturb, and that it outlives a kill."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from training_world import Weights, assert_same, copy_of, options, regression_loss, regressor

from matprior.training.averaging import WeightAverage
from matprior.training.loop import train


def test_the_average_is_the_recurrence_and_leaves_the_model_alone():
    layer = torch.nn.Linear(1, 1, bias=False)
    layer.weight.data.fill_(0.0)
    average, expected = WeightAverage(layer, 0.5), 0.0
    for step in range(1, 21):
        layer.weight.data.fill_(float(step))
        average.update(layer)
        decay = min(0.5, (1 + step) / (9 + step))
        expected = decay * expected + (1 - decay) * step
    assert average.average["weight"].item() == pytest.approx(expected, rel=1e-6)
    with average.in_place(layer):
        assert layer.weight.item() == pytest.approx(expected, rel=1e-6)
    assert layer.weight.item() == 20.0


def test_averaging_does_not_disturb_the_training(rows, tiny_shape):
    seen: dict[float, list[Weights]] = {0.0: [], 0.9: []}
    for ema, met in seen.items():
        calls = []

        def validate(network: Any, met: list = met, calls: list = calls) -> dict[str, float]:
            met.append(copy_of(network))
            calls.append(1)
            return {"validation_loss": 1.0}

        train(regressor(tiny_shape), rows, regression_loss, options(ema=ema), validate=validate)
    plain, both = seen.values()
    assert len(both) == 2 * len(plain)
    for before, after in zip(plain, both[::2], strict=True):
        assert_same(before, after)
    assert not torch.equal(both[-1]["classifier.weight"], both[-2]["classifier.weight"])


@pytest.mark.parametrize("plain_loss", [0.2, 0.8, math.nan])
def test_the_better_of_plain_and_averaged_weights_is_kept(plain_loss, rows, tiny_shape):
    seen: list[Weights] = []

    def validate(network: Any) -> dict[str, float]:
        seen.append(copy_of(network))
        return {"validation_loss": plain_loss if len(seen) == 1 else 0.5}

    model = regressor(tiny_shape)
    history = train(model, rows, regression_loss, options(epochs=1, ema=0.9), validate=validate)
    assert_same(copy_of(model), seen[0 if plain_loss < 0.5 else 1])
    row = history.dropna(subset=["validation_loss"]).iloc[0]
    assert row["validation_loss"] == (plain_loss if plain_loss < 0.5 else 0.5)
    assert row["averaged_loss"] == 0.5


def test_without_watched_rows_the_average_comes_back(rows, tiny_shape):
    plain, averaged = regressor(tiny_shape), regressor(tiny_shape)
    train(plain, rows, regression_loss, options())
    train(averaged, rows, regression_loss, options(ema=0.9))
    start, key = copy_of(regressor(tiny_shape)), "classifier.weight"
    way = [(copy_of(model)[key] - start[key]).norm() for model in (averaged, plain)]
    assert 0 < way[0] < way[1]  # an average lags behind


def test_a_killed_run_is_continued_with_the_same_average(rows, tiny_shape, tmp_path):
    class Killed(Exception):
        pass

    def kill(done: int, total: int, what: str) -> None:
        if done == 11:
            raise Killed

    def run(folder: str, progress: Any = None) -> Weights:
        model = regressor(tiny_shape)
        train(
            model, rows, regression_loss, options(save_every=4, ema=0.9), seed=1, folder=tmp_path / folder,
            progress=progress,
        )  # fmt: skip
        return copy_of(model)

    whole = run("whole")
    with pytest.raises(Killed):
        run("broken", kill)
    assert_same(run("broken"), whole)
