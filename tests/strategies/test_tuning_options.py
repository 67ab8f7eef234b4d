"""Options of fine-tuning: dropout, pooling, averaged weights, interpolation."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from matprior.strategies import FullFineTune, Labelled, TuningOptions
from matprior.strategies.tuning import SHARES, interpolate, watched_loss

OPTIONS = TuningOptions(epochs=3, batch_size=8)


def weights(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def test_interpolation_never_raises_the_loss_on_watched_rows_and_keeps_the_head(fresh, labelled):
    data, n = labelled("regression")
    start = fresh(n)
    model, _ = FullFineTune().fit(fresh(n), data, OPTIONS, seed=0)
    tuned, loss = weights(model), watched_loss(model, data)
    before = {name: p.detach().clone() for name, p in start.matbert.named_parameters()}
    (row,) = interpolate(model, before, data).to_dict("records")
    assert row["share"] in SHARES
    assert watched_loss(model, data) == row["mixed_loss"] <= loss
    for name, tensor in model.state_dict().items():
        if name.startswith("classifier."):
            assert torch.equal(tensor, tuned[name])
        else:
            expected = torch.lerp(start.state_dict()[name], tuned[name], row["share"])
            torch.testing.assert_close(tensor, expected)


def test_a_spoiled_encoder_is_given_up_for_the_pretrained_one(fresh, labelled):
    data, n = labelled("regression")
    model, start = fresh(n), fresh(n)
    # A head solved for the pretrained encoder, and an encoder that has drifted far away from it.
    model.classifier.weight.data.normal_(generator=torch.Generator().manual_seed(0))
    start.classifier.load_state_dict(model.classifier.state_dict())
    from matprior.training.loop import answers

    truth = answers(start, data.watched, lambda out: out.logits)
    data = Labelled(data.encoded, data.targets, data.watched, truth, "squared")
    before = {name: p.detach().clone() for name, p in start.matbert.named_parameters()}
    with torch.no_grad():
        for parameter in model.matbert.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)))
    (row,) = interpolate(model, before, data).to_dict("records")
    assert row["share"] == 0.0
    for name, parameter in model.matbert.named_parameters():
        assert torch.equal(parameter, before[name]), name


def test_where_all_shares_are_equal_the_fine_tuned_weights_stay_bit_for_bit(fresh, labelled):
    data, n = labelled("regression")
    model, _ = FullFineTune().fit(fresh(n), data, OPTIONS, seed=0)
    tuned = weights(model)
    unknown = np.full_like(data.watched_targets, np.nan)
    blind = Labelled(data.encoded, data.targets, data.watched, unknown, data.loss)
    before = {name: p.detach().clone() for name, p in fresh(n).matbert.named_parameters()}
    (row,) = interpolate(model, before, blind).to_dict("records")
    assert row["share"] == 1.0
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, tuned[name]), name


def test_interpolation_is_told_in_the_history_and_needs_watched_rows(fresh, labelled):
    data, n = labelled("regression")
    options = TuningOptions(epochs=1, batch_size=8, interpolate=True)
    _, history = FullFineTune().fit(fresh(n), data, options, seed=0)
    assert history["share"].notna().sum() == 1
    alone = Labelled(data.encoded, data.targets, None, None, data.loss)
    mixed, history = FullFineTune().fit(fresh(n), alone, options, seed=0)
    plain, _ = FullFineTune().fit(fresh(n), alone, TuningOptions(epochs=1, batch_size=8), seed=0)
    assert "share" not in history
    for name, tensor in mixed.state_dict().items():
        assert torch.equal(tensor, plain.state_dict()[name]), name


def test_defaults_switch_every_new_option_off(regressor_of, strings_and_values):
    strings, values = strings_and_values
    plain = regressor_of({}).fit(strings, values)
    said = {"dropout": 0.1, "pooling": "weighted", "ema": 0.0, "interpolate": False}
    spelled = regressor_of(said).fit(strings, values)
    for name, tensor in plain.model_.state_dict().items():
        assert torch.equal(tensor, spelled.model_.state_dict()[name]), name
    assert plain.model_.config.pooling == "weighted"
    assert plain.model_.dropout.p == 0.1
    assert not any("attention_pooler" in name for name in plain.model_.state_dict())


@pytest.fixture
def strings_and_values(salts):
    return salts[0], np.array(salts[1])


@pytest.fixture
def regressor_of(checkpoint):
    from matprior.estimators import MaterialRegressor

    return lambda training: MaterialRegressor(
        str(checkpoint), training={"epochs": 1, "batch_size": 16, **training}
    )


def test_dropout_reaches_the_encoder_and_the_head(regressor_of, strings_and_values):
    fitted = regressor_of({"dropout": 0.35}).fit(*strings_and_values)
    rates = {name: m.p for name, m in fitted.model_.named_modules() if isinstance(m, torch.nn.Dropout)}
    assert rates["dropout"] == rates["matbert.bert.embeddings.dropout"] == 0.35
    assert rates["matbert.bert.encoder.layer.1.output.dropout"] == 0.35
    assert rates["matbert.bert.encoder.layer.1.attention.self.dropout"] == 0.0
    assert fitted.training_["dropout"] == 0.35


@pytest.mark.parametrize("pooling", ["mean", "attention"])
def test_pooling_is_kept_by_the_folder_and_inherited_from_it(
    pooling, regressor_of, strings_and_values, tmp_path
):
    from matprior.estimators import MaterialRegressor, load

    strings, values = strings_and_values
    fitted = regressor_of({"pooling": pooling, "epochs": 3}).fit(strings, values)
    again = load(fitted.save(tmp_path / "m"))
    assert again.model_.config.pooling == pooling
    np.testing.assert_array_equal(again.predict(strings), fitted.predict(strings))
    heir = MaterialRegressor(tmp_path / "m", training={"epochs": 1})._new_model(1, "regression")
    assert heir.config.pooling == pooling
    for name, tensor in heir.matbert.state_dict().items():
        assert torch.equal(tensor, fitted.model_.matbert.state_dict()[name]), name


@pytest.mark.parametrize(
    ("training", "said"),
    [
        ({"dropout": 1.0}, "dropout must lie between 0 and 1, got 1.0"),
        ({"pooling": "max"}, "Unknown pooling 'max'. Known: weighted, cls, mean, attention"),
        ({"ema": 1.0}, "ema must lie between 0 and 1, got 1.0"),
    ],
)
def test_an_impossible_option_is_refused(training, said, regressor_of, strings_and_values):
    with pytest.raises(ValueError, match=said):
        regressor_of(training).fit(*strings_and_values)
