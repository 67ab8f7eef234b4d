"""Which parameter learns how fast."""

from __future__ import annotations

import pytest
import torch

from matprior.models.matbert import MatBertConfig, MatBertForSequenceClassification
from matprior.training.schedules import parameter_groups


@pytest.fixture
def model(tiny_shape) -> MatBertForSequenceClassification:
    return MatBertForSequenceClassification(MatBertConfig.of_size("tiny", **tiny_shape))


def options_by_name(model: torch.nn.Module, **changes: float) -> dict[str, tuple[float, float]]:
    settings = {"learning_rate": 1e-3, "head_learning_rate": 5e-3, "layer_decay": 0.5, "weight_decay": 0.01}
    groups = parameter_groups(model, **{**settings, **changes})
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    found = [(names[id(p)], (g["lr"], g["weight_decay"])) for g in groups for p in g["params"]]
    assert len(found) == len(dict(found))  # nobody twice
    return dict(found)


def test_rates_go_down_with_depth(model):
    options = options_by_name(model)
    rate = {name: lr for name, (lr, _) in options.items()}
    path = [
        "classifier.weight",
        "matbert.pooler.0.weight",
        "matbert.bert.encoder.layer.1.attention.self.query.weight",
        "matbert.bert.encoder.layer.0.attention.self.query.weight",
        "matbert.bert.embeddings.word_embeddings.weight",
    ]
    assert [rate[name] for name in path] == pytest.approx([5e-3, 1e-3, 1e-3, 5e-4, 2.5e-4])
    assert rate["matbert.amount_encoding.project.weight"] == rate[path[-1]]


def test_biases_and_norms_are_not_decayed_and_matrices_are(model):
    for name, (_, decay) in options_by_name(model).items():
        spared = name.endswith("bias") or "LayerNorm" in name
        assert decay == (0.0 if spared else 0.01), name


def test_every_parameter_that_may_move_is_in_one_group(model):
    assert options_by_name(model).keys() == dict(model.named_parameters()).keys()
    model.matbert.requires_grad_(False)
    assert options_by_name(model).keys() == {"classifier.weight", "classifier.bias"}


def test_a_layer_decay_of_one_is_one_rate_for_the_encoder(model):
    rates = {lr for name, (lr, _) in options_by_name(model, layer_decay=1.0).items() if "matbert" in name}
    assert rates == {1e-3}
