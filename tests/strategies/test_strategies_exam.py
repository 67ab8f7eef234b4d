"""The exam of every strategy: a new member of `STRATEGIES` is examined by being in the dict."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import AutoModelForSequenceClassification

from matprior.models.matbert import MatBertForSequenceClassification
from matprior.strategies import STRATEGIES, Labelled, Strategy, TuningOptions, embed, strategy_of, told
from matprior.training.loop import answers

LAYERS = ("matbert.bert.encoder.layer.0.", "matbert.bert.encoder.layer.1.")
EMBEDDINGS = ("matbert.bert.embeddings.", "matbert.amount_encoding.")
TOP = ("matbert.pooler.", "classifier.")
MAY_MOVE = {
    "full": (*EMBEDDINGS, *LAYERS, *TOP),
    "extract": ("classifier.",),
    "partial": (*LAYERS, *TOP),
    "lora": ("matbert.amount_encoding.", *LAYERS, *TOP),
    "prompts": ("classifier.",),
}
"""Strategy -> prefixes of the weights it declares to move; all others stay bit for bit."""
ADDS = {"prompts": "matbert.prompt."}
"""Strategy -> prefix of the weights it brings into the model; the others bring none."""
SHRINK = ("extract", "prompts")
"""Strategies that learn little by heart: a ridge is held back by its penalty, and what prompts learn of
sixteen rows is in test_prompt_tuning.py."""
OPTIONS = TuningOptions(epochs=2, batch_size=8)
TASKS = ["regression", "classes"]


def test_every_strategy_declares_what_it_moves():
    assert MAY_MOVE.keys() == STRATEGIES.keys()


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", STRATEGIES)
def test_declared_weights_move_and_no_others(name, task, fresh, labelled):
    data, n = labelled(task)
    model, before = fresh(n), fresh(n).state_dict()
    fitted, history = STRATEGIES[name]().fit(model, data, OPTIONS, seed=0)
    assert isinstance(history, pd.DataFrame)
    assert isinstance(fitted, MatBertForSequenceClassification)
    new = fitted.state_dict().keys() - before.keys()
    assert before.keys() <= fitted.state_dict().keys()
    assert all(name in ADDS and key.startswith(ADDS[name]) for key in new)
    assert bool(new) == (name in ADDS)
    moved = {key for key, tensor in before.items() if not torch.equal(tensor, fitted.state_dict()[key])}
    assert [key for key in moved if not key.startswith(MAY_MOVE[name])] == []
    for prefix in MAY_MOVE[name]:
        assert any(key.startswith(prefix) for key in moved), prefix
    assert all(tensor.isfinite().all() for tensor in fitted.state_dict().values())


@pytest.mark.parametrize("name", STRATEGIES)
def test_what_comes_back_is_as_free_to_train_as_what_went_in(name, fresh, labelled):
    data, n = labelled("regression")
    model = fresh(n, hidden_dropout_prob=0.1)
    was = {name: str(module) for name, module in model.named_modules() if not list(module.children())}
    fitted, _ = STRATEGIES[name]().fit(model, data, OPTIONS, seed=0)
    now = {name: str(module) for name, module in fitted.named_modules() if not list(module.children())}
    assert {key: now[key] for key in was} == was  # tells the rate of every dropout
    assert all(f"{key}.".startswith(ADDS.get(name, "-")) for key in now.keys() - was.keys())
    assert all(parameter.requires_grad for parameter in fitted.parameters())
    assert not fitted.training


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_rows_are_not_changed(name, fresh, labelled):
    data, n = labelled("regression")
    ids, targets = data.encoded.ids.copy(), data.targets.copy()
    STRATEGIES[name]().fit(fresh(n), data, OPTIONS, seed=0)
    np.testing.assert_array_equal(data.encoded.ids, ids)
    np.testing.assert_array_equal(data.targets, targets)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", STRATEGIES)
def test_the_same_seed_gives_the_same_weights(name, task, fresh, labelled):
    data, n = labelled(task)
    one, _ = STRATEGIES[name]().fit(fresh(n), data, OPTIONS, seed=3)
    two, _ = STRATEGIES[name]().fit(fresh(n), data, OPTIONS, seed=3)
    for key, tensor in one.state_dict().items():
        assert torch.equal(tensor, two.state_dict()[key]), key


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", STRATEGIES)
def test_the_saved_folder_answers_the_same(name, task, fresh, labelled, tmp_path):
    data, n = labelled(task)
    fitted, _ = STRATEGIES[name]().fit(fresh(n), data, OPTIONS, seed=0)
    fitted.save_pretrained(tmp_path)
    again = AutoModelForSequenceClassification.from_pretrained(tmp_path)
    before, after = (answers(model, data.encoded, lambda out: out.logits) for model in (fitted, again))
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_strategy_works_without_watched_rows(name, fresh, labelled):
    data, n = labelled("regression")
    alone = Labelled(data.encoded, data.targets, None, None, data.loss)
    fitted, _ = STRATEGIES[name]().fit(fresh(n), alone, OPTIONS, seed=0)
    assert np.isfinite(answers(fitted, data.encoded, lambda out: out.logits)).all()


@pytest.mark.parametrize("name", [name for name in STRATEGIES if name not in SHRINK])
def test_a_trained_strategy_memorises_sixteen_rows(name, fresh, labelled):
    data, _ = labelled("regression")
    rows = np.arange(16)
    # Nothing to learn but by heart.
    targets = np.random.default_rng(0).normal(size=(16, 1)).astype(np.float32)
    few = Labelled(data.encoded.take(rows), targets, None, None, "smooth_l1")
    # Updates of LoRA learn ten times as fast as the rate says.
    options = TuningOptions(
        epochs=250, batch_size=16, learning_rate=5e-4 if name == "lora" else 5e-3, head_learning_rate=5e-3,
        layer_decay=1.0, weight_decay=0.0,
    )  # fmt: skip
    model = fresh(1, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    fitted, _ = STRATEGIES[name]().fit(model, few, options, seed=0)
    error = np.abs(answers(fitted, few.encoded, lambda out: out.logits) - targets)
    assert error.max() < 0.2


def test_extraction_is_the_ridge_of_the_frozen_vectors(fresh, labelled):
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    data, n = labelled("regression")
    fitted, _ = STRATEGIES["extract"]().fit(fresh(n), data, OPTIONS, seed=0)
    vectors, known = embed(fitted, data.encoded).astype(float), np.isfinite(data.targets[:, 0])
    ridge = make_pipeline(StandardScaler(), RidgeCV(alphas=1e-2 * 10.0 ** np.arange(8)))
    scaler = ridge[0].fit(vectors)
    ridge[1].fit(scaler.transform(vectors)[known], data.targets[known, 0])
    folded = answers(fitted, data.encoded, lambda out: out.logits)[:, 0]
    np.testing.assert_allclose(folded, ridge[1].predict(scaler.transform(vectors)), atol=2e-3)


def test_extraction_learns_classes_when_one_has_a_single_row(fresh, labelled):
    data, _ = labelled("classes")
    classes = (np.arange(36) % 2) * 2
    classes[5] = 1
    few = Labelled(data.encoded, classes, None, None, "cross_entropy")
    fitted, _ = STRATEGIES["extract"]().fit(fresh(3), few, OPTIONS, seed=0)
    probability = answers(fitted, data.encoded, lambda out: out.logits.softmax(-1))
    np.testing.assert_allclose(probability.sum(1), 1, rtol=1e-5)
    assert np.isfinite(probability).all()


def test_a_strategy_is_found_by_name_or_given_itself():
    assert isinstance(strategy_of("full"), STRATEGIES["full"])
    mine = STRATEGIES["extract"](weakest=3.0)  # type: ignore[call-arg]
    assert strategy_of(mine) is mine
    assert all(issubclass(kind, Strategy) for kind in STRATEGIES.values())


def test_a_misspelt_strategy_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match=r"no strategy 'extrakt'.*full, extract.*Did you mean 'extract'"):
        strategy_of("extrakt")


def test_a_misspelt_option_of_a_strategy_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match=r"'partial' has no option 'layer'.*Did you mean 'layers'"):
        strategy_of({"partial": {"layer": 1}})
    with pytest.raises(ValueError, match="no strategy 'partiell'"):
        strategy_of({"partiell": {}})


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_strategy_is_told_by_its_name_until_an_option_differs(name):
    assert told(STRATEGIES[name]()) == told(name) == name
    assert strategy_of(told(STRATEGIES[name]())) == STRATEGIES[name]()


def test_told_options_make_the_same_strategy_again():
    for mine in (
        STRATEGIES["partial"](layers=1),
        STRATEGIES["lora"](rank=2),
        STRATEGIES["extract"](weakest=3.0),
    ):  # type: ignore[call-arg]
        assert strategy_of(told(mine)) == mine
