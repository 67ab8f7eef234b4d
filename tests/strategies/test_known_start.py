"""A head begins at what the checkpoint already says of a property, where that is much, and only there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from matprior import MaterialRegressor
from matprior.models.known import known_directions
from matprior.strategies import Labelled, TuningOptions
from matprior.strategies.extract import embed
from matprior.strategies.start import begin_at_known
from matprior.tokens import encode_many
from matprior.training.loop import answers

DIRECTIONS = np.random.default_rng(0).normal(size=(3, 32))


@pytest.fixture
def spoken(fresh, salts) -> tuple:
    """A network, and two targets: a mixture of its three properties, and noise."""
    model, encoded = fresh(2), encode_many(salts[0])
    width = embed(model, encoded).shape[1]
    directions = DIRECTIONS[:, :width].astype(np.float32)
    told = embed(model, encoded).astype(float) @ directions.T @ np.array([2.0, -1.0, 0.5])
    standard = (told - told.mean()) / told.std()
    noise = np.random.default_rng(1).normal(size=48)
    data = Labelled(
        encoded, np.stack([standard, noise], 1).astype(np.float32), None, None, "absolute", known=directions
    )
    return model, data


def test_a_head_begins_at_a_mixture_of_the_properties_that_tell_its_target(spoken):
    model, data = spoken
    before = model.classifier.weight.detach().clone()
    r2 = begin_at_known(model, data, 0.8)
    assert r2[0] > 0.99
    assert r2[1] < 0.3
    logits = answers(model, data.encoded, lambda out: out.logits)
    assert np.abs(logits[:, 0] - data.targets[:, 0]).mean() < 0.1
    assert torch.equal(model.classifier.weight[1], before[1])


def test_gaps_and_weights_of_zero_teach_nothing(spoken):
    model, data = spoken
    wild = data.targets.copy()
    wild[:6, 0], wild[6:12, 0] = 1e3, np.nan
    weights = np.ones((48, 1), np.float32)
    weights[:6] = 0
    begin_at_known(model, replace(data, targets=wild, weights=weights), 0.8)
    logits = answers(model, data.encoded, lambda out: out.logits)
    assert np.abs(logits[12:, 0] - data.targets[12:, 0]).mean() < 0.1


@pytest.mark.parametrize(
    "change", [{"known": None}, {"known": np.ones((204, 96))}, {"loss": "gaussian"}, {"from_r2": 1.0}]
)
def test_without_a_property_head_or_a_head_that_fits_nothing_changes(spoken, change):
    model, data = spoken
    before = model.classifier.weight.detach().clone()
    from_r2 = change.pop("from_r2", 0.0)
    assert begin_at_known(model, replace(data, **change), from_r2) == []
    assert torch.equal(model.classifier.weight, before)


def test_a_shipped_checkpoint_lends_its_directions_and_a_fitted_folder_has_none(salts, tmp_path):
    estimator = MaterialRegressor("matbert-tiny", training={"epochs": 1}).fit(*salts)
    from matprior.models.zoo import find

    known = known_directions(find("matbert-tiny"))
    assert known is not None
    assert known.shape[1] == estimator.model_.config.hidden_size
    assert known_directions(estimator.save(tmp_path / "m")) is None


def test_a_property_of_the_pretraining_is_right_before_anything_is_learned(salts):
    from matprior.estimators.features import Pretrained

    network = Pretrained.open("matbert-tiny")
    d = network.network.config.hidden_size
    energy = network.vectors(network.encode(salts[0]))[:, d:][:, 3]
    still = {"epochs": 1, "learning_rate": 1e-9, "head_learning_rate": 1e-9}
    errors = [
        np.abs(
            MaterialRegressor("matbert-tiny", training={**still, "known_from": start})
            .fit(salts[0], energy).predict(salts[0]) - energy
        ).mean()
        for start in (0.8, 1.0)
    ]  # fmt: skip
    assert errors[0] < 0.2 * errors[1]


def test_a_share_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"known_from must lie between 0 and 1, got 1.5"):
        TuningOptions(known_from=1.5)
