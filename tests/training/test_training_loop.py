"""What `train` promises: the best weights back, same seed same weights, nothing moved that may not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from training_world import Weights, assert_same, copy_of, options, regression_loss, regressor

from matprior.tokens import encode_many
from matprior.training.batches import Rows
from matprior.training.engine import Watch, make_engine
from matprior.training.loop import answers, train


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(rows, tiny_shape):
    ends = []
    for seed in (5, 5, 6):
        model = regressor(tiny_shape)
        train(model, rows, regression_loss, options(epochs=1), seed=seed)
        ends.append(copy_of(model))
    assert_same(ends[0], ends[1])
    assert not torch.equal(ends[0]["classifier.weight"], ends[2]["classifier.weight"])


def test_a_monitor_is_noted_and_decides_nothing(rows, tiny_shape, tmp_path):
    plain, watched = regressor(tiny_shape), regressor(tiny_shape)
    train(plain, rows, regression_loss, options(epochs=2))
    told: list[str] = []
    history = train(
        watched, rows, regression_loss, options(epochs=2), folder=tmp_path, tensorboard=True,
        monitor=lambda network: {"heldout_x": float(len(told))},
        progress=lambda done, total, note: told.append(note),
    )  # fmt: skip
    assert_same(copy_of(plain), copy_of(watched))
    assert history["heldout_x"].dropna().tolist() == [6, 12]
    assert all("rows/s" in note and note.endswith(" left") for note in told)
    (events,) = (tmp_path / "runs").rglob("events.out.tfevents.*")
    assert b"heldout_x" in events.read_bytes()


def test_tensorboard_that_is_not_installed_is_named_with_its_extra(rows, tiny_shape, tmp_path, monkeypatch):
    monkeypatch.setattr("matprior.training.engine.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r'pip install "matprior\[track\]"'):
        train(regressor(tiny_shape), rows, regression_loss, options(), folder=tmp_path, tensorboard=True)


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


def test_after_training_in_bfloat16_a_model_answers_in_full_precision(rows, tiny_shape):
    trained, fresh = regressor(tiny_shape), regressor(tiny_shape)
    train(trained, rows, regression_loss, options(epochs=1, bf16=True), seed=1)
    fresh.load_state_dict(trained.state_dict())
    fresh.eval()
    assert trained.classifier.weight.dtype == torch.float32
    told = [answers(model, rows.encoded, lambda out: out.logits) for model in (trained, fresh)]
    assert np.array_equal(*told)


@pytest.mark.skipif(torch.cuda.is_available(), reason="on a GPU the fused attention is the fast one")
def test_bfloat16_on_a_cpu_learns_with_plain_attention_and_leaves_the_usual_one(rows, tiny_shape):
    model = regressor(tiny_shape)
    usual, during = model.config._attn_implementation, []

    def watched(network, batch):
        during.append(network.config._attn_implementation)
        return regression_loss(network, batch)

    train(model, rows, watched, options(epochs=1, bf16=True), seed=1)
    assert set(during) == {"eager"}
    assert model.config._attn_implementation == usual != "eager"
    during.clear()
    train(model, rows, watched, options(epochs=1), seed=1)
    assert set(during) == {usual}
