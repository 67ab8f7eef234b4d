"""Low-rank updates: of the rank asked for, merged into plain weights, refused politely without peft."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch

from matprior.strategies import FullFineTune, LoRA, TuningOptions, strategy_of

OPTIONS = TuningOptions(epochs=2, batch_size=8)


@pytest.fixture
def peft():
    return pytest.importorskip("peft")


def test_every_update_has_the_rank_asked_for_and_nothing_else_moves(peft, fresh, labelled):
    data, n = labelled("regression")
    before = fresh(n).state_dict()
    fitted, _ = LoRA(rank=2).fit(fresh(n), data, OPTIONS, seed=0)
    for name, tensor in fitted.state_dict().items():
        update = (tensor - before[name]).double()
        if name.startswith("classifier."):
            assert update.abs().max() > 0
        elif tensor.ndim == 2 and "embeddings" not in name:
            spectrum = torch.linalg.svdvals(update)
            assert spectrum[0] > 0, name
            assert (spectrum[2:] < 1e-3 * spectrum[0]).all(), name
        else:
            assert torch.equal(tensor, before[name]), name


def test_merging_changes_no_answer(peft, fresh, labelled, monkeypatch):
    from matprior.strategies import tuning
    from matprior.training.loop import answers

    data, n = labelled("regression")
    before_merging = []
    train = tuning.train

    def spying(model, *args, **rest):
        history = train(model, *args, **rest)
        before_merging.append(answers(model, data.encoded, lambda out: out.logits))
        return history

    monkeypatch.setattr(tuning, "train", spying)
    fitted, _ = LoRA().fit(fresh(n), data, OPTIONS, seed=0)
    merged = answers(fitted, data.encoded, lambda out: out.logits)
    np.testing.assert_allclose(merged, before_merging[0], atol=1e-5)


def test_nothing_of_peft_stays_on_the_model_or_in_its_folder(peft, fresh, labelled, tmp_path):
    data, n = labelled("regression")
    plain, fitted = (strategy.fit(fresh(n), data, OPTIONS, 0)[0] for strategy in (FullFineTune(), LoRA()))
    assert not hasattr(fitted, "peft_config")
    assert {type(m) for m in fitted.modules()} == {type(m) for m in plain.modules()}
    assert fitted.config.to_dict() == plain.config.to_dict()
    for name, model in (("plain", plain), ("fitted", fitted)):
        model.save_pretrained(tmp_path / name)
    names = [{path.name for path in (tmp_path / name).iterdir()} for name in ("plain", "fitted")]
    assert names[0] == names[1]


def test_a_training_that_is_broken_off_leaves_a_plain_model(peft, fresh, labelled):
    data, n = labelled("regression")
    model = fresh(n)

    def stop(done: int, total: int, what: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        LoRA().fit(model, data, OPTIONS, 0, stop)
    assert model.state_dict().keys() == fresh(n).state_dict().keys()
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_lora_works_with_attention_pooling_the_average_and_interpolation(peft, fresh, labelled):
    data, n = labelled("regression")
    options = TuningOptions(epochs=2, batch_size=8, ema=0.9)
    fitted, _ = LoRA(rank=4).fit(fresh(n, pooling="attention"), data, options, seed=0)
    assert fitted.matbert.attention_pooler.query.abs().max() > 0
    options = TuningOptions(epochs=2, batch_size=8, ema=0.9, interpolate=True)
    fitted, history = LoRA(rank=4).fit(fresh(n, pooling="attention"), data, options, seed=0)
    assert history["share"].dropna().between(0, 1).all()
    assert all(tensor.isfinite().all() for tensor in fitted.state_dict().values())


def test_without_peft_the_answer_says_what_to_install(fresh, labelled, monkeypatch):
    monkeypatch.setitem(sys.modules, "peft", None)  # an import of it then fails
    strategy = strategy_of("lora")
    data, n = labelled("regression")
    with pytest.raises(ValueError, match=r'needs peft.*pip install "matprior\[lora\]"'):
        strategy.fit(fresh(n), data, OPTIONS, seed=0)
