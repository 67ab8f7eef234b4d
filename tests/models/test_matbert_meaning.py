"""What may and what may not change a MatBERT's answer: order, padding, amounts."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from matprior.models.heads import AmountEncoding, fold_scaling, pool
from matprior.models.matbert import MatBertConfig, MatBertForSequenceClassification, MatBertModel
from matprior.tokens import encode_many

# float32 sums over tokens in another order differ in their last bits, not more
TOLERANCE = 1e-5


def encoder(shape: dict[str, int], **changes: object) -> MatBertModel:
    torch.manual_seed(3)
    # Large weights: with the usual 0.02 a random network of 32 units answers nearly the same to everything.
    return MatBertModel(MatBertConfig.of_size("tiny", **shape, initializer_range=0.3, **changes)).eval()


def inputs_of(strings: list[str], encoding: str = "amounts") -> dict[str, torch.Tensor]:
    encoded = encode_many(strings, encoding)
    return {
        "input_ids": torch.from_numpy(encoded.ids.astype(np.int64)),
        "amounts": torch.from_numpy(encoded.amounts),
        "attention_mask": torch.from_numpy(encoded.attention_mask),
    }


@torch.no_grad()
def vectors(model: MatBertModel, **inputs: torch.Tensor) -> torch.Tensor:
    return model(**inputs).pooler_output


@pytest.mark.parametrize("pooling", ["weighted", "cls", "mean"])
def test_the_order_of_the_elements_changes_nothing(pooling, tiny_shape):
    model = encoder(tiny_shape, pooling=pooling)
    inputs = inputs_of(["Li1.2Mn0.5Ni0.2Co0.1O2"])
    length = inputs["input_ids"].shape[1]
    for seed in range(5):
        inner = 1 + np.random.default_rng(seed).permutation(length - 2)  # [CLS] and [SEP] stay
        order = [0, *inner.tolist(), length - 1]
        other = {name: tensor[:, order] for name, tensor in inputs.items()}
        torch.testing.assert_close(vectors(model, **other), vectors(model, **inputs), atol=TOLERANCE, rtol=0)


def test_swapping_the_amounts_of_two_elements_changes_the_answer(tiny_shape):
    model = encoder(tiny_shape)
    one, other = vectors(model, **inputs_of(["Fe2O3", "Fe3O2"]))
    assert (one - other).abs().max() > 100 * TOLERANCE


@pytest.mark.parametrize("encoding", ["amounts", "repeat"])
@pytest.mark.parametrize("pooling", ["weighted", "cls", "mean"])
def test_padding_changes_nothing(pooling, encoding, tiny_shape):
    model = encoder(tiny_shape, pooling=pooling, encoding=encoding)
    strings = ["NaCl", "LiFe0.5Mn0.5PO4", "Fe"]
    together = vectors(model, **inputs_of(strings, encoding))
    alone = torch.cat([vectors(model, **inputs_of([string], encoding)) for string in strings])
    torch.testing.assert_close(together, alone, atol=TOLERANCE, rtol=0)


def test_the_attention_mask_is_found_from_the_ids_when_left_out(tiny_shape):
    model = encoder(tiny_shape)
    inputs = inputs_of(["NaCl", "LiFe0.5Mn0.5PO4"])
    told = vectors(model, **inputs)
    del inputs["attention_mask"]
    assert torch.equal(vectors(model, **inputs), told)


def test_a_model_that_reads_amounts_says_so_when_there_are_none(tiny_shape):
    inputs = inputs_of(["NaCl"])
    with pytest.raises(ValueError, match="give `amounts` beside `input_ids`"):
        encoder(tiny_shape)(inputs["input_ids"])


def test_in_the_repeat_encoding_amounts_are_not_looked_at_and_positions_are(tiny_shape):
    model = encoder(tiny_shape, encoding="repeat")
    inputs = inputs_of(["Fe2O3"], "repeat")
    with_amounts = vectors(model, **inputs)
    without = vectors(model, input_ids=inputs["input_ids"])
    turned = vectors(model, input_ids=inputs["input_ids"].flip(1))
    assert torch.equal(with_amounts, without)
    assert (turned - without).abs().max() > 100 * TOLERANCE


def waves(fractions: list[float]) -> torch.Tensor:
    """The sinusoids before projection, as the encoding makes them."""
    encoding = AmountEncoding(64, 64)
    with torch.no_grad():
        encoding.project.weight.copy_(torch.eye(64))
        encoding.project.bias.zero_()
        return encoding(torch.tensor([fractions]))[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [(0.5, 0.0005), (0.50, 0.52), (0.0005, 0.0010), (1e-5, 2e-5), (0.333, 0.334), (1.0, 0.98)],
)
def test_two_fractions_are_told_apart(one, other):
    a, b = waves([one, other])
    assert (a - b).norm() > 0.2


def test_neighbouring_fractions_lie_nearer_than_distant_ones():
    base, near, far = waves([0.500, 0.501, 0.700])
    assert (base - near).norm() < 0.5 * (base - far).norm()


def test_a_place_without_an_amount_gets_nothing_not_even_the_bias():
    encoding = AmountEncoding(16, 32)
    encoded = encoding(torch.tensor([[0.0, 0.4, 0.6, 0.0]]))
    assert (encoded[0, [0, 3]] == 0).all()
    assert (encoded[0, [1, 2]].abs().sum(1) > 0).all()


def test_labels_of_shape_n_do_not_broadcast_against_logits_n_1(tiny_shape):
    torch.manual_seed(4)
    config = MatBertConfig.of_size("tiny", **tiny_shape, num_labels=1, problem_type="regression")
    config.initializer_range = 0.3
    model = MatBertForSequenceClassification(config).eval()
    inputs = inputs_of(["NaCl", "KBr", "MgO"])
    labels = torch.tensor([1.0, 5.0, 9.0])
    output = model(**inputs, labels=labels)
    paired = (output.logits[:, 0] - labels).square().mean()
    assert output.loss.item() == pytest.approx(paired.item(), rel=1e-6)
    crossed = (output.logits - labels).square().mean()  # what (n, 1) - (n,) would have trained
    assert abs(crossed.item() - paired.item()) > 1e-3


@pytest.mark.parametrize(
    ("problem", "labels"),
    [
        ("single_label_classification", torch.tensor([0, 2, 1])),
        ("multi_label_classification", torch.tensor([[0, 1, 1], [1, 0, 0], [0, 0, 1]])),
    ],
)
def test_the_plain_loss_follows_the_problem_type(problem, labels, tiny_shape):
    config = MatBertConfig.of_size("tiny", **tiny_shape, num_labels=3, problem_type=problem)
    output = MatBertForSequenceClassification(config).eval()(
        **inputs_of(["NaCl", "KBr", "MgO"]), labels=labels
    )
    if problem.startswith("single"):
        by_hand = -output.logits.log_softmax(-1)[range(3), labels].mean()
    else:
        p = output.logits.sigmoid()
        by_hand = -(labels * p.log() + (1 - labels) * (1 - p).log()).mean()
    assert output.loss.item() == pytest.approx(by_hand.item(), rel=1e-5)


def test_mean_pooling_leaves_padding_out():
    hidden = torch.tensor([[[1.0], [3.0], [99.0]]])
    assert pool(hidden, torch.tensor([[1, 1, 0]]), "mean").item() == 2.0
    assert pool(hidden, torch.tensor([[1, 1, 0]]), "cls").item() == 1.0
    with pytest.raises(ValueError, match=r"'max'.*'cls', 'mean'"):
        pool(hidden, torch.tensor([[1, 1, 0]]), "max")


def test_folding_the_scaling_gives_the_units_of_the_user():
    layer = torch.nn.Linear(4, 2)
    x = torch.randn(5, 4)
    mean, scale = (
        torch.tensor([300.0, -2.0], dtype=torch.float64),
        torch.tensor([50.0, 0.1], dtype=torch.float64),
    )
    expected = layer(x) * scale.float() + mean.float()
    fold_scaling(layer, mean, scale)
    torch.testing.assert_close(layer(x), expected)
