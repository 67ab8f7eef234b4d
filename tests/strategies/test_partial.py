"""Frozen means frozen: no gradient, no decay, no dropout, and stages that thaw from the head down."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from matprior.strategies import Labelled, PartialFineTune, TuningOptions
from matprior.strategies.partial import freezing
from matprior.training import loop

OPTIONS = TuningOptions(epochs=2, batch_size=8)


def moved(before: Any, after: Any) -> set[str]:
    """Names of the weights that differ, a layer told by its number."""
    parts = {f"layer.{i}": f".layer.{i}." for i in range(2)} | {"pooler": "pooler.", "head": "classifier."}
    names = [k for k, tensor in after.state_dict().items() if not torch.equal(tensor, before.state_dict()[k])]
    return {next((part for part, mark in parts.items() if mark in name), name) for name in names}


@pytest.mark.parametrize(
    ("layers", "expected"), [(0, {"pooler", "head"}), (1, {"layer.1", "pooler", "head"})]
)
def test_as_many_layers_move_as_were_asked_for(layers, expected, fresh, labelled):
    data, n = labelled("regression")
    # A decay this strong would halve a weight it could reach.
    options = TuningOptions(epochs=1, batch_size=8, weight_decay=100.0)
    fitted, _ = PartialFineTune(layers=layers).fit(fresh(n), data, options, seed=0)
    assert moved(fresh(n), fitted) == expected


def test_attention_pooling_moves_with_the_pooler(fresh, labelled):
    data, n = labelled("regression")
    fitted, _ = PartialFineTune(layers=0).fit(fresh(n, pooling="attention"), data, OPTIONS, seed=0)
    assert fitted.matbert.attention_pooler.query.abs().max() > 0


def test_the_dropout_of_frozen_layers_is_off_in_training_mode_and_that_of_moving_ones_on(fresh, labelled):
    data, n = labelled("regression")
    model = fresh(n, hidden_dropout_prob=0.5, attention_probs_dropout_prob=0.5)
    met: dict[str, list[bool]] = {"bottom": [], "top": []}

    def spy(key: str) -> Any:
        def hook(module: nn.Module, args: Any, output: Any) -> None:
            if module.training:
                again = module.forward(*args)
                met[key].append(torch.equal(again[0] if isinstance(again, tuple) else again, output))

        return hook

    layers = model.matbert.bert.encoder.layer
    layers[0].register_forward_hook(spy("bottom"))
    layers[1].register_forward_hook(spy("top"))
    PartialFineTune(layers=1).fit(model, data, OPTIONS, seed=0)
    assert met["bottom"]
    assert all(met["bottom"])
    assert met["top"]
    assert not any(met["top"])


def test_stages_thaw_from_the_head_down(fresh, labelled, monkeypatch):
    data, n = labelled("regression")
    stages: list[tuple[set[str], int]] = []
    train = loop.train

    def spying(model: Any, rows: Any, loss: Any, options: Any, **rest: Any) -> Any:
        before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        history = train(model, rows, loss, options, **{**rest, "validate": None})
        kept = fresh(n)
        kept.load_state_dict(before)
        stages.append((moved(kept, model), options.epochs))
        return history

    monkeypatch.setattr("matprior.strategies.tuning.train", spying)
    steps: list[tuple[int, int]] = []
    options = TuningOptions(epochs=5, batch_size=8)
    _, history = PartialFineTune(layers=2, stage_epochs=1).fit(
        fresh(n), data, options, 0, lambda done, total, what: steps.append((done, total))
    )
    assert stages == [
        ({"head"}, 1),
        ({"head", "pooler", "layer.1"}, 1),
        ({"head", "pooler", "layer.1", "layer.0"}, 3),
    ]
    assert steps == [(done, 25) for done in range(1, 26)]  # 36 rows: 5 steps an epoch
    assert history["step"].is_monotonic_increasing
    assert history["epoch"].max() == 5


def test_each_stage_starts_where_the_watched_rows_liked_the_last_one_best(fresh, labelled):
    data, n = labelled("regression")
    options = TuningOptions(epochs=5, batch_size=8)
    _, history = PartialFineTune(layers=1, stage_epochs=2).fit(fresh(n), data, options, seed=0)
    assert history["validation_loss"].notna().sum() == 5


@pytest.mark.parametrize(
    ("strategy", "said"),
    [
        (PartialFineTune(layers=3), r"layers=3 of a model that has 2.*0 to 2.*strategy='full'"),
        (PartialFineTune(layers=-1), "layers=-1"),
        (PartialFineTune(layers=2, stage_epochs=1), r"3 stages of stage_epochs=1.*epochs=2.*raise epochs"),
    ],
)
def test_stages_and_layers_that_do_not_fit_are_refused(strategy, said, fresh, labelled):
    data, n = labelled("regression")
    with pytest.raises(ValueError, match=said):
        strategy.fit(fresh(n), data, OPTIONS, seed=0)


def test_a_training_that_is_broken_off_leaves_nothing_frozen(fresh, labelled):
    data, n = labelled("regression")
    model = fresh(n, hidden_dropout_prob=0.3)

    def stop(done: int, total: int, what: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        PartialFineTune(layers=0).fit(model, data, OPTIONS, 0, stop)
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert model.matbert.bert.embeddings.dropout.p == 0.3


def test_what_was_frozen_before_stays_frozen_after(fresh):
    model = fresh(1)
    model.matbert.pooler.requires_grad_(False)
    with freezing(model):
        model.requires_grad_(True)
    assert not any(parameter.requires_grad for parameter in model.matbert.pooler.parameters())
    assert model.classifier.weight.requires_grad


def test_partial_works_without_watched_rows(fresh, labelled):
    data, n = labelled("regression")
    alone = Labelled(data.encoded, data.targets, None, None, data.loss)
    options = TuningOptions(epochs=3, batch_size=8)
    fitted, _ = PartialFineTune(layers=1, stage_epochs=1).fit(fresh(n), alone, options, seed=0)
    assert np.isfinite(fitted.classifier.weight.detach().numpy()).all()
