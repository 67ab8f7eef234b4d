"""Attention pooling: a weighted mean of the tokens that starts as the plain mean."""

from __future__ import annotations

import pytest
import torch
from transformers import AutoModel

from matprior.models.heads import AttentionPool, pool
from matprior.models.matbert import MatBertConfig, MatBertForSequenceClassification, MatBertModel


@pytest.fixture
def tokens() -> tuple[torch.Tensor, torch.Tensor]:
    hidden = torch.randn(2, 4, 8, generator=torch.Generator().manual_seed(0))
    return hidden, torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])


def test_it_starts_as_the_mean(tokens):
    torch.testing.assert_close(AttentionPool(8)(*tokens), pool(*tokens, "mean"))


def test_padding_gets_nothing_and_the_shares_add_up_to_one(tokens):
    layer = AttentionPool(8)
    torch.nn.init.normal_(layer.query)
    shares = layer.weights(*tokens)
    assert (shares[1, 2:] == 0).all()
    torch.testing.assert_close(shares.sum(1), torch.ones(2))
    other = tokens[0].clone()
    other[1, 2:] = 1e6
    torch.testing.assert_close(layer(other, tokens[1]), layer(*tokens))


def test_a_strong_query_picks_one_token(tokens):
    layer = AttentionPool(8)
    layer.query.data = 1e4 * tokens[0][0, 2]
    best = (tokens[0][0] @ tokens[0][0, 2]).argmax()
    torch.testing.assert_close(layer(*tokens)[0], tokens[0][0, best])


def test_a_checkpoint_without_a_query_gets_one_of_zeros_and_a_learned_one_stays(checkpoint, tmp_path):
    model = MatBertForSequenceClassification.from_pretrained(checkpoint, pooling="attention")
    query = model.matbert.attention_pooler.query
    assert torch.equal(query, torch.zeros_like(query))
    torch.nn.init.normal_(query)
    model.save_pretrained(tmp_path)
    for again in (
        MatBertForSequenceClassification.from_pretrained(tmp_path).matbert,
        AutoModel.from_pretrained(tmp_path),
    ):
        assert torch.equal(again.attention_pooler.query, query)


def test_other_poolings_have_no_weights_of_it(tiny_shape):
    for pooling in ("cls", "mean"):
        names = MatBertModel(MatBertConfig.of_size("tiny", **tiny_shape, pooling=pooling)).state_dict()
        assert not [name for name in names if "attention_pooler" in name]
