"""A MatBERT that is saved and opened with the plain `Auto*` classes answers bit for bit the same."""

from __future__ import annotations

import pytest
import torch
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForMaskedLM,
    AutoModelForPreTraining,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)

from matprior.models.matbert import MatBertConfig, MatBertForPreTraining
from matprior.models.sizes import SIZES
from matprior.tokens.composition import CompositionTokenizer

AUTO = {
    "encoder": AutoModel,
    "masked": AutoModelForMaskedLM,
    "pretraining": AutoModelForPreTraining,
    "classification": AutoModelForSequenceClassification,
}
LIMITS = {"tiny": (0, 0.5e6), "small": (1e6, 6e6), "base": (10e6, 30e6)}
STRINGS = ["Fe2O3", "LiCoO2", "Fe0.62C0.0095", "Ca(OH)2"]


def config_of(shape: dict[str, int], encoding: str = "amounts") -> MatBertConfig:
    properties = [{"name": "gap", "unit": "eV", "transform": "none", "mean": 1.5, "scale": 2.0, "n": 7}]
    return MatBertConfig.of_size("tiny", **shape, encoding=encoding, properties=properties, num_labels=3)


def tensors_of(model: torch.nn.Module, encoding: str) -> list[torch.Tensor]:
    batch = CompositionTokenizer(encoding=encoding)(STRINGS, padding=True, return_tensors="pt")
    with torch.no_grad():
        return [value for value in model.eval()(**batch).values() if isinstance(value, torch.Tensor)]


@pytest.mark.parametrize("encoding", ["amounts", "repeat"])
@pytest.mark.parametrize("kind", AUTO)
def test_every_auto_class_gives_back_the_same_bits(kind, encoding, tiny_shape, tmp_path):
    torch.manual_seed(1)
    model = AUTO[kind].from_config(config_of(tiny_shape, encoding))
    model.save_pretrained(tmp_path)
    again = AUTO[kind].from_pretrained(tmp_path)
    assert type(again) is type(model)
    assert again.state_dict().keys() == model.state_dict().keys()
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name
    for before, after in zip(tensors_of(model, encoding), tensors_of(again, encoding), strict=True):
        assert torch.equal(before, after)


@pytest.mark.parametrize("kind", AUTO)
def test_weights_saved_twice_are_the_same_bytes(kind, tiny_shape, tmp_path):
    AUTO[kind].from_config(config_of(tiny_shape)).save_pretrained(tmp_path / "one")
    AUTO[kind].from_pretrained(tmp_path / "one").save_pretrained(tmp_path / "two")
    one, two = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("one", "two"))
    assert one == two


def test_the_config_keeps_every_field_of_ours(tiny_shape, tmp_path):
    config = config_of(tiny_shape, "repeat")
    config.pooling = "mean"
    config.save_pretrained(tmp_path)
    again = AutoConfig.from_pretrained(tmp_path)
    assert isinstance(again, MatBertConfig)
    assert (again.encoding, again.pooling, again.amount_features) == ("repeat", "mean", 16)
    assert again.properties == config.properties
    assert again.num_labels == 3


@pytest.mark.parametrize("encoding", ["amounts", "repeat"])
def test_the_tokenizer_beside_a_model_opens_with_auto_tokenizer(encoding, tiny_shape, tmp_path):
    AUTO["encoder"].from_config(config_of(tiny_shape, encoding)).save_pretrained(tmp_path)
    CompositionTokenizer(encoding=encoding).save_pretrained(tmp_path)
    again = AutoTokenizer.from_pretrained(tmp_path)
    assert isinstance(again, CompositionTokenizer)
    assert again.encoding == encoding
    first = CompositionTokenizer(encoding=encoding)(STRINGS, padding=True)
    assert dict(again(STRINGS, padding=True)) == dict(first)


@pytest.mark.parametrize("kind", ["encoder", "masked", "classification"])
def test_a_pretrained_folder_lends_its_encoder_to_every_head(kind, tiny_shape, tmp_path):
    torch.manual_seed(2)
    source = MatBertForPreTraining(config_of(tiny_shape))
    source.save_pretrained(tmp_path)
    opened = AUTO[kind].from_pretrained(tmp_path)
    encoder = opened if kind == "encoder" else opened.matbert
    for name, tensor in source.matbert.state_dict().items():
        assert torch.equal(tensor, encoder.state_dict()[name]), name
    if kind == "masked":  # the head is pretrained too, and stays tied to the element vectors
        assert torch.equal(opened.cls.predictions.bias, source.cls.predictions.bias)
        assert opened.cls.predictions.decoder.weight is opened.get_input_embeddings().weight


def test_loading_refills_what_is_not_in_the_file(tiny_shape, tmp_path):
    # The wavelengths are no weights; Hugging Face builds models on empty memory before it loads.
    model = AutoModel.from_config(config_of(tiny_shape))
    model.save_pretrained(tmp_path)
    again = AutoModel.from_pretrained(tmp_path)
    assert "amount_encoding.frequencies" not in model.state_dict()
    assert torch.equal(again.amount_encoding.frequencies, model.amount_encoding.frequencies)
    assert again.amount_encoding.frequencies[0] == pytest.approx(torch.pi)


@pytest.mark.parametrize("size", SIZES)
def test_named_sizes_stay_within_their_limits(size):
    with torch.device("meta"):
        model = AutoModelForSequenceClassification.from_config(MatBertConfig.of_size(size))
    lowest, highest = LIMITS[size]
    assert lowest < model.num_parameters() < highest


def test_an_unknown_size_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match=r"'huge'.*tiny.*small.*base"):
        MatBertConfig.of_size("huge")


def unexpected(kind: str, folder, **changes) -> set[str]:
    return set(AUTO[kind].from_pretrained(folder, output_loading_info=True, **changes)[1]["unexpected_keys"])


@pytest.mark.parametrize("kind", AUTO)
def test_heads_of_a_checkpoint_that_a_class_has_no_use_for_are_no_news(kind, tiny_shape, tmp_path):
    config = config_of(tiny_shape)
    config.predict_amount = True
    MatBertForPreTraining(config).save_pretrained(tmp_path)
    assert unexpected(kind, tmp_path) == set()


@pytest.mark.parametrize("kind", AUTO)
def test_a_weight_that_belongs_nowhere_is_still_reported(kind, tiny_shape, tmp_path):
    from safetensors.torch import load_file, save_file

    MatBertForPreTraining(config_of(tiny_shape)).save_pretrained(tmp_path)
    weights = load_file(tmp_path / "model.safetensors") | {"matbert.extra.weight": torch.zeros(2)}
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    assert {name.removeprefix("matbert.") for name in unexpected(kind, tmp_path)} == {"extra.weight"}


def test_a_head_that_the_config_forgot_is_reported_where_it_belongs(tiny_shape, tmp_path):
    config = config_of(tiny_shape)
    config.predict_amount = True
    MatBertForPreTraining(config).save_pretrained(tmp_path)
    assert unexpected("pretraining", tmp_path, predict_amount=False) == {"fraction.weight", "fraction.bias"}
