"""What only prompts have: starts, sizes, memory for sixteen rows, and where they don't fit."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from matprior.estimators import MaterialRegressor
from matprior.models.prompts import counted
from matprior.strategies import Labelled, PromptTuning, TuningOptions
from matprior.strategies.prompts import INITS
from matprior.training.loop import answers

OPTIONS = TuningOptions(epochs=1, batch_size=16)


@pytest.mark.parametrize("depth", ["deep", "shallow"])
def test_prompts_memorise_sixteen_rows(depth, fresh, labelled):
    data, _ = labelled("regression")
    rows = np.arange(16)
    targets = np.random.default_rng(0).normal(size=(16, 1)).astype(np.float32)
    few = Labelled(data.encoded.take(rows), targets, None, None, "smooth_l1")
    # A frozen random encoder of width 32 makes vectors that hardly differ: the head must grow large.
    options = TuningOptions(
        epochs=300, batch_size=16, learning_rate=1e-2, head_learning_rate=0.1, weight_decay=0.0, warmup=0.0,
        max_grad_norm=100.0,
    )  # fmt: skip
    model = fresh(1, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    strategy = PromptTuning(depth=depth, probe=False, loudness=0.0, rate=1.0)
    fitted, _ = strategy.fit(model, few, options, seed=0)
    error = np.abs(answers(fitted, few.encoded, lambda out: out.logits) - targets).mean()
    assert error < 0.8 * np.abs(targets).mean()


def test_the_prompt_leaves_its_start(fresh, labelled):
    data, n = labelled("regression")
    still = TuningOptions(epochs=1, batch_size=16, learning_rate=0.0)
    start, moved = (
        PromptTuning().fit(fresh(n), data, options, seed=0)[0].matbert.prompt for options in (still, OPTIONS)
    )
    for name, tensor in start.named_parameters():
        assert not torch.equal(tensor, dict(moved.named_parameters())[name]), name


@pytest.mark.parametrize("depth", ["deep", "shallow"])
@pytest.mark.parametrize("init", [*INITS])
def test_every_start_has_the_shape_it_says_and_repeats(init, depth, fresh, labelled):
    data, n = labelled("regression")
    text = "Fe O" if init == "tokens" else ""
    strategy = PromptTuning(depth=depth, length=5, layers=1, init=init, text=text)
    still = TuningOptions(epochs=1, batch_size=16, learning_rate=0.0)
    one, two = (strategy.fit(fresh(n), data, still, seed=0)[0].matbert.prompt for _ in range(2))
    assert tuple(one.values.shape) == ((1, 2, 5, 32) if depth == "deep" else (5, 32))
    assert torch.equal(one.values, two.values)
    assert one.values.std() > 0
    if init == "tokens":  # over and over: vectors 1, 3 and 5 are those of Fe
        assert torch.equal(one.values[..., 0, :], one.values[..., 2, :])
        assert not torch.equal(one.values[..., 0, :], one.values[..., 1, :])


def test_the_quiet_start_answers_as_the_linear_probe(fresh, labelled):
    from matprior.strategies import FeatureExtraction

    data, n = labelled("regression")
    still = TuningOptions(epochs=1, batch_size=16, learning_rate=0.0, head_learning_rate=0.0)
    prompted, _ = PromptTuning(loudness=-30.0).fit(fresh(n), data, still, seed=0)
    probe, _ = FeatureExtraction().fit(fresh(n), data, still, seed=0)
    told = [answers(model, data.encoded, lambda out: out.logits) for model in (prompted, probe)]
    np.testing.assert_allclose(told[0], told[1], atol=1e-3)


def test_what_is_counted_is_what_moved(fresh, labelled):
    data, n = labelled("regression")
    fitted, _ = PromptTuning(length=4).fit(fresh(n), data, OPTIONS, seed=0)
    own, every = counted(fitted)
    assert own == 2 * 2 * 4 * 32 + 2 * 2 * 4 + n * 33  # keys and values, loudness, head
    assert every == sum(parameter.numel() for parameter in fitted.parameters())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"depth": "deeep"}, "depth is 'deeep'.*Did you mean 'deep'"),
        ({"init": "zeros"}, "init is 'zeros'.*activations"),
        ({"length": 0}, "length is 0"),
    ],
)
def test_impossible_options_are_refused(options, said):
    with pytest.raises(ValueError, match=said):
        PromptTuning(**options)


@pytest.mark.parametrize(
    ("strategy", "training", "said"),
    [
        (PromptTuning(layers=3), OPTIONS, "layers=3 of a model that has 2"),
        (PromptTuning(init="tokens"), OPTIONS, "needs a text of tokens"),
        (PromptTuning(init="tokens", text="Fe Qq"), OPTIONS, "text is 'Qq'"),
        (PromptTuning(init="model"), OPTIONS, "this checkpoint has none"),
        (PromptTuning(), TuningOptions(epochs=1, interpolate=True), "interpolate mixes"),
    ],
)
def test_what_does_not_fit_the_model_is_refused(strategy, training, said, fresh, labelled):
    data, n = labelled("regression")
    with pytest.raises(ValueError, match=said):
        strategy.fit(fresh(n), data, training, seed=0)


def test_molecules_are_refused_with_the_reason():
    with pytest.raises(ValueError, match=r"plain Hugging Face ModernBERT.*no place for a prompt"):
        MaterialRegressor(
            model=None, size="tiny", notation="smiles", strategy="prompts", training={"epochs": 1}
        ).fit(["C" * i for i in range(1, 9)], np.arange(8.0))
